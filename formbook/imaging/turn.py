"""How the pixels of a file are turned to stand upright, and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from formbook.model import Polygon

EXIF_ORIENTATIONS = range(1, 9)


@dataclass(frozen=True, slots=True)
class Turn:
    """One of the eight ways in which a camera stores a picture.

    Points are real numbers with the origin at the top left corner of the top left pixel, so that
    a picture reaches from 0 to `width`, and 0 to `height`.

    Args:
        orientation: the EXIF orientation, 1 to 8; 1 is upright as stored.
        width: of the picture as stored, in pixels.
        height: of the picture as stored, in pixels.

    Raises:
        ValueError: `orientation` is not 1 to 8.

    Source:
        EXIF 2.32 (CIPA DC-008), tag 274 Orientation.
    """

    orientation: int
    width: int
    height: int

    def __post_init__(self) -> None:
        if self.orientation not in EXIF_ORIENTATIONS:
            raise ValueError(f"EXIF orientation {self.orientation} is not 1 to 8")

    @property
    def _swaps(self) -> bool:
        return self.orientation >= 5  # noqa: PLR2004 - 5 to 8 lie on their side

    @property
    def _mirrors_x(self) -> bool:
        return self.orientation in {2, 3, 7, 8}

    @property
    def _mirrors_y(self) -> bool:
        return self.orientation in {3, 4, 6, 7}

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height once upright, in pixels."""
        return (self.height, self.width) if self._swaps else (self.width, self.height)

    def turn_pixels(self, stored: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Turn pixels as stored upright.

        Args:
            stored: (height, width) or (height, width, channels) uint8.

        Returns:
            The same pixels upright, contiguous, of `upright_size`; `stored` itself where nothing
            is to be turned.

        Source:
            EXIF 2.32, tag 274: where row 0 and column 0 of the stored picture stand when seen.
        """
        turned = stored[:, ::-1] if self._mirrors_x else stored
        turned = turned[::-1] if self._mirrors_y else turned
        turned = np.swapaxes(turned, 0, 1) if self._swaps else turned
        return np.ascontiguousarray(turned)

    def to_stored(self, points: Iterable[tuple[float, float]]) -> Polygon:
        """Map points of the upright picture to the file as stored."""
        swapped = ((y, x) if self._swaps else (x, y) for x, y in points)
        return tuple(self._mirror(x, y) for x, y in swapped)

    def to_upright(self, points: Iterable[tuple[float, float]]) -> Polygon:
        """Map points of the file as stored to the upright picture."""
        mirrored = (self._mirror(x, y) for x, y in points)
        return tuple((y, x) if self._swaps else (x, y) for x, y in mirrored)

    def _mirror(self, x: float, y: float) -> tuple[float, float]:
        return (
            self.width - x if self._mirrors_x else x,
            self.height - y if self._mirrors_y else y,
        )
