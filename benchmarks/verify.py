"""How fast a log of a million events is verified, against `sha256sum` over the same bytes.

    python benchmarks/verify.py [FOLDER]

The register is made in FOLDER once, build/log by default: 10,000 scans of 20 entries and 990,000
corrections and answers, appended as any act is; that takes a quarter of an hour and 2 GB.

Printed, in seconds of the processor, the best of three: `sha256sum` over a file of the bytes that
the chain hashes (each event's fields and body), reading them out of SQLite, chain and tree
(`Chain.check`), and, with --whole, all of `verify`: replay, rights, signatures, tables, index.
"""

from __future__ import annotations

import datetime as dt
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from register import CLERK, ENTRIES_PER_PAGE, START, WORDS, begin, scan_body
from spent import spent

from formbook.permissions import Act
from formbook.store import Store
from formbook.store.marked import as_it_stands
from formbook.store.verify import verify
from formbook.store.verify.chain import _COLUMNS, Chain

EVENTS = 1_000_000
PAGES = 10_000
RUNS = 3
BATCH = 20_000


def build(folder: Path) -> None:
    """Make the register."""
    rng = random.Random(20240301)
    with begin(folder, START) as store:
        for first in range(1, EVENTS, BATCH):
            with store.replaying():
                for number in range(first, min(first + BATCH, EVENTS)):
                    _act(store, rng, number)


def _act(store: Store, rng: random.Random, number: int) -> None:
    now, entries = START + dt.timedelta(seconds=10 * number), PAGES * ENTRIES_PER_PAGE
    if number <= PAGES:
        store.append(Act.SCAN_ADDED, scan_body(rng, number, now), by=CLERK, at=now)
    elif number % 2:
        store.append(Act.RESPONDED, _answer(store, rng, entries, now), by=CLERK, at=now)
    else:
        store.append(Act.ENTRY_CORRECTED, _correction(rng, entries), by=CLERK, at=now)


def _correction(rng: random.Random, entries: int) -> dict[str, object]:
    text = " ".join(rng.choices(WORDS.split(), k=12))
    line = rng.randint(1, entries)
    return {
        "entry": None,
        "lines": [[line, text]],
        "text": None,
        "written_on": None,
        "no_date": False,
    }


def _answer(store: Store, rng: random.Random, entries: int, now: dt.datetime) -> dict[str, object]:
    entry = rng.randint(1, entries)
    page = store.value("select page_id from entries where id = ?", entry)
    return {
        "entry": entry,
        "status": rng.choice(("assigned", "answered", "reopened")),
        "note": " ".join(rng.choices(WORDS.split(), k=8)),
        "due": None,
        "to": "Tổ đô thị",
        "on": now.date().isoformat(),
        "duplicate_of": None,
        "marked": as_it_stands(store, page, [entry]),
    }


def _best(work: Callable[[], object]) -> float:
    return min(spent(work) for _ in range(RUNS))


def _copied(database: Path, target: Path) -> int:
    """Write the bytes that the chain hashes to one file; how many there are."""
    with sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True) as db, target.open("wb") as out:
        for row in db.execute(f"select {_COLUMNS} from main.events order by seq"):
            out.write(
                b"\0".join(
                    str(each).encode() if isinstance(each, int) else each or b"" for each in row
                )
            )
        return out.tell()


def _read(database: Path) -> None:
    with sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True) as db:
        for _row in db.execute(f"select {_COLUMNS} from main.events order by seq"):
            pass


def measure(folder: Path, *, whole: bool) -> None:
    """Print the times."""
    database, flat = (folder / "formbook.db").resolve(), folder / "events.bin"
    size = _copied(database, flat)
    hashed = _best(lambda: subprocess.run(["sha256sum", flat], capture_output=True, check=True))
    flat.unlink()
    read = _best(lambda: _read(database))
    with Store(folder) as store:
        events = store.head()[0]
        chain = _best(lambda: list(Chain().check(store)))
        print(
            f"{events} events, {size / 1e6:.0f} MB: sha256sum {hashed:.2f} s, reading {read:.2f} s,"
            f" chain and tree with reading {chain:.2f} s;"
            f" without reading {(chain - read) / hashed:.2f} times sha256sum,"
            f" with it {chain / (hashed + read):.2f} times both"
        )
        if whole:
            kinds: set[str] = set()
            whole_s = spent(lambda: kinds.update(f.kind for f in verify(store).findings))
            print(f"verify as a whole {whole_s:.0f} s, findings: {sorted(kinds)}")
            # it holds no scans, so originals are missed; what else is found ended the replay early
            assert kinds == {"original_missing"}


def main() -> None:
    """Make the register if it is not there, then time."""
    named = [each for each in sys.argv[1:] if not each.startswith("-")]
    folder = Path(named[0] if named else "build/log")
    if not folder.exists():
        folder.parent.mkdir(exist_ok=True)
        build(folder)
    measure(folder, whole="--whole" in sys.argv)


if __name__ == "__main__":
    main()
