"""Cuts a line out of its sheet, without what its neighbours left in its box."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from formbook.imaging.lines import Lines

MARGIN = 0.5
"""Scales of paper around the ink."""
SOFT_EDGE = 2
"""Pixels around a stroke in which it fades into the paper."""


def cut_line(even: npt.NDArray[np.uint8], found: Lines, index: int) -> npt.NDArray[np.uint8]:
    """Cut out a line as an engine for lines takes it.

    Args:
        even: (H, W, 3) uint8 RGB, the sheet with paper near 255.
        found: its lines.
        index: which of them.

    Returns:
        (h, w) uint8 grey, 0 black to 255 white, a new array; what belongs to no line, to another
        line, or is ruling, is white.

    Source:
        Own method.
    """
    return _cut(even, found, [index], [index])


def cut_anew(
    even: npt.NDArray[np.uint8], found: Lines, indexes: Sequence[int]
) -> list[npt.NDArray[np.uint8]]:
    """Cut lines out that may have been parted wrongly, as large or sloping writing is.

    Args:
        even: (H, W, 3) uint8 RGB, the sheet with paper near 255.
        found: its lines.
        indexes: of lines close together, from the top down.

    Returns:
        (h, w) uint8 grey each, as `cut_line` returns them: the box of each line with all ink
        of these lines that is in it, then each two that follow one another, as one.

    Source:
        Own method; of the dates of marks on ../shared/data/pages three times as many are right.
    """
    alone = [_cut(even, found, [index], indexes) for index in indexes]
    return alone + [_cut(even, found, pair, pair) for pair in pairwise(indexes)]


def _cut(
    even: npt.NDArray[np.uint8], found: Lines, boxes: Sequence[int], inked: Sequence[int]
) -> npt.NDArray[np.uint8]:
    """Cut out the box around some lines, with the ink of some."""
    lines = [found.lines[index] for index in boxes]
    margin = round(MARGIN * found.scale)
    top, left = (min(getattr(line, side) for line in lines) for side in ("top", "left"))
    bottom, right = (max(getattr(line, side) for line in lines) for side in ("bottom", "right"))
    rows = slice(max(0, top - margin), bottom + margin)
    columns = slice(max(0, left - margin), right + margin)
    own = np.isin(found.owner[rows, columns], inked).astype(np.uint8)
    reach = 2 * SOFT_EDGE + 1
    near = cv2.dilate(own, np.ones((reach, reach), np.uint8)) > 0
    foreign = (found.owner[rows, columns] >= 0) & (own == 0)
    grey = cv2.cvtColor(np.ascontiguousarray(even[rows, columns]), cv2.COLOR_RGB2GRAY)
    return np.where(near & ~foreign, grey, 255).astype(np.uint8)
