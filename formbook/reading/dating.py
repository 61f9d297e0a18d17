"""The dates in what was read, settled where neither text nor engine leaves a doubt."""

from __future__ import annotations

from formbook.dates import FoundDate, find_dates, settle
from formbook.model import Reading, WrittenDate

SURE_DATE = 0.9
"""Confidence that each character of a date must have for the date to be settled without a
person. What Tesseract takes for dates on ../shared/data/pages and is none has 0.86 at most; dates
in neat hands have 0.97."""
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
