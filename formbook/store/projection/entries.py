"""Entries as people correct, regroup, mark and answer them."""

from __future__ import annotations

from typing import Any

from formbook.model import OPEN_STATUSES, Status
from formbook.store.log import Event
from formbook.store.projection.texts import Body, as_text, next_position, settle_text
from formbook.store.rows import Rows

_WRITTEN = ("written_on", "written_text", "written_candidates", "written_by")


def entry_added(rows: Rows, event: Event, body: Body) -> None:
    """Add an entry that a person found."""
    rows.insert(
        "entries",
        page_id=body["page"],
        position=next_position(rows, "entries", body["page"]),
        text=body["text"],
        own_text=body["text"],
        corrected_by=event.person,
        confidence=1.0,
        polygon="[]",
        status=Status.RECEIVED.value,
        written_on=body["written_on"],
        written_by=body["written_on"] and event.person,
        imported_on=body["on"],
        first_seq=event.seq,
    )


def entry_dropped(rows: Rows, event: Event, body: Body) -> None:  # noqa: ARG001 - one signature
    """Take out what is no entry."""
    rows.update("entries", body["entry"], gone="dropped", gone_reason=body["reason"])


def entry_corrected(rows: Rows, event: Event, body: Body) -> None:
    """Set texts as a person reads them, beside the readings.

    A text that a person wrote whole stands until a person has corrected every line.
    """
    entry_id = body["entry"]
    for line_id, text in body["lines"]:
        rows.insert("corrections", line_id=line_id, text=text, person=event.person, seq=event.seq)
        rows.update("lines", line_id, text=text, corrected_by=event.person)
    if entry_id is None:
        return
    rows.touch(entry_id)
    if body["text"] is not None:
        rows.insert(
            "corrections",
            entry_id=entry_id,
            text=body["text"],
            person=event.person,
            seq=event.seq,
        )
    if body["text"] is not None or body["lines"]:
        rows.update("entries", entry_id, corrected_by=event.person)
        if body["text"] is not None or _all_lines_corrected(rows, entry_id):
            rows.update("entries", entry_id, own_text=body["text"])
        settle_text(rows, entry_id)
    if body["written_on"] is not None:
        rows.update("entries", entry_id, written_on=body["written_on"], written_by=event.person)
    elif body["no_date"]:
        no_date = dict.fromkeys(_WRITTEN) | {"written_by": event.person}
        rows.update("entries", entry_id, **no_date)


def _all_lines_corrected(rows: Rows, entry_id: int) -> bool:
    found = rows.one(
        "select count(*) as lines, count(corrected_by) as corrected from lines where entry_id = ?",
        entry_id,
    )
    return bool(found["lines"]) and found["lines"] == found["corrected"]


def entry_split(rows: Rows, event: Event, body: Body) -> None:
    """Give some lines to an entry of their own."""
    entry = rows.one("select * from entries where id = ?", body["entry"])
    position = entry["position"]
    if body["page"] != entry["page_id"]:  # the rest stands first on its page
        least = "select coalesce(min(position), 1) - 1 as first from entries where page_id = ?"
        position = rows.one(least, body["page"])["first"]
    moved = {name: entry[name] for name in _WRITTEN} if body["dated"] else {}
    new_id = rows.insert(
        "entries",
        page_id=body["page"],
        position=position,
        text="",
        confidence=entry["confidence"],
        polygon=as_text(body["new_polygon"]),
        status=body["status"],
        seen_on=entry["seen_on"],
        seen_seq=entry["seen_seq"],
        imported_on=entry["imported_on"],
        first_seq=event.seq,
        **moved,
    )
    for line_id in body["lines"]:
        rows.update("lines", line_id, entry_id=new_id)
    left = dict.fromkeys(moved)
    rows.update("entries", body["entry"], polygon=as_text(body["polygon"]), **left)
    rows.touch(body["entry"])
    settle_text(rows, new_id)
    settle_text(rows, body["entry"])


