"""Working days are counted as the law and the year's announcements have it."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import days

from formbook.working_days import DayKind, NamedDay, WorkingCalendar

CALENDAR = WorkingCalendar()


def day(written: str) -> dt.date:
    return dt.date.fromisoformat(written)


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2024-04-24", 5, "2024-05-04"),  # 29/4 made up on Saturday 4/5
        ("2024-02-05", 5, "2024-02-19"),  # Tết
        ("2026-11-23", 5, "2026-12-01"),  # 24/11, a holiday since 2026
        ("2025-12-31", 5, "2026-01-09"),  # 1/1 and 2/1 off
        ("2026-01-08", 2, "2026-01-10"),  # 2/1 made up on Saturday 10/1
        ("2018-12-28", 1, "2019-01-02"),  # 31/12 made up in the next year
        ("2026-03-06", 1, "2026-03-09"),
        ("2026-03-07", 1, "2026-03-09"),
        ("2026-03-06", 0, "2026-03-06"),
        ("2026-03-07", 0, "2026-03-09"),
    ],
)
def test_a_term_ends_on_a_working_day(start, count, end):
    assert CALENDAR.add_working_days(day(start), count) == day(end)


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        ("2026-03-02", "2026-03-02", 0),
        ("2026-03-02", "2026-03-03", 1),
        ("2026-03-06", "2026-03-08", 0),
        ("2026-03-09", "2026-03-02", -5),
        ("2024-04-26", "2024-05-04", 3),
    ],
)
def test_the_first_day_does_not_count_and_the_last_does(start, end, count):
    assert CALENDAR.working_days_between(day(start), day(end)) == count


@pytest.mark.parametrize(
    ("date", "why"),
    [
        ("2026-11-24", "Ngày Văn hóa Việt Nam"),
        ("2025-11-24", None),
        ("2026-01-02", "Ngày nghỉ (thay cho ngày 10/01/2026)"),
        ("2026-01-10", None),
        ("2024-05-04", None),
        ("2026-03-07", "Thứ Bảy"),
        ("2026-03-08", "Chủ Nhật"),
        ("2026-03-09", None),
    ],
)
def test_a_day_off_says_why(date, why):
    assert CALENDAR.why_not(day(date)) == why
    assert CALENDAR.is_working_day(day(date)) is (why is None)


def test_an_office_s_own_later_word_wins():
    holiday, working = DayKind.HOLIDAY, DayKind.WORKING
    calendar = WorkingCalendar(
        [
            NamedDay(day("2026-01-10"), holiday, "Cúp điện"),
            NamedDay(day("2026-03-09"), working, "Họp"),
            NamedDay(day("2026-03-09"), holiday, "Hội làng"),
            NamedDay(day("2026-11-24"), working, "Trực"),
            NamedDay(day("2026-03-14"), working, "Làm bù"),
        ]
    )
    dates = ["2026-01-10", "2026-03-09", "2026-11-24", "2026-03-14"]
    assert [calendar.why_not(day(date)) for date in dates] == ["Cúp điện", "Hội làng", None, None]
    assert CALENDAR.why_not(day("2026-03-09")) is None


def test_a_year_not_yet_announced_is_a_guess():
    assert CALENDAR.known_until == day("2026-12-31")
    assert [CALENDAR.is_guess(day(date)) for date in ("2026-12-31", "2027-01-01")] == [False, True]
    told = WorkingCalendar(known_until=day("2027-12-31"))
    assert not told.is_guess(day("2027-01-01"))


def test_a_term_is_never_negative_nor_beyond_the_calendar():
    with pytest.raises(ValueError, match="a term of -1 working days"):
        CALENDAR.add_working_days(day("2026-03-06"), -1)
    for start, count in (("9999-12-01", 50), ("2026-03-06", 10_000_000)):
        with pytest.raises(OverflowError, match=f"{count} working days after {start}"):
            WorkingCalendar().add_working_days(day(start), count)


def closed(start: dt.date, end: dt.date) -> WorkingCalendar:
    days_closed = range(start.toordinal(), end.toordinal() + 1)
    return WorkingCalendar(
        NamedDay(dt.date.fromordinal(each), DayKind.HOLIDAY, "Đóng cửa") for each in days_closed
    )


def test_a_term_outlasts_years_in_which_the_office_is_closed():
    calendar = closed(day("2026-01-01"), day("2032-12-31"))
    assert calendar.add_working_days(day("2025-12-31"), 1) == day("2033-01-04")
    never_again = closed(day("9996-01-01"), dt.date.max)
    with pytest.raises(OverflowError):
        never_again.add_working_days(day("9996-01-01"), 1)


def test_a_saturday_made_up_for_a_day_of_another_year_is_known_alone():
    assert WorkingCalendar().is_working_day(day("2019-01-05"))


def test_the_answer_does_not_depend_on_what_was_asked_before():
    late_first, early_first = WorkingCalendar(), WorkingCalendar()
    asked = [day("2040-05-05"), day("2019-01-05"), day("2026-03-09"), day("2024-05-04")]
    late = [late_first.why_not(date) for date in asked]
    early = [early_first.why_not(date) for date in sorted(asked)]
    assert dict(zip(asked, late, strict=True)) == dict(zip(sorted(asked), early, strict=True))


def test_holidays_are_not_imported_before_a_question():
    code = "import sys, formbook.working_days as w; w.WorkingCalendar(); "
    code += "print('holidays' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


@given(days(), days(), days())
def test_counting_adds_up(first, second, third):
    between = CALENDAR.working_days_between
    assert between(first, second) + between(second, third) == between(first, third)


@given(days(), st.integers(1, 500) | st.just(10_000))
def test_a_term_counts_as_many_days_as_it_has(start, count):
    end = CALENDAR.add_working_days(start, count)
    assert CALENDAR.working_days_between(start, end) == count
    assert CALENDAR.is_working_day(end)


@given(days(), days(), st.integers(0, 60), st.integers(0, 60))
def test_a_later_start_or_a_longer_term_never_ends_earlier(one, other, short, more):
    add = CALENDAR.add_working_days
    early, late = sorted((one, other))
    assert add(early, short) <= add(late, short)
    assert add(early, short) <= add(early, short + more)


@given(days())
def test_one_day_more_is_one_working_day_more_or_none(start):
    following = start + dt.timedelta(days=1)
    counted = CALENDAR.working_days_between(start, following)
    assert counted == CALENDAR.is_working_day(following)
