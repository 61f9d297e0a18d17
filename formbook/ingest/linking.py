"""Entries that run on to the next page, found when either page comes in.

What is sure is joined in the event that brings the page: the lines of the part that is new go to
the entry that is there. What is not becomes a hint for the clerk. Nothing that a person touched
is joined.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from formbook.ingest.matching import Known
from formbook.model import Edge, PageReading, PageRef, Status
from formbook.permissions import Act
from formbook.reading import RunsOn, judge_run_on, reading_from_body
from formbook.store import Store, views

Part = dict[str, int]
"""Of an entry: `{"entry": id}` of one that is there, `{"page": index, "group": index}` of one that
the event brings, its page being counted within the event."""


@dataclass(frozen=True, slots=True)
class Arriving:
    """A page that an event brings, or shows again: what was read, and what of it is known."""

    ref: PageRef
    reading: PageReading
    known: Known


@dataclass(frozen=True, slots=True)
class _Beside:
    """A page at whose edge something may run on; `part` names the entry there."""

    reading: PageReading
    ends: Part | None
    begins: Part | None


def find_links(store: Store, arriving: Sequence[Arriving | None]) -> list[dict[str, Any]]:
    """Find the entries that run on from or to the pages of an event.

    Args:
        store: the register before the event.
        arriving: the pages of the event, None for one that is held.

    Returns:
        As they stand in an event: `first` and `then` are parts, `joined` says whether they become
        one entry; else a person decides.
    """
    there = {
        page.ref: _arriving(store, index, page)
        for index, page in enumerate(arriving)
        if page is not None
    }
    links = []
    taken: list[Part] = []
    for ref in sorted({*there, *(PageRef(r.notebook, r.number - 1) for r in there)}, key=_order):
        before, after = (
            there.get(each) or _held(store, each)
            for each in (ref, PageRef(ref.notebook, ref.number + 1))
        )
        if before is None or after is None:
            continue
        first, then = before.ends, after.begins
        if first is None or then is None or not ({"group"} & {*first, *then}):
            continue
        verdict = judge_run_on(before.reading, after.reading)
        if verdict is RunsOn.NO:
            continue
        free = first not in taken or "group" in then
        joined = verdict is RunsOn.YES and free and _untouched(store, first, then)
        if joined:
            taken.append(then)
        links.append({"first": first, "then": then, "joined": joined})
    return links


def _order(ref: PageRef) -> tuple[str, int]:
    return ref.notebook, ref.number


def _arriving(store: Store, index: int, page: Arriving) -> _Beside:
    def part(edge: Edge | None) -> Part | None:
        if edge is None:
            return None
        lines = [i for i, line in enumerate(page.reading.lines) if line.entry == edge.entry]
        known = {page.known.lines.get(i, page.known.beside.get(i)) for i in lines}
        first = min(filter(None, known), default=None)
        return {"page": index, "group": edge.entry} if first is None else _entry_of(store, first)

    return _Beside(page.reading, part(page.reading.ends), part(page.reading.begins))


def _held(store: Store, ref: PageRef) -> _Beside | None:
    """A page that the register holds, as its newest scan was read last."""
    page_id = views.find_page(store, ref)
    if page_id is None:
        return None
    read = store.row(
        "select r.scan_id, r.seq, s.side, e.kind, e.body from readings r"
        " join scans s on s.id = r.scan_id join events e on e.seq = r.seq"
        " where r.scan_id = (select max(id) from scans where page_id = ?)"
        " order by r.id desc limit 1",
        page_id,
    )
    if read is None:
        return None
    reading = reading_from_body(reading_in(read))

    def part(edge: Edge | None, *, last: bool) -> Part | None:
        if edge is None:
            return None
        lines = [i for i, line in enumerate(reading.lines) if line.entry == edge.entry]
        line = store.value(
            "select line_id from readings where scan_id = ? and seq = ? order by id"
            " limit 1 offset ?",
            read["scan_id"],
            read["seq"],
            lines[-1 if last else 0],
        )
        return None if line is None else _entry_of(store, line)

    return _Beside(reading, part(reading.ends, last=True), part(reading.begins, last=False))


def reading_in(read: dict[str, Any]) -> dict[str, Any]:
    """A page's reading as an event keeps it, by the event's kind and body and the page's side."""
    body: dict[str, Any] = json.loads(read["body"])
    if read["kind"] != Act.SCAN_ADDED:
        found: dict[str, Any] = body["reading"]
        return found
    return next(
        page["reading"] for page in body["pages"] if page["reading"]["side"] == read["side"]
    )


def _entry_of(store: Store, line_id: int) -> Part | None:
    entry = store.value(
        "select e.id from lines l join entries e on e.id = l.entry_id"
        " where l.id = ? and e.gone is null",
        line_id,
    )
    return None if entry is None else {"entry": int(entry)}


def _untouched(store: Store, *parts: Part) -> bool:
    """Whether no person has done anything about the parts that are there."""
    return all(
        store.value(
            "select count(*) from entries e where e.id = ? and e.status = ? and e.seen_on is null"
            " and e.own_text is null and e.corrected_by is null and e.written_by is null"
            " and not exists (select 1 from responses r where r.entry_id = e.id)"
            " and not exists (select 1 from entry_history h join events v on v.seq = h.seq"
            "  where h.entry_id = e.id and v.kind in (?, ?, ?))",
            part["entry"],
            Status.RECEIVED.value,
            Act.ENTRY_SPLIT.value,
            Act.ENTRIES_JOINED.value,
            Act.UNDONE.value,
        )
        for part in parts
        if "entry" in part
    )
