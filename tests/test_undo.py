from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from registers import (
    AUDITOR,
    CHAIRMAN,
    CLERK,
    NOW,
    TODAY,
    add_scan,
    contents,
    make_register,
    reading,
)

from formbook import office
from formbook.correct import correct_entry, correct_line, renumber_page
from formbook.model import PageRef, Role
from formbook.permissions import Act, Actor, NotAllowedError
from formbook.regroup import add_entry, join_entries
from formbook.seen import mark_seen
from formbook.store import Store, views
from formbook.store.log import Event
from formbook.store.verify import verify
from formbook.undo import LaterActError, NothingToUndoError, NotUndoableError, undo, undoable

SCAN = 4
"""The event that brought the page."""


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Store]:
    with make_register(tmp_path) as store:
        add_scan(store, reading([("dưong", 0), ("hong", 1)]))
        yield store


def _undo(store: Store, seq: int | None = None, by: Actor = CLERK) -> Event:
    return undo(store, seq, reason="nhầm", by=by, now=NOW)


def _see(store: Store) -> int:
    return mark_seen(store, PageRef("1", 1), on=TODAY, by=CHAIRMAN, now=NOW, today=TODAY).seq


def test_undoing_is_an_event_of_its_own(register: Store):
    fixed = correct_line(register, 1, "Đường", by=CLERK, now=NOW)
    event = _undo(register, fixed.seq)
    assert (event.kind, event.body) == (Act.UNDONE, {"reason": "nhầm", "seq": fixed.seq})
    assert views.entry(register, 1)["text"] == "dưong"
    assert [act["kind"] for act in views.entry(register, 1)["history"]] == [
        *("scan_added", "entry_corrected", "undone")
    ]


def test_one_undoes_ones_own_last_act(register: Store):
    correct_line(register, 1, "Đường", by=CLERK, now=NOW)
    seen = _see(register)
    assert _undo(register, by=CHAIRMAN).body["seq"] == seen
    assert _undo(register).body["seq"] == seen - 1
    with pytest.raises(NothingToUndoError, match="Nguyễn Văn Chủ did nothing that can be undone"):
        _undo(register, by=CHAIRMAN)


def test_the_acts_that_can_be_undone_are_listed_newest_first(register: Store):
    acts = undoable(register)
    assert acts[0] == {
        "act": 4,
        "at": "2024-03-01T03:00:00Z",
        "person": "Lan",
        "kind": "scan_added",
        "entry": None,
        "notebook": "1",
        "page": 1,
    }
    assert [(each["act"], each["kind"], each["page"]) for each in acts[1:]] == [
        (3, "person_added", None),
        (2, "person_added", None),
    ]


def test_each_act_that_can_be_undone_says_what_it_was_about(register: Store):
    correct_line(register, 1, "Đường", by=CLERK, now=NOW)
    _see(register)
    added = add_entry(
        register, PageRef("1", 1), "mới", written_on=None, by=CLERK, now=NOW, today=TODAY
    )
    renumber_page(register, PageRef("1", 1), PageRef("2", 5), by=CLERK, now=NOW)
    entry = register.value("select max(id) from entries where first_seq = ?", added.seq)
    assert [(a["kind"], a["notebook"], a["page"], a["entry"]) for a in undoable(register)][:5] == [
        ("page_renumbered", "2", 5, None),
        ("entry_added", "2", 5, entry),
        ("seen", "2", 5, None),
        ("entry_corrected", "2", 5, 1),
        ("scan_added", "2", 5, None),
    ]


def test_an_act_on_which_a_later_one_stands_is_not_undone(register: Store):
    first = correct_line(register, 1, "Đường", by=CLERK, now=NOW).seq
    second = correct_line(register, 1, "Đường!", by=CLERK, now=NOW).seq
    before = contents(register)
    with pytest.raises(LaterActError) as refused:
        _undo(register, first)
    assert str(refused.value) == (
        f"Act {first} cannot be undone: act {second} came after it.\n"
        f"Nothing was changed. Undo act {second} first, or correct the entry as it stands."
    )
    assert contents(register) == before
    _undo(register, second)
    _undo(register, first)


