"""The chairman's mark: marking entries as seen, and settling what stands on the paper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from formbook.errors import StoreError, _
from formbook.model import PageRef, Role, Status
from formbook.permissions import Act, Actor, require
from formbook.store import FutureDateError, NotFoundError, Store, views
from formbook.store.log import Event
from formbook.store.marked import as_it_stands, marking_acts
from formbook.store.version import version_of
from formbook.store.views import Row, live_entry, page_id_of


class NothingToMarkError(StoreError):
    """There is no entry and no open mark to be seen."""

    message = _(
        "{what} {name} holds nothing that still waits to be seen.\n"
        "Nothing was changed. `formbook show {name}` shows what is there."
    )


class ChangedSinceError(StoreError):
    """Who marks did not see what stands there."""

    message = _(
        "Entry {entry} was changed or added since it was looked at.\n"
        "Nothing was changed. Look at it with `formbook show {entry}`; to mark it as it stands "
        "now, give --was {version} with the others."
    )


class NothingToTakeBackError(StoreError):
    """What was not marked as seen cannot be unmarked."""

    message = _(
        "{what} {name} is not marked as seen.\n"
        "Nothing was changed. `formbook show {name}` shows what is there."
    )


class AnsweredSinceError(StoreError):
    """An answer stands on the mark."""

    message = _(
        "Entry {entry} was answered since ({status}), and its answer stands on the mark.\n"
        "Nothing was changed. Undo the answer first, or take back the marks of the other entries "
        "one by one."
    )


def mark_seen(
    store: Store,
    target: PageRef | int,
    *,
    on: dt.date,
    was: Collection[str] | None = None,
    by: Actor,
    now: dt.datetime,
    today: dt.date,
) -> Event:
    """Mark a page, or one entry, as seen on a day.

    Marks that were found there and can mean that day are settled to it, but of an entry one at
    most: the others wait for theirs. If none can mean it, they were misread. A clerk may record a
    mark that stands on the paper, for all entries or for one after another; where there is none
    of that day, only a chairman can make one.

    Args:
        store: the register.
        target: a page, with all its entries, or one entry.
        on: the date on paper, or that of the act.
        was: the versions in which who marks saw the entries; not looked at if not given.
        by: who marks.
        now: when.
        today: the day in Hanoi.

    Raises:
        NotFoundError: no such page or entry.
        NothingToMarkError: all is seen already and no mark waits.
        FutureDateError: `on` lies after `today`.
        ChangedSinceError: an entry is in none of the versions.
        NotAllowedError: the actor may not.
    """
    if on > today:
        raise FutureDateError(date=on.isoformat(), today=today.isoformat())
    with store.writing():
        if isinstance(target, PageRef):
            what, entry_id = "Page", None
            page_id = page_id_of(store, target)
            entries = store.rows(
                "select id from entries where (page_id = ?1 or id in (select entry_id from lines"
                " where page_id = ?1)) and gone is null and status = ?2 order by id",
                page_id,
                Status.RECEIVED.value,
            )
        else:
            what, entry_id = "Entry", target
            status = live_entry(store, target)["status"]
            page_id = int(store.value("select page_id from entries where id = ?", target))
            entries = [{"id": target}] if status == Status.RECEIVED else []
        marks = [
            mark
            for mark in views.marks(store, page_id=page_id)
            if entry_id is None or mark["entry"] in (None, entry_id)
        ]
        found = [mark for mark in marks if mark["state"] == "found"]
        if not entries and not found:
            raise NothingToMarkError(what=what, name=str(target))
        if was is not None:
            _refuse_unseen(store, [entry["id"] for entry in entries], was)
        chosen = [mark for mark in found if _can_mean(mark, on)]
        if entries and not chosen:
            chosen = [mark for mark in marks if _was_settled_to(mark, on)]
        chosen = chosen or found
        if entry_id is not None:
            own = [mark for mark in chosen if mark["entry"] is not None]
            chosen = own or chosen[:1]
        body = {
            "page": page_id,
            "entry": entry_id,
            "on": on.isoformat(),
            "marks": [mark["mark"] for mark in chosen],
            "entries": [entry["id"] for entry in entries],
            "marked": as_it_stands(store, page_id, [entry["id"] for entry in entries]),
        }
        settles = bool(chosen) and Role.CHAIRMAN not in by.roles
        return store.append(Act.MARK_SETTLED if settles else Act.SEEN, body, by=by, at=now)


def _refuse_unseen(store: Store, entries: Sequence[int], was: Collection[str]) -> None:
    for entry in entries:
        held = live_entry(store, entry)
        version = version_of(held["text"], held["written_on"])
        if version not in was:
            raise ChangedSinceError(entry=entry, version=version)


def _can_mean(mark: Row, on: dt.date) -> bool:
    """Whether a mark's date can mean a day; one without a readable date can mean any."""
    dates = [candidate["date"] for candidate in mark["candidates"]]
    return not dates or on.isoformat() in dates


