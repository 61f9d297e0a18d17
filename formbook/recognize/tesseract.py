"""Tesseract, through pytesseract: one run of the program a page, or for a batch of lines.

Options, chosen on the composed pages of ../shared/data/pages by tools/score.py: Sauvola
thresholding (page CER 0.695 against 0.725, lines found 0.751 against 0.657) and no second look at
inverted lines, which more than pays for the time of the first. The resolution is left to
Tesseract, which estimates it; 200, 300, 400 or 500 dpi given by hand found fewer lines.
"""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import pytesseract
from PIL import Image

from formbook.errors import MissingToolError, RecognitionError, _
from formbook.model import Reading
from formbook.recognize import LineImage, PageImage, PlacedReading
from formbook.recognize.table import Page, parse, place, put_together

LANGUAGE = "vie"
_OPTIONS = "-c thresholding_method=2 -c tessedit_do_invert=0"
_WHOLE_PAGE = f"--psm 3 {_OPTIONS}"
_ONE_LINE = f"--psm 7 {_OPTIONS}"
_MIN_SIDE = 8
"""Pixels; Sauvola's window does not fit into less, and no letter does."""
_MIN_CONTRAST = 32
"""Grey levels between darkest and lightest; Tesseract reads letters into an even grey."""


class TesseractMissingError(MissingToolError):
    """The program is not there."""

    message = _(
        "Tesseract is not installed.\n"
        "Nothing was changed. Install it: sudo apt install tesseract-ocr tesseract-ocr-vie"
    )


class LanguageMissingError(MissingToolError):
    """The program is there, its Vietnamese data is not."""

    message = _(
        "Tesseract cannot read Vietnamese: its data “{language}” is not installed.\n"
        "Nothing was changed. Install it: sudo apt install tesseract-ocr-vie"
    )


class TesseractTimeoutError(RecognitionError):
    """The program took too long and was ended."""

    message = _(
        "Tesseract was still reading {path} after {seconds} seconds, and was stopped.\n"
        "Nothing was changed. Try again with a longer time limit, or scan the page again."
    )


class TesseractCrashedError(RecognitionError):
    """The program was ended by a signal: a fault of its own, or too little memory."""

    message = _(
        "Tesseract broke down while reading {path} ({reason}).\n"
        "Nothing was changed. Try again with fewer workers; if it happens again, scan the page "
        "again at 200 to 300 dpi."
    )


class TesseractFailedError(RecognitionError):
    """The program gave up, or could not be started."""

    message = _("Tesseract could not read {path}: {reason}\nNothing was changed.")


class TesseractGarbledError(RecognitionError):
    """The program said that all went well, and wrote what it never writes."""

    message = _(
        "What Tesseract wrote about {path} makes no sense.\n"
        "Nothing was changed. Try again; if it happens again, install Tesseract anew."
    )


