"""A sheet of paper on which ink is laid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formbook.model import Polygon
from formbook.training.hands import Colour
from formbook.training.truth import rectangle

INKED = 0.15
"""How much ink counts as ink when a box is drawn around it."""


@dataclass(frozen=True, slots=True)
class Box:
    """Pixels of a flat sheet; right and bottom are outside."""

    left: float
    top: float
    right: float
    bottom: float

    def around(self, other: Box) -> Box:
        """Give the least box that holds both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def polygon(self) -> Polygon:
        """Name its corners, clockwise from the top left."""
        return rectangle(self.left, self.top, self.right, self.bottom)


class Sheet:
    """Paper being written on.

    Args:
        image: (H, W, 3) float32, 0 black to 1 white; written on in place.
    """

    def __init__(self, image: NDArray[np.float32]) -> None:
        self.image = image

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.image.shape[1])

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.image.shape[0])

    def lay(self, ink: NDArray[np.float32], colour: Colour, left: int, top: int) -> Box | None:
        """Lay ink on the paper; ink over ink darkens, and what lies beyond the edge is lost.

        Args:
            ink: (h, w) float32, 0 bare to 1 full.
            colour: red, green and blue, 0 to 255.
            left: column of the paper for the ink's first column.
            top: row of the paper for the ink's first row.

        Returns:
            The least box around what can be seen of it; None where that is nothing.

        Source:
            Own method: ink is a filter, so colours multiply.
        """
        above, before = max(0, -top), max(0, -left)
        below, beyond = max(0, self.height - top), max(0, self.width - left)
        part = ink[above:below, before:beyond]
        if part.size == 0:
            return None
        top, left = top + above, left + before
        paper = self.image[top : top + part.shape[0], left : left + part.shape[1]]
        paper *= 1 - part[..., None] * (1 - np.asarray(colour, dtype=np.float32) / 255)
        rows, columns = np.nonzero(part > INKED)
        if rows.size == 0:
            return None
        return Box(
            float(left + columns.min()),
            float(top + rows.min()),
            float(left + columns.max() + 1),
            float(top + rows.max() + 1),
        )
