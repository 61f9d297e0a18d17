"""A copy of a register in memory: what a run would do, without doing it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import BinaryIO

from sqlite_utils import Database

from formbook.store import Store
from formbook.store import folder as folders


class Rehearsal(Store):
    """Takes every act as the real register would, and forgets all of it.

    Args:
        store: the real register; not a byte of its folder changes.
    """

    def __init__(self, store: Store) -> None:
        self.folder = store.folder
        self._lock_timeout_s = 0.0
        self._sources: dict[str, Path] = {}
        self._cache: dict[str, bytes] = {}
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        with store.errors():
            store._connection.backup(self._connection)  # noqa: SLF001 - its own kind
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("pragma foreign_keys = on")
        self.db = Database(self._connection)

    def keep_original(self, source: Path, file: BinaryIO, sha256: str) -> str:  # noqa: ARG002 - the real one reads it
        """Remember where the original would come from."""
        name = folders.original_name(sha256, source.suffix)
        self._sources[name] = source
        return name

    def original(self, name: str) -> Path:
        """Where an original lies, or would come from."""
        return self._sources.get(name, self.folder / name)

    def cached(self, name: str) -> bytes | None:
        """What this rehearsal or the real register keeps in the cache."""
        return self._cache.get(name) or super().cached(name)

    def cache(self, name: str, content: bytes) -> None:
        """Keep it in memory."""
        self._cache[name] = content

    def drop_parts(self) -> None:
        """Leave everything as it is."""
