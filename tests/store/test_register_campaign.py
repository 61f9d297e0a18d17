"""Random days in an office, undone and tampered with, for as long as a campaign lasts."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from campaign import rounds
from random_acts import RandomActs
from registers import NOW, contents, make_register
from tamper import copy_of, tamper_once

from formbook.errors import StoreError
from formbook.model import Role
from formbook.permissions import Act
from formbook.store import Store
from formbook.store.verify import verify
from formbook.undo import undo, undoable

MARKING = (Act.SEEN, Act.UNSEEN)
ACTS = 60
CHANGES = 20
# A notebook stays when its first page is taken back: later pages may stand on it, and without any
# it shows nowhere.
BESIDE = ("events", "entry_history", "undo_rows", "notebooks")


def _act_and_take_it_back(store: Store, acts: RandomActs) -> None:
    """What is undone leaves the rows as they were, whatever it was."""
    before, seq = contents(store, without=BESIDE), store.head()[0] + 1
    if acts.act() and seq in {row["act"] for row in undoable(store)}:
        by = acts.someone(Role.CHAIRMAN if store.event(seq).kind in MARKING else Role.CLERK)
        undo(store, seq, reason="nhầm", by=by, now=NOW)
        assert contents(store, without=BESIDE) == before


def _findings(register: Path) -> list[object]:
    try:
        with Store(register) as store:
            return list(verify(store).findings)
    except StoreError as error:  # it cannot even be opened, and says so
        return [error]


@pytest.mark.campaign
def test_any_day_can_be_proved_and_any_change_is_named(tmp_path: Path):
    for rng in rounds():
        with make_register(tmp_path) as store:
            acts = RandomActs(store, rng)
            for _ in range(ACTS):
                acts.act()
                _act_and_take_it_back(store, acts)
            assert verify(store).findings == ()
        for _ in range(CHANGES):
            copy = copy_of(store.folder, tmp_path / "copy")
            change = tamper_once(copy, rng)
            assert _findings(copy) != [], change
            shutil.rmtree(copy)
        shutil.rmtree(store.folder)
