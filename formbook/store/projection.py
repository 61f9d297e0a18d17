"""What each event does to the projected tables.

Nothing here asks the clock, the files or chance: the same log always makes the same rows, which
is what `verify` relies on. What needs judgement (which line of a later scan is already known,
which entries a mark covers) was decided before the event and stands in its body.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from formbook.model import OPEN_STATUSES, Status
from formbook.permissions import Act
from formbook.store.log import Event
from formbook.store.rows import Rows

Body = dict[str, Any]


def project(rows: Rows, event: Event) -> None:
    """Write the rows that an event stands for.

    Raises:
        LookupError: the event names a row that is not there; the log was not written by formbook.
    """
    _HANDLERS[event.kind](rows, event, event.body)
    rows.forget_old()


def as_text(value: Any) -> str | None:
    """A JSON column's text; None stays None."""
    return (
        None
        if value is None
        else json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    )


def mean_confidence(runs: list[list[float]]) -> float:
    """Mean of run-length coded confidences `[[confidence, characters], ...]`, 0 for none."""
    characters = sum(count for _, count in runs)
    if not characters:
        return 0.0
    return round(sum(confidence * count for confidence, count in runs) / characters, 4)


# -- the office ---------------------------------------------------------------


def _register_created(rows: Rows, event: Event, body: Body) -> None:
    rows.insert(
        "register",
        id=1,
        ward=body["ward"],
        ward_code=body["ward_code"],
        ward_as_of=body["ward_as_of"],
    )
    _person_added(rows, event, body["person"])


def _ward_named(rows: Rows, event: Event, body: Body) -> None:  # noqa: ARG001 - one signature
    rows.update(
        "register",
        1,
        ward=body["ward"],
        ward_code=body["ward_code"],
        ward_as_of=body["ward_as_of"],
    )


def _person_added(rows: Rows, event: Event, body: Body) -> None:  # noqa: ARG001 - one signature
    values = {"roles": ",".join(sorted(body["roles"])), "account": body["account"]}
    held = rows.all("select id from people where name = ?", body["name"])
    if held:
        rows.update("people", held[0]["id"], **values)
    else:
        rows.insert("people", name=body["name"], **values)


def _rule_set(rows: Rows, event: Event, body: Body) -> None:  # noqa: ARG001 - one signature
    rows.insert(
        "rules",
        name=body["name"],
        from_date=body["from"],
        working_days=body["working_days"],
        source=body["source"],
    )


def _holiday_set(rows: Rows, event: Event, body: Body) -> None:  # noqa: ARG001 - one signature
    held = rows.all("select id from holidays where date = ?", body["date"])
    if held:
        rows.update("holidays", held[0]["id"], kind=body["kind"], name=body["name"])
    else:
        rows.insert("holidays", date=body["date"], kind=body["kind"], name=body["name"])


# -- pages --------------------------------------------------------------------


def _scan_added(rows: Rows, event: Event, body: Body) -> None:
    reading = body["reading"]
    page_id = None if body["held"] else _page(rows, body["notebook"], body["number"])
    scan_id = rows.insert(
        "scans",
        sha256=body["sha256"],
        frame=body["frame"],
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
        seq=event.seq,
    )
    if page_id is not None:
        _take_reading(rows, event, body, scan_id, page_id, supersede=False)


def _scan_placed(rows: Rows, event: Event, body: Body) -> None:
    page_id = _page(rows, body["notebook"], body["number"])
    rows.update("scans", body["scan"], page_id=page_id, held=None)
    _take_reading(rows, event, body, body["scan"], page_id, supersede=False)


def _page_reread(rows: Rows, event: Event, body: Body) -> None:
    scan = rows.one("select page_id from scans where id = ?", body["scan"])
    _take_reading(rows, event, body, body["scan"], scan["page_id"], supersede=True)


def _page_checked(rows: Rows, event: Event, body: Body) -> None:
    rows.update("pages", body["page"], checked_by=event.person, checked_at=event.at)


