from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formbook.recognize.date_grammar import agree_on_date

LETTERS = "0123456789 /-.,:ngàytháănmĐđãxeTPA"


def chances(text: str, sure: float = 0.98) -> np.ndarray:
    """What a network gives that reads a text: each letter on a column, blanks between."""
    rows = []
    for letter in text:
        for name in (letter, None):
            row = np.full(len(LETTERS) + 1, (1 - sure) / len(LETTERS))
            row[0 if name is None else LETTERS.index(name) + 1] = sure
            rows.append(row / row.sum())
    return np.array(rows, np.float32)


days, months, years = st.integers(1, 31), st.integers(1, 12), st.integers(2010, 2029)
written = st.one_of(
    st.builds(
        lambda d, m, y, s, short: f"{d}{s}{m}{s}{str(y)[2:] if short else y}",
        days,
        months,
        years,
        st.sampled_from("/-."),
        st.booleans(),
    ),
    st.builds(lambda d, m, s: f"{d:02}{s}{m:02}", days, months, st.sampled_from("/-.")),
    st.builds(lambda d, m, y: f"ngày {d} tháng {m} năm {y}", days, months, years),
    st.builds(lambda d, m: f"ngày {d} tháng {m}", days, months),
)


@given(written, st.sampled_from(["", "Đã xem ", "đã xem, "]))
def test_a_date_that_is_read_clearly_is_found_for_certain(text, before):
    found = agree_on_date([chances(before + text)], LETTERS)
    assert found is not None
    assert found.text == text
    assert found.share > 0.9
    assert found.evidence == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize(
    ("read", "meant"),
    [("42/3/2024", "12/3/2024"), ("Đã xem 12/3/9024", "12/3/2024"), ("5:3:24", "5/3/24")],
)
def test_what_can_stand_there_decides_what_is_read_in_doubt(read, meant):
    doubtful = chances(read)
    start = len(read) - len(meant)
    for k, letter in enumerate(meant):
        if read[start + k] != letter:
            doubtful[2 * (start + k), LETTERS.index(letter) + 1] = 0.4
    found = agree_on_date([doubtful / doubtful.sum(axis=1, keepdims=True)], LETTERS)
    assert found is not None
    assert found.text == meant
    assert found.evidence < -0.05


def test_a_line_without_a_date_is_unlikely_to_bear_one():
    found = agree_on_date([chances("Đã xem")], LETTERS)
    assert found is None


def test_two_dates_that_are_as_likely_share():
    doubtful = chances("1/3/2024")
    doubtful[0] = doubtful[0] * 0.5
    doubtful[0, LETTERS.index("2") + 1] = doubtful[0, LETTERS.index("1") + 1]
    found = agree_on_date([doubtful / doubtful.sum(axis=1, keepdims=True)], LETTERS)
    assert found is not None
    assert 0.6 < found.share < 0.8


def test_a_day_that_no_month_has_is_not_spelled():
    found = agree_on_date([chances("Đã xem 39/3")], LETTERS)
    assert found is None or found.text != "39/3"


def doubting(text: str, at: int, other: str, share: float) -> np.ndarray:
    """What a network gives that takes one letter of a text for another with so much of a chance."""
    read = chances(text)
    sure = read[2 * at, LETTERS.index(text[at]) + 1]
    read[2 * at, LETTERS.index(text[at]) + 1] = sure * (1 - share)
    read[2 * at, LETTERS.index(other) + 1] = sure * share
    return read / read.sum(axis=1, keepdims=True)


def test_pictures_that_agree_leave_less_doubt_than_one_that_wavers():
    wavering = doubting("31/8/2024", 8, "1", 0.55)
    found = agree_on_date([wavering, chances("31/8/2024"), chances("31/8/2024")], LETTERS)
    assert found is not None
    assert found.text == "31/8/2024"
    assert found.share > 0.8


@pytest.mark.parametrize("other", ["12/8/2024", "22/3/2024", "12/3/2021"])
def test_another_picture_that_shows_another_date_is_a_doubt(other):
    found = agree_on_date([chances("12/3/2024"), chances(other)], LETTERS)
    assert found is not None
    assert found.share < 0.6


@pytest.mark.parametrize("bad", ["Đã xem", "/TP-ngy.,x"])
def test_a_picture_that_is_cut_badly_has_no_say(bad):
    alone = agree_on_date([chances("12-03-24")], LETTERS)
    assert agree_on_date([chances(bad), chances("12-03-24")], LETTERS) == alone


def test_the_same_date_in_other_words_is_no_doubt():
    found = agree_on_date([chances("12/3/2024"), chances("ngày 12 tháng 3 năm 2024")], LETTERS)
    assert found is not None
    assert found.share > 0.9


@pytest.mark.parametrize("pictures", [[], ["Đã xem"], ["xem", "Đã"]])
def test_pictures_without_a_date_agree_on_none(pictures):
    assert agree_on_date([chances(text) for text in pictures], LETTERS) is None


def test_a_year_that_has_not_come_is_not_read():
    wavering = doubting("12/3/2025", 8, "9", 0.7)
    found = agree_on_date([wavering], LETTERS, until=2026)
    assert found is not None
    assert found.text == "12/3/2025"
    later = agree_on_date([wavering], LETTERS)
    assert later is not None
    assert later.text == "12/3/2029"


@pytest.mark.parametrize("columns", [0, 1])
def test_a_line_too_short_for_a_date_has_none(columns):
    assert agree_on_date([chances("1")[:columns]], LETTERS) is None


def test_letters_that_spell_no_date_find_none():
    assert agree_on_date([np.full((9, 4), 0.25, np.float32)], "abc") is None
