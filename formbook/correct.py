"""Corrections by a person, beside what a machine read, and checking a page against its picture."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from formbook.dates import in_hanoi, today_in_hanoi
from formbook.errors import StoreError, _
from formbook.model import PageRef
from formbook.permissions import MARKING, Act, Actor
from formbook.store import EmptyTextError, FutureDateError, NotFoundError, Store
from formbook.store.log import Event
from formbook.store.version import version_of
from formbook.store.views import find_page, lines, live_entry, page_id_of
from formbook.text import to_nfc


class NothingToCorrectError(StoreError):
    """The correction says what stands there already."""

    message = _(
        "{what} {name} already says that.\n"
        "Nothing was changed. `formbook check PAGE` records that a page was compared with its "
        "picture."
    )


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says, or the register holds, of an entry or a line."""

    text: str
    written_on: str | None = None


class ConflictError(StoreError):
    """Somebody else changed it meanwhile; `theirs` is what stands there, `yours` what was to be.

    The message holds neither: they are citizens' words.
    """

    message = _(
        "{what} {name} was changed by {person} on {date}, which this correction did not see.\n"
        "Nothing was changed. Compare both; to save yours all the same, give --was {version}."
    )

    def __init__(self, theirs: Said, yours: Said, **fields: Any) -> None:
        self.theirs, self.yours = theirs, yours
        super().__init__(**fields)

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), self.theirs, self.yours, **self.fields), ()


def correct_line(
    store: Store, line_id: int, text: str, *, was: str | None = None, by: Actor, now: dt.datetime
) -> Event:
    """Say what one line really says.

    Args:
        store: the register.
        line_id: number of the line.
        text: what it says.
        was: the version of the line that the person saw. Without it, what another person said is
            taken for not seen.
        by: who corrects.
        now: the time.

    Raises:
        NotFoundError: no such line.
        NothingToCorrectError: it says that already and a person said so.
        ConflictError: it no longer says what the person saw.
        NotAllowedError: the actor may not.
    """
    text = " ".join(to_nfc(text).split())
    with store.writing():
        line = store.row("select entry_id, text, corrected_by from lines where id = ?", line_id)
        if line is None:
            raise NotFoundError(
                register=store.folder, what="line", name=str(line_id), listing="lines"
            )
        if line["text"] == text and line["corrected_by"] is not None:
            raise NothingToCorrectError(what="Line", name=str(line_id))
        theirs = Said(line["text"])
        if theirs.text != text and not _saw(was, theirs, [line["corrected_by"]], by):
            raise _conflict(store, "Line", line_id, _LINE_ACT, theirs, Said(text))
        body = _body(line["entry_id"], lines=[[line_id, text]])
        return store.append(Act.ENTRY_CORRECTED, body, by=by, at=now)


def correct_entry(
    store: Store,
    entry_id: int,
    *,
    text: str | None,
    written_on: dt.date | None,
    no_date: bool = False,
    was: str | None = None,
    by: Actor,
    now: dt.datetime,
) -> Event:
    """Say what a whole entry really says, and when it was written.

    A text of as many lines as the entry has corrects each line, so that each can teach the
    recognizer; any other text stands for the entry as a whole. The date that a machine took the
    written one for is confirmed by giving it again; with `no_date`, what was taken for a date is
    none. `was` is the version of the entry that the person saw; without it, what another person
    said, and this would replace, is taken for not seen.

    Raises:
        ValueError: `no_date` goes with no `written_on`.
        NotFoundError: no such entry.
        NothingToCorrectError: it says that already, and a person said so.
        ConflictError: it no longer says what the person saw.
        EmptyTextError: there is no text.
        FutureDateError: `written_on` has not come yet.
        NotAllowedError: the actor may not.
    """
    if no_date and written_on is not None:
        raise ValueError(f"no date, and {written_on}")
    today = today_in_hanoi(now)
    if written_on is not None and written_on > today:
        raise FutureDateError(date=written_on.isoformat(), today=today.isoformat())
    with store.writing():
        entry = live_entry(store, entry_id)
        body = _body(entry_id, written_on=written_on.isoformat() if written_on else None)
        theirs = Said(entry["text"], entry["written_on"])
        replaced: list[str | None] = []
        if text is not None:
            body["lines"], body["text"], replaced = _retold(store, entry, text)
        body["no_date"] = no_date
        same_date = (written_on is None and not no_date) or (
            body["written_on"] == entry["written_on"] and entry["written_by"] is not None
        )
        if not body["lines"] and body["text"] is None and same_date:
            raise NothingToCorrectError(what="Entry", name=str(entry_id))
        yours = Said(
            theirs.text if text is None else "\n".join(_lines_of(text)),
            None if no_date else body["written_on"] or theirs.written_on,
        )
        if yours.written_on != theirs.written_on:
            replaced.append(entry["written_by"])
        if yours != theirs and not _saw(was, theirs, replaced, by):
            raise _conflict(store, "Entry", entry_id, _ENTRY_ACT, theirs, yours)
        return store.append(Act.ENTRY_CORRECTED, body, by=by, at=now)


