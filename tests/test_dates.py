"""A written date means all that it can mean, and what is no date is none."""

from __future__ import annotations

import datetime as dt
import pickle
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import days, vietnamese

from formbook.dates import (
    InvalidDateError,
    NoSuchDayError,
    find_dates,
    parse_date,
    parse_iso_or_written,
    settle,
    today_in_hanoi,
)
from formbook.errors import ExitCode
from formbook.model import DateCandidate, DateReason

NEAR = dt.date(2024, 3, 15)
WRITTEN, SHORT, INFERRED, MISREAD, AGREES, DIFFERS = (
    DateReason.WRITTEN,
    DateReason.TWO_DIGIT_YEAR,
    DateReason.YEAR_INFERRED,
    DateReason.MISREAD,
    DateReason.WEEKDAY_AGREES,
    DateReason.WEEKDAY_DIFFERS,
)


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def iso(candidates: tuple[DateCandidate, ...]) -> list[str]:
    return [candidate.date.isoformat() for candidate in candidates]


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("12/3/2024", (WRITTEN,)),
        ("12-03-2024", (WRITTEN,)),
        ("12.3.2024.", (WRITTEN,)),
        (" (12 / 3 / 2024) ", (WRITTEN,)),
        ("12 - 3 - 2024", (WRITTEN,)),
        ("12. 3. 2024", (WRITTEN,)),
        ("12/3-2024", (WRITTEN,)),
        ("2024-03-12", (WRITTEN,)),
        ("12-3-24", (SHORT,)),
        ("12/3/24", (SHORT,)),
        ("12 . 3 . 24", (SHORT,)),
        ("ngày 12/3/2024", (WRITTEN,)),
        ("Ngày: 12/3/2024", (WRITTEN,)),
        ("ngày 12/3 năm 2024", (WRITTEN,)),
        ("ngày 12 tháng 3 năm 2024", (WRITTEN,)),
        ("Ngày 12 Tháng Ba năm 2024", (WRITTEN,)),
        ("ngày 12, tháng 3, năm 2024", (WRITTEN,)),
        ("ngày 12 tháng 3 năm 24", (SHORT,)),
        ("ngày 12 tháng 3/2024", (WRITTEN,)),
        ("ngay 12 thang 3 nam 2024", (WRITTEN,)),
        ("NGÀY12THÁNG3NĂM2024", (WRITTEN,)),
        ("12 tháng 3 2024", (WRITTEN,)),
        ("T3 12/3/2024", (WRITTEN, AGREES)),
        ("Thứ 3, ngày 12/3/2024", (WRITTEN, AGREES)),
        ("Thứ ba, 12/3/2024", (WRITTEN, AGREES)),
        ("thu ba 12/3/24", (SHORT, AGREES)),
        ("Thứ tư 12/3/2024", (WRITTEN, DIFFERS)),
        ("CN 12/3/2024", (WRITTEN, DIFFERS)),
        ("Chủ nhật, 12/3/2024", (WRITTEN, DIFFERS)),
        ("l2/3/2O24", (WRITTEN, MISREAD)),
        ("|2/3/2024", (WRITTEN, MISREAD)),
        ("I2/o3/2024", (WRITTEN, MISREAD)),
        ("|12/3/2024|", (WRITTEN,)),
        ("| 12/3/2024 |", (WRITTEN,)),
        ("12\\3\\2024", (WRITTEN, MISREAD)),
        ("12,3,2024", (WRITTEN, MISREAD)),
        ("12/3-24", (SHORT, MISREAD)),
        ("ngày l2 tháng 3 năm 2024", (WRITTEN, MISREAD)),
    ],
)
def test_every_way_of_writing_a_date_is_read(text, reasons):
    for form in (text, nfd(text)):
        assert parse_date(form) == (DateCandidate(dt.date(2024, 3, 12), reasons),)


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("12/3", ["2024-03-12", "2025-03-12", "2023-03-12"]),
        ("12-3", ["2024-03-12", "2025-03-12", "2023-03-12"]),
        ("12.3", ["2024-03-12", "2025-03-12", "2023-03-12"]),
        ("ngày 12 tháng 3", ["2024-03-12", "2025-03-12", "2023-03-12"]),
        ("12 tháng 3", ["2024-03-12", "2025-03-12", "2023-03-12"]),
        ("12/3 năm nay", []),
        ("31/12", ["2023-12-31", "2024-12-31"]),
        ("29/2", ["2024-02-29"]),
        ("31/2", []),
        ("l/3", ["2024-03-01", "2025-03-01", "2023-03-01"]),
        ("T3, 12/3", ["2024-03-12", "2025-03-12", "2023-03-12"]),
        ("CN, 12/3", ["2023-03-12", "2024-03-12", "2025-03-12"]),
    ],
)
def test_a_missing_year_comes_from_a_date_near_by(text, dates):
    candidates = parse_date(text, near=NEAR)
    assert iso(candidates) == dates
    assert all(candidate.reasons[0] is INFERRED for candidate in candidates)
    assert parse_date(text) == ()