class Tesseract:
    """The Tesseract program with its Vietnamese data, single-threaded.

    Both a LineRecognizer and a PageReader. Can be sent to another process.

    Args:
        timeout_s: seconds that one page, or one line, may take.
    """

    def __init__(self, *, timeout_s: float = 120.0) -> None:
        self.timeout_s = timeout_s

    @cached_property
    def name(self) -> str:
        """Name and version; the program is asked once.

        Raises:
            TesseractMissingError: the program is not there.
        """
        return f"tesseract {version()}"

    def read(self, lines: Sequence[LineImage]) -> list[Reading]:
        """Read lines, all in one run of the program.

        An even or tiny picture has no text, and Tesseract is not asked.

        Args:
            lines: (H, W) uint8 grey each, 0 black to 255 white, one line of text each.

        Returns:
            One reading for each line, in the same order. Each character has the confidence of
            its word, a space the smaller one of its neighbours.

        Raises:
            TesseractMissingError: the program is not there.
            LanguageMissingError: its Vietnamese data is not there.
            TesseractTimeoutError: it took too long, and was ended.
            TesseractCrashedError: it was ended by a signal.
            TesseractFailedError: it gave up, or its pictures cannot be written.
            TesseractGarbledError: it wrote nonsense.

        Source:
            Own method; tests/recognize/test_engines.py.
        """
        readings = [Reading("", (), self.name) for _line in lines]
        inked = [index for index, line in enumerate(lines) if _has_ink(line)]
        if not inked:
            return readings
        label = f"line {inked[0] + 1}" if len(inked) == 1 else f"lines 1-{len(lines)}"
        with _folder(label) as folder:
            pictures = [_save(lines[index], folder / f"{index}.pgm") for index in inked]
            listed = folder / "lines.txt"
            listed.write_text("".join(f"{picture}\n" for picture in pictures), encoding="utf-8")
            pages = self._run(listed, label, _ONE_LINE, self.timeout_s * len(inked))
        if len(pages) != len(inked):
            raise TesseractGarbledError(path=label)
        for index, page in zip(inked, pages, strict=True):
            words = [word for line in page.lines.values() for word in line]
            readings[index] = put_together(words, self.name)
        return readings

    def read_page(self, path: Path, pixels: PageImage | None = None) -> list[PlacedReading]:
        """Find and read the lines of a page, in one run of the program.

        Args:
            path: the file that the page stands in; handed over as it stands unless `pixels`
                are given.
            pixels: (H, W) uint8 grey or (H, W, 3) uint8 RGB, upright.

        Returns:
            The lines in Tesseract's order, each with its corners along the slope of the page.
            Each character has the confidence of its word, a space the smaller one of its
            neighbours.

        Raises:
            TesseractMissingError: the program is not there.
            LanguageMissingError: its Vietnamese data is not there.
            TesseractTimeoutError: it took too long, and was ended.
            TesseractCrashedError: it was ended by a signal.
            TesseractFailedError: it gave up, or its pictures cannot be written.
            TesseractGarbledError: it wrote nonsense.

        Source:
            Own method; the slope is the median of the least-squares lines through the middles
            of the words. tests/recognize/test_tesseract.py.
        """
        if pixels is None:
            pages = self._run(path, path, _WHOLE_PAGE, self.timeout_s)
        elif not _has_ink(pixels):
            return []
        else:
            with _folder(path) as folder:
                picture = _save(pixels, folder / "page.ppm")
                pages = self._run(picture, path, _WHOLE_PAGE, self.timeout_s)
        if len(pages) != 1:
            raise TesseractGarbledError(path=path)
        return place(pages[0], self.name)

    def _run(self, picture: Path, label: Path | str, options: str, timeout_s: float) -> list[Page]:
        """Run the program on a file; `label` is what an error calls it."""
        # pytesseract hands this process's own environment on
        os.environ["OMP_THREAD_LIMIT"] = "1"
        try:
            table = pytesseract.image_to_data(
                os.fspath(picture), lang=LANGUAGE, config=options, timeout=timeout_s
            )
            return parse(table)
        except pytesseract.TesseractNotFoundError as error:
            raise TesseractMissingError from error
        except pytesseract.TesseractError as error:
            raise _explain(error, label) from error
        except RuntimeError as error:
            raise TesseractTimeoutError(path=label, seconds=timeout_s) from error
        except ValueError as error:  # also UnicodeDecodeError
            raise TesseractGarbledError(path=label) from error
        except OSError as error:
            raise TesseractFailedError(path=label, reason=error.strerror or error) from error


def available() -> bool:
    """Whether the program is there and runs."""
    try:
        version()
    except MissingToolError:
        return False
    return True


def version() -> str:
    """Return the program's version, as in "5.3.0".

    Raises:
        TesseractMissingError: the program is not there, or does not say its version.
    """
    try:
        return str(pytesseract.get_tesseract_version())
    except (pytesseract.TesseractNotFoundError, OSError, ValueError) as error:
        raise TesseractMissingError from error
    except SystemExit as error:  # pytesseract's answer to a version that is none
        raise TesseractMissingError from error


def languages() -> tuple[str, ...]:
    """Return the languages whose data is installed.

    Raises:
        TesseractMissingError: the program is not there.
    """
    try:
        return tuple(pytesseract.get_languages())
    except (pytesseract.TesseractNotFoundError, OSError, ValueError) as error:
        raise TesseractMissingError from error


def _explain(
    error: pytesseract.TesseractError, label: Path | str
) -> MissingToolError | RecognitionError:
    """Choose our error for a run that ended badly."""
    status, said = error.status, error.message
    if f"Failed loading language '{LANGUAGE}'" in said:
        return LanguageMissingError(language=LANGUAGE)
    if status < 0:
        reason = signal.strsignal(-status) or f"signal {-status}"
        return TesseractCrashedError(path=label, reason=reason)
    return TesseractFailedError(path=label, reason=said or f"exit status {status}")


@contextmanager
def _folder(label: Path | str) -> Iterator[Path]:
    """Make a folder for pictures that is gone afterwards."""
    try:
        with tempfile.TemporaryDirectory(prefix="formbook-") as folder:
            yield Path(folder)
    except OSError as error:
        raise TesseractFailedError(path=label, reason=error.strerror or error) from error


def _save(pixels: PageImage, path: Path) -> Path:
    """Write a picture that costs no time to pack or unpack."""
    Image.fromarray(pixels).save(path, format="PPM")
    return path


def _has_ink(pixels: PageImage) -> bool:
    return (
        min(pixels.shape[:2]) >= _MIN_SIDE
        and int(pixels.max()) - int(pixels.min()) >= _MIN_CONTRAST
    )
