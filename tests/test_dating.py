from __future__ import annotations

import datetime as dt

import pytest

from formbook.reading.dating import choose_date
from formbook.recognize.date_grammar import DateText


def shown(text: str, share: float = 0.95, evidence: float = -0.05) -> DateText:
    return DateText(text, share, evidence)


def test_without_a_likely_date_there_is_none():
    assert choose_date([]) is None
    assert choose_date([shown("12/3/2024", evidence=-3)]) is None


def test_a_date_that_leaves_no_doubt_is_settled():
    written = choose_date([shown("12/3/2024"), shown("1/1", share=0.2, evidence=-0.9)])
    assert written is not None
    assert (written.text, written.date) == ("12/3/2024", dt.date(2024, 3, 12))


def test_a_date_in_doubt_is_shown_and_not_settled():
    written = choose_date([shown("12/3/2024", share=0.4)])
    assert written is not None
    assert ([each.date for each in written.candidates], written.date) == (
        [dt.date(2024, 3, 12)],
        None,
    )


@pytest.mark.parametrize(
    ("other", "date"),
    [
        ("12/8/2024", None),
        ("12-03-24", dt.date(2024, 3, 12)),
        ("2/3/2024", dt.date(2024, 3, 12)),
    ],
    ids=["another date", "the same in other words", "a part of it"],
)
def test_another_picture_that_shows_another_date_is_a_doubt(other, date):
    written = choose_date([shown("12/3/2024", 0.97), shown(other, 0.9)])
    assert written is not None
    assert written.date == date


def test_a_date_without_its_year_is_never_settled():
    written = choose_date([shown("12/3")])
    assert written is not None
    assert (written.candidates, written.date) == ((), None)
