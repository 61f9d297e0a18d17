"""How fast a register of a million entries answers, against the bare SQL.

    python benchmarks/register.py [FOLDER [RUNS]]

The register is made in FOLDER once, build/register by default, of 1,000,000 entries of which
10,000 are open; that takes some minutes and 1.3 GB.

Each command runs as a whole process, `formbook ... --json > /dev/null`; its start-up is
the same command on a register of one entry. The bare SQL runs in the sqlite3 of the same Python
and writes its rows as JSON. Printed: medians and the ratio (command - start-up) / bare SQL.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from formbook.model import Role
from formbook.office import create_register
from formbook.permissions import Act, Actor
from formbook.store import Store

FORMBOOK = Path(sys.executable).with_name("formbook")
ENTRIES_PER_PAGE = 20
CLERK = Actor("Lan", frozenset({Role.CLERK}), "lan")
START = dt.datetime(2024, 3, 1, 3, 0, tzinfo=dt.UTC)
WORDS = (
    "đề nghị phường sửa đèn đường ngõ cán bộ nhiệt tình hài lòng rác thải thu gom chậm vỉa hè "
    "lấn chiếm tiếng ồn ban đêm cảm ơn các đồng chí ghế ngồi phòng chờ quạt hỏng nước uống hồ sơ "
    "hẹn trả kết quả Hoà Bình Thuỷ Dương kĩ kỹ lí do"
)

PEERS = {
    "unanswered": (
        ["unanswered", "--as-of", "2026-11-24"],
        (
            "select e.id, n.volume, p.number, e.text, e.status, e.assigned_to, e.due, e.written_on,"
            " e.seen_on, e.imported_on,"
            " coalesce(e.written_on, e.seen_on, e.imported_on) as received from entries e"
            " join pages p on p.id = e.page_id join notebooks n on n.id ="
            " p.notebook_id where e.gone is null and e.status in"
            " ('received', 'seen', 'assigned', 'reopened') order by received, e.id"
        ),
    ),
    "search": (
        ["search", "quạt hỏng Thuỷ"],
        (
            "select e.id, n.volume, p.number, e.text, e.status from entry_search s"
            " join entries e on e.id = s.rowid join pages p on p.id = e.page_id"
            " join notebooks n on n.id = p.notebook_id where entry_search match"
            ' \'folded : ("quat" "hong" "thuy"*)\' order by rank limit 50'
        ),
    ),
    "show": (
        ["show", "500000"],
        (
            "select * from entries e join lines l on l.entry_id = e.id"
            " join readings r on r.line_id = l.id where e.id = 500000"
        ),
    ),
}


def begin(folder: Path, now: dt.datetime) -> Store:
    """Make a register of an invented office, whose clerk is CLERK."""
    return create_register(
        folder,
        ward="Nghĩa Đô",
        ward_code=None,
        ward_as_of=None,
        person=CLERK.name,
        account=CLERK.account,
        now=now,
    )


def build(folder: Path, entries: int, still_open: int) -> None:
    """Make a register: pages as events, statuses set by SQL, since no answer is timed here."""
    rng = random.Random(20240301)
    with begin(folder, START) as store, store.replaying():
        for page in range(entries // ENTRIES_PER_PAGE):
            now = START + dt.timedelta(minutes=page)
            store.append(Act.SCAN_ADDED, scan_body(rng, page, now), by=CLERK, at=now)
    closed = entries - still_open
    with sqlite3.connect(folder / "formbook.db") as db:
        db.execute(
            "update entries set status = 'answered', closed_on = imported_on where id % ? <> 0",
            (entries // still_open,),
        )
        db.execute(
            "insert into responses (entry_id, status, note, person, on_date, seq)"
            " select id, 'answered', 'đã sửa', 'Lan', imported_on, 1 from entries"
            " where status = 'answered'"
        )
        db.execute("analyze")
        left = db.execute("select count(*) from entries where status = 'received'").fetchone()[0]
    print(f"{entries} entries, {left} open, {closed} answered, in {folder}")


def scan_body(rng: random.Random, page: int, now: dt.datetime) -> dict[str, Any]:
    """The body of an event that brings in a page of invented comments."""
    lines, entries = [], []
    for row in range(ENTRIES_PER_PAGE):
        text = " ".join(rng.choices(WORDS.split(), k=12))
        box = [[100, 100 + 90 * row], [1500, 100 + 90 * row], [1500, 170 + 90 * row]]
        lines.append(
            {
                "polygon": box,
                "text": text,
                "confidences": [[0.5, len(text)]],
                "engine": "drawn",
                "entry": row,
            }
        )
        entries.append({"polygon": box, "text": text, "confidence": 0.5, "written": None})
    sha256 = f"{page:064x}"
    return {
        "sha256": sha256,
        "frame": 1,
        "name": f"tr{page}.jpg",
        "original": f"originals/{sha256[:2]}/{sha256}.jpg",
        "bytes": 1,
        "on": (now + dt.timedelta(hours=7)).date().isoformat(),
        "pages": [
            {
                "fingerprint": "00" * 96,
                "numbered_by": "order",
                "notebook": str(page // 200 + 1),
                "number": page % 200 + 1,
                "held": None,
                "looks_like": None,
                "known": {},
                "beside": {},
                "known_marks": [],
                "reading": {
                    "frame": 1,
                    "width": 1653,
                    "height": 2338,
                    "dpi": 200.0,
                    "engine": "drawn",
                    "side": "whole",
                    "outline": [[0, 0], [1653, 0], [1653, 2338], [0, 2338]],
                    "page_number": None,
                    "lines": lines,
                    "entries": entries,
                    "marks": [],
                    "begins": None,
                    "ends": None,
                },
            }
        ],
        "links": [],
    }


def compare(folder: Path, runs: int) -> None:
    """Print the medians and ratios."""
    with tempfile.TemporaryDirectory() as room:
        small = Path(room) / "small"
        build(small, ENTRIES_PER_PAGE, ENTRIES_PER_PAGE)
        for name, (arguments, sql) in PEERS.items():
            first = ["show", "1"] if name == "show" else arguments
            whole, start, bare, peak = [], [], [], 0
            for _ in range(runs):
                whole.append(_command(folder, arguments))
                start.append(_command(small, first))
                bare.append(_bare(folder, sql))
                peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
            took, began, peer = map(statistics.median, (whole, start, bare))
            print(
                f"{name}: command {took:.3f} s, start-up {began:.3f} s, bare SQL {peer:.3f} s,"
                f" ratio {(took - began) / peer:.2f}, peak of all so far {peak} MiB"
            )


def _command(folder: Path, arguments: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(
        [FORMBOOK, *arguments, "--json", "--register", str(folder)],
        stdout=subprocess.DEVNULL,
        check=True,
        env={**os.environ, "NO_COLOR": "1"},
    )
    return time.perf_counter() - begun


def _bare(folder: Path, sql: str) -> float:
    begun = time.perf_counter()
    with sqlite3.connect(folder / "formbook.db") as db, Path(os.devnull).open("w") as out:
        db.row_factory = sqlite3.Row
        for row in db.execute(sql):
            json.dump(dict(row), out, ensure_ascii=False)
    return time.perf_counter() - begun


def main() -> None:
    """Make the register if it is not there, then time."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "build/register")
    if not folder.exists():
        folder.parent.mkdir(exist_ok=True)
        build(folder, 1_000_000, 10_000)
    compare(folder, int(sys.argv[2]) if len(sys.argv) > 2 else 5)


if __name__ == "__main__":
    main()
