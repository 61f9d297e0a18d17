"""From a file to upright pixels.

A file holds frames, numbered from 1: the pages of a PDF, the pictures of a TIFF; of a picture
that moves, or that a phone stores with variants of itself, the first alone.

Every coordinate that leaves `imaging` is in pixels of the frame as stored. What "stored" means:
for JPEG, PNG, WebP and TIFF the rows and columns of the file, before its orientation tag turns
them; for PDF and HEIC, which know no other, the page as displayed. `load_frame` gives the same
frame for the same bytes, so that a polygon kept today can be cut out of it in ten years.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import numpy.typing as npt
import pi_heif
from PIL import ExifTags, Image, UnidentifiedImageError

from formbook.errors import _
from formbook.imaging.faults import (
    DECODER_ERRORS,
    BrokenScanError,
    ForeignContentError,
    NoSuchFrameError,
    OddPixelsError,
    OversizeScanError,
)
from formbook.imaging.files import opened
from formbook.imaging.negative import make_positive
from formbook.imaging.pdf import opened_pdf
from formbook.imaging.turn import EXIF_ORIENTATIONS, Turn
from formbook.model import Polygon

MAX_PIXELS = 150_000_000
"""An A4 page at 1200 dpi has 139 million; Pillow itself refuses from 179 million on."""
TRUSTED_DPI = range(100, 2401)
"""Cameras and programs that know no resolution write 72 or 96."""
MAX_DPI_RATIO = 1.1
"""A frame whose pixels are farther from square has no single resolution."""


class ScanFormat(StrEnum):
    """What a file is by its content, whatever its name says."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    TIFF = "tiff"
    HEIC = "heic"
    PDF = "pdf"


