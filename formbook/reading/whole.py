"""A page whose lines an engine finds by itself: which of them are entries, marks, headings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from formbook.imaging.scan import Frame, probe
from formbook.imaging.sheet import find_facing
from formbook.model import EntryReading, LineReading, MarkReading, PageReading, Polygon, Side
from formbook.reading.dating import LINES_FOR_DATE, dates_of
from formbook.reading.entries import (
    Sheet,
    find_cells,
    find_headings,
    find_page_number,
    group_lines,
    level,
)
from formbook.reading.marks import find_marks
from formbook.recognize import PageImage, PageReader, PlacedReading
from formbook.recognize.outlines import band_of, outline


def read_whole(frame: Frame, reader: PageReader) -> tuple[PageReading, ...]:
    """Read a frame: its lines, the entries they form, the marks, the page's number.

    The file itself is handed to the engine where that sees what is in `frame`, its pixels
    elsewhere; of two facing pages, those of each.

    Args:
        frame: of a file that is still there.
        reader: the engine.

    Returns:
        One reading a page that the frame shows, the left one first. Lines from the top down.
        Those of marks, headings and the page's number, and the number and date cells of a table,
        belong to no entry. All outlines are in pixels of the frame as stored.

    Raises:
        ScanError: the file is gone.
        RecognitionError, MissingToolError: the engine failed or is not there.
    """
    width, _height = frame.turn.upright_size
    gutter = find_facing(frame)
    if gutter is None:
        pixels = None if probe(frame.path).is_plain else frame.pixels
        lines = reader.read_page(frame.path, pixels)
        return (_page(frame, reader, lines, (0, width), Side.WHOLE),)
    return tuple(
        _page(frame, reader, reader.read_page(frame.path, _cut(frame, span)), span, side)
        for span, side in (((0, gutter), Side.LEFT), ((gutter, width), Side.RIGHT))
    )


def _cut(frame: Frame, span: tuple[int, int]) -> PageImage:
    """(H, W) or (H, W, 3) uint8: what lies between two columns of the upright frame."""
    return np.ascontiguousarray(frame.pixels[:, span[0] : span[1]])


def _page(
    frame: Frame,
    reader: PageReader,
    lines: Sequence[PlacedReading],
    span: tuple[int, int],
    side: Side,
) -> PageReading:
    """Put together what stands on a page between two columns of the upright frame."""
    left, right = span
    height = frame.turn.upright_size[1]
    sheet = level(lines, right - left, height)
    entry_of: dict[int, int] = {}
    marks: list[MarkReading] = []
    entries: list[EntryReading] = []
    number = None

    def to_stored(polygon: Polygon) -> Polygon:
        upright = ((x + left, y) for x, y in polygon)
        return tuple((round(x, 1), round(y, 1)) for x, y in frame.turn.to_stored(upright))

    if sheet.lines:
        number = find_page_number(sheet)
        marked = find_marks(sheet)
        marks = [_mark(sheet, each, to_stored) for each in marked]
        apart = {index for each in marked for index in each} | find_headings(sheet)
        if number is not None:
            apart.add(number[0])
        rest = [index for index in range(len(sheet.lines)) if index not in apart]
        for group in group_lines(sheet, rest):
            cells = find_cells(sheet, group)
            body = [index for index in group if index not in cells]
            entry_of.update(dict.fromkeys(body, len(entries)))
            entries.append(_entry(sheet, body, sorted(cells), to_stored))
    edges = ((0.0, 0.0), (right - left, 0.0), (right - left, height), (0.0, height))
    return PageReading(
        frame=frame.frame,
        width=frame.width,
        height=frame.height,
        dpi=frame.dpi,
        engine=reader.name,
        side=side,
        outline=to_stored(edges),
        page_number=None if number is None else number[1],
        lines=tuple(
            LineReading(to_stored(line.polygon), line.reading, entry_of.get(index))
            for index, line in enumerate(sheet.lines)
        ),
        entries=tuple(entries),
        marks=tuple(marks),
    )


def _entry(
    sheet: Sheet,
    body: Sequence[int],
    cells: Sequence[int],
    to_stored: Callable[[Polygon], Polygon],
) -> EntryReading:
    """Put an entry together from its lines; the date may stand in a cell beside them."""
    dates = [date for index in cells for date in dates_of(sheet.lines[index].reading)]
    dates += [
        date for index in body[-LINES_FOR_DATE:] for date in dates_of(sheet.lines[index].reading)
    ]
    return EntryReading(
        _outline(sheet, body, to_stored),
        "\n".join(sheet.text(index) for index in body),
        _confidence(sheet, body),
        dates[0] if cells and dates else dates[-1] if dates else None,
    )


def _mark(
    sheet: Sheet, lines: Sequence[int], to_stored: Callable[[Polygon], Polygon]
) -> MarkReading:
    """Put a mark together from its lines.

    What Tesseract reads tells no stamp and no signature, and not for which entry a mark stands.
    """
    dates = [date for index in lines for date in dates_of(sheet.lines[index].reading)]
    return MarkReading(
        polygon=_outline(sheet, lines, to_stored),
        text="\n".join(sheet.text(index) for index in lines),
        written=dates[0] if dates else None,
        stamp=False,
        signature=False,
        confidence=_confidence(sheet, lines[:1]),
        entry=None,
    )


def _outline(
    sheet: Sheet, lines: Iterable[int], to_stored: Callable[[Polygon], Polygon]
) -> Polygon:
    corners = [corner for index in lines for corner in sheet.lines[index].polygon]
    band = band_of(corners, sheet.slope)
    return to_stored(outline(band, sheet.slope, sheet.width, sheet.height))


def _confidence(sheet: Sheet, lines: Iterable[int]) -> float:
    """Mean over all characters of lines."""
    each = [number for index in lines for number in sheet.lines[index].reading.confidences]
    return round(sum(each) / len(each), 4) if each else 0.0
