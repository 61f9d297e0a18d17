"""The dates in what was read, settled where neither text nor engine leaves a doubt."""

from __future__ import annotations

import math
from collections.abc import Iterable

from formbook.dates import FoundDate, find_dates, parse_date, settle
from formbook.model import Reading, WrittenDate
from formbook.recognize.date_grammar import DateText, same_date

SURE_DATE = 0.9
"""Confidence that each character of a date must have for the date to be settled without a
person. What Tesseract takes for dates on ../shared/data/pages and is none has 0.86 at most; dates
in neat hands have 0.97."""
LIKELY_DATE = -1.0
"""Evidence, in natural logarithms a letter, from which a date of a mark is worth showing: none of
90 drawn lines of training writers without a date has as much, two in three of 270 with one."""
SURE_CHANCE = 0.9
"""Chance from which the likeliest date of a mark is taken for the date that stands there. With the
weights before these, of 270 drawn dates of training writers those given 0.8 to 0.9 were right in 86
of 100; a person who is asked once too often loses less than one who trusts a wrong date."""
LINES_FOR_DATE = 2
"""Lines at the end of an entry that are searched for the date on which it was written."""
_STOPS = ("", ",", ";", ".", "(", "-", ":")


def dates_of(reading: Reading) -> list[WrittenDate]:
    """Return the dates that end a citizen's line; one within a sentence is what it tells of."""
    return [
        WrittenDate(
            found.text,
            found.candidates,
            settle(found.candidates)
            if is_sure(found, reading) and _stands_alone(found, reading)
            else None,
        )
        for found in find_dates(reading.text)
        if not any(map(str.isalnum, reading.text[found.end :]))
    ]


def is_sure(found: FoundDate, reading: Reading) -> bool:
    """Whether a date was read with confidence."""
    return min(reading.confidences[found.start : found.end]) >= SURE_DATE


def _stands_alone(found: FoundDate, reading: Reading) -> bool:
    """Whether a date is no part of a sentence."""
    return reading.text[: found.start].rstrip()[-1:] in _STOPS


def choose_date(found: Iterable[DateText]) -> WrittenDate | None:
    """Choose among the dates that were looked for on several pictures of one mark.

    A date is as likely as on the picture that shows it best, and less where another picture shows
    another date about as well; but one that is a part of it, "1/6/2024" of "11/6/2024", was cut.

    Returns:
        The date, settled if nothing leaves a doubt; None where no picture shows a date.
    """
    likely = [date for date in found if date.evidence >= LIKELY_DATE]
    if not likely:
        return None
    best = max(likely, key=lambda date: (weigh_date(date), date.evidence))
    against = max(
        (
            weigh_date(date)
            for date in likely
            if not same_date(date.text, best.text) and date.text not in best.text
        ),
        default=0.0,
    )
    chance = min(best.share, weigh_date(best) / (weigh_date(best) + against))
    candidates = parse_date(best.text)
    return WrittenDate(best.text, candidates, settle(candidates) if chance >= SURE_CHANCE else None)


def weigh_date(date: DateText) -> float:
    """How much a date that was looked for weighs against another one: 0 to 1."""
    return date.share * math.exp(date.evidence)
