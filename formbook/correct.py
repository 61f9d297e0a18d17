"""Corrections by a person, beside what a machine read, and checking a page against its picture."""

from __future__ import annotations

import datetime as dt
from typing import Any

from formbook.dates import today_in_hanoi
from formbook.errors import StoreError, _
from formbook.model import PageRef
from formbook.permissions import Act, Actor
from formbook.store import EmptyTextError, FutureDateError, NotFoundError, Store
from formbook.store.log import Event
from formbook.store.views import find_page, lines, live_entry, page_id_of
from formbook.text import to_nfc


class NothingToCorrectError(StoreError):
    """The correction says what stands there already."""

    message = _(
        "{what} {name} already says that.\n"
        "Nothing was changed. `formbook check PAGE` records that a page was compared with its "
        "picture."
    )


def correct_line(store: Store, line_id: int, text: str, *, by: Actor, now: dt.datetime) -> Event:
    """Say what one line really says.

    Raises:
        NotFoundError: no such line.
        NothingToCorrectError: it says that already and a person said so.
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
        body = _body(line["entry_id"], lines=[[line_id, text]])
        return store.append(Act.ENTRY_CORRECTED, body, by=by, at=now)


def correct_entry(
    store: Store,
    entry_id: int,
    *,
    text: str | None,
    written_on: dt.date | None,
    no_date: bool = False,
    by: Actor,
    now: dt.datetime,
) -> Event:
    """Say what a whole entry really says, and when it was written.

    A text of as many lines as the entry has corrects each line, so that each can teach the
    recognizer; any other text stands for the entry as a whole. The date that a machine took the
    written one for is confirmed by giving it again; with `no_date`, what was taken for a date is
    none.

    Raises:
        ValueError: `no_date` goes with no `written_on`.
        NotFoundError: no such entry.
        NothingToCorrectError: it says that already, and a person said so.
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
        if text is not None:
            said = [" ".join(line.split()) for line in to_nfc(text).strip().splitlines()]
            if not said:
                raise EmptyTextError
            held = lines(store, entry_id=entry_id)
            whole = store.value("select own_text from entries where id = ?", entry_id) is not None
            if len(said) == len(held):
                body["lines"] = [
                    [line["line"], new]
                    for line, new in zip(held, said, strict=True)
                    if whole or line["text"] != new or line["corrected_by"] is None
                ]
            elif "\n".join(said) != entry["text"]:
                body["text"] = "\n".join(said)
        body["no_date"] = no_date
        same_date = (written_on is None and not no_date) or (
            body["written_on"] == entry["written_on"] and entry["written_by"] is not None
        )
        if not body["lines"] and body["text"] is None and same_date:
            raise NothingToCorrectError(what="Entry", name=str(entry_id))
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