def _page(rows: Rows, volume: str, number: int) -> int:
    notebook = rows.all("select id from notebooks where volume = ?", volume)
    notebook_id = notebook[0]["id"] if notebook else rows.insert("notebooks", volume=volume)
    page = rows.all(
        "select id from pages where notebook_id = ? and number = ?", notebook_id, number
    )
    if page:
        return int(page[0]["id"])
    return rows.insert("pages", notebook_id=notebook_id, number=number)


def _take_reading(
    rows: Rows, event: Event, body: Body, scan_id: int, page_id: int, *, supersede: bool
) -> None:
    """Add what a reading shows that the page does not hold yet.

    `body["known"]` maps the reading's line index to the line it shows again. Such a line gets
    one more reading; with `supersede` its text follows, unless a person corrected it. The other
    lines become new entries, in the groups that the reading has them in.
    """
    reading = body["reading"]
    known = {int(index): line_id for index, line_id in body["known"].items()}
    first = _next_position(rows, "lines", page_id)
    first_entry = _next_position(rows, "entries", page_id)
    new_entries: dict[int, int] = {}
    changed: set[int] = set()
    for index, line in enumerate(reading["lines"]):
        if index in known:
            line_id = known[index]
            if supersede:
                changed |= _supersede(rows, line_id, line)
        else:
            group = line["entry"]
            if group is not None and group not in new_entries:
                new_entries[group] = _new_entry(
                    rows, event, body, page_id, group, first_entry + group
                )
            line_id = rows.insert(
                "lines",
                page_id=page_id,
                scan_id=scan_id,
                entry_id=None if group is None else new_entries[group],
                position=first + index,
                polygon=as_text(line["polygon"]),
                text=line["text"],
                confidence=mean_confidence(line["confidences"]),
            )
        rows.insert(
            "readings",
            line_id=line_id,
            scan_id=scan_id,
            engine=reading["engine"],
            polygon=as_text(line["polygon"]),
            text=line["text"],
            confidences=as_text(line["confidences"]),
            seq=event.seq,
        )
    for entry_id in sorted({*new_entries.values(), *changed}):
        _settle_text(rows, entry_id)
    found = [mark for i, mark in enumerate(reading["marks"]) if i not in body["known_marks"]]
    for mark in found:
        _mark_found(rows, event, mark, page_id, scan_id, new_entries)
    if new_entries or found:
        rows.update("pages", page_id, checked_by=None, checked_at=None)


def _supersede(rows: Rows, line_id: int, line: Body) -> set[int]:
    held = rows.one("select entry_id, corrected_by from lines where id = ?", line_id)
    if held["corrected_by"] is not None:
        return set()
    rows.update(
        "lines", line_id, text=line["text"], confidence=mean_confidence(line["confidences"])
    )
    return set() if held["entry_id"] is None else {held["entry_id"]}


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


def _next_position(rows: Rows, table: str, page_id: int) -> int:
    found = rows.one(
        f"select coalesce(max(position) + 1, 0) as next from {table} where page_id = ?", page_id
    )
    return int(found["next"])


def _settle_text(rows: Rows, entry_id: int) -> None:
    """Give an entry the text of its lines, unless a person wrote it as a whole."""
    entry = rows.one("select own_text from entries where id = ?", entry_id)
    lines = rows.all(
        "select text from lines where entry_id = ? order by page_id, position, id", entry_id
    )
    text = entry["own_text"]
    rows.update(
        "entries",
        entry_id,
        text="\n".join(line["text"] for line in lines) if text is None else text,
    )


# -- entries ------------------------------------------------------------------


