"""Every command that writes, on a disk that fills up, fails or may not be written, or killed.

Whatever happens: what stood in the log stands there, the register is sound, what is said is true,
and the same command done once more does what it was asked for.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import disk
import engines
import papers
import pytest
import quick_teacher
from campaign import rounds, tell
from processes import FORMBOOK, ended, start
from registers import (
    CHAIRMAN,
    NOW,
    TODAY,
    add_scan,
    make_register,
    mark,
    reading,
    written,
)

from formbook.anchor import make_anchor
from formbook.seen import mark_seen
from formbook.store import Store
from formbook.store.folder import DATABASE
from formbook.store.verify import verify

AS_CHAIRMAN = ("--as", CHAIRMAN.name)
TEACHER = (sys.executable, quick_teacher.__file__)
ACTS = {
    "add": ("add", "1/2", "Thiếu ghế"),
    "anchor": ("anchor", "-o", "../slip.pdf", "-o", "../anchor.json"),
    "backup": ("backup", "../disk"),
    "check": ("check", "1/1"),
    "correct": ("correct", "1", "Đường Trần Bình tối\nđèn hỏng"),
    "correct line": ("correct", "--line", "4", "Vỉa hè"),
    "drop": ("drop", "3", "--reason", "vết mực"),
    "export": ("export", "json", "../out.json"),
    "export bagit": ("export", "bagit", "../bag"),
    "export xlsx": ("export", "xlsx", "../out.xlsx"),
    "holidays": ("holidays", "--add", "2/9/2026", "Quốc khánh"),
    "import": ("import", "../log.json", "--register", "../again", "--originals", "originals"),
    "ingest": ("ingest", "../in", "--recognizer", "tesseract", "--workers", "1"),
    "init": ("init", "--ward", "Nghĩa Đô", "--register", "../new"),
    "join": ("join", "1", "2"),
    "key": ("key", "new", *AS_CHAIRMAN, "--new-passphrase-file", "../passphrase"),
    "prove": ("prove", "3", "-o", "../proof.json"),
    "people": ("people", "--add", "Minh", "--role", "clerk"),
    "renumber": ("renumber", "1/2", "1/3"),
    "respond": ("respond", "3", "answered", "--note", "đã sửa", *AS_CHAIRMAN),
    "restore": ("restore", "../saved", "../back"),
    "rules": ("rules", "--set", "nhanh", "--from", "1/3/2024", "--days", "5", "--source", "QĐ 1"),
    "seen": ("seen", "1/1", "--on", "27/2/2024", *AS_CHAIRMAN),
    "split": ("split", "1", "2"),
    "train": ("train", "--from-register"),
    "undo": ("undo", "--reason", "nhầm"),
    "verify": ("verify",),
    "ward": ("ward", "Nghĩa Đô"),
    "withdraw": ("seen", "3", "--withdraw", "--reason", "nhầm", *AS_CHAIRMAN),
}
FAULTS = {
    "full": {"how": errno.ENOSPC, "stays": 1},
    "read-only": {"how": errno.EROFS, "stays": 1},
    "broken": {"how": errno.EIO, "stays": 1},
    "once": {"how": errno.EIO},
    "unsynced": {"how": errno.EIO, "only": "S"},
    "short": {"how": "short", "stays": 1, "only": "W"},
    "kill": {"how": "kill"},
}
WRITTEN = ("anchor.json", "bag", "out.json", "out.xlsx", "proof.json")
UNCHANGED = ("Nothing was changed", "was not done", "register is as it was")
ENDS = {0, 6, 7, 8, 15, -signal.SIGKILL}


@dataclass
class Office:
    """A register with what the commands need beside it, made anew for each run."""

    whole: Path
    place: Path
    shim: Path
    made: int = 0
    counts: dict[tuple[str, object], int] = field(default_factory=dict)

    def anew(self) -> Path:
        self.made += 1
        place = self.place / str(self.made)
        shutil.copytree(self.whole, place, copy_function=os.link)
        register = place / "register"
        (register / DATABASE).unlink()  # the others are never written to
        shutil.copy(self.whole / "register" / DATABASE, register)
        return place

    def run(self, place: Path, name: str, **how: object) -> tuple[int, str, str]:
        secret = str(self.whole / "passphrase")
        keys = {"FORMBOOK_KEYS": str(place / "keys"), "FORMBOOK_PASSPHRASE_FILE": secret}
        return ended(
            start(
                *(TEACHER if name == "train" else (FORMBOOK,)),
                *(*ACTS[name], "--json"),
                cwd=place / "register",
                env=disk.watched(self.shim, place, **how) | keys,
            )
        )

    def count(self, name: str, fault: str) -> int:
        """How many calls of a command that change the disk can meet a fault."""
        only = FAULTS[fault].get("only", "")
        if (name, only) not in self.counts:
            place = self.anew()
            kinds = {"only": only} if only else {}
            code, _out, err = self.run(place, name, count=place / "count", **kinds)
            assert code == 0, (name, err)
            self.counts[name, only] = max(map(int, (place / "count").read_text().split()))
            shutil.rmtree(place)
        return self.counts[name, only]


@pytest.fixture
def office(tmp_path, monkeypatch) -> Office:
    monkeypatch.setenv("PATH", str(engines.quick(tmp_path / "bin")), prepend=os.pathsep)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.setenv("FORMBOOK_PERSON", "Lan")
    monkeypatch.delenv("FORMBOOK_REGISTER", raising=False)
    whole = tmp_path / "whole"
    with make_register(whole) as store:
        lines = [("Đường tối", 0), ("đèn hỏng", 0), ("Khen cán bộ", 1)]
        add_scan(store, reading(lines, marks=[mark(written("27/2", "2024-02-27"))]))
        add_scan(store, reading(["Vỉa hè bị lấn chiếm"]), number=2)
        mark_seen(store, 3, on=TODAY, by=CHAIRMAN, now=NOW, today=TODAY)
        make_anchor(store, by=CHAIRMAN, now=NOW)
    register = ("--register", whole / "register")
    assert ended(start(*TEACHER, *ACTS["train"], *register))[0] == 0
    (whole / "passphrase").write_text("bốn từ không liên quan\n", "utf-8")
    (whole / "passphrase").chmod(0o600)
    (whole / "in").mkdir()
    for number in (1, 2):
        papers.save(whole / "in" / f"q2-tr{number}.png", papers.draw(number))
    for arguments in (("export", "json", whole / "log.json"), ("backup", whole)):
        assert ended(start(FORMBOOK, *arguments, *register))[0] == 0
    next(whole.glob("formbook-*")).rename(whole / "saved")
    (tmp_path / "runs").mkdir()
    return Office(whole, tmp_path / "runs", disk.shim(tmp_path))


def log_of(register: Path) -> list[str]:
    """The hashes of a register's log, which must be sound."""
    if not (register / DATABASE).exists() or not (register / DATABASE).stat().st_size:
        return []
    with Store(register) as store:
        assert verify(store).findings == ()
        return [row["sha256"] for row in store.rows("select sha256 from events order by seq")]


