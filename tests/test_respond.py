from __future__ import annotations

import contextlib
import datetime as dt
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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

from formbook import regroup, undo
from formbook.model import OPEN_STATUSES, Status
from formbook.permissions import NotAllowedError
from formbook.respond import (
    NEXT,
    DuplicateLoopError,
    EmptyAnswerError,
    IllegalStatusError,
    MarkNeededError,
    PastDueError,
    SelfDuplicateError,
    respond,
)
from formbook.seen import mark_seen
from formbook.store import NotFoundError, Store, views
from formbook.store.log import Event
from formbook.store.waiting import open_entries

CLOSED = ("answered", "forwarded", "declined", "duplicate")
ORDER = {
    "received": ["seen"],
    "seen": ["assigned", *CLOSED],
    "assigned": ["assigned", *CLOSED],
    **{status: ["reopened"] for status in CLOSED},
    "reopened": ["assigned", *CLOSED],
}
PATHS = {
    "received": [],
    "seen": [],
    "assigned": ["assigned"],
    **{status: [status] for status in CLOSED},
    "reopened": ["answered", "reopened"],
}


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Store]:
    with make_register(tmp_path) as store:
        add_scan(store, reading([("một", 0), ("hai", 1), ("ba", 2)]))
        yield store


def _see(store: Store, entry: int = 1) -> None:
    mark_seen(store, entry, on=TODAY, by=CHAIRMAN, now=NOW, today=TODAY)


def _respond(store: Store, status: str, entry: int = 1, **given: Any) -> Event:
    complete = {
        "note": "đã sửa",
        "due": None,
        "to": "Tổ đô thị",
        "duplicate_of": 3 if status == "duplicate" else None,
        "by": CLERK,
        "now": NOW,
        "today": TODAY,
    }
    return respond(store, entry, Status(status), **{**complete, **given})


def _bring_to(store: Store, status: str) -> None:
    if status != "received":
        _see(store)
    for each in PATHS[status]:
        _respond(store, each)


def test_the_order_of_statuses_is_the_one_written_down():
    assert {held.value: [each.value for each in nexts] for held, nexts in NEXT.items()} == ORDER


@pytest.mark.parametrize(("held", "wanted"), list(itertools.product(ORDER, ORDER)))
def test_an_entry_goes_from_one_status_only_to_the_next(register: Store, held: str, wanted: str):
    _bring_to(register, held)
    before = contents(register)
    if wanted in ORDER[held] and wanted != "seen":
        _respond(register, wanted)
        assert views.entry(register, 1)["status"] == wanted
        return
    with pytest.raises(IllegalStatusError) as refused:
        _respond(register, wanted)
    assert contents(register) == before
    if (held, wanted) == ("received", "seen"):
        assert isinstance(refused.value, MarkNeededError)
        assert str(refused.value) == (
            "Entry 1 becomes seen by the chairman's mark, not by an answer.\n"
            "Nothing was changed. `formbook seen 1 --on DATE` records the mark."
        )
    else:
        assert str(refused.value) == (
            f"Entry 1 is {held}; from there it cannot become {wanted}, only: "
            f"{', '.join(ORDER[held])}.\n"
            "Nothing was changed. `formbook show 1` shows what was done so far."
        )


@pytest.mark.parametrize("status", CLOSED)
def test_a_closed_entry_leaves_the_list_and_comes_back_reopened(register: Store, status: str):
    _bring_to(register, status)
    assert [row["entry"] for row in open_entries(register)] == [2, 3]
    assert views.entry(register, 1)["closed_on"] == "2024-03-01"
    _respond(register, "reopened")
    assert [row["entry"] for row in open_entries(register)] == [1, 2, 3]
    shown = views.entry(register, 1)
    assert (shown["closed_on"], shown["duplicate_of"]) == (None, None)
    assert shown["assigned_to"] == "Tổ đô thị"


@pytest.mark.parametrize(
    ("status", "lacking", "missing", "option"),
    [
        ("assigned", {"to": None}, "who has it from now on", "--to NAME"),
        ("assigned", {"to": ""}, "who has it from now on", "--to NAME"),
        ("forwarded", {"to": None}, "who has it from now on", "--to NAME"),
        ("duplicate", {"duplicate_of": None}, "which entry it repeats", "--duplicate-of ENTRY"),
        ("answered", {"note": None}, "what was done", "--note TEXT"),
        ("answered", {"note": " \n"}, "what was done", "--note TEXT"),
        ("declined", {"note": ""}, "what was done", "--note TEXT"),
    ],
)
def test_an_answer_has_content(
    register: Store, status: str, lacking: dict, missing: str, option: str
):
    _see(register)
    before = contents(register)
    with pytest.raises(EmptyAnswerError) as refused:
        _respond(register, status, **lacking)
    assert str(refused.value) == (
        f"Entry 1 cannot become {status} without saying {missing}.\n"
        f"Nothing was changed. Say it with {option}."
    )
    assert contents(register) == before