def test_a_two_digit_year_can_be_of_the_last_century():
    assert iso(parse_date("12/3/85")) == ["1985-03-12", "2085-03-12"]
    assert settle(parse_date("12/3/85")) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hôm qua",
        "31/2/2024",
        "29/2/2023",
        "0/3/2024",
        "3/13/2024",
        "12/3/202",
        "12/3/0024",
        "ngày 12 tháng 3 năm 202",
        "T3/2024",
        "T3/12/2024",
        "tháng 3/2024",
        "tháng 3 năm 2024",
        "ngày 12 tháng năm 2024",
        "ngày 12",
        "thứ 3",
        "thứ 8 12/3/2024",
        "12/3/2024/5",
        "2024-03",
        "2024-03-12-5",
        "2024/03/12",
        "2024-3-125",
        "12/3/2024 và 13/3/2024",
        "12, 3, 2024",
        "12/3/2024 âm lịch",
        "99999/3/2024",
        "²/3/2024",
    ],
)
def test_what_is_no_date_has_no_candidates(text):
    assert parse_date(text, near=NEAR) == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Đã xem. 15/3/2024", ["15/3/2024"]),
        ("Đã xem tr. 21-24. Còn 02 ý kiến, b/c ngay! 01/4/2024", ["01/4/2024"]),
        ("trả lời trong 05 ngày. 19/3", ["19/3"]),
        ("TCD vào sổ 27.3.2024", ["27.3.2024"]),
        ("Sáng thứ 2 ngày 11/3 từ 8h kém 10, 8h25", ["thứ 2 ngày 11/3"]),
        ("hẹn ngày 05-3-24, lại hẹn sang ngày 12", ["ngày 05-3-24"]),
        ("từ 12/3-15/3", ["12/3", "15/3"]),
        ("từ 12-13/3/2024", ["13/3/2024"]),
        ("ngày 12-3 và ngày 13.3", ["ngày 12-3", "ngày 13.3"]),
        ("Đã xem O3/4", ["O3/4"]),
        ("xem ngày 31/2/2024", ["ngày 31/2/2024"]),
        ("lễ 30/4, 1/5", ["30/4", "1/5"]),
        ("mùng 5 tháng 3 năm 2024", ["mùng 5 tháng 3 năm 2024"]),
        ("mùng 5/3 (âm lịch)", []),
        ("số 27 ngách 58/12, số 27/3", []),
        ("P.302 nhà A7, ngõ 12/3/24, tr. 3/4", []),
        ("nhà A7/12/3", []),
        ("đt 0950 000 115, 0950.12.3.2024, 8:12/3", []),
        ("1/2 ngõ", ["1/2"]),
        ("2/3 số hộ, hơn 1/2, 3/4 người", []),
        ("1/2%", []),
        ("24.000đ, 5.000đ/lượt, 1.2.3", []),
        ("treo khẩu hiệu 4 xin 4 luôn", []),
        ("QĐ 12/3/QĐ-UBND", []),
        ("xong 12. 3 người, 12-3, 12.3, lo/3", []),
        ("ngay 2.5 triệu đồng ạ", []),
        ("hơn 12 tháng 3 tuần", []),
        ("T3/10/12, quý 3/2024, tháng 3/12", []),
        ("trực 24/7, dịch vụ 24/7", []),
        ("Đã xem 24/7", ["24/7"]),
        ("Đã xem. 24/7", ["24/7"]),
        ("không có số nào", []),
        ("ngày 12 tháng 3 năm l", ["ngày 12 tháng 3"]),
        ("12 - 3 - 24, 10,3,24", []),
        ("9-12-3-2024, 2024-03-12-5, 12/3/lO", []),
    ],
)
def test_dates_are_found_in_running_text_and_nothing_else(text, found):
    for form in (text, nfd(text)):
        dates = find_dates(form, near=NEAR)
        assert [unicodedata.normalize("NFC", date.text) for date in dates] == found
        assert [form[date.start : date.end] for date in dates] == [date.text for date in dates]


