"""From a frame of a scan to what is written on it; knows no register.

read_page             frame -> PageReading
read_line             picture of one line -> Reading
page_reader           engine by name
page_reading_to_json  what `formbook read --json` prints
line_reading_to_json  what `formbook read --line --json` prints
reading_to_body       what an event of the log keeps; reading_from_body is its inverse
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from formbook.dates import FoundDate, find_dates, settle
from formbook.errors import ExitCode, FormbookError, RecognitionError, _
from formbook.imaging.scan import Frame, load_frame, probe
from formbook.model import (
    EntryReading,
    LineReading,
    MarkReading,
    PageReading,
    Polygon,
    Reading,
    WrittenDate,
)
from formbook.reading.bodies import (
    line_reading_to_json,
    page_reading_to_json,
    reading_from_body,
    reading_to_body,
)
from formbook.reading.entries import (
    Sheet,
    find_cells,
    find_headings,
    find_page_number,
    group_lines,
    level,
)
from formbook.reading.marks import find_marks
from formbook.recognize import LineRecognizer, PageReader
from formbook.recognize.outlines import band_of, outline
from formbook.recognize.tesseract import Tesseract

__all__ = [
    "UnknownRecognizerError",
    "line_reading_to_json",
    "page_reader",
    "page_reading_to_json",
    "read_line",
    "read_page",
    "reading_from_body",
    "reading_to_body",
]

RECOGNIZERS = ("tesseract",)
SURE_DATE = 0.9
"""Confidence that each character of a date must have for the date to be settled without a
person. What Tesseract takes for dates on ../shared/data/pages and is none has 0.86 at most; dates
in neat hands have 0.97."""
_LINES_FOR_DATE = 2
"""Lines at the end of an entry that are searched for the date on which it was written."""
_STOPS = ("", ",", ";", ".", "(", "-", ":")


class UnknownRecognizerError(FormbookError):
    """No engine has this name."""

    exit_code = ExitCode.USAGE
    message = _(
        "There is no recognizer “{name}”.\nNothing was changed. The ones there are: {known}."
    )


def page_reader(recognizer: str, *, timeout_s: float) -> PageReader:
    """Return the engine of this name, which reads pages.

    Args:
        recognizer: one of `RECOGNIZERS`.
        timeout_s: seconds that one page may take.

    Raises:
        UnknownRecognizerError: there is no such engine.
    """
    if recognizer not in RECOGNIZERS:
        raise UnknownRecognizerError(name=recognizer, known=", ".join(RECOGNIZERS))
    return Tesseract(timeout_s=timeout_s)


def read_page(frame: Frame, reader: PageReader) -> PageReading:
    """Read a frame: its lines, the entries they form, the marks, the page's number.

    The file itself is handed to the engine where that sees what is in `frame`, its pixels
    elsewhere.

    Args:
        frame: of a file that is still there.
        reader: the engine.

    Returns:
        Lines from the top down. Those of marks, headings and the page's number, and the number
        and date cells of a table, belong to no entry. All outlines are in pixels of the frame
        as stored.

    Raises:
        ScanError: the file is gone.
        RecognitionError, MissingToolError: the engine failed or is not there.
    """
    pixels = None if probe(frame.path).is_plain else frame.pixels
    width, height = frame.turn.upright_size
    sheet = level(reader.read_page(frame.path, pixels), width, height)
    entry_of: dict[int, int] = {}
    marks: list[MarkReading] = []
    entries: list[EntryReading] = []
    number = None

    def to_stored(polygon: Polygon) -> Polygon:
        return tuple((round(x, 1), round(y, 1)) for x, y in frame.turn.to_stored(polygon))

    if sheet.lines:
        number = find_page_number(sheet)
        marked = find_marks(sheet)
        marks = [_mark(sheet, lines, to_stored) for lines in marked]
        apart = {index for lines in marked for index in lines} | find_headings(sheet)
        if number is not None:
            apart.add(number[0])
        rest = [index for index in range(len(sheet.lines)) if index not in apart]
        for group in group_lines(sheet, rest):
            cells = find_cells(sheet, group)
            body = [index for index in group if index not in cells]
            entry_of.update(dict.fromkeys(body, len(entries)))
            entries.append(_entry(sheet, body, sorted(cells), to_stored))
    return PageReading(
        frame=frame.frame,
        width=frame.width,
        height=frame.height,
        dpi=frame.dpi,
        engine=reader.name,
        page_number=None if number is None else number[1],
        lines=tuple(
            LineReading(to_stored(line.polygon), line.reading, entry_of.get(index))
            for index, line in enumerate(sheet.lines)
        ),
        entries=tuple(entries),
        marks=tuple(marks),
    )


def read_line(path: Path, recognizer: LineRecognizer) -> Reading:
    """Read a file that is a picture of one line of text.

    Raises:
        ScanError: the file cannot be used.
        RecognitionError, MissingToolError: the engine failed or is not there.
    """
    line = load_frame(path).grey
    try:
        return recognizer.read([line])[0]
    except RecognitionError as error:
        # an engine for lines knows no file
        raise type(error)(**{**error.fields, "path": path}) from error


def _entry(
    sheet: Sheet,
    body: Sequence[int],
    cells: Sequence[int],
    to_stored: Callable[[Polygon], Polygon],
) -> EntryReading:
    """Put an entry together from its lines; the date may stand in a cell beside them."""
    dates = [date for index in cells for date in _dates(sheet, index)]
    dates += [date for index in body[-_LINES_FOR_DATE:] for date in _dates(sheet, index)]
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
    dates = [date for index in lines for date in _dates(sheet, index)]
    return MarkReading(
        polygon=_outline(sheet, lines, to_stored),
        text="\n".join(sheet.text(index) for index in lines),
        written=dates[0] if dates else None,
        stamp=False,
        signature=False,
        confidence=_confidence(sheet, lines[:1]),
        entry=None,
    )


def _dates(sheet: Sheet, index: int) -> list[WrittenDate]:
    """Return the dates that end a line, settled where neither text nor engine leaves a doubt."""
    reading = sheet.lines[index].reading
    return [
        WrittenDate(
            found.text,
            found.candidates,
            settle(found.candidates) if _is_sure(found, reading) else None,
        )
        for found in find_dates(reading.text)
        if not any(map(str.isalnum, reading.text[found.end :]))
    ]


def _is_sure(found: FoundDate, reading: Reading) -> bool:
    """Whether a date was read with confidence and is no part of a sentence."""
    before = reading.text[: found.start].rstrip()
    return before[-1:] in _STOPS and min(reading.confidences[found.start : found.end]) >= SURE_DATE


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
