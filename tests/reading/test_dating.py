from __future__ import annotations

import datetime as dt

from formbook.reading.dating import date_of
from formbook.recognize.date_grammar import DateText


def shown(text: str, share: float = 0.95) -> DateText:
    return DateText(text, share, -0.05)


def test_a_date_that_leaves_no_doubt_is_settled():
    written = date_of(shown("12/3/2024"))
    assert (written.text, written.date) == ("12/3/2024", dt.date(2024, 3, 12))


def test_a_date_in_doubt_is_shown_and_not_settled():
    written = date_of(shown("12/3/2024", share=0.4))
    assert ([each.date for each in written.candidates], written.date) == (
        [dt.date(2024, 3, 12)],
        None,
    )


def test_a_date_without_its_year_is_never_settled():
    written = date_of(shown("12/3"))
    assert (written.candidates, written.date) == ((), None)