def check_page(store: Store, ref: PageRef, *, by: Actor, now: dt.datetime) -> Event:
    """Record that a person compared a page's entries and marks with its picture.

    Raises:
        NotFoundError: no such page.
        NotAllowedError: the actor may not.
    """
    with store.writing():
        page_id = page_id_of(store, ref)
        return store.append(Act.PAGE_CHECKED, {"page": page_id}, by=by, at=now)


class NumberTakenError(StoreError):
    """Two pages cannot have one number."""

    message = _(
        "{register} already holds a page {page}.\n"
        "Nothing was changed. Give that page its right number first."
    )


def renumber_page(store: Store, ref: PageRef, to: PageRef, *, by: Actor, now: dt.datetime) -> Event:
    """Give a page the notebook and number that stand on the paper.

    Raises:
        NotFoundError: no such page.
        NumberTakenError: another page has that number.
        NotAllowedError: the actor may not.
    """
    with store.writing():
        page_id = page_id_of(store, ref)
        if find_page(store, to) is not None:
            raise NumberTakenError(register=store.folder, page=str(to))
        body = {"page": page_id, "notebook": to.notebook, "number": to.number}
        return store.append(Act.PAGE_RENUMBERED, body, by=by, at=now)


def _lines_of(text: str) -> list[str]:
    return [" ".join(line.split()) for line in to_nfc(text).strip().splitlines()]


def _retold(
    store: Store, entry: dict[str, Any], text: str
) -> tuple[list[list[Any]], str | None, list[str | None]]:
    """What a text changes: lines, or the entry as a whole; and who said what it replaces."""
    said = _lines_of(text)
    if not said:
        raise EmptyTextError
    held = lines(store, entry_id=entry["entry"])
    own = store.value("select own_text from entries where id = ?", entry["entry"])
    if len(said) == len(held):
        pairs = [*zip(held, said, strict=True)]
        corrected = [
            [line["line"], new]
            for line, new in pairs
            if own is not None or line["text"] != new or line["corrected_by"] is None
        ]
        replaced = [line["corrected_by"] for line, new in pairs if line["text"] != new]
        return corrected, None, replaced if own is None else [entry["corrected_by"]]
    whole = "\n".join(said)
    return [], None if whole == entry["text"] else whole, [entry["corrected_by"]]


_OF_MARKS = ", ".join(f"'{kind}'" for kind in (*MARKING, Act.MARK_REJECTED))
# The last act that can have changed what an entry or a line says.
_ENTRY_ACT = (
    "select e.person, e.at from entry_history h join events e on e.seq = h.seq"
    f" where h.entry_id = ? and e.kind not in ({_OF_MARKS}) order by e.seq desc limit 1"
)
_LINE_ACT = (
    "select person, at from events where seq = (select max(seq) from"
    " (select seq from corrections where line_id = ?1"
    " union all select seq from readings where line_id = ?1))"
)


def _saw(was: str | None, theirs: Said, replaced: Sequence[str | None], by: Actor) -> bool:
    """Whether a person saw what a correction replaces: by its version, or as his own words."""
    if was is not None:
        return was == version_of(theirs.text, theirs.written_on)
    return not set(replaced) - {None, by.name}


def _conflict(
    store: Store, what: str, number: int, last_act: str, theirs: Said, yours: Said
) -> ConflictError:
    act = store.row(last_act, number) or {"person": "?", "at": ""}
    return ConflictError(
        theirs,
        yours,
        what=what,
        name=str(number),
        person=act["person"],
        date=in_hanoi(act["at"])[:16] if act["at"] else "?",
        version=version_of(theirs.text, theirs.written_on),
    )


def _body(
    entry_id: int | None, *, lines: list[Any] | None = None, written_on: str | None = None
) -> dict[str, Any]:
    return {
        "entry": entry_id,
        "lines": lines or [],
        "text": None,
        "written_on": written_on,
        "no_date": False,
    }
