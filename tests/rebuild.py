"""What one can do to a log who has the file and formbook's own code: all hashes fit afterwards."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from formbook.errors import StoreError
from formbook.proof.statement import canonical
from formbook.store import Store
from formbook.store.folder import DATABASE
from formbook.store.log import GENESIS, event_of, event_sha256, sha256_of_text
from formbook.store.verify.replay import beside

HASHED = ("seq", "at", "person", "account", "kind", "body_sha256", "previous", "key", "signature")
Row = dict[str, Any]


def cut_tail(register: Path, keep: int) -> None:
    """Make the register one that ended after `keep` events."""
    _put(register, lambda rows: rows[:keep])


def rewrite(
    register: Path, change: Callable[[Row], None], *, leave_signatures: bool = False
) -> None:
    """Change events as one likes, and compute every hash after them again."""

    def changed(rows: list[Row]) -> list[Row]:
        for row in rows:
            change(row)
        return rows

    _put(register, changed, leave_signatures=leave_signatures)


def forge_once(register: Path, rng: random.Random) -> tuple[str, int]:
    """Change the log at one place, all hashes computed again.

    Returns:
        What was done, and the number of the first event that is not as it was.
    """
    done: list[tuple[str, int]] = []

    def forged(rows: list[Row]) -> list[Row]:
        done[:] = [
            rng.choice((_edit, _edit, _backdate, _drop, _insert, _cut, _from_the_first))(rows, rng)
        ]
        return rows

    while True:
        try:
            _put(register, forged)
        except (LookupError, TypeError, ValueError, sqlite3.DatabaseError, StoreError):
            continue  # formbook's own code takes no such log: another forgery
        return done[0]


def _edit(rows: list[Row], rng: random.Random) -> tuple[str, int]:
    """Put other words into what somebody wrote, or another account beside it."""
    row = rng.choice(rows)
    body = json.loads(row["body"])
    words = [name for name in ("text", "note", "reason", "ward", "source") if body.get(name)]
    if words:
        body[words[0]] = f"{body[words[0]]}!"
        row["body"] = canonical(body)
    else:
        row["account"] += "!"
    return f"{row['kind']} edited", row["seq"]


def _backdate(rows: list[Row], rng: random.Random) -> tuple[str, int]:
    row = rng.choice(rows)
    row["at"] = row["at"].replace("T03:00:00", "T02:59:59")
    return f"{row['kind']} backdated", row["seq"]


def _drop(rows: list[Row], rng: random.Random) -> tuple[str, int]:
    row = rng.choice(rows[1:])
    rows.remove(row)
    return f"{row['kind']} dropped", row["seq"]


def _insert(rows: list[Row], rng: random.Random) -> tuple[str, int]:
    at = rng.randint(1, len(rows) - 1)
    body = canonical({"ward": "Nghĩa Đô cũ", "ward_code": None, "ward_as_of": None})
    rows.insert(at, {**rows[at - 1], "kind": "ward_named", "body": body, "signature": None})
    return "ward_named inserted", at + 1


def _cut(rows: list[Row], rng: random.Random) -> tuple[str, int]:
    keep = rng.randint(1, len(rows) - 1)
    del rows[keep:]
    return "tail cut", keep + 1


def _from_the_first(rows: list[Row], rng: random.Random) -> tuple[str, int]:
    """Make the whole history that of another register."""
    rows[0]["at"] = "2023-01-01T00:00:00Z"
    return f"rebuilt from the first event ({rng.random()})", 1


def _put(
    register: Path,
    change: Callable[[list[Row]], list[Row]],
    *,
    leave_signatures: bool = False,
) -> None:
    """Change the log, hash it again, and make the register anew from it as formbook makes it.

    A signature that does not fit any more is taken away, unless all are to be left.
    """
    with Store(register) as store:
        rows = change(store.rows("select * from events order by seq"))
        previous = GENESIS
        for seq, row in enumerate(rows, 1):
            body_sha256 = sha256_of_text(row["body"])
            fields = {**row, "seq": seq, "previous": previous, "body_sha256": body_sha256}
            sha256 = event_sha256(**{name: fields[name] for name in HASHED})
            if sha256 != row["sha256"] and not leave_signatures:
                fields["key"] = fields["signature"] = None
                sha256 = event_sha256(**{name: fields[name] for name in HASHED})
            rows[seq - 1] = {**fields, "sha256": sha256}
            previous = sha256
        with beside(store) as replay:
            with replay.replaying():
                for row in rows:
                    replay.write(event_of(row, register), row["body"])
            with (
                closing(sqlite3.connect(replay.folder / DATABASE)) as source,
                closing(sqlite3.connect(register / DATABASE)) as target,
            ):
                source.backup(target)
