"""The only way a projected row is written: each change keeps the row as it stood before.

So an act can be undone by putting back what it changed, whatever it was, and a replay of the
log arrives at the same rows and the same way back.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from formbook.store import search

UNDOABLE_ACTS = 50


class Rows:
    """Writes the rows of one event.

    Args:
        connection: inside a write transaction.
        seq: number of the event that changes the rows.
    """

    def __init__(self, connection: sqlite3.Connection, seq: int) -> None:
        self._connection = connection
        self._seq = seq
        self._nth = 0

    def one(self, sql: str, *values: Any) -> dict[str, Any]:
        """The first row of a query.

        Raises:
            LookupError: there is none.
        """
        row = self._connection.execute(sql, values).fetchone()
        if row is None:
            raise LookupError(sql)
        return dict(row)

    def all(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """All rows of a query."""
        return [dict(row) for row in self._connection.execute(sql, values)]

    def insert(self, table: str, **values: Any) -> int:
        """Insert a row and return its id."""
        row_id = self.insert_for_good(table, **values)
        self._remember(table, row_id, None)
        if table == "entries":
            search.put(self._connection, row_id, values["text"])
            self.touch(row_id)
        return row_id

    def insert_for_good(self, table: str, **values: Any) -> int:
        """Insert a row that undoing leaves there, since nothing shows it by itself."""
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        return int(
            self._connection.execute(
                f"insert into {table} ({names}) values ({marks}) returning id",
                tuple(values.values()),
            ).fetchone()[0]
        )

    def update_for_good(self, table: str, row_id: int, **values: Any) -> None:
        """Change columns of one row so that no undoing changes them back."""
        self._write(table, row_id, values)

    def update(self, table: str, row_id: int, **values: Any) -> None:
        """Change columns of one row; a row that stays as it is leaves no trace.

        Raises:
            LookupError: there is no such row.
        """
        before = self.one(f"select * from {table} where id = ?", row_id)
        changed = {name: value for name, value in values.items() if before[name] != value}
        if not changed:
            return
        self._remember(table, row_id, before)
        self._write(table, row_id, changed)

    def stand_on(self, table: str, row_id: int) -> None:
        """Note that this event counts on a row as it is: what made it so is not undone alone."""
        self._remember(table, row_id, self.one(f"select * from {table} where id = ?", row_id))

    def touch(self, entry_id: int) -> None:
        """Note that this event belongs to the entry's history."""
        self._connection.execute(
            "insert or ignore into entry_history (entry_id, seq) values (?, ?)",
            (entry_id, self._seq),
        )

    def undo(self, seq: int) -> None:
        """Put back the rows that an earlier event changed, newest change first."""
        for kept in self.all("select * from undo_rows where seq = ? order by nth desc", seq):
            table, row_id = kept["row_table"], kept["row_id"]
            if table == "entries":
                self.touch(row_id)
            if kept["before"] is None:
                self._connection.execute(f"delete from {table} where id = ?", (row_id,))
                if table == "entries":
                    search.drop(self._connection, row_id)
            else:
                self._write(table, row_id, json.loads(kept["before"]))
        self._connection.execute("delete from undo_rows where seq = ?", (seq,))

    def forget_old(self) -> None:
        """Drop the way back of acts older than the last fifty that were not undone."""
        self._connection.execute(
            """
            with recursive acts (seq, nth) as (
                select max(seq), 1 from undo_rows
                union all
                select (select max(seq) from undo_rows where seq < acts.seq), nth + 1
                from acts where seq is not null and nth <= ?1
            )
            delete from undo_rows where seq <= (select seq from acts where nth = ?1 + 1)
            """,
            (UNDOABLE_ACTS,),
        )

    def _remember(self, table: str, row_id: int, before: dict[str, Any] | None) -> None:
        self._nth += 1
        self._connection.execute(
            "insert into undo_rows (seq, nth, row_table, row_id, before) values (?, ?, ?, ?, ?)",
            (
                self._seq,
                self._nth,
                table,
                row_id,
                None if before is None else json.dumps(before, ensure_ascii=False, sort_keys=True),
            ),
        )

    def _write(self, table: str, row_id: int, values: dict[str, Any]) -> None:
        sets = ", ".join(f"{name} = ?" for name in values)
        self._connection.execute(
            f"update {table} set {sets} where id = ?", (*values.values(), row_id)
        )
        if table == "entries":
            self.touch(row_id)
            if "text" in values or "gone" in values:
                entry = self.one("select text, gone from entries where id = ?", row_id)
                if entry["gone"] is None:
                    search.put(self._connection, row_id, entry["text"])
                else:
                    search.drop(self._connection, row_id)
