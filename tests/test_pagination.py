from __future__ import annotations

import pytest
from registers import CLERK, NOW, add_scan, make_register, reading

from formbook.correct import check_page, renumber_page
from formbook.model import PageRef
from formbook.pagination import find_page_faults
from formbook.store.verify import verify


@pytest.fixture
def store(tmp_path):
    with make_register(tmp_path) as register:
        yield register


def add(store, number, read=None, **how):
    add_scan(store, reading(["Đèn hỏng"], number=read), number=number, **how)


def faults(store, notebook=None):
    return [
        (each.kind.value, f"{each.notebook}/{each.first}-{each.last}", each.read, each.scan)
        for each in find_page_faults(store, notebook)
    ]


def test_pages_that_run_on_from_the_first_have_no_fault(store):
    for number in (1, 2, 3):
        add(store, number, number)
    add(store, 4)
    assert faults(store) == []


def test_pages_that_are_not_there_are_missing_in_runs(store):
    for number in (2, 3, 7, 9):
        add(store, number)
    add(store, 1, notebook="2")
    assert faults(store) == [
        ("missing", "1/1-1", None, None),
        ("missing", "1/4-6", None, None),
        ("missing", "1/8-8", None, None),
    ]
    assert faults(store, "2") == []


def test_pages_that_bear_another_number_are_told_as_runs_of_one_shift(store):
    for number, read in ((1, 1), (2, 3), (3, None), (4, 5), (5, 9), (6, 6)):
        add(store, number, read)
    assert faults(store) == [
        ("differs", "1/2-4", 3, None),
        ("differs", "1/5-5", 9, None),
    ]


def test_a_number_on_two_pages_is_told_of_the_later_one(store):
    for number, read in ((1, 1), (2, 2), (3, 2), (4, 4)):
        add(store, number, read)
    assert faults(store) == [
        ("differs", "1/3-3", 2, None),
        ("repeated", "1/3-3", 2, None),
    ]


def test_a_page_without_a_number_between_two_that_follow_each_other_is_extra(store):
    for number, read in ((1, 1), (2, None), (3, 2), (4, None), (5, 4)):
        add(store, number, read)
    assert ("extra", "1/2-2", None, None) in faults(store)
    assert ("extra", "1/4-4", None, None) not in faults(store)


def test_a_scan_held_since_its_number_is_taken_is_a_repeated_page(store):
    add(store, 1)
    add(store, 1, held="number_taken", looks_like=1)
    add(store, 0, held="looks_like", looks_like=1)
    assert faults(store) == [("repeated", "1/1-1", None, 2)]
    assert faults(store, "7") == []


def test_a_page_that_a_person_checked_bears_its_number(store):
    add(store, 1, 7)
    assert [kind for kind, *_ in faults(store)] == ["differs"]
    check_page(store, PageRef("1", 1), by=CLERK, now=NOW)
    assert faults(store) == []
    assert verify(store).findings == ()


def test_a_page_that_gets_the_number_on_the_paper_has_no_fault(store):
    add(store, 1, 1)
    add(store, 3, 2)
    renumber_page(store, PageRef("1", 3), PageRef("1", 2), by=CLERK, now=NOW)
    assert faults(store) == []