@dataclass(frozen=True, slots=True)
class FileInfo:
    """What a file says of itself, without its pixels being decoded.

    `width`, `height`, `orientation` and `dpi` are those of the first frame as stored;
    `is_plain` says that a program which knows no EXIF orientation, no other frames and no
    colours beside grey and RGB sees what `load_frame` gives.
    """

    path: Path
    format: ScanFormat
    frames: int
    width: int
    height: int
    orientation: int
    dpi: float | None
    is_plain: bool


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame, upright; its pixels are decoded when they are asked for.

    `turn` leads to and from the frame as stored; `dpi` is None where the file does not say it
    credibly.
    """

    path: Path
    frame: int
    format: ScanFormat
    turn: Turn
    dpi: float | None

    @cached_property
    def pixels(self) -> npt.NDArray[np.uint8]:
        """(H, W) uint8 grey or (H, W, 3) uint8 RGB, upright.

        Raises:
            ScanError: the file is gone or broken.
        """
        return load_frame(self.path, self.frame).pixels

    @property
    def width(self) -> int:
        """Of the frame as stored, in pixels."""
        return self.turn.width

    @property
    def height(self) -> int:
        """Of the frame as stored, in pixels."""
        return self.turn.height

    @property
    def rgb(self) -> npt.NDArray[np.uint8]:
        """(H, W, 3) uint8 RGB, upright."""
        if self.pixels.ndim == 3:  # noqa: PLR2004 - rows, columns, colours
            return self.pixels
        return np.repeat(self.pixels[..., None], 3, axis=2)

    @property
    def grey(self) -> npt.NDArray[np.uint8]:
        """(H, W) uint8 luma, upright."""
        if self.pixels.ndim == 2:  # noqa: PLR2004 - rows, columns
            return self.pixels
        return np.asarray(Image.fromarray(self.pixels).convert("L"))

    def small_grey(self, side: int) -> tuple[npt.NDArray[np.uint8], float]:
        """A smaller copy, which of a JPEG is decoded faster than the whole.

        Args:
            side: the longer side should not be much more than this, in pixels, and is not less
                unless the frame's is.

        Returns:
            (h, w) uint8 luma, upright; and its pixels per pixel of the frame.

        Raises:
            ScanError: the file is gone or broken.

        Source:
            libjpeg decodes a block of 8 by 8 pixels as 8, 4, 2 or 1 a side.
        """
        if "pixels" in self.__dict__ or self.format is not ScanFormat.JPEG:
            return self.grey, 1.0
        with opened(self.path) as file, _picture(file, self.path, self.format, 1) as image:
            image.draft("L", (side, side))
            image.load()
            grey = make_positive(np.asarray(image.convert("L")))
        return self.turn.turn_pixels(grey), max(grey.shape) / max(self.width, self.height)

    def crop(self, polygon: Polygon, margin: int = 0) -> npt.NDArray[np.uint8]:
        """Cut out the upright box around a polygon.

        Args:
            polygon: in pixels of the frame as stored.
            margin: pixels added on each side, as far as the frame goes.

        Returns:
            (h, w) or (h, w, 3) uint8, a view of `pixels`; at least one pixel.

        Source:
            Own method; tests/imaging/test_scan.py cuts the same corner out of all orientations.
        """
        corners = np.array(self.turn.to_upright(polygon))
        size = np.array(self.turn.upright_size)
        low = np.floor(corners.min(axis=0)).astype(int) - margin
        low = low.clip(0, size - 1)
        high = np.ceil(corners.max(axis=0)).astype(int) + margin
        high = np.minimum(np.maximum(high, low + 1), size)
        return self.pixels[low[1] : high[1], low[0] : high[0]]


def probe(path: Path) -> FileInfo:
    """Read what a file says of itself, decoding no pixels.

    A frame that cannot even be found is counted, so that loading it names it.

    Raises:
        ScanError: the file cannot be used; each reason has a class in `faults`.
    """
    with opened(path) as file:
        kind = _sniff(file, path)
        if kind is ScanFormat.PDF:
            with opened_pdf(file, path) as pages:
                width, height, dpi = pages.measure(1, MAX_PIXELS)
                return FileInfo(
                    path, kind, len(pages), width, height, 1, _credible(dpi, dpi), is_plain=False
                )
        with _picture(file, path, kind, 1) as image:
            turn = _turn_of(image, kind)
            dpi_said = _dpi_of(image)
            mode = image.mode
            frames = _count_frames(image) if kind is ScanFormat.TIFF else 1
    is_plain = (
        frames == 1
        and turn.orientation == 1
        and kind is not ScanFormat.HEIC
        and mode in {"1", "L", "P", "RGB"}
    )
    return FileInfo(
        path, kind, frames, turn.width, turn.height, turn.orientation, dpi_said, is_plain
    )


def open_frame(path: Path, frame: int = 1) -> Frame:
    """Open one frame of a file; of a picture that stands alone nothing is decoded yet.

    Args:
        path: the file; its format is told by its content.
        frame: number of the frame, from 1.

    Raises:
        ScanError: the frame cannot be used; each reason has a class in `faults`.
    """
    info = probe(path)
    if frame != 1 or info.format in {ScanFormat.PDF, ScanFormat.TIFF, ScanFormat.HEIC}:
        return load_frame(path, frame)
    turn = Turn(info.orientation, info.width, info.height)
    return Frame(path, frame, info.format, turn, info.dpi)


def load_frame(path: Path, frame: int = 1) -> Frame:
    """Load one frame of a file, upright.

    Sixteen bits are scaled to eight, transparent parts lie on white, CMYK and palettes become
    RGB, a page in negative becomes dark on white. A file that ends too early is refused, never
    filled up.

    Args:
        path: the file; its format is told by its content.
        frame: number of the frame, from 1.

    Returns:
        The frame; its `pixels` are (H, W) or (H, W, 3) uint8.

    Raises:
        ScanError: the frame cannot be used; each reason has a class in `faults`.

    Source:
        Pillow, libheif and PDFium decode; EXIF 2.32 says how to turn.
    """
    with opened(path) as file:
        kind = _sniff(file, path)
        if kind is ScanFormat.PDF:
            with opened_pdf(file, path) as pages:
                pixels, page_dpi = pages.load(frame, MAX_PIXELS)
            height, width = pixels.shape[:2]
            return _decoded(
                Frame(path, frame, kind, Turn(1, width, height), _credible(page_dpi, page_dpi)),
                pixels,
            )
        with _picture(file, path, kind, frame) as image:
            turn = _turn_of(image, kind)
            dpi = _dpi_of(image)
            image.load()
            pixels = _eight_bits(image, path, frame)
    # Pillow has turned a TIFF already while loading it
    upright = pixels if kind is ScanFormat.TIFF else turn.turn_pixels(pixels)
    return _decoded(Frame(path, frame, kind, turn, dpi), upright)


def _decoded(frame: Frame, pixels: npt.NDArray[np.uint8]) -> Frame:
    """A frame whose pixels are known already; a page in negative is turned to what it shows."""
    frame.__dict__["pixels"] = make_positive(pixels)
    return frame


def _sniff(file: IO[bytes], path: Path) -> ScanFormat:
    """Tell the format by the first bytes."""
    head = file.read(1024)
    file.seek(0)
    if b"%PDF-" in head:
        return ScanFormat.PDF
    for start, kind in (
        (b"\xff\xd8\xff", ScanFormat.JPEG),
        (b"\x89PNG\r\n\x1a\n", ScanFormat.PNG),
        (b"II*\0", ScanFormat.TIFF),
        (b"MM\0*", ScanFormat.TIFF),
        (b"II+\0", ScanFormat.TIFF),
        (b"MM\0+", ScanFormat.TIFF),
    ):
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return ScanFormat.WEBP
    if pi_heif.is_supported(head[:12]):
        return ScanFormat.HEIC
    raise ForeignContentError(path=path)


@contextmanager
def _picture(file: IO[bytes], path: Path, kind: ScanFormat, frame: int) -> Iterator[Image.Image]:
    """Open a picture at a frame, its pixels not yet decoded, its size checked."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if kind is ScanFormat.TIFF:
                # with this warning Pillow passes off the frame before as one it cannot find
                warnings.filterwarnings("error", message="Corrupt EXIF data")
            if kind is ScanFormat.HEIC:
                image = cast("Image.Image", pi_heif.HeifImageFile(file))
            else:
                image = Image.open(file, formats=[kind.upper()])
            _go_to(image, kind, frame, path)
            if image.width * image.height > MAX_PIXELS:
                raise OversizeScanError(path=path, frame=frame, limit=MAX_PIXELS)
            yield image
    except Image.DecompressionBombError as error:
        raise OversizeScanError(path=path, frame=frame, limit=MAX_PIXELS) from error
    except UnidentifiedImageError as error:  # its own words name the open file
        reason = _("its beginning cannot be read")
        raise BrokenScanError(path=path, frame=frame, reason=reason) from error
    except DECODER_ERRORS as error:
        raise BrokenScanError(path=path, frame=frame, reason=error) from error


