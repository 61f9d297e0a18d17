"""Copies of a register's database, and the note of the last one that was found good."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from formbook.permissions import KEEPING
from formbook.store import Store
from formbook.store.folder import BACKUP_NOTE, part_suffix, private, sync_folder


@dataclass(frozen=True, slots=True)
class GoodBackup:
    """A backup that was restored and verified.

    `at` is UTC, ISO 8601 to the second; `events` and `head` are number and hash of its last event.
    """

    at: str
    path: str
    events: int
    head: str


def copy_database(store: Store, target: Path) -> None:
    """Copy one state of the database to a new file; nobody is kept from writing meanwhile.

    Raises:
        StoreError: the register cannot be read, or the copy not be written.
    """
    with private(target):
        pass
    with store.errors(), contextlib.closing(sqlite3.connect(target)) as copy:
        store._connection.backup(copy)  # noqa: SLF001 - a second kind of reader


def originals_of(store: Store) -> dict[str, str]:
    """Every original that the log names, taken back or not, with its SHA-256."""
    return {
        row["original"]: row["sha256"]
        for row in store.stream(
            "select distinct json_extract(body, '$.original') as original,"
            " json_extract(body, '$.sha256') as sha256 from events where kind in (?, ?) order by 1",
            *KEEPING,
        )
    }


def note_backup(register: Path, good: GoodBackup) -> None:
    """Remember a good backup, for those who ask how old the last one is.

    Raises:
        OSError: the note cannot be written.
    """
    note = register / BACKUP_NOTE
    part = note.with_suffix(part_suffix())
    with private(part) as file:
        file.write(json.dumps(asdict(good), ensure_ascii=False).encode())
        file.flush()
        os.fsync(file.fileno())
    part.replace(note)
    sync_folder(register)


def last_backup(register: Path) -> GoodBackup | None:
    """The last good backup; None where there was none, or it is seen to be gone."""
    try:
        held: dict[str, Any] = json.loads((register / BACKUP_NOTE).read_bytes())
        good = GoodBackup(str(held["at"]), str(held["path"]), int(held["events"]), held["head"])
        path = Path(good.path)
        gone = path.parent.is_dir() and not path.is_dir()
    except (OSError, LookupError, RecursionError, TypeError, ValueError):
        return None
    return None if gone else good
