"""Working days in Vietnam: which they are, how many lie between two days, where a term ends.

Stands on the package `holidays` for the lunar calendar, public holidays and announced make-up
days, on `data/holidays.toml` for what that lacks, and on a ward's own list; of these the later
word wins. Days are counted as Bộ luật Dân sự 2015, Art 147–148, has it: the first day does not
count, and a term ends on a working day.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

_WEEKEND = {5: "Thứ Bảy", 6: "Chủ Nhật"}
_YEARS_AHEAD = 2
_WORKING_DAYS_IN_A_YEAR = 240  # fewer than any year has, save by an office's own list


class DayKind(StrEnum):
    """What a list of days says of one of them."""

    HOLIDAY = "holiday"
    WORKING = "working"


@dataclass(frozen=True, slots=True)
class NamedDay:
    """A holiday, or a Saturday or Sunday on which work is made up, and who says so."""

    date: dt.date
    kind: DayKind
    name: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class _Table:
    """The working days of some whole years, as ordinals, and how many lie up to each day."""

    years: range
    first: int
    working: list[int]
    up_to: list[int]
    free: dict[int, str]


class WorkingCalendar:
    """The working days of one office.

    Answers are looked up in a table of the years asked about so far, so that a question costs
    the same however far apart its days are.

    Args:
        own: the office's own days; of two that name one date the later wins, and either wins
            over what is shipped.
        known_until: the last day whose holidays are certain, where the office knows better
            than what is shipped.
    """

    def __init__(self, own: Iterable[NamedDay] = (), *, known_until: dt.date | None = None) -> None:
        shipped, shipped_until = _shipped()
        self._named = {day.date: day for day in (*shipped, *own)}
        self._known_until = known_until or shipped_until
        self._table = _Table(range(0), 0, [], [], {})

    @property
    def known_until(self) -> dt.date:
        """The last day whose holidays and make-up days have been announced."""
        return self._known_until

    def is_guess(self, day: dt.date) -> bool:
        """Whether holidays up to `day` may still be announced: a deadline there is provisional."""
        return day > self._known_until

    def is_working_day(self, day: dt.date) -> bool:
        """Whether the office works on `day`."""
        return self.why_not(day) is None

    def why_not(self, day: dt.date) -> str | None:
        """Return the holiday's or weekend day's Vietnamese name, None for a working day."""
        return self._reach(day.year, day.year).free.get(day.toordinal())

    def working_days_between(self, start: dt.date, end: dt.date) -> int:
        """Count the working days after `start` up to and with `end`; negative if `end` is before.

        Adding up: from a to b and from b to c make from a to c.
        """
        table = self._reach(min(start, end).year, max(start, end).year)
        up_to, first = table.up_to, table.first
        return up_to[end.toordinal() - first] - up_to[start.toordinal() - first]

    def add_working_days(self, start: dt.date, count: int) -> dt.date:
        """Return the working day on which a term of `count` working days from `start` ends.

        A term of none ends on `start`, or on the first working day after it.

        Raises:
            ValueError: `count` is negative.
            OverflowError: the term ends after the last day of the calendar.
        """
        if count < 0:
            raise ValueError(f"a term of {count} working days")
        last_year = start.year + count // _WORKING_DAYS_IN_A_YEAR
        step = count or (0 if self.is_working_day(start) else 1)
        while last_year <= dt.MAXYEAR:
            table = self._reach(start.year, last_year)
            index = table.up_to[start.toordinal() - table.first] + step - 1
            if index < len(table.working):
                return dt.date.fromordinal(table.working[index])
            last_year = table.years[-1] + 1
        raise OverflowError(f"{count} working days after {start}")

    def _reach(self, first_year: int, last_year: int) -> _Table:
        """Return a table that holds these years."""
        known = self._table.years
        if first_year in known and last_year in known:
            return self._table
        if known:
            first_year, last_year = min(first_year, known[0]), max(last_year, known[-1])
        years = range(first_year, min(last_year + _YEARS_AHEAD, dt.MAXYEAR) + 1)
        self._table = self._build(years)
        return self._table

    def _build(self, years: range) -> _Table:
        free, made_up = _public_holidays(years)
        for day in self._named.values():
            if day.date.year in years:
                ordinal = day.date.toordinal()
                if day.kind is DayKind.HOLIDAY:
                    free[ordinal] = day.name
                else:
                    free.pop(ordinal, None)
                    made_up.add(ordinal)
        first = dt.date(years[0], 1, 1).toordinal()
        last = dt.date(years[-1], 12, 31).toordinal()
        working: list[int] = []
        up_to: list[int] = []
        for ordinal in range(first, last + 1):
            weekend = _WEEKEND.get((ordinal - 1) % 7)
            if weekend and ordinal not in made_up:
                free.setdefault(ordinal, weekend)
            if ordinal not in free:
                working.append(ordinal)
            up_to.append(len(working))
        return _Table(years, first, working, up_to, free)


def _public_holidays(years: range) -> tuple[dict[int, str], set[int]]:
    """Return the names of the public holidays and the announced make-up days, by ordinal."""
    from holidays.countries.vietnam import Vietnam  # noqa: PLC0415 - 80 ms, not at --help

    # A swap is listed with the day taken off, which may lie in the next or the last year.
    around = range(years[0] - 1, years[-1] + 2)
    listed = Vietnam(years=around, language="vi")  # type: ignore[no-untyped-call] # as published
    names = {day.toordinal(): name for day, name in listed.items() if day.year in years}
    return names, {day.toordinal() for day in listed.weekend_workdays if day.year in years}


@cache
def _shipped() -> tuple[tuple[NamedDay, ...], dt.date]:
    """Read the days that are shipped, and the last day that they are certain of."""
    text = files("formbook").joinpath("data", "holidays.toml").read_text(encoding="utf-8")
    shipped = tomllib.loads(text)
    return tuple(
        NamedDay(day["date"], DayKind(day["kind"]), day["name"], day["source"])
        for day in shipped["day"]
    ), shipped["known_until"]
