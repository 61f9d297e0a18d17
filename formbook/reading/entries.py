"""Lines to entries: which lines are one citizen's comment, and which are no comment."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from formbook.dates import find_dates
from formbook.recognize import PlacedReading
from formbook.recognize.outlines import Band, band_of, slope_of, typical_pitch
from formbook.text import fold, search_terms

_GAP = 1.5
"""Typical pitches from one line to the next from which on a new entry begins. By tools/score.py on
../shared/data/pages, from 1.4 to 1.6 two lines put together belong together in 95 of 100 cases at
least; 1.4 cuts more comments in two, from 1.7 on more are joined. A comment joined to another can
be overlooked, one cut in two cannot."""
_MAX_PITCH = 1.5
"""Line heights; a page of comments of one line each has no other pitch than its wide gaps."""
_SAME_ROW = 0.5
"""Line heights; lines whose middles are closer stand beside each other."""
_STROKE = 0.35
"""Width by height under which a line is a piece of ruling that was taken for a letter."""
_MIN_DIGITS = 4
"""A line without letters is text from this many digits on: a telephone number."""
_MARGIN = 0.08
"""Of the height of the page: how far from its edge a page number may stand."""
_SURE_NUMBER = 0.9
"""Confidence from which a page number is believed; the wrong ones seen had 0.71 at most."""
_HEADING_ZONE = 0.15
"""Of the height of the page: how far down printed headings reach."""
_HEADINGS = re.compile(
    "(?:(?:so gop i|phieu de nghi|i kien dong gop cua cong dan|stt|ngai(?: thang)?|ho ten"
    "|ho va ten|dia chi|sdt|noi dung(?: gop i)?|ki ten|i kien(?: cua)? lanh dao|ket qua"
    "|cong hoa xa hoi chu nghia viet nam|doc lap tu do hanh phuc) ?)+".replace("i", "[iy]")
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The lines of a page in the order in which a person reads them, levelled.

    `bands` are those of `lines`; `width` and `height` those of the page, in pixels.
    """

    lines: tuple[PlacedReading, ...]
    bands: tuple[Band, ...]
    slope: float
    width: float
    height: float

    @property
    def line_height(self) -> float:
        """Of the typical line, in pixels."""
        return median(band.height for band in self.bands)

    def text(self, index: int) -> str:
        """What was read on a line."""
        return self.lines[index].reading.text


def level(lines: Sequence[PlacedReading], width: float, height: float) -> Sheet:
    """Measure the lines of a page along its slope; pieces of ruling are left out.

    Lines are put in order from the top down, those beside each other from left to right: an
    engine that sees columns may go through them one after the other.

    Args:
        lines: in pixels of a page of this size, in any order.
        width: of the page in pixels.
        height: of the page in pixels.
    """
    slope = slope_of(line.polygon for line in lines)
    measured = [(line, band_of(line.polygon, slope)) for line in lines]
    kept = [each for each in measured if each[1].width >= _STROKE * each[1].height]
    ordered = _in_rows(kept)
    return Sheet(
        tuple(line for line, _band in ordered),
        tuple(band for _line, band in ordered),
        slope,
        width,
        height,
    )


def _in_rows(lines: list[tuple[PlacedReading, Band]]) -> list[tuple[PlacedReading, Band]]:
    """Put levelled lines in rows from the top down, each row from left to right."""
    if not lines:
        return []
    near = _SAME_ROW * median(band.height for _line, band in lines)
    rows: list[list[tuple[PlacedReading, Band]]] = []
    for each in sorted(lines, key=lambda line: line[1].middle):
        if not rows or each[1].middle - rows[-1][0][1].middle >= near:
            rows.append([])
        rows[-1].append(each)
    return [each for row in rows for each in sorted(row, key=lambda line: line[1].left)]


def find_page_number(sheet: Sheet) -> tuple[int, int] | None:
    """Find the line that is a page number.

    Returns:
        Its index and the number; None unless exactly one line stands at the top or bottom edge
        that is nothing but a number and was read with confidence.
    """
    found = [
        (index, int(line.reading.text))
        for index, (line, band) in enumerate(zip(sheet.lines, sheet.bands, strict=True))
        if re.fullmatch("[1-9][0-9]{0,3}", line.reading.text)
        and line.reading.confidence >= _SURE_NUMBER
        and not _MARGIN < band.middle / sheet.height < 1 - _MARGIN
    ]
    return found[0] if len(found) == 1 else None


def find_headings(sheet: Sheet) -> set[int]:
    """Find the lines at the top that are nothing but printed headings of such books."""
    return {
        index
        for index, band in enumerate(sheet.bands)
        if band.middle < _HEADING_ZONE * sheet.height
        and _HEADINGS.fullmatch(" ".join(search_terms(fold(sheet.text(index)))))
    }


def group_lines(sheet: Sheet, indexes: Sequence[int]) -> list[list[int]]:
    """Group lines to entries by the gaps between them.

    A gap of `_GAP` typical pitches begins a new entry, a pitch being `_MAX_PITCH` at most. A
    group without any letter, and without a telephone number, is none.

    Args:
        sheet: the page.
        indexes: of the lines that may belong to an entry.

    Returns:
        The indexes of the lines of each entry, from the top of the page down.
    """
    groups: list[list[int]] = []
    if not indexes:
        return groups
    middles = {index: sheet.bands[index].middle for index in indexes}
    widest = _MAX_PITCH * sheet.line_height
    pitch = min(typical_pitch(middles.values(), _SAME_ROW * sheet.line_height) or widest, widest)
    above = None
    for index in sorted(indexes, key=lambda each: middles[each]):
        if above is None or middles[index] - above > _GAP * pitch:
            groups.append([])
        groups[-1].append(index)
        above = middles[index]
    return [
        sorted(group) for group in groups if any(_is_text(sheet.text(index)) for index in group)
    ]


def find_cells(sheet: Sheet, group: Sequence[int]) -> set[int]:
    """Find the lines of a group that are a table's cells for number and date.

    Such a cell holds nothing but a number or a date, and stands left of a line of the group.
    """
    return {
        index
        for index in group
        if _is_number_or_date(sheet.text(index))
        and any(
            other != index
            and sheet.bands[index].right <= sheet.bands[other].left
            and abs(sheet.bands[index].middle - sheet.bands[other].middle)
            < _SAME_ROW * sheet.line_height
            for other in group
        )
    }


def _is_text(text: str) -> bool:
    return any(map(str.isalpha, text)) or sum(map(str.isdigit, text)) >= _MIN_DIGITS


def _is_number_or_date(text: str) -> bool:
    dates = find_dates(text)
    return text.rstrip(".").isdecimal() or (len(dates) == 1 and dates[0].text == text)
