"""Line images in, readings out; whatever reads stands behind these two protocols."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from formbook.model import Polygon, Reading
from formbook.recognize.date_grammar import DateText

LineImage = npt.NDArray[np.uint8]
"""(H, W) uint8 grey, 0 black to 255 white: one line of text, upright."""
PageImage = npt.NDArray[np.uint8]
"""(H, W) uint8 grey or (H, W, 3) uint8 RGB: one page, upright."""


@dataclass(frozen=True, slots=True)
class PlacedReading:
    """A line that an engine found by itself.

    `polygon` holds the four corners of the line, from its top left in the direction of reading,
    in pixels of the picture that the engine was given.
    """

    polygon: Polygon
    reading: Reading


class LineRecognizer(Protocol):
    """Anything that can read line images.

    An implementation may batch the lines but must not start threads of its own: the caller
    decides how much runs at once.
    """

    @property
    def name(self) -> str:
        """Name and version, as in "tesseract 5.3.0", stored with every reading."""

    def read(self, lines: Sequence[LineImage]) -> list[Reading]:
        """Read lines.

        Args:
            lines: (H, W) uint8 grey each, 0 black to 255 white, one line of text each.

        Returns:
            One reading for each line, in the same order; of a blank line an empty one.

        Raises:
            RecognitionError: the engine failed; nothing is returned in part.
        """


@runtime_checkable
class DateReader(Protocol):
    """An engine for lines that can look for a date in particular."""

    def read_date(self, pictures: Sequence[LineImage]) -> DateText | None:
        """Read the date that several pictures of the same writing show.

        Args:
            pictures: (H, W) uint8 grey each, 0 black to 255 white, cut in different ways.

        Returns:
            The date, however doubtful; None where none of them shows a likely one.

        Raises:
            RecognitionError: the engine failed.
        """


@runtime_checkable
class PageReader(Protocol):
    """Anything that finds and reads the lines of a whole page by itself."""

    @property
    def name(self) -> str:
        """Name and version, as in "tesseract 5.3.0", stored with every reading."""

    def read_page(self, path: Path, pixels: PageImage | None = None) -> list[PlacedReading]:
        """Find and read the lines of a page.

        Args:
            path: the file that the page stands in, for the engine to name if it fails; where
                `pixels` are not given, also the picture itself: one upright frame.
            pixels: (H, W) uint8 grey or (H, W, 3) uint8 RGB, upright; to be given where a
                program that knows no orientation tag and no further frames would see
                something else in the file.

        Returns:
            The lines in the engine's order of reading, each with a letter, digit or sign at
            least.

        Raises:
            RecognitionError: the engine failed; nothing is returned in part.
        """
