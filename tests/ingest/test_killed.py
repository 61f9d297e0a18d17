"""A day at the office during which every other command is killed, at any moment."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import engines
import papers
import pytest
import quick_teacher
from campaign import is_long, rounds, tell
from processes import FORMBOOK, descendants, ended, have_ended, start
from registers import CHAIRMAN, add_scan, make_register, reading

from formbook.backup import restore
from formbook.store import Store
from formbook.store.bag import read_bag
from formbook.store.copies import last_backup
from formbook.store.verify import verify

KINDS = ("backup", "correct", "ingest", "respond", "seen", "train")
PAGES, LINES = 10, 12


@dataclass
class Day:
    """A register, the scans that come in, and what was acknowledged so far."""

    place: Path
    rng: random.Random
    log: list[str] = field(default_factory=list)
    took_s: dict[str, float] = field(default_factory=dict)
    killed: Counter[str] = field(default_factory=Counter)

    @property
    def register(self) -> Path:
        return self.place / "register"

    def command(self, kind: str) -> tuple[object, ...]:
        if kind == "train":
            return (sys.executable, quick_teacher.__file__, "train", "--from-register")
        return (FORMBOOK, *self.arguments(kind))

    def arguments(self, kind: str) -> tuple[str, ...]:
        entry = str(self.rng.randint(1, LINES))
        chairman = ("--as", CHAIRMAN.name)
        match kind:
            case "backup":
                return ("backup", str(self.place / "disk"), "--keep", "2")
            case "ingest":
                pages = sorted((self.place / "in").iterdir())
                few = (str(page) for page in self.rng.sample(pages, 2))
                return ("ingest", *few, "--recognizer", "tesseract", "--workers", "1")
            case "correct":
                text = f"sửa {self.rng.random()}"
                return ("correct", "--line", entry, text)
            case "seen":
                return ("seen", entry, "--on", "27/2/2024", *chairman)
            case _:
                status = self.rng.choice(("assigned", "answered", "reopened"))
                return ("respond", entry, status, "--to", "Tổ", "--note", "xong", *chairman)

    def run(self, kind: str, *, kill: bool) -> None:
        """Do one thing, or be killed in it; what stands there afterwards must be sound."""
        begun = time.monotonic()
        process = start(*self.command(kind), "--json")
        if kill:  # at any moment, but rather while it writes than while it starts
            moment = self.took_s.get(kind, 2) * self.rng.triangular(0, 1.2, 0.9)
            try:
                process.wait(moment)
            except subprocess.TimeoutExpired:
                below = descendants(process.pid)
                process.kill()
                assert have_ended(below)
                self.killed[kind] += 1
        code, out, err = ended(process)
        if code >= 0:
            self.took_s[kind] = time.monotonic() - begun
        assert "Traceback" not in err
        assert "fault" not in err
        self.check(kind, out)

    def check(self, kind: str, out: str) -> None:
        with Store(self.register) as store:
            found = verify(store)
            log = [row["sha256"] for row in store.rows("select sha256 from events order by seq")]
        assert found.findings == ()
        new = log[len(self.log) :]
        assert log[: len(self.log)] == self.log
        assert len(new) <= {"ingest": 2, "backup": 0}.get(kind, 1)
        told = [json.loads(line) for line in out.splitlines()]
        assert {each["sha256"] for each in told if "sha256" in each} <= set(new)
        for saved in self.place.glob("disk/formbook-*"):
            assert read_bag(saved).strange == ()
        if any(each["schema"] == "formbook/backup/1" for each in told):
            assert Path(last_backup(self.register).path) == Path(told[0]["path"])
        self.log = log

    def end(self) -> None:
        """Do all that is left undone; then nothing is missing, and nothing there twice."""
        whole = start(FORMBOOK, "ingest", self.place / "in", "--recognizer", "tesseract")
        assert ended(whole)[0] == 0
        assert ended(start(*self.command("train")))[0] == 0
        assert ended(start(FORMBOOK, "backup", self.place / "disk"))[0] == 0
        saved = Path(last_backup(self.register).path)
        back = restore(saved, self.place / "back")
        with Store(self.register) as store:
            assert (back.events, back.head) == store.head()
            assert store.value("select count(*) from scans where held is null") == PAGES + 1
            assert store.value("select count(*) from pages") == PAGES + 1
            assert store.value("select count(*) from entries") == PAGES + LINES
            assert verify(store).findings == ()
        left = [*self.register.rglob("*.part"), *(self.place / "disk").glob(".*")]
        assert left == []


@pytest.mark.campaign
def test_no_kill_loses_doubles_or_halves_anything(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(engines.quick(tmp_path / "bin")), prepend=os.pathsep)
    monkeypatch.setenv("FORMBOOK_REGISTER", str(tmp_path / "register"))
    monkeypatch.setenv("FORMBOOK_PERSON", "Lan")
    with make_register(tmp_path) as store:
        add_scan(store, reading([(f"dòng {row}", row) for row in range(LINES)]))
        begun_with = [row["sha256"] for row in store.rows("select sha256 from events order by seq")]
    (tmp_path / "in").mkdir()
    for number in range(PAGES):
        papers.save(tmp_path / "in" / f"q2-tr{number + 1}.png", papers.draw(number))
    day = None
    kinds: list[str] = []
    for rng in rounds(15):
        day = day or Day(tmp_path, rng, begun_with)
        day.rng = rng
        kinds = kinds or rng.sample(KINDS, len(KINDS))
        day.run(kinds.pop(), kill=True)
        if is_long() and rng.random() < 0.2:
            day.run(rng.choice(KINDS), kill=False)
    day.end()
    by_kind = ", ".join(f"{day.killed[kind]} of {kind}" for kind in KINDS)
    tell(f"{day.killed.total()} kills: {by_kind}; {len(day.log)} acts stand")
