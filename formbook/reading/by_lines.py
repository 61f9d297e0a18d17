"""A page whose lines `imaging` finds: each is read, and what was read decides what it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from formbook.dates import find_dates, settle
from formbook.imaging.cut import cut_anew, cut_line
from formbook.imaging.marks import LIKELY
from formbook.imaging.page import MarkCandidate, PageLayout, Sheet
from formbook.imaging.scan import Frame
from formbook.model import (
    EntryReading,
    LineReading,
    MarkReading,
    PageReading,
    Polygon,
    Reading,
    Side,
    WrittenDate,
)
from formbook.reading.dating import LINES_FOR_DATE, date_of, dates_of, is_sure
from formbook.reading.directions import part_directions
from formbook.reading.marks import says_seen
from formbook.recognize import DateReader, LineImage, LineRecognizer

_SURE_NUMBER = 0.9
"""Confidence that each digit of a page number must have for it to be believed."""
_NUMBER = re.compile("[1-9][0-9]{0,3}")


def read_by_lines(frame: Frame, recognizer: LineRecognizer) -> tuple[PageReading, ...]:
    """Find the lines of a frame, read them, and put entries and marks together.

    Args:
        frame: of a file.
        recognizer: the engine for lines.

    Returns:
        One reading a page that the frame shows, the left one first; lines in reading order, all
        outlines in pixels of the frame as stored.

    Raises:
        ScanError: the file is gone or broken.
        RecognitionError: the engine failed.
    """
    sheet = Sheet.of(frame)
    layout = sheet.layout(frame)
    readings = _read(sheet, layout, recognizer)
    sheet = part_directions(sheet, readings)
    layout = sheet.layout(frame)
    return tuple(
        _page(frame, sheet, layout, readings, recognizer, side) for side in range(len(layout.sides))
    )


def _page(
    frame: Frame,
    sheet: Sheet,
    layout: PageLayout,
    readings: Sequence[Reading],
    recognizer: LineRecognizer,
    side: int,
) -> PageReading:
    """Put together what stands on one page of the frame."""
    on_side = [index for index, line in enumerate(layout.lines) if line.side == side]
    marks = [
        mark
        for mark in layout.marks
        if mark.side == side
        and (mark.confidence >= LIKELY or any(says_seen(readings[i].text) for i in mark.lines))
    ]
    marked = {index for mark in marks for index in mark.lines}
    seen = {
        number: [index for index in entry.lines if index not in marked]
        for number, entry in enumerate(layout.entries)
        if entry.side == side
    }
    seen = {number: group for number, group in seen.items() if _says_something(readings, group)}
    groups = [(layout.entries[number].polygon, group) for number, group in seen.items()]
    entry_of = {index: number for number, (_, group) in enumerate(groups) for index in group}
    begins, ends = sheet.edges([*seen]) or (None, None)
    free = [i for i in on_side if i not in entry_of and i not in marked]
    return PageReading(
        frame=frame.frame,
        width=frame.width,
        height=frame.height,
        dpi=layout.dpi,
        engine=recognizer.name,
        side=Side.of(len(layout.sides))[side],
        outline=layout.sides[side],
        page_number=_page_number(sheet.numbers_on(side), recognizer),
        lines=tuple(
            LineReading(layout.lines[index].polygon, readings[index], entry_of.get(index))
            for index in on_side
        ),
        entries=tuple(
            EntryReading(
                polygon,
                "\n".join(readings[index].text for index in group),
                _confidence(readings, group),
                _written(layout, readings, polygon, group, free),
            )
            for polygon, group in groups
        ),
        marks=tuple(_mark(mark, readings, _date_of(mark, sheet, recognizer)) for mark in marks),
        begins=begins,
        ends=ends,
    )


def _read(sheet: Sheet, layout: PageLayout, recognizer: LineRecognizer) -> list[Reading]:
    """Read all lines but signatures, which say nothing."""
    signatures = {index for mark in sheet.candidates for index in mark.signatures}
    wanted = [index for index in range(len(layout.lines)) if index not in signatures]
    found = recognizer.read([cut_line(sheet.surface.even, sheet.found, index) for index in wanted])
    readings = [Reading("", (), recognizer.name)] * len(layout.lines)
    for index, reading in zip(wanted, found, strict=True):
        readings[index] = reading
    return readings


def _says_something(readings: Sequence[Reading], group: Iterable[int]) -> bool:
    return any(map(str.isalnum, "".join(readings[index].text for index in group)))


def _written(
    layout: PageLayout,
    readings: Sequence[Reading],
    outline: Polygon,
    group: Sequence[int],
    free: Iterable[int],
) -> WrittenDate | None:
    """The date of an entry: in a cell beside it, else at its end."""
    left, top, _right, bottom = _edges(outline)
    for index in free:
        _left, cell_top, cell_right, cell_bottom = _edges(layout.lines[index].polygon)
        middle = (cell_top + cell_bottom) / 2
        if top <= middle <= bottom and cell_right <= left and (dates := dates_of(readings[index])):
            return dates[0]
    dates = [date for index in group[-LINES_FOR_DATE:] for date in dates_of(readings[index])]
    return dates[-1] if dates else None


def _edges(polygon: Polygon) -> tuple[float, float, float, float]:
    """Left, top, right and bottom."""
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    return min(xs), min(ys), max(xs), max(ys)


def _date_of(mark: MarkCandidate, sheet: Sheet, recognizer: LineRecognizer) -> WrittenDate | None:
    """The likeliest date on the lines of a mark, if the engine can look for one."""
    if not isinstance(recognizer, DateReader):
        return None
    pictures = cut_anew(sheet.surface.even, sheet.found, mark.lines)
    found = recognizer.read_date(pictures)
    return None if found is None else date_of(found)


def _mark(
    mark: MarkCandidate, readings: Sequence[Reading], looked_for: WrittenDate | None
) -> MarkReading:
    """Put a mark together; the date may run from one of its lines into the next."""
    own = [readings[index] for index in mark.lines if readings[index].text]
    whole = Reading(
        " ".join(reading.text for reading in own),
        tuple(
            confidence
            for number, reading in enumerate(own)
            for confidence in ((1.0,) if number else ()) + reading.confidences
        ),
        own[0].engine if own else "",
    )
    dates = [
        WrittenDate(
            found.text,
            found.candidates,
            settle(found.candidates) if is_sure(found, whole) else None,
        )
        for found in find_dates(whole.text)
    ]
    return MarkReading(
        polygon=mark.polygon,
        text="\n".join(reading.text for reading in own),
        written=looked_for or (dates[-1] if dates else None),
        stamp=mark.stamp,
        signature=mark.signature is not None,
        confidence=round(mark.confidence, 4),
        entry=None,
    )


def _page_number(pictures: Sequence[LineImage], recognizer: LineRecognizer) -> int | None:
    """The number that one of some pictures says; None unless it is sure, and the only one."""
    sure = {
        int(digits)
        for reading in (recognizer.read(pictures) if pictures else ())
        if _NUMBER.fullmatch(digits := reading.text.strip(" .-–—()"))
        and min(reading.confidences) >= _SURE_NUMBER
    }
    return sure.pop() if len(sure) == 1 else None


def _confidence(readings: Sequence[Reading], group: Iterable[int]) -> float:
    """Mean over all characters of lines."""
    each = [number for index in group for number in readings[index].confidences]
    return round(sum(each) / len(each), 4) if each else 0.0
