"""Answers: the legal order of statuses, and recording what was done."""

from __future__ import annotations

import datetime as dt

from formbook.errors import StoreError, _
from formbook.model import Status
from formbook.permissions import Act, Actor
from formbook.store import Store
from formbook.store.log import Event
from formbook.store.marked import as_it_stands
from formbook.store.views import live_entry

_CLOSING = (Status.ANSWERED, Status.FORWARDED, Status.DECLINED, Status.DUPLICATE)

NEXT: dict[Status, tuple[Status, ...]] = {
    Status.RECEIVED: (Status.SEEN,),
    Status.SEEN: (Status.ASSIGNED, *_CLOSING),
    Status.ASSIGNED: (Status.ASSIGNED, *_CLOSING),
    Status.ANSWERED: (Status.REOPENED,),
    Status.FORWARDED: (Status.REOPENED,),
    Status.DECLINED: (Status.REOPENED,),
    Status.DUPLICATE: (Status.REOPENED,),
    Status.REOPENED: (Status.ASSIGNED, *_CLOSING),
}


class IllegalStatusError(StoreError):
    """An entry cannot go from the status it has to the one asked for."""

    message = _(
        "Entry {entry} is {status}; from there it cannot become {wanted}, only: {allowed}.\n"
        "Nothing was changed. `formbook show {entry}` shows what was done so far."
    )


class MarkNeededError(IllegalStatusError):
    """Seen is said by the chairman's mark, not by an answer."""

    message = _(
        "Entry {entry} becomes seen by the chairman's mark, not by an answer.\n"
        "Nothing was changed. `formbook seen {entry} --on DATE` records the mark."
    )


class DuplicateLoopError(StoreError):
    """Entries that only repeat each other would never be answered."""

    message = _(
        "Entry {entry} cannot be a duplicate of entry {other}, which is itself one of entry "
        "{entry}.\n"
        "Nothing was changed. Answer one of them, or reopen entry {other} first."
    )


class SelfDuplicateError(DuplicateLoopError):
    """An entry that repeats itself would never be answered."""

    message = _(
        "Entry {entry} cannot be a duplicate of itself.\n"
        "Nothing was changed. Name the entry that says the same."
    )


class PastDueError(StoreError):
    """Nothing can be done by a day that has passed."""

    message = _(
        "{date} has passed; today is {today}.\n"
        "Nothing was changed. Give with --due a day by which it can still be done."
    )


class EmptyAnswerError(StoreError):
    """An answer without content answers nobody."""

    message = _(
        "Entry {entry} cannot become {wanted} without saying {missing}.\n"
        "Nothing was changed. Say it with {option}."
    )


def respond(
    store: Store,
    entry_id: int,
    status: Status,
    *,
    note: str | None,
    due: dt.date | None,
    to: str | None,
    duplicate_of: int | None,
    by: Actor,
    now: dt.datetime,
    today: dt.date,
) -> Event:
    """Record what was done about an entry.

    Closing takes a note, forwarding and assigning the one it goes to, a duplicate the entry
    that it repeats.

    Args:
        store: the register.
        entry_id: the entry.
        status: what it becomes; `seen` is for `formbook.seen`.
        note: what was done or answered, in words.
        due: by when the one it is assigned to must be done; today at the earliest.
        to: who has it from now on, a person or an office.
        duplicate_of: the entry that says the same.
        by: who records it.
        now: when.
        today: the day in Hanoi, the answer's date.

    Raises:
        ValueError: `duplicate_of` goes with no other status than duplicate.
        NotFoundError: no such entry.
        IllegalStatusError: out of order.
        MarkNeededError: it waits for the chairman's mark.
        DuplicateLoopError: the other entry repeats this one.
        PastDueError: `due` lies before `today`.
        EmptyAnswerError: the content that this status needs is missing.
        NotAllowedError: the actor may not.
    """
    if duplicate_of is not None and status is not Status.DUPLICATE:
        raise ValueError(f"a duplicate that is {status}")
    if due is not None and due < today:
        raise PastDueError(date=due.isoformat(), today=today.isoformat())
    note = (note or "").strip() or None
    with store.writing():
        held = Status(live_entry(store, entry_id)["status"])
        if status == Status.SEEN and held == Status.RECEIVED:
            raise MarkNeededError(entry=entry_id)
        if status not in NEXT[held]:
            raise IllegalStatusError(
                entry=entry_id,
                status=held.value,
                wanted=status.value,
                allowed=", ".join(NEXT[held]),
            )
        _demand_content(entry_id, status, note, to, duplicate_of)
        if duplicate_of is not None:
            _refuse_loop(store, entry_id, duplicate_of)
        page_id = int(store.value("select page_id from entries where id = ?", entry_id))
        body = {
            "entry": entry_id,
            "status": status.value,
            "note": note,
            "due": due and due.isoformat(),
            "to": to,
            "duplicate_of": duplicate_of,
            "on": today.isoformat(),
            "marked": as_it_stands(store, page_id, [entry_id]),
        }
        return store.append(Act.RESPONDED, body, by=by, at=now)


def _refuse_loop(store: Store, entry_id: int, duplicate_of: int) -> None:
    """Follow the entries that repeat each other; none may lead back."""
    at: int | None = duplicate_of
    while at is not None:
        if at == entry_id:
            raise DuplicateLoopError(entry=entry_id, other=duplicate_of)
        at = live_entry(store, at)["duplicate_of"]


def _demand_content(
    entry_id: int, status: Status, note: str | None, to: str | None, duplicate_of: int | None
) -> None:
    said, missing, option = {
        Status.ASSIGNED: (to, _("who has it from now on"), "--to NAME"),
        Status.FORWARDED: (to, _("who has it from now on"), "--to NAME"),
        Status.DUPLICATE: (duplicate_of, _("which entry it repeats"), "--duplicate-of ENTRY"),
    }.get(status, (note, _("what was done"), "--note TEXT"))
    if not said:
        raise EmptyAnswerError(entry=entry_id, wanted=status.value, missing=missing, option=option)
    if duplicate_of == entry_id:
        raise SelfDuplicateError(entry=entry_id)
