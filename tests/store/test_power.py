"""A power cut costs nothing that was acknowledged, and leaves nothing by halves."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import disk
import power_driver
import pytest
from campaign import is_long, rounds
from processes import ended, start
from registers import CLERK, NOW, TODAY

from formbook.backup import restore
from formbook.errors import StoreError
from formbook.office import create_register, set_rule
from formbook.store import Store
from formbook.store.verify import verify


def acknowledged(call: disk.Call) -> list[str]:
    return call.data.decode().splitlines() if call.path == disk.STDOUT else []


def log_of(register: Path) -> list[str]:
    with Store(register) as store:
        return [row["sha256"] for row in store.rows("select sha256 from events order by seq")]


def check(left: Path, told: list[str], whole: list[str]) -> None:
    """What is left of a register holds all that was told, is sound, and can be worked with."""
    register = left / "register"
    if not told:  # not even made yet: it can be made
        try:
            log_of(register)
        except StoreError:
            create_register(
                register,
                ward="Nghĩa Đô",
                ward_code=None,
                ward_as_of=None,
                person=CLERK.name,
                account=CLERK.account,
                now=NOW,
            ).close()
            whole = log_of(register)
    found = log_of(register)
    acts = [line.split() for line in told if not line.startswith("backup")]
    assert found == whole[: len(found)]
    assert [found[int(seq) - 1] for seq, _sha256 in acts] == [sha256 for _seq, sha256 in acts]
    with Store(register) as store:
        assert verify(store).findings == ()
        if found:
            set_rule(store, "r", from_date=TODAY, working_days=5, source="-", by=CLERK, now=NOW)
    saved = {line.split()[1] for line in told if line.startswith("backup")}
    there = {path.name for path in left.glob("disk/formbook-*")}
    assert saved <= there
    for name in there:
        assert restore(left / "disk" / name, left / "back").findings == ()
        shutil.rmtree(left / "back")


@pytest.mark.campaign
def test_no_power_cut_loses_what_was_acknowledged_or_leaves_a_half(tmp_path):
    shim = disk.shim(tmp_path)
    cuts = 0
    for index, rng in enumerate(rounds(20)):
        place, log = tmp_path / str(index), tmp_path / f"{index}.log"
        place.mkdir()
        acts = 60 if is_long() else 20
        run = start(
            *(sys.executable, power_driver.__file__, place, rng.random(), acts),
            env=disk.watched(shim, place, log=log),
        )
        code, _out, err = ended(run)
        assert code == 0, err
        whole, told = log_of(place / "register"), []
        done = [*disk.calls(log)]
        moments = {rng.randrange(len(done)) for _ in range(80 if is_long() else 20)}
        model = disk.Disk(place)
        for moment, call in enumerate(done):
            model.do(call)
            told += acknowledged(call)
            if moment in moments:
                left = tmp_path / "left"
                model.lose_power(rng, left)
                check(left, told, whole)
                shutil.rmtree(left)
                cuts += 1
        shutil.rmtree(place)
    sys.stdout.write(f"{cuts} power cuts\n")
