"""Prove that the register was not altered: hash the log, replay it, compare everything.

The log is read in one snapshot, bytes that are no text included. Each event's hashes are computed
again, its link to the event before is checked, and the event is judged by the register as it
stood then (`formbook.store.judging`); all events are projected into a fresh database;
then every table, the schema and the search index of the register are compared with the fresh
ones, and every original with its hash.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from formbook.proof.statement import as_stored, canonical
from formbook.store import RegisterDamagedError, RegisterTooNewError, Store
from formbook.store import folder as folders
from formbook.store.finding import Finding, finding, printable
from formbook.store.judging import Clock, judge, judge_signature
from formbook.store.log import (
    GENESIS,
    event_of,
    event_sha256,
    sha256_of_text,
)
from formbook.store.migrations import PROJECTION
from formbook.store.rehearsal import Rehearsal

Progress = Callable[[int, int], None]

# Shadow tables of the search index that follow from the entries; FTS5 itself checks the others.
_SHADOWS = ("entry_search_content", "entry_search_docsize", "entry_search_config")
_COMPARED = (*PROJECTION, "sqlite_sequence", *_SHADOWS)
_PRAGMAS = ("user_version", "application_id")
# What a body that formbook did not write can make of its replay.
_UNREPLAYABLE = (
    *(ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError),
    sqlite3.DatabaseError,
)


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

    Raises:
        RegisterTooNewError: a newer formbook wrote an event that this one does not know.
    """
    total, head = 0, GENESIS
    findings: list[Finding] = []
    originals: dict[str, Finding | None] = {}
    try:
        with _room(store) as room, _any_bytes(store):
            replay_folder = Path(room) / "replay"
            with (
                Store.create(replay_folder) as replay,
                store.attached(replay_folder / folders.DATABASE, "replayed"),
                store.snapshot(),
            ):
                total, head = store.head()
                findings += _replay(store, replay, total, progress)
                findings += _compare(store)
                originals = dict(_check_originals(store))
        findings += _check_search(store)
    except RegisterDamagedError as error:
        findings.append(_damaged(error))
    findings += filter(None, originals.values())
    return Verification(total, len(originals), head, tuple(findings))


def _room(store: Store) -> tempfile.TemporaryDirectory[str]:
    """Where the replay may lie: in the register's own cache, so that no words leave it.

    Beside one that cannot be written it is for its owner's eyes alone.
    """
    cache = store.folder / folders.CACHE
    there = cache.is_dir() and not folders.is_sealed(store.folder)
    return tempfile.TemporaryDirectory(suffix=folders.part_suffix(), dir=cache if there else None)


@contextlib.contextmanager
def _any_bytes(store: Store) -> Iterator[None]:
    """Read what is no UTF-8 as well, so that it can be compared and named."""
    connection = store._connection  # noqa: SLF001 - no other reader wants such text
    connection.text_factory = lambda raw: raw.decode(errors="surrogateescape")
    try:
        yield
    finally:
        connection.text_factory = str


def _damaged(error: RegisterDamagedError, table: str | None = None) -> Finding:
    return finding("database_damaged", table=table, stored=str(error.__cause__ or error))


def _replay(store: Store, replay: Store, total: int, progress: Progress) -> Iterator[Finding]:
    previous, expected_seq = GENESIS, 1
    register, clock = store.identity(), Clock()
    broken = False
    with replay.replaying():
        for row in store.stream("select * from main.events order by seq"):
            seq = row["seq"]
            if seq != expected_seq:
                yield finding("event_missing", event=expected_seq)
            altered = list(_check_event(row, previous))
            yield from altered
            yield from clock.judge(row)
            if not broken:
                try:
                    event = event_of(row, store.folder)
                    yield from judge_signature(replay, event, register)
                    if not altered:
                        yield from judge(replay, event)
                    replay.write(event, row["body"])
                except (RegisterTooNewError, *_UNREPLAYABLE) as error:
                    if isinstance(error, RegisterTooNewError) and not altered:
                        raise
                    broken = True
                    yield finding("event_unreplayable", event=seq, stored=type(error).__name__)
            previous, expected_seq = row["sha256"], seq + 1
            progress(min(seq, total), total)


def _check_event(row: dict[str, Any], previous: str) -> Iterator[Finding]:
    seq = row["seq"]
    body_sha256 = sha256_of_text(as_stored(row["body"]))
    if body_sha256 != row["body_sha256"] or row["body"] != as_stored(row["body"]):
        yield finding(
            "event_body_changed", event=seq, stored=body_sha256, expected=row["body_sha256"]
        )
    elif not _is_canonical(row["body"]):
        yield finding("event_body_not_canonical", event=seq)
    if row["previous"] != previous:
        yield finding("event_chain_broken", event=seq, stored=row["previous"], expected=previous)
    made = event_sha256(
        seq=seq,
        at=row["at"],
        person=row["person"],
        account=row["account"],
        kind=row["kind"],
        body_sha256=row["body_sha256"],
        previous=row["previous"],
        key=row["key"],
        signature=row["signature"],
    )
    fields = (row["at"], row["person"], row["account"], row["kind"])
    if made != row["sha256"] or any(text != as_stored(text) for text in fields):
        yield finding("event_changed", event=seq, stored=row["sha256"], expected=made)


def _is_canonical(body: str) -> bool:
    try:
        return canonical(json.loads(body)) == body
    except (ValueError, RecursionError):
        return False


def _compare(store: Store) -> Iterator[Finding]:
    yield from _compare_schema(store)
    for table in _COMPARED:
        yield from _or_damaged(table, _compare_table(store, table))
    yield from _or_damaged("_sqlite_migrations", _compare_migrations(store))
    yield from _or_damaged("entry_search", _check_words(store))
    yield from _check_database(store)


