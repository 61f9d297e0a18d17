"""Scans and what a reading of them brings to their page."""

from __future__ import annotations

from collections.abc import Mapping

from formbook.model import Status
from formbook.store.log import Event
from formbook.store.projection.parts import Into, Parts, take_up
from formbook.store.projection.texts import (
    Body,
    as_text,
    mean_confidence,
    next_position,
    settle_text,
)
from formbook.store.rows import Rows
from formbook.text import sort_key


def scan_added(rows: Rows, event: Event, body: Body) -> None:
    """Add the pages that a frame shows, and what stands on each, unless it is held for a person."""
    parts = Parts(body["links"])
    for index, page in enumerate(body["pages"]):
        _page_added(rows, event, {**body, **page}, parts, index)
    parts.note_hints(rows, event)


def _page_added(rows: Rows, event: Event, body: Body, parts: Parts, index: int) -> None:
    reading = body["reading"]
    page_id = None if body["held"] else _page(rows, body["notebook"], body["number"])
    scan_id = rows.insert(
        "scans",
        sha256=body["sha256"],
        frame=body["frame"],
        side=reading["side"],
        outline=as_text(reading["outline"]),
        name=body["name"],
        original=body["original"],
        bytes=body["bytes"],
        width=reading["width"],
        height=reading["height"],
        dpi=reading["dpi"],
        fingerprint=body["fingerprint"],
        page_id=page_id,
        looks_like=body["looks_like"],
        held=body["held"],
        numbered_by=body["numbered_by"],
        notebook=body["notebook"],
        number=body["number"],
        number_read=reading["page_number"],
        seq=event.seq,
    )
    if page_id is not None:
        into = parts.into(index)
        parts.made[index] = _take_reading(rows, event, body, scan_id, page_id, into)


def scan_placed(rows: Rows, event: Event, body: Body) -> None:
    """Put a held scan on the page that a person named."""
    page_id = _page(rows, body["notebook"], body["number"])
    rows.update("scans", body["scan"], page_id=page_id, held=None)
    parts = Parts(body["links"])
    parts.made[0] = _take_reading(rows, event, body, body["scan"], page_id, parts.into(0))
    parts.note_hints(rows, event)


def page_reread(rows: Rows, event: Event, body: Body) -> None:
    """Take one more reading of a scan."""
    scan = rows.one("select page_id from scans where id = ?", body["scan"])
    number = body["reading"]["page_number"]
    if number is not None:
        rows.update("scans", body["scan"], number_read=number)
    _take_reading(rows, event, body, body["scan"], scan["page_id"], {}, supersede=True)


def page_renumbered(rows: Rows, event: Event, body: Body) -> None:  # noqa: ARG001 - one signature
    """Give a page the notebook and number that stand on the paper.

    An entry of two pages is read in the order of their numbers.
    """
    notebook_id = _notebook(rows, body["notebook"])
    rows.update("pages", body["page"], notebook_id=notebook_id, number=body["number"])
    for line in rows.all(
        "select distinct entry_id from lines where page_id = ? and entry_id is not null"
        " order by entry_id",
        body["page"],
    ):
        settle_text(rows, line["entry_id"])


def page_checked(rows: Rows, event: Event, body: Body) -> None:
    """Note who compared the page with its picture."""
    rows.update("pages", body["page"], checked_by=event.person, checked_at=event.at)


def _notebook(rows: Rows, volume: str) -> int:
    held = rows.all("select id from notebooks where volume = ?", volume)
    if held:
        return int(held[0]["id"])
    order = f"{sort_key(volume)} {volume}"  # Hoà and Hòa sort as one and are two
    return rows.insert_for_good("notebooks", volume=volume, sort_key=order)


def _page(rows: Rows, volume: str, number: int) -> int:
    notebook_id = _notebook(rows, volume)
    held = rows.all(
        "select id from pages where notebook_id = ? and number = ?", notebook_id, number
    )
    if held:
        return int(held[0]["id"])
    return rows.insert("pages", notebook_id=notebook_id, number=number)


