"""The dates in what was read, settled where neither text nor engine leaves a doubt."""

from __future__ import annotations

from formbook.dates import FoundDate, find_dates, parse_date, settle
from formbook.model import Reading, WrittenDate
from formbook.recognize.date_grammar import DateText

SURE_DATE = 0.9
"""Confidence that each character of a date must have for the date to be settled without a
person. What Tesseract takes for dates on ../shared/data/pages and is none has 0.86 at most; dates
in neat hands have 0.97."""
SURE_CHANCE = 0.95
"""Share from which the likeliest date of a mark is taken for the date that stands there. Of 131
dates drawn in digits as training writers wrote them none that is given 0.92 is wrong, 1 in 50 that
is given 0.9; of 100 in bent digits (benchmarks/drawn.py --read --set dates) 2 are, at 0.95. A
person who is asked once too often loses less than one who trusts a wrong date."""
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


def date_of(found: DateText) -> WrittenDate:
    """Return a date that was looked for, settled if nothing leaves a doubt."""
    candidates = parse_date(found.text)
    sure = found.share >= SURE_CHANCE
    return WrittenDate(found.text, candidates, settle(candidates) if sure else None)
