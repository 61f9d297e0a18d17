from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from registers import CHAIRMAN, CLERK, NOW, TODAY, add_scan, entry, make_register, reading, written

from formbook.deadlines import rules_in_force, unanswered
from formbook.model import PageRef, Status
from formbook.office import set_holiday, set_rule
from formbook.respond import respond
from formbook.seen import mark_seen
from formbook.store import Store

PAGE = PageRef("1", 1)


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Store]:
    """Entry 1 was written on Monday 26/2/2024, entry 2 bears no date; imported on Friday 1/3."""
    dated = entry(written("26/2/2024", "2024-02-26", date="2024-02-26"))
    with make_register(tmp_path) as store:
        add_scan(store, reading([("Đèn hỏng", 0), ("Chợ bẩn", 1)], entries=[dated, entry()]))
        yield store


def _at(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(3), dt.UTC)


def _see(store: Store, on: dt.date, day: dt.date | None = None) -> None:
    day = day or on
    mark_seen(store, PAGE, on=on, by=CHAIRMAN, now=_at(day), today=day)


def _respond(store: Store, status: Status, day: dt.date, entry_id: int = 1, **told: Any) -> None:
    values = {"note": None, "due": None, "to": None, "duplicate_of": None, **told}
    respond(store, entry_id, status, by=CHAIRMAN, now=_at(day), today=day, **values)


def _row(store: Store, day: dt.date, entry_id: int = 1) -> dict[str, Any]:
    """What was said of an entry on a day; nothing if it is not open."""
    rows = unanswered(store, as_of=day)
    return next((row for row in rows if row["entry"] == entry_id), {})


def _march(day: int) -> dt.date:
    return dt.date(2024, 3, day)


def test_the_clock_starts_on_the_day_written_else_seen_else_imported(register: Store):
    rows = {row["entry"]: row for row in unanswered(register, as_of=TODAY)}
    assert [(row["received"], row["received_basis"]) for row in rows.values()] == [
        ("2024-02-26", "written"),
        ("2024-03-01", "imported"),
    ]
    _see(register, dt.date(2024, 2, 28), TODAY)
    assert _row(register, TODAY, 2)["received_basis"] == "seen"


def test_ten_working_days_after_the_clock_started_an_entry_is_not_overdue(register: Store):
    assert _row(register, _march(11)) == {
        "entry": 1,
        "notebook": "1",
        "page": 1,
        "text": "Đèn hỏng",
        "assigned_to": None,
        "due": None,
        "written_on": "2024-02-26",
        "received": "2024-02-26",
        "received_basis": "written",
        "seen": None,
        "status": "received",
        "waiting_working_days": 10,
        "deadline": "2024-03-11",
        "overdue_working_days": 0,
        "rule": "house rule",
        "provisional": False,
    }
    assert list(unanswered(register, as_of=_march(11), overdue_only=True)) == []
    assert [row["entry"] for row in unanswered(register, as_of=_march(12), overdue_only=True)] == [
        1
    ]


def test_a_day_off_of_the_ward_puts_deadlines_off(register: Store):
    set_holiday(register, _march(4), working=False, name="Hội làng", by=CLERK, now=NOW)
    assert _row(register, TODAY)["deadline"] == "2024-03-12"


def test_the_rule_counts_that_was_in_force_when_the_clock_started(register: Store):
    set_rule(register, "QĐ 5", from_date=TODAY, working_days=3, source="UBND", by=CLERK, now=NOW)
    assert [rule.name for rule in rules_in_force(register)] == ["house rule", "QĐ 5"]
    rows = [(row["rule"], row["deadline"]) for row in unanswered(register, as_of=TODAY)]
    assert rows == [("house rule", "2024-03-11"), ("QĐ 5", "2024-03-06")]


def test_a_date_given_with_the_task_on_a_day_off_ends_on_the_next_working_day(register: Store):
    _see(register, TODAY)
    _respond(register, Status.ASSIGNED, TODAY, to="Đội đô thị", due=_march(16))
    row = _row(register, _march(18))
    assert (row["due"], row["deadline"], row["rule"]) == ("2024-03-16", "2024-03-18", "due")
    overdue = {day: _row(register, _march(day))["overdue_working_days"] for day in (16, 18, 19)}
    assert overdue == {16: 0, 18: 0, 19: 1}


# -- as it stood on a day ---------------------------------------------------------


def test_an_answer_counts_from_its_day_on(register: Store):
    _see(register, TODAY)
    _respond(register, Status.ANSWERED, _march(20), note="Đã sửa")
    assert _row(register, _march(19))["status"] == "seen"
    assert _row(register, _march(20)) == {}


def test_whom_it_was_given_to_later_and_by_when_is_not_known_before(register: Store):
    _see(register, TODAY)
    _respond(register, Status.ASSIGNED, _march(5), to="Tổ điện", due=_march(8))
    _respond(register, Status.ASSIGNED, _march(20), to="Công an", due=_march(29))
    known = {
        day: [_row(register, _march(day))[key] for key in ("status", "assigned_to", "due")]
        for day in (4, 5, 19, 20)
    }
    assert known == {
        4: ["seen", None, None],
        5: ["assigned", "Tổ điện", "2024-03-08"],
        19: ["assigned", "Tổ điện", "2024-03-08"],
        20: ["assigned", "Công an", "2024-03-29"],
    }
    assert _row(register, _march(4))["rule"] == "house rule"


def test_an_entry_seen_later_was_open_before(register: Store):
    _see(register, _march(20))
    before, after = (_row(register, _march(day), 2) for day in (19, 20))
    assert (before["received"], before["seen"], before["status"]) == (
        *("2024-03-01", None, "received"),
    )
    assert (after["received"], after["seen"], after["status"]) == (
        *("2024-03-20", "2024-03-20", "seen"),
    )


def test_a_register_of_which_nothing_but_the_tables_was_made_has_no_entries(tmp_path: Path):
    with Store.create(tmp_path / "new") as store:
        assert list(unanswered(store, as_of=TODAY)) == []