def test_an_act_whose_rows_later_ones_point_to_is_not_undone(register: Store):
    """The later scan showed all as it stood: it changed no row, but its readings are there."""
    add_scan(register, reading([("dưong", 0), ("hong", 1)]), known={0: 1, 1: 2})
    before = contents(register)
    with pytest.raises(NotUndoableError, match="later acts stand on it"):
        _undo(register, SCAN)
    assert contents(register) == before
    _undo(register, SCAN + 1)
    _undo(register, SCAN)
    assert views.pages(register) == []


def test_the_first_page_of_a_notebook_is_taken_back_under_later_ones(register: Store):
    add_scan(register, reading(["sau"]), number=2)
    _undo(register, SCAN)
    assert [row["page"] for row in views.pages(register)] == [2]
    add_scan(register, reading(["trước"]), number=1)
    assert [row["page"] for row in views.pages(register)] == [1, 2]
    assert verify(register).findings == ()


def test_a_number_that_was_given_away_is_not_taken_back(register: Store):
    moved = renumber_page(register, PageRef("1", 1), PageRef("1", 2), by=CLERK, now=NOW).seq
    add_scan(register, reading(["mới"]), number=1)
    with pytest.raises(NotUndoableError, match="later acts stand on it"):
        _undo(register, moved)


@pytest.mark.parametrize("seq", [0, -1, 99, 10**30, 1])
def test_what_is_no_act_is_not_undone(register: Store, seq: int):
    with pytest.raises(NotUndoableError, match="there is no such act"):
        _undo(register, seq)


def test_an_act_is_undone_once(register: Store):
    done = _undo(register, SCAN)
    with pytest.raises(NotUndoableError, match="it is undone already"):
        _undo(register, SCAN)
    with pytest.raises(NotUndoableError, match="there is no such act"):
        _undo(register, done.seq)


def test_one_undoes_only_what_one_may_do(register: Store):
    seen = _see(register)
    before = contents(register)
    with pytest.raises(NotAllowedError, match="it is for: chairman"):
        _undo(register, seen)
    with pytest.raises(NotAllowedError, match="it is for: clerk"):
        _undo(register, SCAN, by=CHAIRMAN)
    with pytest.raises(NotAllowedError):
        _undo(register, SCAN, by=AUDITOR)
    assert contents(register) == before


def test_undoing_leaves_somebody_who_may_add_people(register: Store):
    added = office.add_person(register, "Minh", [Role.CLERK], account="minh", by=CLERK, now=NOW).seq
    office.add_person(register, CLERK.name, [Role.AUDITOR], account=None, by=CLERK, now=NOW)
    before = contents(register)
    minh = office.acting(register, "Minh", "minh")
    with pytest.raises(NotUndoableError, match="nobody would be left who may add people"):
        _undo(register, added, by=minh)
    assert contents(register) == before
    _undo(register, added + 1, by=minh)
    _undo(register, added)
    assert [row["name"] for row in views.people(register)] == ["Hoa", "Lan", CHAIRMAN.name]


def test_a_line_of_a_text_written_whole_is_not_taken_back_behind_a_later_one(register: Store):
    join_entries(register, 1, [2], by=CLERK, now=NOW)
    correct_entry(register, 1, text="Đường hỏng", written_on=None, by=CLERK, now=NOW)
    first = correct_line(register, 1, "Đường", by=CLERK, now=NOW).seq
    second = correct_line(register, 2, "hỏng", by=CLERK, now=NOW).seq
    with pytest.raises(LaterActError, match=f"act {second} came after it"):
        _undo(register, first)
    _undo(register, second)
    _undo(register, first)
    assert views.entry(register, 1)["text"] == "Đường hỏng"


def test_numbers_that_set_the_order_of_an_entry_are_taken_back_in_order(register: Store):
    add_scan(register, reading(["sau"]), number=2)
    join_entries(register, 1, [3], by=CLERK, now=NOW)
    last = renumber_page(register, PageRef("1", 2), PageRef("1", 10), by=CLERK, now=NOW).seq
    first = renumber_page(register, PageRef("1", 1), PageRef("1", 5), by=CLERK, now=NOW).seq
    with pytest.raises(LaterActError, match=f"act {first} came after it"):
        _undo(register, last)
    assert views.entry(register, 1)["text"] == "dưong\nsau"
