"""One change to a register behind formbook's back, of every kind that SQL or an editor allows."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from formbook.store.folder import DATABASE, ORIGINALS

# A time that no log can know.
NOT_DERIVED = {("_sqlite_migrations", "applied_at")}
NAMES = {"name", "volume", "sort_key", "sha256", "date", "key"}
PRAGMAS = ("user_version", "application_id")

Connection = sqlite3.Connection


def tamper_once(register: Path, rng: random.Random) -> str:
    """Change one thing.

    Args:
        register: the folder of a register that no process has open.
        rng: decides what and how.

    Returns:
        What was changed, in words.
    """
    kinds: tuple[Callable[[Connection, random.Random], str], ...] = (
        *(_cell, _cell, _cell, _cell, _row_deleted, _row_added, _row_replaced),
        *(_event_cell, _event_deleted, _event_added, _event_replaced, _events_swapped),
        *(_signature, _signature),
        *(_schema, _index_content, _index_dropped, _pragma),
    )
    if rng.random() < 0.1:
        return _original(register, rng)
    with closing(sqlite3.connect(register / DATABASE, isolation_level=None)) as connection:
        connection.execute("pragma foreign_keys = off")
        while True:
            connection.execute("savepoint change")
            before = _state(connection)
            try:
                done = rng.choice(kinds)(connection, rng)
            except (sqlite3.DatabaseError, LookupError):  # the table itself allows no such change
                done = ""
            if done and _state(connection) != before:
                connection.execute("release change")
                return done
            connection.execute("rollback to change")
            connection.execute("release change")


def _state(connection: Connection) -> list[Any]:
    """All that the database holds, as bytes."""
    connection.text_factory = bytes
    schema = connection.execute("select name, sql from sqlite_schema order by name").fetchall()
    state: list[Any] = [schema]
    state += [
        sorted(connection.execute(f"select * from {name.decode()}"), key=repr)
        for name, sql in schema
        if (sql or b"").lower().startswith(b"create table")
    ]
    state += [connection.execute(f"pragma {name}").fetchone() for name in PRAGMAS]
    connection.text_factory = str
    return state


def copy_of(register: Path, folder: Path) -> Path:
    """A copy of a closed register, to tamper with."""
    return shutil.copytree(register, folder)


def _tables(connection: Connection) -> list[str]:
    rows = connection.execute(
        "select name from sqlite_schema where type = 'table' and name not like 'entry_search%'"
        " and name not in ('events', 'sqlite_stat1') order by name"
    )
    return [row[0] for row in rows]


def _columns(connection: Connection, table: str) -> list[tuple[str, str]]:
    rows = connection.execute(f"pragma table_info({table})").fetchall()
    return [(row[1], row[2]) for row in rows if (table, row[1]) not in NOT_DERIVED]


def _place(connection: Connection, table: str, rng: random.Random) -> tuple[str, tuple[Any, ...]]:
    """A condition that is true of one row, and its values."""
    info = connection.execute(f"pragma table_info({table})").fetchall()
    keys = [row[1] for row in info if row[5]] or ["rowid"]
    rows = connection.execute(f"select {', '.join(keys)} from {table}").fetchall()
    return " and ".join(f"{key} = ?" for key in keys), rng.choice(rows)


def _other(value: Any, kind: str, rng: random.Random) -> Any:
    """Another value that such a column may hold."""
    if value is not None and rng.random() < 0.15:
        return None
    if kind.upper() in {"INTEGER", "REAL"} or isinstance(value, int):
        return (value or 0) + rng.choice((1, -1, 1000))
    text = value or ""
    choices = [
        text + " ",
        text + "x",
        text[1:],
        text.swapcase(),
        "Đã trả lời",
        text.replace("à", "a\u0300"),
    ]
    return rng.choice([each for each in choices if each != value])


def _change(connection: Connection, table: str, rng: random.Random) -> str:
    column, kind = rng.choice(_columns(connection, table))
    where, key = _place(connection, table, rng)
    value = connection.execute(f"select {column} from {table} where {where}", key).fetchone()[0]
    if isinstance(value, bytes):
        other: Any = value[:-1] + bytes([value[-1] ^ 1])
    elif rng.random() < 0.05 and kind.upper() == "TEXT":
        connection.execute(
            f"update {table} set {column} = cast(x'61ff' as text) where {where}", key
        )
        return f"{table} {key}: {column} is no text any more"
    else:
        other = _other(value, kind, rng)
    connection.execute(f"update {table} set {column} = ? where {where}", (other, *key))
    return f"{table} {key}: {column} {value!r} -> {other!r}"


def _cell(connection: Connection, rng: random.Random) -> str:
    return _change(connection, rng.choice(_tables(connection)), rng)


def _row_deleted(connection: Connection, rng: random.Random) -> str:
    table = rng.choice(_tables(connection))
    where, key = _place(connection, table, rng)
    connection.execute(f"delete from {table} where {where}", key)
    return f"{table} {key} deleted"


def _copied(connection: Connection, table: str, rng: random.Random) -> dict[str, Any]:
    where, key = _place(connection, table, rng)
    cursor = connection.execute(f"select * from {table} where {where}", key)
    names = [column[0] for column in cursor.description]
    return dict(zip(names, cursor.fetchone(), strict=True))


def _put(connection: Connection, table: str, row: dict[str, Any], how: str) -> None:
    marks = ", ".join("?" * len(row))
    connection.execute(
        f"{how} into {table} ({', '.join(row)}) values ({marks})", tuple(row.values())
    )


def _row_added(connection: Connection, rng: random.Random) -> str:
    table = rng.choice(_tables(connection))
    row = _copied(connection, table, rng)
    for name, value in row.items():
        if name in {"id", "nth"}:
            row[name] = value + 100_000
        elif name in NAMES and table != "sqlite_sequence":
            row[name] = f"{value}x"
    _put(connection, table, row, "insert")
    return f"{table}: a row added"


def _row_replaced(connection: Connection, rng: random.Random) -> str:
    table = rng.choice(_tables(connection))
    row = _copied(connection, table, rng)
    name, kind = rng.choice(_columns(connection, table))
    row[name] = _other(row[name], kind, rng)
    _put(connection, table, row, "insert or replace")
    return f"{table}: a row replaced, {name} {row[name]!r}"


def _without_triggers(connection: Connection, change: Callable[[], None]) -> None:
    """Change the log as one who knows its triggers: away with them, and put back after."""
    triggers = connection.execute(
        "select name, sql from sqlite_schema where type = 'trigger'"
    ).fetchall()
    for name, _sql in triggers:
        connection.execute(f"drop trigger {name}")
    change()
    for _name, sql in triggers:
        connection.execute(sql)


def _event_cell(connection: Connection, rng: random.Random) -> str:
    said: list[str] = []
    if rng.random() < 0.5:
        _without_triggers(connection, lambda: said.append(_change(connection, "events", rng)))
        return said[0]
    seq, body = rng.choice(connection.execute("select seq, body from events").fetchall())
    value = json.loads(body)
    how = rng.choice(("spaces", "order", "key", "broken", "list", "deep"))
    changed = {
        "spaces": json.dumps(value, ensure_ascii=False, sort_keys=True),
        "order": json.dumps(dict(reversed(value.items())), ensure_ascii=False),
        "key": json.dumps({**value, "zz": 1}, ensure_ascii=False, separators=(",", ":")),
        "broken": body[:-1],
        "list": f"[{body}]",
        "deep": "[" * 200_000,
    }[how]
    if changed == body:
        raise LookupError(how)
    _without_triggers(
        connection,
        lambda: connection.execute("update events set body = ? where seq = ?", (changed, seq)),
    )
    return f"event {seq}: body {how}"


def _signature(connection: Connection, rng: random.Random) -> str:
    """Change who signed an event, as far as one can who has no key."""
    signed = connection.execute(
        "select seq, key, signature from events where key is not null"
    ).fetchall()
    seq, key, signature = rng.choice(signed)
    how = rng.choice(("none", "other's", "other key", "bit", "upper case", "unsigned event"))
    if how == "unsigned event":
        seq = rng.choice(connection.execute("select seq from events where key is null").fetchall())[
            0
        ]
    last = int(signature[-1], 16)
    changed = {
        "none": (None, None),
        "other's": (key, rng.choice(signed)[2]),
        "other key": (rng.choice(signed)[1], signature),
        "bit": (key, f"{signature[:-1]}{last ^ 1:x}"),
        "upper case": (key, signature.upper()),
        "unsigned event": (key, signature),
    }[how]
    _without_triggers(
        connection,
        lambda: connection.execute(
            "update events set key = ?, signature = ? where seq = ?", (*changed, seq)
        ),
    )
    return f"event {seq}: signature {how}"


def _event_deleted(connection: Connection, rng: random.Random) -> str:
    seqs = [row[0] for row in connection.execute("select seq from events")]
    first = rng.choice(seqs)
    last = rng.choice((first, first, seqs[-1]))
    _without_triggers(
        connection,
        lambda: connection.execute("delete from events where seq between ? and ?", (first, last)),
    )
    return f"events {first} to {last} deleted"


def _event_added(connection: Connection, rng: random.Random) -> str:
    row = _copied(connection, "events", rng)
    row["seq"] = connection.execute("select max(seq) + 1 from events").fetchone()[0]
    row["sha256"] = f"{row['sha256'][:-1]}x"
    _put(connection, "events", row, "insert")
    return "an event added at the end"


def _event_replaced(connection: Connection, rng: random.Random) -> str:
    row = _copied(connection, "events", rng)
    row["seq"] = connection.execute("select max(seq) from events").fetchone()[0]
    row["person"] += " "
    connection.execute("drop trigger events_only_follow")
    _put(connection, "events", row, "insert or replace")
    return "an event replaced, and its trigger dropped"


def _events_swapped(connection: Connection, rng: random.Random) -> str:
    one, two = rng.sample([row[0] for row in connection.execute("select seq from events")], 2)

    def swap() -> None:
        for old, new in ((one, -1), (two, one), (-1, two)):
            connection.execute("update events set seq = ? where seq = ?", (new, old))

    _without_triggers(connection, swap)
    return f"events {one} and {two} swapped"


def _schema(connection: Connection, rng: random.Random) -> str:
    things = connection.execute(
        "select type, name from sqlite_schema where type in ('trigger', 'index', 'table')"
        " and name not like 'sqlite_%' and name not like 'entry_search_%'"
        " and name <> '_sqlite_migrations'"
    ).fetchall()
    kind, name = rng.choice(things)
    how = rng.choice(("drop", "drop", "column", "new", "view"))
    statement = {
        "drop": f"drop {kind} {name}",
        "column": f"alter table {name} add column secret text",
        "new": "create table hidden (id integer)",
        "view": f"create trigger quiet after insert on {name} begin select 1; end",
    }[how]
    connection.execute(statement)
    return statement


def _index_content(connection: Connection, rng: random.Random) -> str:
    table = rng.choice(
        ("entry_search", "entry_search_content", "entry_search_docsize", "entry_search_config")
    )
    if table != "entry_search":
        return rng.choice((_change, _shadow_deleted))(connection, table, rng)
    how = rng.choice(
        (
            "insert into entry_search (rowid, exact, folded) values (99999, 'a', 'a')",
            "delete from entry_search where rowid = (select min(rowid) from entry_search)",
            "update entry_search set folded = 'khong' where rowid = 1",
        )
    )
    connection.execute(how)
    return how


def _shadow_deleted(connection: Connection, table: str, rng: random.Random) -> str:
    where, key = _place(connection, table, rng)
    connection.execute(f"delete from {table} where {where}", key)
    return f"{table} {key} deleted"


def _index_dropped(connection: Connection, rng: random.Random) -> str:
    """Take words out of the index, and leave the entries' text in place."""
    return _shadow_deleted(connection, "entry_search_data", rng)


def _pragma(connection: Connection, rng: random.Random) -> str:
    statement = f"pragma {rng.choice(PRAGMAS)} = 7"
    connection.execute(statement)
    return statement


def _original(register: Path, rng: random.Random) -> str:
    path = rng.choice(sorted((register / ORIGINALS).glob("*/*")))
    how = rng.choice(("removed", "longer", "other", "empty", "folder"))
    content = path.read_bytes()
    if how in {"removed", "folder"}:
        path.unlink()
        if how == "folder":
            path.mkdir()
    elif how == "longer":
        path.write_bytes(content + b"\0")
    elif how == "other":
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    else:
        path.write_bytes(b"")
    return f"{path.name} {how}"
