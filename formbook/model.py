"""The nouns, frozen.

Coordinates are pixels of the scan as stored, origin top left, x to the right and y down.
A name ending in `_id` is a number of the register; a `number` is 1-based as on paper; an
`index` is 0-based.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean

LONGEST_NUMBER = 18
"""Digits; no longer number fits in a register."""

Point = tuple[float, float]
Polygon = tuple[Point, ...]


class Role(StrEnum):
    """What a person may do; a person can hold several."""

    CLERK = "clerk"
    CHAIRMAN = "chairman"
    AUDITOR = "auditor"


class Status(StrEnum):
    """Where an entry stands. Overdue is computed, never stored."""

    RECEIVED = "received"
    SEEN = "seen"
    ASSIGNED = "assigned"
    ANSWERED = "answered"
    FORWARDED = "forwarded"
    DECLINED = "declined"
    DUPLICATE = "duplicate"
    REOPENED = "reopened"


OPEN_STATUSES = (Status.RECEIVED, Status.SEEN, Status.ASSIGNED, Status.REOPENED)


class Side(StrEnum):
    """Which part of a frame shows a page: all of it, or one of two facing pages."""

    WHOLE = "whole"
    LEFT = "left"
    RIGHT = "right"

    @classmethod
    def of(cls, pages: int) -> tuple[Side, ...]:
        """The sides of a frame that shows one page, or two."""
        return (cls.WHOLE,) if pages == 1 else (cls.LEFT, cls.RIGHT)


class DateReason(StrEnum):
    """Why a written date can mean a date."""

    WRITTEN = "written"
    TWO_DIGIT_YEAR = "two_digit_year"
    YEAR_INFERRED = "year_inferred"
    MISREAD = "misread"
    WEEKDAY_AGREES = "weekday_agrees"
    WEEKDAY_DIFFERS = "weekday_differs"


@dataclass(frozen=True, slots=True)
class DateCandidate:
    """One date that a written date can mean, and why; no reason is left out."""

    date: dt.date
    reasons: tuple[DateReason, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What an engine read on a line.

    `confidences` holds one number in 0..1 for each character of `text`; `engine` is its name
    and version.
    """

    text: str
    confidences: tuple[float, ...]
    engine: str

    def __post_init__(self) -> None:
        if len(self.confidences) != len(self.text):
            raise ValueError(f"{len(self.confidences)} confidences for {len(self.text)} characters")

    @property
    def confidence(self) -> float:
        """Mean over the characters, 0 for an empty text."""
        return fmean(self.confidences) if self.confidences else 0.0


@dataclass(frozen=True, slots=True)
class LineReading:
    """A text line on a page; `entry` is the index of its entry, None for what belongs to none."""

    polygon: Polygon
    reading: Reading
    entry: int | None


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A date as written, all the dates it can mean, and the one it is taken for, if any."""

    text: str
    candidates: tuple[DateCandidate, ...]
    date: dt.date | None


@dataclass(frozen=True, slots=True)
class EntryReading:
    """One citizen's comment on a page; its text is that of its lines, one below the other."""

    polygon: Polygon
    text: str
    confidence: float
    written: WrittenDate | None


@dataclass(frozen=True, slots=True)
class MarkReading:
    """The chairman's mark as found on a page: a finding, not yet an act of a person.

    `entry` is the index of the entry it stands at; None where it stands for the whole page.
    """

    polygon: Polygon
    text: str
    written: WrittenDate | None
    stamp: bool
    signature: bool
    confidence: float
    entry: int | None


@dataclass(frozen=True, slots=True)
class Hand:
    """How lines are written.

    `colour` is the mean of their ink, red, green and blue, 0 to 1, white paper being 1; `size_mm`
    the mean distance of ink from the middle of its line; `slant` how far downstrokes lean to the
    right, across per down; `pen_mm` the width of a stroke.
    """

    colour: tuple[float, float, float]
    size_mm: float
    slant: float
    pen_mm: float


@dataclass(frozen=True, slots=True)
class Edge:
    """The entry with which a page begins or ends.

    `entry` is its index. `empty` is what its first line leaves bare on the left, or its last line
    on the right, of the width of the page's text; `room` what is bare above or below it, of the
    page's height; `signed` says whether a signature ends it.
    """

    entry: int
    hand: Hand
    empty: float
    room: float
    signed: bool


@dataclass(frozen=True, slots=True)
class PageReading:
    """All that was read on one page.

    `frame` is the number, from 1, of the frame of a file that shows it; `width` and `height` are
    those of the frame as stored, in pixels; `side` says whether it shows two pages, and `outline`
    is the part of it that shows this one. `page_number` is the number written or printed
    on the paper, None where none is, or none that can be read for sure. `begins` and `ends` are
    None where there is no entry, or its hand cannot be seen.
    """

    frame: int
    width: int
    height: int
    dpi: float | None
    engine: str
    side: Side
    outline: Polygon
    page_number: int | None
    lines: tuple[LineReading, ...]
    entries: tuple[EntryReading, ...]
    marks: tuple[MarkReading, ...]
    begins: Edge | None = None
    ends: Edge | None = None


@dataclass(frozen=True, slots=True)
class PageRef:
    """A page by its notebook (the volume) and its number on paper, written `1/12`."""

    notebook: str
    number: int

    def __str__(self) -> str:
        return f"{self.notebook}/{self.number}"

    @classmethod
    def parse(cls, text: str) -> PageRef | None:
        """Read `1/12`; None for what is no such reference."""
        volume, _slash, number = text.strip().rpartition("/")
        notebook = " ".join(volume.split())
        if not notebook or "/" in notebook:
            return None
        if not number.isdecimal() or len(number) > LONGEST_NUMBER:
            return None
        return cls(notebook, int(number))
