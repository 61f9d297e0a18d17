"""Pages of a PDF as pixels."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2
import pypdfium2.raw as pdfium

from formbook.errors import ScanError
from formbook.imaging.faults import (
    BrokenScanError,
    ForeignContentError,
    LockedPdfError,
    NoPagesError,
    NoSuchFrameError,
    OversizeScanError,
)

POINTS_PER_INCH = 72
RENDER_DPI = 300
"""For a page on which no picture sets the resolution."""
MAX_RENDERED_PIXELS = 40_000_000
"""A page that would get more is drawn at a lower resolution; A3 at 300 dpi has 17 million."""
SCAN_COVER = 0.5
"""A picture on this share of the page sets the page's resolution."""
EDGE_POINTS = 1.0
"""A picture whose sides are this near to the page's covers it."""
TAIL_BYTES = 4096
"""A whole PDF says so in its last bytes; PDFium would fill one that was cut off with white."""
MAX_CHECK_DIFFERENCE = 8.0
"""Mean difference in grey levels, at `CHECK_SIDE` pixels, between a picture taken out of a page
and the page drawn: above it the page shows more, or less, than the picture."""
CHECK_SIDE = 64

# PDFium keeps global state and may be entered by one thread at a time
_ONE_AT_A_TIME = threading.Lock()


@contextmanager
def opened_pdf(file: IO[bytes], path: Path) -> Iterator[PdfPages]:
    """Open a PDF; everything that is done with it is done before the block ends.

    Raises:
        LockedPdfError: it asks for a password.
        NoPagesError: it has no pages.
        BrokenScanError: its end is missing.
        ForeignContentError: it is a PDF by its first bytes only.
    """
    file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
    if b"%%EOF" not in file.read():
        raise BrokenScanError(path=path, frame=1, reason="the end of the PDF is missing")
    file.seek(0)
    with _ONE_AT_A_TIME:
        try:
            document = pypdfium2.PdfDocument(file)
        except pypdfium2.PdfiumError as error:
            raise _refusal(file, path) from error
        try:
            yield PdfPages(document, path)
        finally:
            document.close()


def _refusal(file: IO[bytes], path: Path) -> ScanError:
    """Why pypdfium2 refuses a PDF; it takes one without pages for one that cannot be loaded."""
    file.seek(0)
    content = file.read()
    document = pdfium.FPDF_LoadMemDocument64(content, len(content), None)
    if document:
        pdfium.FPDF_CloseDocument(document)
        return NoPagesError(path=path)
    # PDFium's last error says something of a document only where loading it has just failed
    if pdfium.FPDF_GetLastError() in {pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY}:
        return LockedPdfError(path=path)
    return ForeignContentError(path=path)


@dataclass(frozen=True, slots=True)
class _Size:
    """Of a page in pixels; `scan` is the picture that makes up the whole page, if one does."""

    width: int
    height: int
    dpi: float
    scan: Any = None


class PdfPages:
    """The pages of an open PDF, each as it is displayed.

    A page that is one picture and nothing else visible is that picture, pixel for pixel. Another
    page is drawn: at the resolution of the largest picture on it, if that covers `SCAN_COVER`
    of the page, else at `RENDER_DPI`.

    Args:
        document: an open pypdfium2 document.
        path: of its file.
    """

    def __init__(self, document: Any, path: Path) -> None:
        self._document = document
        self._path = path

    def __len__(self) -> int:
        return len(self._document)

    def measure(self, frame: int, limit: int) -> tuple[int, int, float]:
        """Width and height in pixels, and dots per inch, of a page.

        Raises:
            NoSuchFrameError: the PDF has fewer pages.
            BrokenScanError: the page is damaged.
            OversizeScanError: a picture on the page has more than `limit` pixels.
        """
        with self._page(frame) as page:
            size = self._measure(page, frame, limit)
            return size.width, size.height, size.dpi

    def load(self, frame: int, limit: int) -> tuple[npt.NDArray[np.uint8], float]:
        """Pixels of a page, and its dots per inch.

        Args:
            frame: number of the page, from 1.
            limit: most pixels of a picture on the page.

        Returns:
            (H, W, 3) uint8 RGB, and the dots per inch.

        Raises:
            NoSuchFrameError: the PDF has fewer pages.
            BrokenScanError: the page is damaged.
            OversizeScanError: a picture on the page has more than `limit` pixels.

        Source:
            PDFium; that a scan comes out as it was put in is tested in
            tests/imaging/test_scan.py.
        """
        with self._page(frame) as page:
            size = self._measure(page, frame, limit)
            if size.scan is not None:
                scan = _take_out(size.scan, page.get_rotation())
                drawn = _draw(page, CHECK_SIDE, CHECK_SIDE)
                small = cv2.resize(scan, (CHECK_SIDE, CHECK_SIDE), interpolation=cv2.INTER_AREA)
                if np.abs(small.astype(np.int16) - drawn).mean() <= MAX_CHECK_DIFFERENCE:
                    return scan, size.dpi
            return _draw(page, size.width, size.height), size.dpi

    @contextmanager
    def _page(self, frame: int) -> Iterator[Any]:
        if not 1 <= frame <= len(self):
            raise NoSuchFrameError(path=self._path, frame=frame, frames=len(self))
        try:
            page = self._document[frame - 1]
            try:
                yield page
            finally:
                page.close()
        except (pypdfium2.PdfiumError, ValueError) as error:
            raise BrokenScanError(path=self._path, frame=frame, reason=error) from error

    def _measure(self, page: Any, frame: int, limit: int) -> _Size:
        across, down = page.get_size()
        if not (0 < across < math.inf and 0 < down < math.inf):
            raise BrokenScanError(path=self._path, frame=frame, reason="a page without size")
        things = list(page.get_objects())
        pictures = [thing for thing in things if thing.type == pdfium.FPDF_PAGEOBJ_IMAGE]
        for picture in pictures:
            columns, rows = picture.get_px_size()
            if columns * rows > limit:
                raise OversizeScanError(path=self._path, frame=frame, limit=limit)
        tops = [picture for picture in pictures if picture.level == 0]
        largest = max(tops, key=_area, default=None)
        dpi = float(RENDER_DPI)
        if largest is not None and _area(largest) >= SCAN_COVER * across * down:
            columns, rows = largest.get_px_size()
            dpi = math.sqrt(columns * rows / _area(largest)) * POINTS_PER_INCH
            if columns and rows and _is_whole_page(largest, things, page):
                if _lies(largest) != (page.get_rotation() in _ON_ITS_SIDE):
                    columns, rows = rows, columns
                return _Size(columns, rows, dpi, largest)
        shrink = math.sqrt(MAX_RENDERED_PIXELS / (across * down)) * POINTS_PER_INCH
        dpi = min(dpi, shrink)
        width, height = (round(side * dpi / POINTS_PER_INCH) for side in (across, down))
        if min(width, height) < 1:
            raise BrokenScanError(path=self._path, frame=frame, reason="a page without size")
        return _Size(width, height, dpi)


