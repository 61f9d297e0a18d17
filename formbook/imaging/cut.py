"""Cuts a line out of its sheet, without what its neighbours left in its box."""

from __future__ import annotations

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
    line = found.lines[index]
    margin = round(MARGIN * found.scale)
    rows = slice(max(0, line.top - margin), line.bottom + margin)
    columns = slice(max(0, line.left - margin), line.right + margin)
    own = (found.owner[rows, columns] == index).astype(np.uint8)
    reach = 2 * SOFT_EDGE + 1
    near = cv2.dilate(own, np.ones((reach, reach), np.uint8)) > 0
    foreign = (found.owner[rows, columns] >= 0) & (own == 0)
    grey = cv2.cvtColor(np.ascontiguousarray(even[rows, columns]), cv2.COLOR_RGB2GRAY)
    return np.where(near & ~foreign, grey, 255).astype(np.uint8)
