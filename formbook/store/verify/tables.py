"""Compare every table, the schema and the search index with what the log makes of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

from formbook.store import RegisterDamagedError, Store
from formbook.store import folder as folders
from formbook.store.finding import Finding, finding, printable
from formbook.store.migrations import PROJECTION
from formbook.store.rehearsal import Rehearsal

# Shadow tables of the search index that follow from the entries; FTS5 itself checks the others.
_SHADOWS = ("entry_search_content", "entry_search_docsize", "entry_search_config")
_COMPARED = (*PROJECTION, "sqlite_sequence", *_SHADOWS)
_PRAGMAS = ("user_version", "application_id")


def damaged(error: RegisterDamagedError, table: str | None = None) -> Finding:
    """What SQLite says of a file that is no whole database."""
    return finding("database_damaged", table=table, stored=str(error.__cause__ or error))


def compare_tables(store: Store) -> Iterator[Finding]:
    """Compare the register with its replay, attached as `replayed`."""
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
        yield damaged(error, table)


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


def check_search(store: Store) -> list[Finding]:
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
