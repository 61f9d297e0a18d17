"""The picture of a line as the network sees it: upright ink on even paper, cut, one height.

Training and reading both go through here, so that they see the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from formbook.recognize import LineImage

HEIGHT = 32
"""Of the network's picture, in pixels."""
STRETCH = 1.25
"""How much wider than tall the network's pixels are taken, to give close letters room."""
GRAIN = 8
"""Widths are multiples of this; the network gives one column of scores for each four pixels."""
FINE = 48
"""Height of a line that is cut and even but not yet scaled for the network."""
MAX_WIDTH = 3200
"""Of the network's picture; what is longer is squeezed, and no written line is."""

_WORK = 64
_LEAST_SIDE = 2
_LEAST_CONTRAST = 24
"""Grey levels between paper and ink; less is a blank line."""
_INK = 0.35
"""Of full ink; fainter pixels do not hold up the cut."""
_GAP = 6
"""Blank rows, of _WORK, that part specks above or below from the line."""
_SPECK = 0.1
"""Share of the ink up to which what stands apart is a speck."""
_MARGIN = 2
_RIM = 1
"""Rows of paper above and below what the network reads: 0.2 to 0.5 points fewer errors."""


def clean(line: LineImage, height: int = FINE) -> NDArray[np.uint8] | None:
    """Bring a line to even paper and full ink, and cut away what is blank around it.

    Light ink on a dark ground is turned dark on light. The paper's brightness is taken from the
    surroundings of each place, so a shadow over the line disappears; a margin of a few pixels
    stays.

    Args:
        line: (H, W) uint8 grey, 0 black to 255 white, of any size.
        height: of the result, in pixels.

    Returns:
        (height, W') uint8, 0 full ink to 255 paper, a new array; None if nothing is written.

    Source:
        Own method. Constants tried on ../shared/data/lines/train.
    """
    if min(line.shape) < _LEAST_SIDE:
        return None
    box = _find_ink(line)
    if box is None:
        return None
    kept = line[box]
    if (inner := _find_ink(kept)) is not None:
        kept = kept[inner]
    ink = _even(_scale(kept, height, max(1, round(kept.shape[1] * height / kept.shape[0]))))
    return np.asarray(255 - 255 * ink, dtype=np.uint8)


def fit(cleaned: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Scale a cleaned line to what the network takes.

    Args:
        cleaned: (H, W) uint8, 0 ink to 255 paper.

    Returns:
        (HEIGHT, W') float32, -1 ink to 1 paper; W' a multiple of GRAIN, filled up with paper.

    Source:
        Own method.
    """
    height, width = cleaned.shape
    tall = HEIGHT - 2 * _RIM
    across = min(MAX_WIDTH, max(8, round(width * tall / height * STRETCH)))
    scaled = _scale(cleaned, tall, across).astype(np.float32) / 127.5 - 1
    return np.pad(scaled, ((_RIM, _RIM), (0, -across % GRAIN)), constant_values=1)


def _find_ink(line: LineImage) -> tuple[slice, slice] | None:
    """Return the rows and columns that hold ink, and a little more."""
    height, width = line.shape
    ink = _even(_scale(line, _WORK, max(1, round(width * _WORK / height))))
    dark = ink > _INK
    inked = dark.sum(axis=1)
    bands = np.split(rows := np.flatnonzero(inked > 1), np.flatnonzero(np.diff(rows) > _GAP) + 1)
    heavy = [band for band in bands if inked[band].sum() > _SPECK * inked.sum()]
    if not heavy:
        return None
    rows = np.concatenate(heavy)
    columns = np.flatnonzero(dark[rows[0] : rows[-1] + 1].any(axis=0))
    down, across = height / _WORK, width / dark.shape[1]
    top = max(0, math.floor((rows[0] - _MARGIN) * down))
    bottom = math.ceil((rows[-1] + 1 + _MARGIN) * down)
    left = max(0, math.floor((columns[0] - 2 * _MARGIN) * across))
    right = math.ceil((columns[-1] + 1 + 2 * _MARGIN) * across)
    return slice(top, bottom), slice(left, right)


def _even(work: LineImage) -> NDArray[np.float32]:
    """Return how dark each pixel is against the paper around it, 1 being the darkest ink."""
    low, middle, high = _levels(work, (0.01, 0.5, 0.99))
    if high - low < _LEAST_CONTRAST:
        return np.zeros(work.shape, dtype=np.float32)
    if high - middle > 2 * (middle - low):
        work = 255 - work
    paper = cv2.blur(cv2.dilate(work, np.ones((15, 15), np.uint8)), (31, 31)).astype(np.float32)
    ink = np.clip(1 - work / np.maximum(paper, 1), 0, 1)
    (darkest,) = _levels((ink * 255).astype(np.uint8), (0.99,))
    full = max(darkest, _LEAST_CONTRAST) / 255
    return np.asarray(np.clip(ink / full, 0, 1), dtype=np.float32)


def _levels(image: NDArray[np.uint8], shares: Sequence[float]) -> list[int]:
    """The levels up to which so much of an image goes; sorting it would take ten times as long."""
    counts = np.cumsum(np.bincount(image.ravel(), minlength=256))
    return [int(np.searchsorted(counts, share * image.size)) for share in shares]


def _scale(image: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    smaller = height < image.shape[0]
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (width, height), interpolation=how), dtype=np.uint8)