_ON_ITS_SIDE = frozenset({90, 270})


def _area(picture: Any) -> float:
    """Square points that a picture covers."""
    matrix = picture.get_matrix()
    return float(abs(matrix.a * matrix.d - matrix.b * matrix.c))


def _lies(picture: Any) -> bool:
    """Whether a picture's rows run along the page's height."""
    matrix = picture.get_matrix()
    return bool(abs(matrix.b) > abs(matrix.a))


def _is_whole_page(picture: Any, things: list[Any], page: Any) -> bool:
    """Whether the picture is all that the page shows; text laid over it for searching is not."""
    for thing in things:
        is_hidden = (
            thing.type == pdfium.FPDF_PAGEOBJ_TEXT
            and pdfium.FPDFTextObj_GetTextRenderMode(thing) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE
        )
        if thing is not picture and not is_hidden:
            return False
    matrix = picture.get_matrix()
    slant = min(abs(matrix.a) + abs(matrix.d), abs(matrix.b) + abs(matrix.c))
    sides = zip(picture.get_bounds(), page.get_bbox(), strict=True)
    return (
        slant < EDGE_POINTS
        and all(abs(side - edge) < EDGE_POINTS for side, edge in sides)
        and pdfium.FPDFPage_GetAnnotCount(page) == 0
    )


def _take_out(picture: Any, rotation: int) -> npt.NDArray[np.uint8]:
    """Pixels of a picture, (H, W, 3) uint8 RGB, turned as the page shows it."""
    bitmap = picture.get_bitmap()
    pixels = np.array(bitmap.to_numpy()).reshape(bitmap.height, bitmap.width, -1)
    pixels = pixels[..., 2::-1] if pixels.shape[2] > 1 else np.repeat(pixels, 3, axis=2)
    matrix = picture.get_matrix()  # in page units, which run upwards, as the picture's rows do not
    if _lies(picture):
        pixels = np.swapaxes(pixels, 0, 1)
        mirrors_x, mirrors_y = matrix.c > 0, matrix.b > 0
    else:
        mirrors_x, mirrors_y = matrix.a < 0, matrix.d < 0
    pixels = pixels[:, ::-1] if mirrors_x else pixels
    pixels = pixels[::-1] if mirrors_y else pixels
    return np.ascontiguousarray(np.rot90(pixels, -rotation // 90))


def _draw(page: Any, width: int, height: int) -> npt.NDArray[np.uint8]:
    """Draw a page on white, (height, width, 3) uint8 RGB."""
    pixels = np.full((height, width, 3), 255, np.uint8)
    bitmap = pdfium.FPDFBitmap_CreateEx(
        width, height, pdfium.FPDFBitmap_BGR, pixels.ctypes.data, pixels.strides[0]
    )
    try:
        flags = pdfium.FPDF_ANNOT | pdfium.FPDF_REVERSE_BYTE_ORDER
        pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, flags)
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)
    return pixels