def _was_settled_to(mark: Row, on: dt.date) -> bool:
    """Whether a mark on the paper was settled to a day."""
    return bool(mark["polygon"]) and (mark["state"], mark["date"]) == ("settled", on.isoformat())


def take_back(
    store: Store, target: PageRef | int, *, reason: str, by: Actor, now: dt.datetime
) -> Event:
    """Take back that a page, or one entry, was seen; what stands on the paper waits again.

    A mark that stands for the whole page stays when one entry of it is taken back.

    Args:
        store: the register.
        target: a page, with all its entries, or one entry.
        reason: why, for the log and for whoever looks at the mark.
        by: who takes it back; must be allowed to do what made it.
        now: when.

    Raises:
        NotFoundError: no such page or entry.
        NothingToTakeBackError: nothing there is marked as seen.
        AnsweredSinceError: an answer stands on it.
        NotAllowedError: the actor may not.
    """
    with store.writing():
        if isinstance(target, PageRef):
            what, page_id = "Page", page_id_of(store, target)
            where, value, entry_id = "page_id = ?", page_id, None
            entries = store.rows(
                "select id, status from entries where page_id = ? and gone is null"
                " and seen_seq is not null order by id",
                page_id,
            )
        else:
            what, entry_id = "Entry", target
            live_entry(store, target)
            where, value = "entry_id = ?", target
            page_id = int(store.value("select page_id from entries where id = ?", target))
            entries = store.rows(
                "select id, status from entries where id = ? and seen_seq is not null", target
            )
        for entry in entries:
            if entry["status"] != Status.SEEN:
                raise AnsweredSinceError(entry=entry["id"], status=entry["status"])
        settled = f"select id from marks where {where} and state = 'settled' order by id"
        marks = [row["id"] for row in store.rows(settled, value)]
        taken = [row["id"] for row in entries]
        if not marks and not taken:
            raise NothingToTakeBackError(what=what, name=str(target))
        for act in marking_acts(store, marks, taken):
            require(by, act)
        body = {
            "page": page_id,
            "entry": entry_id,
            "marks": marks,
            "entries": taken,
            "reason": reason,
            "marked": as_it_stands(store, page_id, taken),
        }
        return store.append(Act.UNSEEN, body, by=by, at=now)


def written_later(store: Store, event: Event) -> list[Row]:
    """The entries that a mark makes seen on a day before they were written."""
    marks = ", ".join("?" * len(event.body["entries"]))
    return store.rows(
        f"select id as entry, written_on from entries where id in ({marks}) and written_on > ?"
        " order by id",
        *event.body["entries"],
        event.body["on"],
    )


def reject_mark(
    store: Store, mark_id: int, *, reason: str | None, by: Actor, now: dt.datetime
) -> Event:
    """Say that what was found is no mark of the chairman's.

    Raises:
        NotFoundError: no such mark waits.
        NotAllowedError: the actor may not.
    """
    with store.writing():
        if store.value("select state from marks where id = ?", mark_id) != "found":
            raise NotFoundError(
                register=store.folder,
                what="unsettled mark",
                name=str(mark_id),
                listing="seen --pending",
            )
        return store.append(Act.MARK_REJECTED, {"mark": mark_id, "reason": reason}, by=by, at=now)
