"""Prove that the register was not altered: hash the log, replay it, compare everything.

The log is read in one snapshot. Each event's hashes are computed again and its link to the
event before is checked; all events are projected into a fresh database; then every table, the
schema and the search index of the register are compared with the fresh ones, and every original
with its hash.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from formbook.store import RegisterDamagedError, Store, event_of
from formbook.store import folder as folders
from formbook.store.log import GENESIS, canonical, event_sha256, sha256_of_text
from formbook.store.migrations import PROJECTION

Progress = Callable[[int, int], None]

_COMPARED = (*PROJECTION, "sqlite_sequence")


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference between the register and what its log says.

    `kind` names the sort of difference; the other fields are None where they do not apply.
    `stored` is what the register holds, `expected` what the log makes of it.
    """

    kind: str
    event: int | None = None
    table: str | None = None
    row: str | None = None
    column: str | None = None
    file: str | None = None
    stored: Any = None
    expected: Any = None

    def as_row(self) -> dict[str, Any]:
        """The finding as a JSON object."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Verification:
    """What was checked and what was found; `head` is the hash of the last event."""

    events: int
    originals: int
    head: str
    findings: tuple[Finding, ...] = field(default=())


def verify(store: Store, progress: Progress = lambda _done, _total: None) -> Verification:
    """Compare a register with its own log.

    Args:
        store: the register.
        progress: told how many events of how many are done.

    Returns:
        The findings in the order of events, tables, schema, index, originals; none on an
        untouched register.
    """
    with tempfile.TemporaryDirectory(dir=_room(store)) as room:
        replay_folder = Path(room) / "replay"
        with (
            Store.create(replay_folder) as replay,
            store.attached(replay_folder / folders.DATABASE, "replayed"),
            store.snapshot(),
        ):
            total, head = store.head()
            findings = [*_replay(store, replay, total, progress)]
            findings += _compare(store)
            originals, altered = _check_originals(store)
    findings += _check_search(store)
    return Verification(total, originals, head, (*findings, *altered))


def _room(store: Store) -> Path | None:
    """Where the replay may lie: in the register's own cache, so that no words leave it."""
    cache = store.folder / folders.CACHE
    return cache if cache.is_dir() else None


def _replay(store: Store, replay: Store, total: int, progress: Progress) -> Iterator[Finding]:
    previous, expected_seq = GENESIS, 1
    broken = False
    with replay.replaying():
        for row in store.stream("select * from events order by seq"):
            seq = row["seq"]
            if seq != expected_seq:
                yield Finding("event_missing", event=expected_seq)
            yield from _check_event(row, previous)
            if not broken:
                try:
                    replay.write(event_of(row), row["body"])
                except (LookupError, ValueError, TypeError, sqlite3.DatabaseError) as error:
                    broken = True
                    yield Finding("event_unreplayable", event=seq, stored=type(error).__name__)
            previous, expected_seq = row["sha256"], seq + 1
            progress(min(seq, total), total)


def _check_event(row: dict[str, Any], previous: str) -> Iterator[Finding]:
    seq = row["seq"]
    body_sha256 = sha256_of_text(row["body"])
    if body_sha256 != row["body_sha256"]:
        yield Finding(
            "event_body_changed", event=seq, stored=body_sha256, expected=row["body_sha256"]
        )
    elif not _is_canonical(row["body"]):
        yield Finding("event_body_not_canonical", event=seq)
    if row["previous"] != previous:
        yield Finding("event_chain_broken", event=seq, stored=row["previous"], expected=previous)
    made = event_sha256(
        seq=seq,
        at=row["at"],
        person=row["person"],
        account=row["account"],
        kind=row["kind"],
        body_sha256=row["body_sha256"],
        previous=row["previous"],
    )
    if made != row["sha256"]:
        yield Finding("event_changed", event=seq, stored=row["sha256"], expected=made)


def _is_canonical(body: str) -> bool:
    try:
        return canonical(json.loads(body)) == body
    except ValueError:
        return False


def _compare(store: Store) -> Iterator[Finding]:
    yield from _compare_schema(store)
    for table in _COMPARED:
        yield from _compare_table(store, table)
    yield from _compare_search(store)
    yield from _check_database(store)


