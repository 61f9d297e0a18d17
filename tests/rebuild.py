"""What one can do to a log who has the file and formbook's own code: all hashes fit afterwards."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from formbook.store import Store
from formbook.store.folder import DATABASE
from formbook.store.log import GENESIS, event_of, event_sha256, sha256_of_text
from formbook.store.verify.replay import beside

HASHED = ("seq", "at", "person", "account", "kind", "body_sha256", "previous", "key", "signature")
Row = dict[str, Any]


def cut_tail(register: Path, keep: int) -> None:
    """Make the register one that ended after `keep` events."""
    _put(register, lambda rows: rows[:keep])


def rewrite(register: Path, change: Callable[[Row], None]) -> None:
    """Change events as one likes, and compute every hash after them again.

    A signature that does not fit any more is taken away; the rest of the register is made anew
    from the log, as formbook makes it.
    """

    def changed(rows: list[Row]) -> list[Row]:
        previous = GENESIS
        for row in rows:
            before = dict(row)
            row["previous"] = previous
            change(row)
            row["body_sha256"] = sha256_of_text(row["body"])
            if row != before:
                row["key"] = row["signature"] = None
            row["sha256"] = event_sha256(**{name: row[name] for name in HASHED})
            previous = row["sha256"]
        return rows

    _put(register, changed)


def _put(register: Path, change: Callable[[list[Row]], list[Row]]) -> None:
    with Store(register) as store:
        rows = change(store.rows("select * from events order by seq"))
        with beside(store) as replay:
            with replay.replaying():
                for row in rows:
                    event = event_of(row, register)
                    replay.write(event, row["body"])
            with (
                closing(sqlite3.connect(replay.folder / DATABASE)) as source,
                closing(sqlite3.connect(register / DATABASE)) as target,
            ):
                source.backup(target)
