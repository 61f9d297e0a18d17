"""A written date: every date it can mean, and why; never a silent guess.

Stands on how dates are written in Vietnam: the day always first, numbers or words (12/3/2024,
12-3-24, 12.3, ngày 12 tháng 3 năm 2024), with a weekday before (T3, thứ ba: Tuesday; but
T3/2024 is a month). `tokens` cuts a text up, `grammar` is a small parser over the tokens, and
the calendar is here. What is not certain, a year that is missing or of two digits, a letter
read in place of a digit, is named in the reasons of each candidate.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from formbook.dates.grammar import WrittenDay, walk, whole
from formbook.errors import ExitCode, FormbookError, _
from formbook.model import DateCandidate, DateReason

HANOI = dt.timezone(dt.timedelta(hours=7))
SURE_DAYS = 60
_REACH_DAYS = 400
_FIRST_YEAR_OF_LAST_CENTURY = 50
_NO_DOUBT = frozenset({DateReason.WRITTEN, DateReason.TWO_DIGIT_YEAR, DateReason.WEEKDAY_AGREES})


class InvalidDateError(FormbookError):
    """What was given for a date is none."""

    exit_code = ExitCode.USAGE
    message = _(
        "“{text}” is not a date.\nNothing was changed. Write day, month and full year, the day "
        "first, as in 12/3/2024, or 2024-03-12."
    )


class NoSuchDayError(InvalidDateError):
    """A date that no calendar has."""

    message = _(
        "There is no such day as {text}.\nNothing was changed. Write day, month and full year, "
        "the day first, as in 12/3/2024, or 2024-03-12."
    )


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in running text: `text` is what stands from `start` up to `end`.

    No candidates: there is no such day, or the year is missing and nothing is known near by.
    """

    start: int
    end: int
    text: str
    candidates: tuple[DateCandidate, ...]
    has_year: bool


def parse_date(text: str, *, near: dt.date | None = None) -> tuple[DateCandidate, ...]:
    """Return all the dates that a text can mean which is a date and nothing else, best first.

    Args:
        text: the date as written or read.
        near: a date written near by, from which a missing year is inferred: every year that
            brings the date within some 13 months of `near`, nearest first.

    Returns:
        The candidates, each with all its reasons; none if the text is no date, if there is no
        such day, or if the year is missing and `near` is too.
    """
    written = whole(text)
    return _candidates(written, near) if written else ()


def find_dates(text: str, *, near: dt.date | None = None) -> tuple[FoundDate, ...]:
    """Find the dates in running text, in its order; `near` as in `parse_date`.

    What may as well be a house number, a page range, a fraction, a time or an amount is left
    alone.
    """
    return tuple(
        FoundDate(
            written.start,
            written.end,
            text[written.start : written.end],
            _candidates(written, near),
            written.year is not None,
        )
        for written in walk(text)
    )


def settle(candidates: Sequence[DateCandidate], *, near: dt.date | None = None) -> dt.date | None:
    """Return the date that leaves no doubt, None if a person must decide.

    A date leaves no doubt if it is the only candidate, with its year written and nothing
    misread; or if it, and no other candidate, lies within `SURE_DAYS` of a date written near
    by. A weekday that disagrees is always a doubt.
    """
    if len(candidates) == 1 and _NO_DOUBT.issuperset(candidates[0].reasons):
        return candidates[0].date
    close = [each for each in candidates if near and abs(each.date - near).days <= SURE_DAYS]
    if len(close) != 1 or DateReason.WEEKDAY_DIFFERS in close[0].reasons:
        return None
    return close[0].date


def parse_iso_or_written(text: str) -> dt.date:
    """Return the date that a person typed: 2024-03-12, or day, month and full year.

    Raises:
        InvalidDateError: it is no date, or leaves a doubt.
        NoSuchDayError: it is written as a date, but there is no such day.
    """
    written = whole(text)
    if written is None or written.year is None or written.two_digit_year or written.misread:
        raise InvalidDateError(text=text)
    candidates = _candidates(written, None)
    if not candidates:
        raise NoSuchDayError(text=text)
    day = settle(candidates)
    if day is None:
        raise InvalidDateError(text=text)
    return day


def in_hanoi(at: str) -> str:
    """Return an event's time, with its zone, as a clock in Hanoi shows it, to the minute."""
    return dt.datetime.fromisoformat(at).astimezone(HANOI).strftime("%Y-%m-%d %H:%M")


def today_in_hanoi(now: dt.datetime) -> dt.date:
    """Return the day that it is in Hanoi at a moment.

    Raises:
        ValueError: `now` does not say its time zone.
    """
    if now.tzinfo is None:
        raise ValueError(f"{now} has no time zone")
    return now.astimezone(HANOI).date()


def _candidates(written: WrittenDay, near: dt.date | None) -> tuple[DateCandidate, ...]:
    if written.year is None:
        why = DateReason.YEAR_INFERRED
        dates = _dates_near(written, near) if near else []
    elif written.two_digit_year:
        why = DateReason.TWO_DIGIT_YEAR
        centuries = [1900, 2000] if written.year >= _FIRST_YEAR_OF_LAST_CENTURY else [2000]
        dates = _existing(written, [century + written.year for century in centuries])
    else:
        why = DateReason.WRITTEN
        dates = _existing(written, [written.year])
    found = [DateCandidate(date, (why, *_doubts(written, date))) for date in dates]
    found.sort(key=lambda each: DateReason.WEEKDAY_DIFFERS in each.reasons)
    return tuple(found)


def _doubts(written: WrittenDay, date: dt.date) -> list[DateReason]:
    doubts = [DateReason.MISREAD] if written.misread else []
    if written.weekday is not None:
        agrees = written.weekday == date.weekday()
        doubts.append(DateReason.WEEKDAY_AGREES if agrees else DateReason.WEEKDAY_DIFFERS)
    return doubts


def _dates_near(written: WrittenDay, near: dt.date) -> list[dt.date]:
    """Return the dates with this day and month some 13 months around `near`, nearest first."""
    dates = _existing(written, [near.year - 1, near.year, near.year + 1])
    within = [date for date in dates if abs(date - near).days <= _REACH_DAYS]
    return sorted(within, key=lambda date: abs(date - near))


def _existing(written: WrittenDay, years: Sequence[int]) -> list[dt.date]:
    dates = []
    for year in years:
        try:
            dates.append(dt.date(year, written.month, written.day))
        except ValueError:
            continue
    return dates
