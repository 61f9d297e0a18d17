"""From a frame of a scan to what is written on it; knows no register.

read_pages            frame -> a PageReading for each page that it shows
read_line             picture of one line -> Reading
page_reader           engine by name
frame_reading_to_json  what `formbook read --json` prints
line_reading_to_json  what `formbook read --line --json` prints
reading_within        the reading of one page of a frame that was read anew
judge_run_on          whether a page's last entry goes on on the next page
reading_to_body       what an event of the log keeps; reading_from_body is its inverse
"""

from __future__ import annotations

from pathlib import Path

from formbook.errors import ExitCode, FormbookError, RecognitionError, _
from formbook.imaging.scan import Frame, load_frame
from formbook.model import PageReading, Reading
from formbook.reading.bodies import (
    frame_reading_to_json,
    line_reading_to_json,
    reading_from_body,
    reading_to_body,
)
from formbook.reading.by_lines import read_by_lines
from formbook.reading.running import RunsOn, judge_run_on
from formbook.reading.sides import reading_within
from formbook.reading.whole import read_whole
from formbook.recognize import LineRecognizer, PageReader
from formbook.recognize.date_grammar import LAST_YEAR
from formbook.recognize.handwriting import Handwriting
from formbook.recognize.tesseract import Tesseract

__all__ = [
    "RunsOn",
    "UnknownRecognizerError",
    "frame_reading_to_json",
    "judge_run_on",
    "line_reading_to_json",
    "page_reader",
    "read_line",
    "read_pages",
    "reading_from_body",
    "reading_to_body",
    "reading_within",
]

RECOGNIZERS = ("handwriting", "letters", "tesseract")
"""`letters` is handwriting read letter by letter, by no lexicon."""


class UnknownRecognizerError(FormbookError):
    """No engine has this name."""

    exit_code = ExitCode.USAGE
    message = _(
        "There is no recognizer “{name}”.\nNothing was changed. The ones there are: {known}."
    )


def page_reader(
    recognizer: str, *, timeout_s: float, until: int = LAST_YEAR
) -> PageReader | LineRecognizer:
    """Return the engine of this name; each reads pages and lines.

    Args:
        recognizer: one of `RECOGNIZERS`, or the path of weights that a ward taught, `.onnx`.
        timeout_s: seconds that one page may take an engine that is a program of its own.
        until: the year in which marks are dated at the latest.

    Raises:
        UnknownRecognizerError: there is no such engine.
    """
    if recognizer == "handwriting":
        return Handwriting(until=until)
    if recognizer.endswith(".onnx"):
        return Handwriting(Path(recognizer), until=until)
    if recognizer == "letters":
        return Handwriting(lexicon=None, until=until)
    if recognizer == "tesseract":
        return Tesseract(timeout_s=timeout_s)
    raise UnknownRecognizerError(name=recognizer, known=", ".join(RECOGNIZERS))


def read_pages(frame: Frame, reader: PageReader | LineRecognizer) -> tuple[PageReading, ...]:
    """Read a frame: its lines, the entries they form, the marks, the page's number.

    An engine that reads whole pages is given the page; for one that reads lines, `imaging` sees
    where they are.

    Args:
        frame: of a file that is still there.
        reader: the engine.

    Returns:
        One reading a page that the frame shows: one, or the left and the right one of two that
        face each other. Lines from the top down. Those of marks, headings and the page's number,
        and the number and date cells of a table, belong to no entry. All outlines are in pixels
        of the frame as stored.

    Raises:
        ScanError: the file is gone.
        RecognitionError, MissingToolError: the engine failed or is not there.
    """
    if isinstance(reader, PageReader):
        return read_whole(frame, reader)
    return read_by_lines(frame, reader)


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