def _take_reading(
    rows: Rows,
    event: Event,
    body: Body,
    scan_id: int,
    page_id: int,
    into: Mapping[int, Into],
    *,
    supersede: bool = False,
) -> dict[int, int]:
    """Add what a reading shows that the page does not hold yet; return the entry of each group.

    `body["known"]` maps the reading's line index to the line it shows again. Such a line gets
    one more reading; with `supersede` its text follows and, if it was in none, it comes into an
    entry, unless a person corrected it. `body["beside"]` maps a line that was missed to the one
    whose entry and place it shares. The other lines become new entries, in the groups that the
    reading has them in, or go to the entry of another page of which a group is a part.
    """
    reading = body["reading"]
    known = {int(index): line_id for index, line_id in body["known"].items()}
    beside = {int(index): line_id for index, line_id in body["beside"].items()}
    first = next_position(rows, "lines", page_id)
    first_entry = next_position(rows, "entries", page_id)
    new_entries: dict[int, int] = {}
    shown: dict[int, int] = {}
    changed: set[int] = set()

    def new_entry(group: int) -> int:
        if group not in new_entries:
            position = first_entry + group
            if group in into:
                entry = reading["entries"][group]
                new_entries[group] = take_up(rows, into[group], entry, page_id, position)
            else:
                new_entries[group] = _new_entry(rows, event, body, page_id, group, position)
        return new_entries[group]

    for index, line in enumerate(reading["lines"]):
        if index in known:
            line_id = known[index]
            shown |= _shown_again(rows, line_id, line["entry"])
            if supersede:
                changed |= _supersede(rows, line_id, line)
                if line["entry"] is not None and _is_loose(rows, line_id):
                    rows.update("lines", line_id, entry_id=new_entry(line["entry"]))
                    changed.add(new_entry(line["entry"]))
        else:
            group, place = line["entry"], {"entry_id": None, "position": first + index}
            if index in beside:
                place = rows.one("select entry_id, position from lines where id = ?", beside[index])
            elif group is not None:
                place["entry_id"] = new_entry(group)
            line_id = rows.insert(
                "lines",
                page_id=page_id,
                scan_id=scan_id,
                polygon=as_text(line["polygon"]),
                text=line["text"],
                confidence=mean_confidence(line["confidences"]),
                **place,
            )
            if place["entry_id"] is not None:
                changed.add(place["entry_id"])
        rows.insert(
            "readings",
            line_id=line_id,
            scan_id=scan_id,
            engine=line["engine"],
            polygon=as_text(line["polygon"]),
            text=line["text"],
            confidences=as_text(line["confidences"]),
            seq=event.seq,
        )
    for entry_id in sorted(changed):
        settle_text(rows, entry_id)
    found = [mark for i, mark in enumerate(reading["marks"]) if i not in body["known_marks"]]
    for mark in found:
        _mark_found(rows, event, mark, page_id, scan_id, new_entries | shown)
    if new_entries or beside or found:
        rows.update("pages", page_id, checked_by=None, checked_at=None)
    return new_entries


def _shown_again(rows: Rows, line_id: int, group: int | None) -> dict[int, int]:
    """The entry that a group of a later reading shows again, for the marks that stand at it."""
    held = rows.all(
        "select e.id from lines l join entries e on e.id = l.entry_id"
        " where l.id = ? and e.gone is null",
        line_id,
    )
    return {} if group is None or not held else {group: held[0]["id"]}


def _supersede(rows: Rows, line_id: int, line: Body) -> set[int]:
    held = rows.one("select entry_id, corrected_by from lines where id = ?", line_id)
    if held["corrected_by"] is not None:
        return set()
    rows.update(
        "lines", line_id, text=line["text"], confidence=mean_confidence(line["confidences"])
    )
    return set() if held["entry_id"] is None else {held["entry_id"]}


def _is_loose(rows: Rows, line_id: int) -> bool:
    """Whether a line is in no entry, and no person said so much as what it says."""
    held = rows.one("select entry_id, corrected_by from lines where id = ?", line_id)
    return held["entry_id"] is None and held["corrected_by"] is None


def _new_entry(
    rows: Rows, event: Event, body: Body, page_id: int, group: int, position: int
) -> int:
    entry = body["reading"]["entries"][group]
    written = entry["written"]
    return rows.insert(
        "entries",
        page_id=page_id,
        position=position,
        text="",
        confidence=entry["confidence"],
        polygon=as_text(entry["polygon"]),
        status=Status.RECEIVED.value,
        written_on=written and written["date"],
        written_text=written and written["text"],
        written_candidates=as_text(written and written["candidates"]),
        imported_on=body["on"],
        first_seq=event.seq,
    )


def _mark_found(
    rows: Rows, event: Event, mark: Body, page_id: int, scan_id: int, entries: dict[int, int]
) -> None:
    written = mark["written"]
    rows.insert(
        "marks",
        page_id=page_id,
        scan_id=scan_id,
        entry_id=entries.get(mark["entry"]),
        polygon=as_text(mark["polygon"]),
        text=mark["text"],
        date_text=written and written["text"],
        candidates=as_text(written and written["candidates"]),
        stamp=int(mark["stamp"]),
        signature=int(mark["signature"]),
        confidence=mark["confidence"],
        state="found",
        seq=event.seq,
    )
