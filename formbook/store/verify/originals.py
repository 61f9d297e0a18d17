"""Compare every original with the hash that the log holds of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from formbook.permissions import KEEPING
from formbook.store import Store
from formbook.store.finding import Finding, finding


def check_originals(store: Store) -> Iterator[tuple[str, Finding | None]]:
    """Each original that the log names, and what is wrong with it, if anything is."""
    seen: set[str] = set()
    for row in store.rows(
        "select seq, body from main.events where kind in (?, ?) order by seq", *KEEPING
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
