"""Which lines make an entry: splitting, joining, adding what was missed, dropping what is none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from formbook.errors import StoreError, _
from formbook.model import OPEN_STATUSES, PageRef, Status
from formbook.permissions import Act, Actor
from formbook.store import EmptyTextError, FutureDateError, Store
from formbook.store.log import Event
from formbook.store.views import Row, lines, live_entry, page_id_of
from formbook.text import to_nfc


class CannotSplitError(StoreError):
    """The entry cannot be cut there."""

    message = _(
        "Entry {entry} cannot be split at line {line}: {reason}.\n"
        "Nothing was changed. `formbook lines {entry}` lists its lines."
    )


class CannotJoinError(StoreError):
    """The entries cannot become one."""

    message = _(
        "Entry {other} cannot be joined to entry {entry}: {reason}.\n"
        "Nothing was changed. `formbook show {other}` shows it."
    )


class CannotDropError(StoreError):
    """The entry is one after all."""

    message = _(
        "Entry {entry} cannot be dropped: {reason}.\n"
        "Nothing was changed. `formbook show {entry}` shows what was done; `formbook respond` "
        "closes what is not followed up."
    )


def split_entry(store: Store, entry_id: int, line_id: int, *, by: Actor, now: dt.datetime) -> Event:
    """Cut an entry in two: the given line and those after it become an entry of their own.

    The new entry is received, or seen where the old one was seen; answers stay with the old one.
    A date that a machine found goes with the line on which it stands.

    Raises:
        NotFoundError: no such entry.
        CannotSplitError: the line is not in it, is its first, or a person wrote the text whole.
        NotAllowedError: the actor may not.
    """
    with store.writing():
        entry = live_entry(store, entry_id)
        held = lines(store, entry_id=entry_id)
        ids = [line["line"] for line in held]
        if line_id not in ids:
            raise CannotSplitError(entry=entry_id, line=line_id, reason=_("it has no such line"))
        cut = ids.index(line_id)
        if cut == 0:
            raise CannotSplitError(entry=entry_id, line=line_id, reason=_("that is its first line"))
        if store.value("select own_text from entries where id = ?", entry_id) is not None:
            raise CannotSplitError(
                entry=entry_id,
                line=line_id,
                reason=_("its text was corrected as a whole; correct its lines first"),
            )
        received = entry["status"] == Status.RECEIVED
        first, second = (PageRef(each["notebook"], each["page"]) for each in (entry, held[cut]))
        body = {
            "entry": entry_id,
            "page": page_id_of(store, second),
            "lines": ids[cut:],
            "status": (Status.RECEIVED if received else Status.SEEN).value,
            "dated": entry["written_by"] is None
            and _stands_after(held, cut, entry["written_text"]),
            "polygon": _bounds(held[:cut], first),
            "new_polygon": _bounds(held[cut:], second),
        }
        return store.append(Act.ENTRY_SPLIT, body, by=by, at=now)


def join_entries(
    store: Store, entry_id: int, others: Sequence[int], *, by: Actor, now: dt.datetime
) -> Event:
    """Make several entries one: the lines of the others go to the first.

    If the first bears no date, one of theirs is its own; what repeats one of them repeats it. If
    it was seen and a part was not, the whole is received again: the chairman has not seen all of
    it. One that was assigned or reopened stays so.

    Raises:
        NotFoundError: no such entry.
        CannotJoinError: an entry is joined to itself or to one of another notebook, something
            was done about one that would go, or the one that stays is closed: what joined it
            would never be answered.
        NotAllowedError: the actor may not.
    """
    with store.writing():
        entry = live_entry(store, entry_id)
        texts = [entry["text"]]
        status = entry["status"]
        others = list(dict.fromkeys(others))
        for other in others:
            held = live_entry(store, other)
            if other == entry_id:
                raise CannotJoinError(entry=entry_id, other=other, reason=_("it is the same entry"))
            if held["notebook"] != entry["notebook"]:
                raise CannotJoinError(
                    entry=entry_id, other=other, reason=_("it stands in another notebook")
                )
            if entry["status"] not in OPEN_STATUSES:
                raise CannotJoinError(
                    entry=entry_id, other=other, reason=_("that one is closed; reopen it first")
                )
            if store.value("select count(*) from responses where entry_id = ?", other):
                raise CannotJoinError(
                    entry=entry_id, other=other, reason=_("something was already done about it")
                )
            texts.append(held["text"])
            if (status, held["status"]) == (Status.SEEN, Status.RECEIVED):
                status = Status.RECEIVED.value
        ids = [entry_id, *others]
        marks = ", ".join("?" * len(ids))
        whole = store.value(
            f"select count(*) from entries where id in ({marks}) and own_text is not null", *ids
        )
        parts = [line for each in ids for line in lines(store, entry_id=each)]
        body = {
            "entry": entry_id,
            "others": others,
            "status": status,
            "polygon": _bounds(parts, PageRef(entry["notebook"], entry["page"])),
            "text": "\n".join(texts) if whole else None,
        }
        return store.append(Act.ENTRIES_JOINED, body, by=by, at=now)


def add_entry(
    store: Store,
    ref: PageRef,
    text: str,
    *,
    written_on: dt.date | None,
    by: Actor,
    now: dt.datetime,
    today: dt.date,
) -> Event:
    """Add an entry that no engine found, as a person reads it on the page.

    Raises:
        NotFoundError: no such page.
        EmptyTextError: there is no text.
        FutureDateError: `written_on` lies after `today`.
        NotAllowedError: the actor may not.
    """
    text = to_nfc(text).strip()
    if not text:
        raise EmptyTextError
    if written_on is not None and written_on > today:
        raise FutureDateError(date=written_on.isoformat(), today=today.isoformat())
    with store.writing():
        body = {
            "page": page_id_of(store, ref),
            "text": text,
            "written_on": written_on and written_on.isoformat(),
            "on": today.isoformat(),
        }
        return store.append(Act.ENTRY_ADDED, body, by=by, at=now)


def drop_entry(store: Store, entry_id: int, *, reason: str, by: Actor, now: dt.datetime) -> Event:
    """Say that an entry is none: a smudge, a heading, ink showing through.

    It leaves every list, but not the log, and `undo` brings it back.

    Raises:
        NotFoundError: no such entry.
        CannotDropError: something was done about it, or another entry repeats it.
        NotAllowedError: the actor may not.
    """
    with store.writing():
        live_entry(store, entry_id)
        if store.value("select count(*) from responses where entry_id = ?", entry_id):
            raise CannotDropError(entry=entry_id, reason=_("something was already done about it"))
        if store.value("select count(*) from entries where duplicate_of = ?", entry_id):
            raise CannotDropError(entry=entry_id, reason=_("another entry was said to repeat it"))
        return store.append(Act.ENTRY_DROPPED, {"entry": entry_id, "reason": reason}, by=by, at=now)


def _stands_after(held: Sequence[Row], cut: int, written: str | None) -> bool:
    """Whether a written date stands on the lines from `cut` on, and on none before."""
    before, after = (
        any(written and written in line["read_as"] for line in part)
        for part in (held[:cut], held[cut:])
    )
    return after and not before


def _bounds(parts: Iterable[Row], on: PageRef) -> list[list[float]]:
    """The upright rectangle around the lines on a page, in pixels of the scan of their first.

    Lines that another scan of the page brought have no place on this one.
    """
    there = [line for line in parts if (line["notebook"], line["page"]) == (on.notebook, on.number)]
    points = [
        point for line in there if line["scan"] == there[0]["scan"] for point in line["polygon"]
    ]
    if not points:
        return []
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    left, top, right, bottom = min(xs), min(ys), max(xs), max(ys)
    return [[left, top], [right, top], [right, bottom], [left, bottom]]
