"""Small registers, and readings as an engine would give them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from formbook.model import Role
from formbook.office import add_person, create_register
from formbook.permissions import Act, Actor
from formbook.proof.keys import PrivateKey
from formbook.store import Store
from formbook.store.folder import original_name
from formbook.store.log import Event
from formbook.store.marked import as_it_stands

NOW = dt.datetime(2024, 3, 1, 3, 0, tzinfo=dt.UTC)
TODAY = dt.date(2024, 3, 1)

CLERK = Actor("Lan", frozenset({Role.CLERK}), "lan")
CHAIRMAN = Actor("Nguyễn Văn Chủ", frozenset({Role.CHAIRMAN}), "chu")
AUDITOR = Actor("Hoa", frozenset({Role.AUDITOR}), "hoa")

KEY = PrivateKey.generate()
SIGNER = dataclasses.replace(CHAIRMAN, signer=KEY)
"""The chairman with a key, which a register knows after `add_key`."""

Json = dict[str, Any]
Line = str | tuple[str, int | None] | Json


def make_register(folder: Path) -> Store:
    """A register of an invented office: a clerk, a chairman and an auditor, no page yet."""
    store = create_register(
        folder / "register",
        ward="Nghĩa Đô",
        ward_code="00160",
        ward_as_of="2025-07-01",
        person=CLERK.name,
        account=CLERK.account,
        now=NOW,
    )
    for person in (CHAIRMAN, AUDITOR):
        add_person(store, person.name, person.roles, account=person.account, by=CLERK, now=NOW)
    return store


def add_key(store: Store) -> None:
    """From now on the chairman signs with KEY."""
    with store.writing():
        store.append(Act.KEY_ADDED, {"key": KEY.key}, by=SIGNER, at=NOW)


def seen_body(store: Store) -> Json:
    """What the event says by which page 1, with its entry 1, is seen as it stands now."""
    body = {"page": 1, "entry": None, "on": "2024-03-01", "marks": [], "entries": [1]}
    return {**body, "marked": as_it_stands(store, 1, [1])}


def box(row: int, *, left: int = 10, width: int = 400) -> list[list[float]]:
    """The outline of the n-th row of a page, in pixels."""
    top, right = 20 + 30 * row, left + width
    return [[left, top], [right, top], [right, top + 24], [left, top + 24]]


def written(text: str, *dates: str, date: str | None = None) -> Json:
    """A date as written, with all the dates it can mean and the one it is taken for."""
    candidates = [{"date": each, "reasons": ["written"]} for each in dates]
    return {"text": text, "candidates": candidates, "date": date}


def entry(date: Json | None = None, *, row: int = 0, confidence: float = 0.9) -> Json:
    """An entry of a reading; its text is that of its lines."""
    return {"polygon": box(row), "text": "", "confidence": confidence, "written": date}


def mark(date: Json | None = None, *, entry: int | None = None, row: int = 9) -> Json:
    """The chairman's mark as an engine finds it."""
    return {
        "polygon": box(row, left=300, width=100),
        "text": "Đã xem",
        "written": date,
        "stamp": False,
        "signature": True,
        "confidence": 0.8,
        "entry": entry,
    }


def reading(
    lines: Sequence[Line] = (),
    *,
    entries: Sequence[Json] | None = None,
    marks: Sequence[Json] = (),
    engine: str = "scripted 1",
    number: int | None = None,
) -> Json:
    """What `reading_to_body` gives for a page.

    Args:
        lines: texts of the first entry, or (text, index of its entry), or whole lines.
        entries: as many as the lines name, unless given.
        marks: what was found of the chairman's.
        engine: name and version.
        number: what stands on the paper.
    """
    body = [_line(row, line, engine) for row, line in enumerate(lines)]
    groups = [line["entry"] for line in body if line["entry"] is not None]
    if entries is None:
        entries = [entry(row=group) for group in range(max(groups, default=-1) + 1)]
    return {
        "frame": 1,
        "width": 800,
        "height": 1200,
        "dpi": 150.0,
        "engine": engine,
        "side": "whole",
        "outline": [[0, 0], [800, 0], [800, 1200], [0, 1200]],
        "page_number": number,
        "lines": body,
        "entries": list(entries),
        "marks": list(marks),
        "begins": None,
        "ends": None,
    }