def told(out: str) -> list[str]:
    """The hash of the act that a command says it did."""
    return [json.loads(line)["sha256"] for line in out.splitlines() if "formbook/event/1" in line]


def suffer(office: Office, name: str, fault: str, at: int) -> None:
    place = office.anew()
    before = log_of(place / "register")
    code, out, err = office.run(place, name, at=at, **FAULTS[fault])
    what = f"{name}, {fault} at {at} of {office.count(name, fault)}: {code} {err}"
    assert code in (ENDS if name != "verify" else ENDS - {7}), what
    assert "Traceback" not in err, what
    assert "formbook has a fault" not in err, what
    targets = [place / each for each in ("again", "back", "new")]
    after = log_of(place / "register")
    assert after[: len(before)] == before, what
    for each in targets:
        assert code != 0 or not each.exists() or log_of(each), what
    if code == 0 and name not in ("import", "init", "restore"):
        assert set(told(out)) <= set(after), what
    if fault == "short":
        assert code == 0, what
    if any(words in err for words in UNCHANGED):
        assert after == before or name == "ingest", what
    again, out, err = office.run(place, name)
    what = f"{what}\nonce more: {again} {err}"
    assert "Traceback" not in err, what
    if again != 0:  # it was done already, and says so
        assert again in (6, 15), what
        done = len(after) > len(before) or any(log_of(each) for each in targets)
        assert done or any((place / each).exists() for each in WRITTEN), what
    if name == "ingest":
        assert len(log_of(place / "register")) == len(before) + 2, what
    assert log_of(place / "register")[: len(before)] == before, what
    if name in ("ingest", "import", "restore", "backup") and again == 0:
        assert [
            path for path in place.rglob("*.part") if not re.search("import|out", path.name)
        ] == []
    shutil.rmtree(place)


@pytest.mark.campaign
def test_no_fault_of_the_disk_and_no_kill_loses_or_halves_an_act(office):
    suffered: Counter[str] = Counter()
    for rng in rounds(15):
        name, fault = rng.choice(sorted(ACTS)), rng.choice(sorted(FAULTS))
        suffer(office, name, fault, rng.randint(1, office.count(name, fault)))
        suffered.update((name, fault))
    tell(f"{sum(suffered.values()) // 2} faults: {dict(sorted(suffered.items()))}")
