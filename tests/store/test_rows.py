from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest
from random_acts import RandomActs
from registers import CHAIRMAN, CLERK, NOW, TODAY, add_scan, contents, make_register, mark, reading

from formbook import correct, office, regroup, respond, undo
from formbook.model import Status
from formbook.permissions import Act
from formbook.store import RegisterDamagedError, Store, projection
from formbook.store.rows import UNDOABLE_ACTS, Rows

BESIDE = ("events", "entry_history", "undo_rows", "notebooks", "anchors")


def _undo(store: Store, seq: int) -> None:
    kind = store.event(seq).kind
    by = CHAIRMAN if kind in (Act.SEEN, Act.UNSEEN) else CLERK
    undo.undo(store, seq, reason="nhầm", by=by, now=NOW)


@pytest.mark.parametrize("seed", range(3))
def test_undoing_any_act_puts_every_row_back(tmp_path: Path, seed: int):
    with make_register(tmp_path) as store:
        acts = RandomActs(store, random.Random(seed), keys=False)
        undone = 0
        for _ in range(80):
            before, head = contents(store, without=BESIDE), store.head()
            if not acts.act():
                continue
            event = store.event(head[0] + 1)
            if event.kind == Act.UNDONE or event.seq not in {
                row["act"] for row in undo.undoable(store)
            }:
                continue
            if store.head()[0] % 3 == 0:
                continue  # kept, so that later acts have something to stand on
            _undo(store, event.seq)
            undone += 1
            assert contents(store, without=BESIDE) == before, event
    assert undone > 10


def test_acts_are_undone_one_after_the_other(tmp_path: Path):
    with make_register(tmp_path) as store:
        acts = RandomActs(store, random.Random(11), undoing=False, keys=False)
        states = {}
        while len(states) < 30:
            before, seq = contents(store, without=BESIDE), store.head()[0] + 1
            if acts.act() and undo.undoable(store)[0]["act"] == seq:
                states[seq] = before
        for seq, before in reversed(states.items()):
            _undo(store, seq)
            assert contents(store, without=BESIDE) == before


def test_the_last_fifty_acts_can_all_be_undone(tmp_path: Path):
    with make_register(tmp_path) as store:
        for number in range(1, UNDOABLE_ACTS + 11):
            office.set_rule(
                store, f"r{number}", from_date=TODAY, working_days=5, source="-", by=CLERK, now=NOW
            )
        listed = [row["act"] for row in undo.undoable(store)]
        for seq in listed:
            _undo(store, seq)
        left = store.value("select count(*) from rules")
        with pytest.raises(undo.NotUndoableError, match="older than the last 50 acts"):
            _undo(store, listed[-1] - 1)
        assert undo.undoable(store) == []
    assert len(listed) == UNDOABLE_ACTS
    assert left == 10


def test_the_history_of_an_entry_lists_what_changed_it(tmp_path: Path):
    with make_register(tmp_path) as store:
        made = add_scan(store, reading([("a", 0), ("b", 1)]))
        fixed = correct.correct_line(store, 1, "A", by=CLERK, now=NOW)
        _undo(store, fixed.seq)
        rows = store.rows("select entry_id, seq from entry_history order by 1, 2")
    assert [tuple(row.values()) for row in rows] == [
        *((1, made.seq), (1, fixed.seq), (1, fixed.seq + 1)),
        (2, made.seq),
    ]


def test_an_update_of_a_row_that_is_not_there_is_refused(tmp_path: Path):
    with make_register(tmp_path) as store, store.writing(), pytest.raises(LookupError):
        Rows(store._connection, 9).update("entries", 99, text="x")


def _acts(store: Store):
    yield lambda: add_scan(store, reading(["c"]), number=2)
    yield lambda: correct.correct_line(store, 1, "A", by=CLERK, now=NOW)
    yield lambda: regroup.split_entry(store, 1, 2, by=CLERK, now=NOW)
    yield lambda: respond.respond(
        store,
        1,
        Status.ASSIGNED,
        note=None,
        due=TODAY,
        to="Tổ đô thị",
        duplicate_of=None,
        by=CLERK,
        now=NOW,
        today=TODAY,
    )


def _seen_register(folder: Path) -> Store:
    store = make_register(folder)
    add_scan(store, reading(["a", "b"], marks=[mark()]))
    from formbook.seen import mark_seen

    mark_seen(store, 1, on=TODAY, by=CHAIRMAN, now=NOW, today=TODAY)
    return store


@pytest.mark.parametrize("which", range(4))
def test_half_an_act_is_never_kept(tmp_path: Path, which: int, monkeypatch):
    """The projection fails at its first, second, … write; each time nothing of the act is left."""
    with _seen_register(tmp_path) as store:
        before = contents(store)
        remember, failures = Rows._remember, 0
        while True:
            writes = 0

            def failing(self, table, row_id, held, at=failures):
                nonlocal writes
                writes += 1
                if writes > at:
                    raise sqlite3.OperationalError("disk I/O error")
                remember(self, table, row_id, held)

            with monkeypatch.context() as patch:
                patch.setattr(Rows, "_remember", failing)
                try:
                    list(_acts(store))[which]()
                except RegisterDamagedError:
                    failures += 1
                    assert contents(store) == before
                    assert not store._connection.in_transaction
                else:
                    break
        assert failures >= 2
        assert contents(store) != before


def test_an_act_that_fails_when_it_is_committed_is_not_kept(tmp_path: Path, monkeypatch):
    with _seen_register(tmp_path) as store:
        before = contents(store)

        class Failing:
            def __init__(self, connection):
                self._real = connection

            def execute(self, sql, *values):
                if sql == "commit":
                    raise sqlite3.OperationalError("disk I/O error")
                return self._real.execute(sql, *values)

            def __getattr__(self, name):
                return getattr(self._real, name)

        with monkeypatch.context() as patch:
            patch.setattr(store, "_connection", Failing(store._connection))
            with pytest.raises(RegisterDamagedError, match="disk I/O error"):
                next(_acts(store))()
        assert contents(store) == before


def test_a_handler_that_raises_leaves_nothing(tmp_path: Path, monkeypatch):
    def broken(rows, event, body):
        rows.insert("rules", name="x", from_date="x", working_days=1, source="x")
        raise KeyError("a field that is not there")

    with make_register(tmp_path) as store:
        before = contents(store)
        monkeypatch.setitem(projection._HANDLERS, Act.RULE_SET, broken)
        with pytest.raises(KeyError):
            office.set_rule(
                store, "r", from_date=TODAY, working_days=5, source="-", by=CLERK, now=NOW
            )
        assert contents(store) == before