def _line(row: int, line: Line, engine: str) -> Json:
    if isinstance(line, dict):
        return line
    text, group = (line, 0) if isinstance(line, str) else line
    runs = [[0.75, len(text)]] if text else []
    return {
        "polygon": box(row),
        "text": text,
        "confidences": runs,
        "engine": engine,
        "entry": group,
    }


def add_scan(
    store: Store,
    read: Json,
    *,
    number: int = 1,
    notebook: str = "1",
    content: bytes | None = None,
    frame: int = 1,
    known: dict[int, int] | None = None,
    beside: dict[int, int] | None = None,
    known_marks: Sequence[int] = (),
    held: str | None = None,
    looks_like: int | None = None,
    links: Sequence[Json] = (),
    by: Actor = CLERK,
    on: dt.date = TODAY,
    now: dt.datetime = NOW,
) -> Event:
    """Add a scan with its original, as `ingest` does."""
    if content is None:
        content = f"{notebook}/{number} {store.head()[0]}".encode()
    sha256 = hashlib.sha256(content).hexdigest()
    original = original_name(sha256, ".jpg")
    path = store.folder / original
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if not path.exists():
        path.write_bytes(content)
    body = {
        "sha256": sha256,
        "frame": frame,
        "name": f"{notebook}-{number}.jpg",
        "original": original,
        "bytes": len(content),
        "on": on.isoformat(),
        "pages": [
            {
                "fingerprint": "",
                "numbered_by": "order",
                "notebook": notebook,
                "number": number,
                "held": held,
                "looks_like": looks_like,
                **_known(known, beside, known_marks),
                "reading": read,
            }
        ],
        "links": list(links),
    }
    with store.writing():
        return store.append(Act.SCAN_ADDED, body, by=by, at=now)


def place_scan(
    store: Store,
    scan: int,
    read: Json,
    *,
    number: int,
    notebook: str = "1",
    known: dict[int, int] | None = None,
    known_marks: Sequence[int] = (),
    by: Actor = CLERK,
) -> Event:
    """Say which page a held scan shows."""
    body = {
        "scan": scan,
        "notebook": notebook,
        "number": number,
        "on": TODAY.isoformat(),
        **_known(known, None, known_marks),
        "reading": read,
        "links": [],
    }
    with store.writing():
        return store.append(Act.SCAN_PLACED, body, by=by, at=NOW)


def reread(
    store: Store,
    scan: int,
    read: Json,
    *,
    known: dict[int, int] | None = None,
    beside: dict[int, int] | None = None,
    known_marks: Sequence[int] = (),
    by: Actor = CLERK,
) -> Event:
    """Read a scan again with another engine."""
    body = {
        "scan": scan,
        "on": TODAY.isoformat(),
        **_known(known, beside, known_marks),
        "reading": read,
    }
    with store.writing():
        return store.append(Act.PAGE_REREAD, body, by=by, at=NOW)


def _known(
    known: dict[int, int] | None, beside: dict[int, int] | None, marks: Sequence[int]
) -> Json:
    return {
        "known": {str(index): line for index, line in (known or {}).items()},
        "beside": {str(index): line for index, line in (beside or {}).items()},
        "known_marks": list(marks),
    }


def contents(store: Store, *, without: Sequence[str] = ()) -> dict[str, list[Json]]:
    """Every row of every table and of the search index, to compare registers by."""
    tables = [
        row["name"]
        for row in store.rows(
            "select name from sqlite_schema where type = 'table' and name not like"
            " 'entry_search_%' and name not like '%sqlite%' order by name"
        )
    ]
    found = {table: store.rows(f"select * from {table} order by 1, 2") for table in tables}
    found["entry_search"] = store.rows("select rowid, * from entry_search order by rowid")
    return {table: rows for table, rows in found.items() if table not in without}