def test_no_entry_repeats_itself(register: Store):
    _see(register)
    with pytest.raises(SelfDuplicateError, match="Entry 1 cannot be a duplicate of itself"):
        _respond(register, "duplicate", duplicate_of=1)


def test_reopening_says_why(register: Store):
    _bring_to(register, "answered")
    with pytest.raises(EmptyAnswerError):
        _respond(register, "reopened", note=None)


def test_what_was_done_is_kept_with_its_date_and_person(register: Store):
    _see(register)
    due = dt.date(2024, 3, 15)
    _respond(register, "assigned", note=None, due=due, by=CHAIRMAN)
    _respond(register, "assigned", note="  hỏi lại ", to="Công an", due=None)
    shown = views.entry(register, 1)
    assert (shown["assigned_to"], shown["due"]) == ("Công an", "2024-03-15")
    assert [(row["note"], row["person"], row["on_date"]) for row in shown["responses"]] == [
        *((None, CHAIRMAN.name, "2024-03-01"), ("hỏi lại", "Lan", "2024-03-01"))
    ]


def test_an_auditor_answers_nothing(register: Store):
    _see(register)
    before = contents(register)
    with pytest.raises(NotAllowedError, match="it is for: chairman, clerk"):
        _respond(register, "answered", by=AUDITOR)
    assert contents(register) == before


@pytest.mark.parametrize("entry", [99, 10**30])
def test_an_entry_that_is_not_there_is_named(register: Store, entry: int):
    with pytest.raises(NotFoundError, match=f"holds no entry {entry}"):
        _respond(register, "assigned", entry=entry)


def test_a_duplicate_repeats_an_entry_that_is_there(register: Store):
    _see(register)
    regroup.drop_entry(register, 3, reason="trống", by=CLERK, now=NOW)
    with pytest.raises(NotFoundError, match="Entry 3 was dropped by Lan"):
        _respond(register, "duplicate")
    _respond(register, "duplicate", duplicate_of=2)
    assert views.entry(register, 1)["duplicate_of"] == 2


def test_entries_that_repeat_each_other_would_never_be_answered(register: Store):
    for entry in (1, 2, 3):
        _see(register, entry)
    _respond(register, "duplicate", entry=1, duplicate_of=2)
    _respond(register, "duplicate", entry=2, duplicate_of=3)
    before = contents(register)
    for other in (1, 2):
        with pytest.raises(DuplicateLoopError) as refused:
            _respond(register, "duplicate", entry=3, duplicate_of=other)
        assert f"Entry 3 cannot be a duplicate of entry {other}" in str(refused.value)
    assert contents(register) == before
    _respond(register, "reopened", entry=1)
    _respond(register, "reopened", entry=2)
    _respond(register, "duplicate", entry=3, duplicate_of=1)


def test_an_undone_answer_leaves_the_entry_open(register: Store):
    _see(register)
    answer = _respond(register, "answered")
    undo.undo(register, answer.seq, reason="nhầm", by=CLERK, now=NOW)
    shown = views.entry(register, 1)
    assert (shown["status"], shown["closed_on"], shown["responses"]) == ("seen", None, [])
    assert Status(shown["status"]) in OPEN_STATUSES


def test_only_a_duplicate_names_the_entry_that_it_repeats(register: Store):
    _see(register)
    with pytest.raises(ValueError, match="a duplicate that is answered"):
        _respond(register, "answered", duplicate_of=2)
    assert views.entry(register, 1)["status"] == "seen"


def test_nothing_is_due_on_a_day_that_has_passed(register: Store):
    mark_seen(register, 1, on=TODAY, by=CHAIRMAN, now=NOW, today=TODAY)
    head = register.head()
    for days, refused in ((-1, True), (0, False)):
        due = TODAY + dt.timedelta(days=days)
        with (
            pytest.raises(PastDueError, match="2024-02-29 has passed; today is 2024-03-01")
            if (refused)
            else contextlib.nullcontext()
        ):
            respond(
                register,
                1,
                Status.ASSIGNED,
                note=None,
                due=due,
                to="Tổ đô thị",
                duplicate_of=None,
                by=CLERK,
                now=NOW,
                today=TODAY,
            )
        assert (register.head() == head) == refused