def _entry_added(rows: Rows, event: Event, body: Body) -> None:
    rows.insert(
        "entries",
        page_id=body["page"],
        position=_next_position(rows, "entries", body["page"]),
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


def _entry_dropped(rows: Rows, event: Event, body: Body) -> None:  # noqa: ARG001 - one signature
    rows.update("entries", body["entry"], gone="dropped", gone_reason=body["reason"])


def _entry_corrected(rows: Rows, event: Event, body: Body) -> None:
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
        rows.update("entries", entry_id, own_text=body["text"], corrected_by=event.person)
        _settle_text(rows, entry_id)
    if body["written_on"] is not None:
        rows.update("entries", entry_id, written_on=body["written_on"], written_by=event.person)


def _entry_split(rows: Rows, event: Event, body: Body) -> None:
    entry = rows.one("select * from entries where id = ?", body["entry"])
    new_id = rows.insert(
        "entries",
        page_id=body["page"],
        position=entry["position"],
        text="",
        confidence=entry["confidence"],
        polygon=as_text(body["new_polygon"]),
        status=body["status"],
        seen_on=entry["seen_on"],
        imported_on=entry["imported_on"],
        first_seq=event.seq,
    )
    for line_id in body["lines"]:
        rows.update("lines", line_id, entry_id=new_id)
    rows.update("entries", body["entry"], polygon=as_text(body["polygon"]))
    rows.touch(body["entry"])
    _settle_text(rows, new_id)
    _settle_text(rows, body["entry"])


def _entries_joined(rows: Rows, event: Event, body: Body) -> None:  # noqa: ARG001 - one signature
    entry_id = body["entry"]
    for other in body["others"]:
        for line in rows.all("select id from lines where entry_id = ? order by id", other):
            rows.update("lines", line["id"], entry_id=entry_id)
        rows.update("entries", other, gone="joined", joined_into=entry_id)
    rows.update("entries", entry_id, polygon=as_text(body["polygon"]), own_text=body["text"])
    rows.touch(entry_id)
    _settle_text(rows, entry_id)


# -- marks and answers --------------------------------------------------------


def _seen(rows: Rows, event: Event, body: Body) -> None:
    """Settle the marks on the paper, or make one where the paper has none, and mark entries."""
    settled = {"state": "settled", "date": body["on"], "settled_by": event.person}
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
        rows.update("entries", entry_id, seen_on=body["on"], status=status)


def _mark_rejected(rows: Rows, event: Event, body: Body) -> None:
    rows.update(
        "marks",
        body["mark"],
        state="rejected",
        settled_by=event.person,
        reason=body["reason"],
    )


def _responded(rows: Rows, event: Event, body: Body) -> None:
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
    }
    if body["to"] is not None:
        changes["assigned_to"] = body["to"]
    if body["due"] is not None:
        changes["due"] = body["due"]
    if body["duplicate_of"] is not None:
        changes["duplicate_of"] = body["duplicate_of"]
    rows.update("entries", entry_id, **changes)
    rows.touch(entry_id)


def _undone(rows: Rows, event: Event, body: Body) -> None:  # noqa: ARG001 - one signature
    rows.undo(body["seq"])


_HANDLERS: dict[Act, Callable[[Rows, Event, Body], None]] = {
    Act.REGISTER_CREATED: _register_created,
    Act.PERSON_ADDED: _person_added,
    Act.WARD_NAMED: _ward_named,
    Act.RULE_SET: _rule_set,
    Act.HOLIDAY_SET: _holiday_set,
    Act.SCAN_ADDED: _scan_added,
    Act.SCAN_PLACED: _scan_placed,
    Act.PAGE_REREAD: _page_reread,
    Act.PAGE_CHECKED: _page_checked,
    Act.ENTRY_ADDED: _entry_added,
    Act.ENTRY_DROPPED: _entry_dropped,
    Act.ENTRY_CORRECTED: _entry_corrected,
    Act.ENTRY_SPLIT: _entry_split,
    Act.ENTRIES_JOINED: _entries_joined,
    Act.SEEN: _seen,
    Act.MARK_SETTLED: _seen,
    Act.MARK_REJECTED: _mark_rejected,
    Act.RESPONDED: _responded,
    Act.UNDONE: _undone,
}