def _compare_schema(store: Store) -> Iterator[Finding]:
    columns = "type || ' ' || name as thing, coalesce(sql, '') as sql"
    stored = {
        row["thing"]: row["sql"] for row in store.rows(f"select {columns} from main.sqlite_schema")
    }
    expected = {
        row["thing"]: row["sql"]
        for row in store.rows(f"select {columns} from replayed.sqlite_schema")
    }
    for thing in sorted({*stored, *expected}):
        if stored.get(thing) != expected.get(thing):
            yield Finding(
                "schema_changed",
                table=thing,
                stored=stored.get(thing),
                expected=expected.get(thing),
            )
    names = "select name from {}._sqlite_migrations order by name"
    if store.rows(names.format("main")) != store.rows(names.format("replayed")):
        yield Finding("schema_changed", table="_sqlite_migrations")


def _compare_table(store: Store, table: str) -> Iterator[Finding]:
    info = store.rows(f"pragma replayed.table_info({table})")
    keys = [column["name"] for column in info if column["pk"]] or ["name"]
    stored = _only_in(store, "main", "replayed", table, keys)
    expected = _only_in(store, "replayed", "main", table, keys)
    for key in sorted({*stored, *expected}):
        yield from _differences(table, key, stored.get(key), expected.get(key))


def _only_in(
    store: Store, here: str, there: str, table: str, keys: list[str]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    rows = store.rows(f"select * from {here}.{table} except select * from {there}.{table}")
    return {tuple(row[key] for key in keys): row for row in rows}


def _differences(
    table: str,
    key: tuple[Any, ...],
    stored: dict[str, Any] | None,
    expected: dict[str, Any] | None,
) -> Iterator[Finding]:
    row = "/".join(str(part) for part in key)
    if stored is None:
        yield Finding("row_missing", table=table, row=row, expected=expected)
    elif expected is None:
        yield Finding("row_added", table=table, row=row, stored=stored)
    else:
        for column, value in stored.items():
            if value != expected[column]:
                yield Finding(
                    "row_changed",
                    table=table,
                    row=row,
                    column=column,
                    stored=value,
                    expected=expected[column],
                )


def _compare_search(store: Store) -> Iterator[Finding]:
    columns = "select rowid as id, exact, folded from"
    for here, there, kind in (
        ("main", "replayed", "row_added"),
        ("replayed", "main", "row_missing"),
    ):
        for row in store.rows(
            f"{columns} {here}.entry_search except {columns} {there}.entry_search"
        ):
            yield Finding(kind, table="entry_search", row=str(row["id"]))


def _check_database(store: Store) -> Iterator[Finding]:
    for row in store.rows("pragma main.integrity_check"):
        if row["integrity_check"] != "ok":
            yield Finding("database_damaged", stored=row["integrity_check"])
    for row in store.rows("pragma main.foreign_key_check"):
        yield Finding("row_orphaned", table=row["table"], row=str(row["rowid"]))


def _check_search(store: Store) -> list[Finding]:
    """Let the full-text index compare itself with the text it stands for."""
    try:
        with store.writing():
            store.rows("insert into entry_search (entry_search) values ('integrity-check')")
    except RegisterDamagedError as error:
        return [Finding("search_index_damaged", table="entry_search", stored=str(error.__cause__))]
    return []


def _check_originals(store: Store) -> tuple[int, list[Finding]]:
    found: list[Finding] = []
    checked = 0
    seen: set[str] = set()
    for row in store.rows("select seq, body from events where kind = 'scan_added' order by seq"):
        body = json.loads(row["body"])
        name = body["original"]
        if name in seen:
            continue
        seen.add(name)
        checked += 1
        path = store.folder / name
        if not path.is_file():
            found.append(Finding("original_missing", event=row["seq"], file=name))
        elif (made := _sha256_of(path)) != body["sha256"]:
            found.append(
                Finding(
                    "original_changed",
                    event=row["seq"],
                    file=name,
                    stored=made,
                    expected=body["sha256"],
                )
            )
    return checked, found


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