def _or_damaged(table: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Name a table that cannot even be read: dropped, of other columns, or with broken pages."""
    try:
        yield from findings
    except RegisterDamagedError as error:
        yield _damaged(error, table)


def _compare_schema(store: Store) -> Iterator[Finding]:
    stored, expected = _schema(store, "main"), _schema(store, "replayed")
    for thing in sorted({*stored, *expected}):
        if stored.get(thing) != expected.get(thing):
            yield finding(
                "schema_changed",
                table=thing,
                stored=stored.get(thing),
                expected=expected.get(thing),
            )


def _schema(store: Store, database: str) -> dict[str, Any]:
    columns = "type || ' ' || name as thing, tbl_name || ': ' || coalesce(sql, '') as sql"
    rows = store.rows(f"select {columns} from {database}.sqlite_schema")
    pragmas = {name: store.value(f"pragma {database}.{name}") for name in _PRAGMAS}
    return {**{row["thing"]: row["sql"] for row in rows}, **pragmas}


def _compare_migrations(store: Store) -> Iterator[Finding]:
    """All but the time of a migration, which is no part of the register."""
    columns = "select id, migration_set, name from"
    stored, expected = (
        store.rows(f"{columns} {database}._sqlite_migrations order by id")
        for database in ("main", "replayed")
    )
    if stored != expected:
        yield finding("schema_changed", table="_sqlite_migrations")


def _compare_table(store: Store, table: str) -> Iterator[Finding]:
    info = store.rows(f"pragma replayed.table_info({table})")
    keys = [column["name"] for column in info if column["pk"]] or ["name"]
    stored = _only_in(store, "main", "replayed", table, keys)
    expected = _only_in(store, "replayed", "main", table, keys)
    for key in sorted({*stored, *expected}, key=_order):
        yield from _differences(table, key, stored.get(key), expected.get(key))
    if not stored and not expected:  # sqlite_sequence alone can hold a row twice
        counts = [
            store.value(f"select count(*) from {database}.{table}")
            for database in ("main", "replayed")
        ]
        if counts[0] != counts[1]:
            yield finding("row_added", table=table, stored=counts[0], expected=counts[1])


def _order(key: tuple[Any, ...]) -> tuple[tuple[str, Any], ...]:
    """Numbers by value, and no quarrel with what does not belong in a key."""
    return tuple((type(part).__name__, part if part is not None else "") for part in key)


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
    row = "/".join(str(printable(part)) for part in key)
    if stored is None:
        yield finding("row_missing", table=table, row=row, expected=expected)
    elif expected is None:
        yield finding("row_added", table=table, row=row, stored=stored)
    else:
        for column, value in stored.items():
            if value != expected[column]:
                yield finding(
                    "row_changed",
                    table=table,
                    row=row,
                    column=column,
                    stored=value,
                    expected=expected[column],
                )


def _check_database(store: Store) -> Iterator[Finding]:
    for row in store.rows("pragma main.integrity_check"):
        if row["integrity_check"] != "ok":
            yield finding("database_damaged", stored=row["integrity_check"])
    for row in store.rows("pragma main.foreign_key_check"):
        yield finding("row_orphaned", table=row["table"], row=str(row["rowid"]))


def _check_words(store: Store) -> Iterator[Finding]:
    """Look for every word of the search index, as a person would.

    FTS5's own check does not miss what it needs to find a word's page.
    """
    store.rows("create virtual table temp.search_words using fts5vocab(main, entry_search, row)")
    try:
        for row in store.rows(
            "select term, doc, (select count(*) from entry_search"
            """ where entry_search match '"' || term || '"') as found"""
            " from temp.search_words where found <> doc limit 1"
        ):
            yield finding(
                "search_index_damaged",
                table="entry_search",
                row=row["term"],
                stored=row["found"],
                expected=row["doc"],
            )
    finally:
        store.rows("drop table temp.search_words")


def _check_search(store: Store) -> list[Finding]:
    """Let the full-text index compare itself with the text it stands for.

    It does so on being written to, or in memory where it cannot be.
    """
    try:
        with contextlib.ExitStack() as stack:
            if folders.is_sealed(store.folder):
                store = stack.enter_context(Rehearsal(store))
            stack.enter_context(store.writing())
            store.rows("insert into entry_search (entry_search) values ('integrity-check')")
    except RegisterDamagedError as error:
        return [finding("search_index_damaged", table="entry_search", stored=str(error.__cause__))]
    return []


def _check_originals(store: Store) -> Iterator[tuple[str, Finding | None]]:
    seen: set[str] = set()
    for row in store.rows(
        "select seq, body from main.events where kind = 'scan_added' order by seq"
    ):
        named = _original_of(row["body"])
        if named is not None and named[0] not in seen:
            seen.add(named[0])
            yield named[0], _check_original(store.folder, row["seq"], *named)


def _original_of(body: str) -> tuple[str, str] | None:
    """Name and hash of an event's original; None of a body that formbook did not write."""
    try:
        event = json.loads(body)
        return str(event["original"]), str(event["sha256"])
    except (LookupError, RecursionError, TypeError, ValueError):
        return None


def _check_original(register: Path, seq: int, name: str, expected: str) -> Finding | None:
    try:
        with (register / name).open("rb") as file:
            stored = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return finding("original_missing", event=seq, file=name)
    except (OSError, ValueError) as error:
        return finding("original_unreadable", event=seq, file=name, stored=str(error))
    if stored == expected:
        return None
    return finding("original_changed", event=seq, file=name, stored=stored, expected=expected)