def entries_joined(rows: Rows, event: Event, body: Body) -> None:  # noqa: ARG001 - one signature
    """Give the lines of several entries to one."""
    entry_id = body["entry"]
    _take_date(rows, entry_id, body["others"])
    for other in body["others"]:
        for line in rows.all("select id from lines where entry_id = ? order by id", other):
            rows.update("lines", line["id"], entry_id=entry_id)
        for mark in rows.all("select id from marks where entry_id = ? order by id", other):
            rows.update("marks", mark["id"], entry_id=entry_id)
        for same in rows.all("select id from entries where duplicate_of = ? order by id", other):
            rows.update("entries", same["id"], duplicate_of=entry_id)
        rows.update("entries", other, gone="joined", joined_into=entry_id)
    not_seen = {"seen_on": None, "seen_seq": None} if body["status"] == Status.RECEIVED else {}
    rows.update(
        "entries",
        entry_id,
        polygon=as_text(body["polygon"]),
        own_text=body["text"],
        status=body["status"],
        **not_seen,
    )
    rows.touch(entry_id)
    settle_text(rows, entry_id)


def _take_date(rows: Rows, entry_id: int, others: list[int]) -> None:
    """Give an entry that bears no date the first that another of its parts bears."""
    columns = ", ".join(_WRITTEN)
    parts = [
        rows.one(f"select {columns} from entries where id = ?", each)
        for each in (entry_id, *others)
    ]
    dated = [part for part in parts if part["written_on"] is not None]
    written = [part for part in parts if part["written_text"] is not None]
    rows.update("entries", entry_id, **next(iter((*dated, *written)), {}))


def seen(rows: Rows, event: Event, body: Body) -> None:
    """Settle the marks on the paper, or make one where the paper has none, and mark entries."""
    settled = {
        "state": "settled",
        "date": body["on"],
        "settled_by": event.person,
        "settled_seq": event.seq,
    }
    for mark_id in body["marks"]:
        rows.update("marks", mark_id, **settled)
    if not body["marks"]:
        rows.insert(
            "marks",
            page_id=body["page"],
            entry_id=body["entry"],
            stamp=0,
            signature=0,
            seq=event.seq,
            **settled,
        )
    for entry_id in body["entries"]:
        entry = rows.one("select status from entries where id = ?", entry_id)
        received = entry["status"] == Status.RECEIVED
        status = Status.SEEN.value if received else entry["status"]
        rows.update("entries", entry_id, seen_on=body["on"], seen_seq=event.seq, status=status)


def unseen(rows: Rows, event: Event, body: Body) -> None:
    """Take back marks and what they made of entries; what stands on the paper waits again."""
    waiting = {"state": "found", "date": None, "settled_by": None, "settled_seq": None}
    taken_back = {
        "state": "rejected",
        "settled_by": event.person,
        "settled_seq": event.seq,
        "reason": body["reason"],
    }
    for mark_id in body["marks"]:
        mark = rows.one("select polygon from marks where id = ?", mark_id)
        rows.update("marks", mark_id, **(taken_back if mark["polygon"] is None else waiting))
    for entry_id in body["entries"]:
        rows.update("entries", entry_id, seen_on=None, seen_seq=None, status=Status.RECEIVED.value)


def mark_rejected(rows: Rows, event: Event, body: Body) -> None:
    """Note that a mark is none."""
    rows.update(
        "marks",
        body["mark"],
        state="rejected",
        settled_by=event.person,
        settled_seq=event.seq,
        reason=body["reason"],
    )


def responded(rows: Rows, event: Event, body: Body) -> None:
    """Note what was done about an entry."""
    entry_id = body["entry"]
    rows.insert(
        "responses",
        entry_id=entry_id,
        status=body["status"],
        note=body["note"],
        due=body["due"],
        assigned_to=body["to"],
        person=event.person,
        on_date=body["on"],
        seq=event.seq,
    )
    changes: dict[str, Any] = {
        "status": body["status"],
        "closed_on": None if body["status"] in OPEN_STATUSES else body["on"],
        "duplicate_of": body["duplicate_of"],
    }
    if body["to"] is not None:
        changes["assigned_to"] = body["to"]
    if body["due"] is not None:
        changes["due"] = body["due"]
    rows.update("entries", entry_id, **changes)
    rows.touch(entry_id)
