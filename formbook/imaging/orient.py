"""Which way up a page lies, told by its lines."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from formbook.imaging.lines import Lines
from formbook.imaging.pixels import Mask
from formbook.imaging.ridges import lines_stand_out

SIDEWAYS = 1.3
"""How much more lines must stand out down the sheet than across it. On the pages at hand they stand
out 2 to 15 times as much across it."""
DOUBTFUL = 0.0
"""Uprightness below which a page is looked at upside down as well."""
CLEARLY = 0.9
"""By how much more upright it must be then; whoever scans a page mostly lays it upright. Of 63
upright pages at hand none is doubtful."""
FEW = 3
"""Lines: fewer say too little."""

_CORE = 1.3
_ABOVE = 4.0
_ALIGNED = 3.0
_LONG = 0.25
_STROKE = 0.5
"""Share of a line's ink in one piece; a signature has more."""


def is_sideways(ink: Mask) -> bool:
    """Tell whether lines run down the sheet.

    Args:
        ink: (H, W) bool, True where there is writing.

    Returns:
        True only where lines stand out clearly more that way.

    Source:
        Own method: energy of the crests that `ridges` finds, across and along.
    """
    down = lines_stand_out(np.ascontiguousarray(ink.T))
    return down > SIDEWAYS * lines_stand_out(ink)


def measure_uprightness(found: Lines) -> float:
    """Weigh whether lines are upright or upside down.

    Latin letters, and Vietnamese more than others, have more ink above the small letters than
    below them; lines begin one below the other, and end where their words end.

    Args:
        found: lines and the ink of each.

    Returns:
        Above 0 for upright, below 0 for upside down, 0 where nothing tells.

    Source:
        Own method; ascenders against descenders after R. Caprari (2000), "Algorithm for text page
        up/down orientation determination". Weights are round numbers; see `CLEARLY`.
    """
    if len(found.lines) < FEW:
        return 0.0
    solid = np.array([line.solid for line in found.lines])
    # a signature in one stroke is of no letters
    words = solid < _STROKE if (solid < _STROKE).sum() >= FEW else np.ones(len(solid), dtype=bool)
    widths = np.array([line.width for line in found.lines])
    ascending = float(np.average(_ascending(found)[words], weights=widths[words]))
    long = words & (widths > _LONG * np.percentile(widths[words], 90))
    left = _spread(np.array([line.left for line in found.lines])[long])
    right = _spread(np.array([line.right for line in found.lines])[long])
    return _ABOVE * ascending + _ALIGNED * (0.5 - (left + 1) / (left + right + 2))


def _ascending(found: Lines) -> npt.NDArray[np.float64]:
    """How much more of each line's ink is above its small letters than below them: -0.5 to 0.5.

    Each line counts by itself, so that one tall scribble does not outweigh many words.
    """
    count = len(found.lines)
    _, _, of, off = found.find_ink()
    core = _CORE * found.scale
    above = np.bincount(of[off < -core], minlength=count)
    below = np.bincount(of[off > core], minlength=count)
    either = above + below
    return np.where(either > 0, above / np.maximum(1, either) - 0.5, 0.0)


def quarter_turn(width: int, height: int, quarters: int) -> npt.NDArray[np.float64]:
    """Return the way back from a picture turned by `numpy.rot90`.

    Args:
        width: of the picture before it was turned, in pixels.
        height: of the same.
        quarters: turns against the clock.

    Returns:
        (3, 3) float64, from points of the turned picture to those of the one before.

    Source:
        Own method.
    """
    back = np.eye(3)
    for _ in range(quarters % 4):
        # after one turn against the clock, x is what y was, and y runs from the right edge
        back = back @ np.array([(0.0, -1.0, width), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)])
        width, height = height, width
    return back


def turn_pixels(pixels: npt.NDArray[np.uint8], quarters: int) -> npt.NDArray[np.uint8]:
    """Turn a picture against the clock.

    Args:
        pixels: (H, W) or (H, W, 3) uint8.
        quarters: how often.

    Returns:
        The picture turned; itself where `quarters` is 0.

    Source:
        Own method.
    """
    if quarters % 4 == 0:
        return pixels
    how = {
        1: cv2.ROTATE_90_COUNTERCLOCKWISE,
        2: cv2.ROTATE_180,
        3: cv2.ROTATE_90_CLOCKWISE,
    }[quarters % 4]
    return np.asarray(cv2.rotate(pixels, how), dtype=np.uint8)


def _spread(places: npt.NDArray[np.int64]) -> float:
    """Return the mean distance from the median."""
    return float(np.mean(np.abs(places - np.median(places))))
