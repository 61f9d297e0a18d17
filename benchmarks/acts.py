"""What acts cost when four processes work on one register, beside bare SQLite.

    python benchmarks/acts.py [ACTS]        24,000 acts in all by default, a multiple of 640

Four processes each do the same mix: of 20 acts one brings in a page (its file synced to the disk,
20 comments), eight correct a line, four mark as seen, four answer, one checks the page,
two set a day off and take it back. The peer: four processes insert rows of as many bytes into
one table of one database, each in a transaction of its own (BEGIN IMMEDIATE), with the same
settings (WAL, synchronous=FULL) and the same time limit. Both run in turns, eight of each, so that
whatever else the machine does meets both; start-up is not counted. At the end every act that was
acknowledged must stand in the log, once, and `verify` find nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import multiprocessing
import os
import random
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from register import CLERK, begin, scan_body

from formbook import correct, office, respond, seen
from formbook.model import PageRef, Role, Status
from formbook.permissions import Act, Actor
from formbook.proof.statement import canonical
from formbook.store import RegisterLockedError, Store
from formbook.store.log import Event
from formbook.store.verify import verify

PROCESSES = 4
TURNS = 8
MIX = 20
CHAIRMAN = Actor("Hùng", frozenset({Role.CHAIRMAN}), "hung")
TODAY = dt.date(2026, 3, 2)
NOW = dt.datetime(2026, 3, 2, 3, 0, tzinfo=dt.UTC)


def scan(store: Store, worker: int, page: int) -> Event:
    """Bring in a page as an import does."""
    content = f"{worker}/{page} ".encode() * 20_000
    sha256 = hashlib.sha256(content).hexdigest()
    original = store.keep_original(Path("a.jpg"), io.BytesIO(content), sha256)
    body = scan_body(random.Random(content), page, NOW)
    body |= {"sha256": sha256, "original": original, "bytes": len(content)}
    body["pages"][0] |= {"notebook": str(worker), "number": page}
    with store.writing():
        return store.append(Act.SCAN_ADDED, body, by=CLERK, at=NOW)


def acts(store: Store, worker: int, page: int) -> Iterator[Any]:
    """The mix: twenty things to call, each of which returns an event."""
    made: list[Event] = []
    yield lambda: made.append(scan(store, worker, page)) or made[-1]
    entries = store.rows("select id from entries where first_seq = ? order by id", made[-1].seq)
    lines = [
        line
        for entry in entries
        for line in store.rows("select id from lines where entry_id = ?", entry["id"])
    ]
    on = {"on": TODAY, "now": NOW, "today": TODAY}
    for line in lines[:8]:
        text = f"sửa {line['id']}"
        yield lambda line=line, text=text: correct.correct_line(
            store, line["id"], text, by=CLERK, now=NOW
        )
    for entry in entries[:4]:
        yield lambda entry=entry: seen.mark_seen(store, entry["id"], by=CHAIRMAN, **on)
    for entry in entries[:4]:
        yield lambda entry=entry: respond.respond(
            store,
            entry["id"],
            Status.ANSWERED,
            note="đã sửa",
            due=None,
            to=None,
            duplicate_of=None,
            by=CHAIRMAN,
            now=NOW,
            today=TODAY,
        )
    yield lambda: correct.check_page(store, PageRef(str(worker), page), by=CLERK, now=NOW)
    day = TODAY + dt.timedelta(days=PROCESSES * page + worker)
    for working in (False, True):
        yield lambda working=working: office.set_holiday(
            store, day, working=working, name="bù", by=CLERK, now=NOW
        )


def patiently(act: Any, waits: list[float]) -> Any:
    """Do it, again if the register was busy, and note how long it took."""
    begun = time.perf_counter()
    while True:
        try:
            done = act()
            break
        except (RegisterLockedError, sqlite3.OperationalError) as error:
            print(f"refused: {type(error).__name__}", flush=True)
    waits.append(time.perf_counter() - begun)
    return done


def insert(connection: sqlite3.Connection, row: tuple[Any, ...]) -> None:
    """One row in a transaction of its own."""
    connection.execute("begin immediate")
    connection.execute("insert into events (at, person, body, sha256) values (?, ?, ?, ?)", row)
    connection.execute("commit")


def work(worker: int, room: Path, each: int, barrier: Barrier, results: Queue[Any]) -> None:
    """Take turns with the peer, all processes at once."""
    told, waits, peer_waits = [], [], []
    bare = sqlite3.connect(room / "bare.db", timeout=5, isolation_level=None)
    bare.execute("pragma synchronous = full")
    with Store(room / "register") as store:
        pages = each // MIX // TURNS
        for turn in range(TURNS):
            barrier.wait()
            rows = []
            for page in range(turn * pages + 1, (turn + 1) * pages + 1):
                for act in acts(store, worker, page):
                    event = patiently(act, waits)
                    told.append(event.sha256)
                    rows.append((event.at, event.person, canonical(event.body), event.sha256))
            barrier.wait()
            for row in rows:
                patiently(lambda row=row: insert(bare, row), peer_waits)
            barrier.wait()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    results.put((told, waits, peer_waits, peak))


def main() -> None:
    """Make both, let them work in turns, look at what is there."""
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 24_000
    with tempfile.TemporaryDirectory(dir=os.environ.get("FORMBOOK_ROOM")) as made:
        room = Path(made)
        with begin(room / "register", NOW) as store:
            office.add_person(store, CHAIRMAN.name, CHAIRMAN.roles, account=None, by=CLERK, now=NOW)
        with sqlite3.connect(room / "bare.db") as bare:
            bare.execute("pragma journal_mode = wal")
            columns = "seq integer primary key, at text, person text, body text, sha256 text unique"
            bare.execute(f"create table events ({columns})")
        bare.close()
        barrier, results = multiprocessing.Barrier(PROCESSES + 1), multiprocessing.Queue()
        each = total // PROCESSES
        workers = [
            multiprocessing.Process(target=work, args=(n, room, each, barrier, results))
            for n in range(PROCESSES)
        ]
        for worker in workers:
            worker.start()
        ours, peers = [], []
        for _turn in range(TURNS):
            barrier.wait()
            begun = time.perf_counter()
            barrier.wait()
            ours.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            barrier.wait()
            peers.append(time.perf_counter() - begun)
        found = [results.get() for _worker in workers]
        for worker in workers:
            worker.join()
        report(room / "register", found, ours, peers)


def report(register: Path, found: list[Any], ours: list[float], peers: list[float]) -> None:
    """Print what was measured, and refuse to if anything is lost or doubled."""
    told = [sha256 for each in found for sha256 in each[0]]
    waits, peer_waits = ([wait for each in found for wait in each[n]] for n in (1, 2))
    with Store(register) as store:
        log = [row["sha256"] for row in store.rows("select sha256 from events order by seq")]
        begun = time.perf_counter()
        findings = verify(store).findings
        took = time.perf_counter() - begun
    assert sorted(told) == sorted(log[2:]), "acts were lost or doubled"
    assert findings == (), "the register is not sound"
    ratios = [mine / bare for mine, bare in zip(ours, peers, strict=True)]
    act, insert_ = (statistics.median(each) * 1e3 for each in (waits, peer_waits))
    print(
        f"{len(told)} acts by {PROCESSES} processes, none lost or doubled:"
        f" {len(told) / sum(ours):.0f} acts/s, bare inserts {len(told) / sum(peers):.0f}/s,"
        f" ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f});"
        f" an act takes {act:.0f} ms (longest {max(waits):.2f} s), an insert {insert_:.0f} ms"
        f" (longest {max(peer_waits):.2f} s); peak memory {max(each[3] for each in found)} MiB;"
        f" verify {took:.0f} s"
    )


if __name__ == "__main__":
    main()