def test_a_found_date_says_whether_its_year_is_written():
    first, second = find_dates("12/3 và 13/3/2024", near=NEAR)
    assert (first.has_year, second.has_year) == (False, True)
    assert find_dates("12/3")[0].candidates == ()


@pytest.mark.shared
def test_the_dates_of_the_invented_annotations_are_found(shared: Path):
    text = (shared / "data/text/annotations.txt").read_text(encoding="utf-8")
    days_of_march = [15, 20, 18, 19, 21, 22, 25, 26, 27, 32, 28, 34, 36]
    found = [date.candidates[0].date for date in find_dates(text, near=NEAR)]
    assert found == [dt.date(2024, 2, 29) + dt.timedelta(day) for day in days_of_march]


@pytest.mark.parametrize(
    ("text", "near", "settled"),
    [
        ("12/3/2024", None, "2024-03-12"),
        ("12/3/24", None, "2024-03-12"),
        ("T3 12/3/2024", None, "2024-03-12"),
        ("12/3", NEAR, "2024-03-12"),
        ("l2/3/2024", NEAR, "2024-03-12"),
        ("12/3", dt.date(2024, 5, 11), "2024-03-12"),
        ("12/3", dt.date(2024, 5, 12), None),
        ("l2/3/2024", None, None),
        ("12/3", None, None),
        ("T4 12/3/2024", None, None),
        ("T4 12/3/2024", NEAR, None),
    ],
)
def test_only_a_date_without_doubt_is_settled(text, near, settled):
    day = settle(parse_date(text, near=near), near=near)
    assert (day and day.isoformat()) == settled


@pytest.mark.parametrize(
    "text", ["2024-03-12", "12/3/2024", "12.3.2024", "ngày 12 tháng 3 năm 2024", "T3 12/3/2024"]
)
def test_a_person_can_give_a_date_in_either_form(text):
    assert parse_iso_or_written(text) == dt.date(2024, 3, 12)


@pytest.mark.parametrize(
    "text", ["", "mai", "12/3", "12/3/24", "l2/3/2024", "T4 12/3/2024", "3/2024"]
)
def test_a_date_that_leaves_a_doubt_is_refused(text):
    with pytest.raises(InvalidDateError) as raised:
        parse_iso_or_written(text)
    assert str(raised.value) == (
        f"“{text}” is not a date.\nNothing was changed. Write day, month and full year, the day "
        "first, as in 12/3/2024, or 2024-03-12."
    )
    assert raised.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize("text", ["31/2/2024", "2023-02-29", "3/13/2024"])
def test_a_day_that_no_calendar_has_is_refused(text):
    with pytest.raises(NoSuchDayError) as raised:
        parse_iso_or_written(text)
    assert str(raised.value) == (
        f"There is no such day as {text}.\nNothing was changed. Write day, month and full year, "
        "the day first, as in 12/3/2024, or 2024-03-12."
    )
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)


def test_the_day_in_hanoi_begins_seven_hours_before_that_in_greenwich():
    at = dt.datetime(2026, 11, 23, 16, 59, tzinfo=dt.UTC)
    assert today_in_hanoi(at) == dt.date(2026, 11, 23)
    assert today_in_hanoi(at + dt.timedelta(minutes=1)) == dt.date(2026, 11, 24)
    with pytest.raises(ValueError, match="has no time zone"):
        today_in_hanoi(at.replace(tzinfo=None))


@given(days(), st.sampled_from("/-."), st.sampled_from(["", " "]), st.sampled_from(["d", "02d"]))
def test_a_full_date_means_itself(day, sign, space, width):
    sign = space + sign + space
    text = sign.join([format(day.day, width), format(day.month, width), str(day.year)])
    assert parse_date(text) == (DateCandidate(day, (WRITTEN,)),)
    words = f"ngày {day.day} tháng {day.month} năm {day.year}"
    assert settle(find_dates(f"Đã xem, {words}. CT")[0].candidates) == day


@given(days(), st.integers(-30, 30))
def test_a_missing_year_is_inferred_across_new_year(day, apart):
    near = day + dt.timedelta(days=apart)
    assert settle(parse_date(f"{day.day}/{day.month}", near=near), near=near) == day


@given(st.text("0123456789/.-lO|, \\TtCNngàythángnăm:(", max_size=24) | vietnamese())
def test_any_text_can_be_searched_for_dates(text):
    for found in find_dates(text, near=dt.date(1, 1, 1)) + find_dates(text, near=dt.date.max):
        assert text[found.start : found.end] == found.text != ""
    parse_date(text, near=NEAR)
