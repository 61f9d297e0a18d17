"""Random days in an office, undone and tampered with, for as long as a campaign lasts."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from campaign import rounds, tell
from random_acts import RandomActs
from rebuild import forge_once
from registers import NOW, contents, make_register
from tamper import copy_of, tamper_once

from formbook.anchor import make_anchor
from formbook.errors import StoreError
from formbook.model import Role
from formbook.permissions import Act, NotAllowedError
from formbook.proof.anchor import Anchor
from formbook.store import Store
from formbook.store.anchors import anchors
from formbook.store.verify import Kept, verify
from formbook.undo import undo, undoable

MARKING = (Act.SEEN, Act.UNSEEN)
ACTS = 60
CHANGES = 20
ANCHORS = 3
TOLD = {"log_cut", "log_rebuilt", "anchor_of_other_register"}
# A notebook stays when its first page is taken back: later pages may stand on it, and without any
# it shows nowhere.
BESIDE = ("events", "entry_history", "undo_rows", "notebooks")


def _act_and_take_it_back(store: Store, acts: RandomActs) -> None:
    """What is undone leaves the rows as they were, whatever it was."""
    before, seq = contents(store, without=BESIDE), store.head()[0] + 1
    if acts.act() and seq in {row["act"] for row in undoable(store)}:
        by = acts.someone(Role.CHAIRMAN if store.event(seq).kind in MARKING else Role.CLERK)
        try:
            undo(store, seq, reason="nhầm", by=by, now=NOW)
        except NotAllowedError:  # the last chairman has left
            return
        assert contents(store, without=BESIDE) == before


def _findings(register: Path, *anchors: Anchor) -> list[str]:
    """The sorts of what is found, against anchors that were kept."""
    kept = [Kept("kept", anchor) for anchor in anchors]
    try:
        with Store(register) as store:
            return [finding.kind for finding in verify(store, anchors=kept).findings]
    except StoreError as error:  # it cannot even be opened, and says so
        return [type(error).__name__]


def _a_day(folder: Path, rng: random.Random) -> tuple[Path, list[Anchor]]:
    """A register after a day of random acts, clean, and the anchors that were made of it."""
    with make_register(folder) as store:
        acts = RandomActs(store, rng)
        for _ in range(ACTS):
            acts.act()
            _act_and_take_it_back(store, acts)
        while sum(1 for _ in anchors(store)) < ANCHORS:
            make_anchor(store, by=acts.someone(Role.CLERK), now=NOW)
        kept = list(anchors(store))
        assert verify(store, anchors=[Kept("kept", each) for each in kept]).findings == ()
        return store.folder, kept


@pytest.mark.campaign
def test_any_day_can_be_proved_and_any_change_is_named(tmp_path: Path):
    changes = 0
    for rng in rounds():
        register, _kept = _a_day(tmp_path, rng)
        for _ in range(CHANGES):
            copy = copy_of(register, tmp_path / "copy")
            change = tamper_once(copy, rng)
            assert _findings(copy) != [], change
            changes += 1
            shutil.rmtree(copy)
        tell(f"{changes} changes, each named")
        shutil.rmtree(register)


@pytest.mark.campaign
def test_any_one_kept_anchor_tells_any_log_that_was_forged_under_it(tmp_path: Path):
    """Cut, edited, backdated, dropped, inserted, rebuilt, with every hash computed again."""
    forgeries = alone = 0
    for rng in rounds():
        register, kept = _a_day(tmp_path, rng)
        for _ in range(CHANGES):
            copy = copy_of(register, tmp_path / "copy")
            forgery, first = forge_once(copy, rng)
            anchor = rng.choice(kept)
            told = bool(TOLD & set(_findings(copy, anchor)))
            assert told == (first <= anchor.size), (forgery, first, anchor.size)
            forgeries += told
            alone += told and not _findings(copy)
            shutil.rmtree(copy)
        tell(f"{forgeries} forgeries, each told by one anchor; {alone} by nothing else")
        shutil.rmtree(register)