def _go_to(image: Any, kind: ScanFormat, frame: int, path: Path) -> None:
    """Go to a frame, the pictures of a TIFF being its frames."""
    frames = _count_frames(image) if kind is ScanFormat.TIFF and frame != 1 else 1
    if not 1 <= frame <= frames:
        raise NoSuchFrameError(path=path, frame=frame, frames=frames)
    if frame > 1:
        image.seek(frame - 1)


def _count_frames(image: Any) -> int:
    """Count the pictures of a TIFF; one that cannot be found ends the count, and is in it."""
    frame = 1
    while True:
        try:
            image.seek(frame)
        except EOFError:
            return frame
        except DECODER_ERRORS:
            return frame + 1
        frame += 1


def _turn_of(image: Image.Image, kind: ScanFormat) -> Turn:
    """How the picture is to be turned; a tag out of range is no tag."""
    # libheif turns a HEIC by the file's own boxes; its EXIF tag is not to be heeded
    said = 1 if kind is ScanFormat.HEIC else image.getexif().get(ExifTags.Base.Orientation, 1)
    orientation = said if isinstance(said, int) and said in EXIF_ORIENTATIONS else 1
    turn = Turn(orientation, image.width, image.height)
    if kind is ScanFormat.TIFF:
        # Pillow tells the size of a TIFF as turned
        return Turn(orientation, *turn.upright_size)
    return turn


def _dpi_of(image: Image.Image) -> float | None:
    try:
        across, down = image.info["dpi"]
        return _credible(float(across), float(down))
    except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None


def _credible(across: float, down: float) -> float | None:
    """The resolution, where it is one that scanners have."""
    if not (math.isfinite(across) and math.isfinite(down)):
        return None
    low, high = sorted((across, down))
    if low < TRUSTED_DPI.start or high >= TRUSTED_DPI.stop or high > MAX_DPI_RATIO * low:
        return None
    return (across + down) / 2


def _eight_bits(image: Image.Image, path: Path, frame: int) -> npt.NDArray[np.uint8]:
    """Make (H, W) or (H, W, 3) uint8 of any picture."""
    if image.mode.startswith("I;16"):
        return (np.asarray(image) >> 8).astype(np.uint8)
    if image.mode == "I":
        return (np.asarray(image).clip(0, 65535) >> 8).astype(np.uint8)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        paper = Image.new("RGBA", layer.size, "white")
        return np.asarray(Image.alpha_composite(paper, layer).convert("RGB"))
    if image.mode in {"1", "L"}:
        return np.asarray(image.convert("L"))
    if image.mode in {"RGB", "RGBX", "P", "CMYK", "YCbCr", "HSV"}:
        return np.asarray(image.convert("RGB"))
    raise OddPixelsError(path=path, frame=frame, mode=image.mode)
