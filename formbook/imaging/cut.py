"""Cuts a line out of its sheet, without what its neighbours left in its box."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from formbook.imaging.lines import Lines
from formbook.imaging.pixels import Pieces

Window = tuple[slice, slice]
"""Rows and columns."""

MARGIN = 0.5
"""Scales of paper around the ink."""
SOFT_EDGE = 2
"""Pixels around a stroke in which it fades into the paper."""
STEEPEST = 12
"""Degrees by which rows of a mark slope at most."""
EVEN = 0.45
"""Scales over which ink is averaged downwards, so that a row is one peak."""
PART = 0.15
"""Of the ink of the fullest row: a peak with less is no row."""
PARTED = 0.85
"""Of the ink of the lesser of two rows that may stand between them."""
MOSTLY = 0.6
"""Share of a piece of ink in a row from which on all of it belongs there."""
LEAST_INK = 30
"""Pixels; less ink is no row."""


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
    return _cut(even, found, _window(found, [index]), [index])


def cut_anew(
    even: npt.NDArray[np.uint8], found: Lines, indexes: Sequence[int]
) -> list[npt.NDArray[np.uint8]]:
    """Cut lines out that may have been parted wrongly, as large or sloping writing is.

    Args:
        even: (H, W, 3) uint8 RGB, the sheet with paper near 255.
        found: its lines.
        indexes: of lines close together, from the top down; a seal may have none.

    Returns:
        (h, w) uint8 grey each, as `cut_line` returns them: the box of each line with all ink
        of these lines that is in it; then, where there are several, the rows into which their ink
        falls once it is level.

    Source:
        Own method; level rows as in `level_rows`. Of dates of marks drawn in the digits of
        training writers twice as many are read surely.
    """
    boxes = [_cut(even, found, _window(found, [index]), indexes) for index in indexes]
    if len(indexes) < 2:  # noqa: PLR2004 - nothing was parted
        return boxes
    window = _window(found, indexes)
    own = np.isin(found.owner[window], indexes)
    return boxes + level_rows(_grey(even, window), own, scale=found.scale)


def level_rows(
    grey: npt.NDArray[np.uint8], ink: npt.NDArray[np.bool_], *, scale: float
) -> list[npt.NDArray[np.uint8]]:
    """Part a few words into rows, whatever their slope.

    Args:
        grey: (H, W) uint8, 0 black to 255 white.
        ink: (H, W) bool, what is written.
        scale: of the writing, in pixels.

    Returns:
        (h, w) uint8 grey each, from the top down: the rows, sheared level, white but for their
        own ink.

    Source:
        Projection profiles, at the slope at which they are sharpest: H. Baird (1987), "The skew
        angle of printed documents"; parted where they are thin between two peaks.
    """
    ys, xs = np.nonzero(ink)
    if len(ys) < LEAST_INK:
        return []
    slopes = np.tan(np.radians(np.arange(-STEEPEST, STEEPEST + 1)))
    slope = max(slopes, key=lambda each: float((_profile(ys - each * xs, scale) ** 2).sum()))
    height, width = ink.shape
    size = (width, height + round(abs(slope) * width) + 1)
    shear = np.array([[1, 0, 0], [-slope, 1, max(0.0, slope * width)]], np.float64)
    level = np.asarray(cv2.warpAffine(grey, shear, size, borderValue=255), np.uint8)
    own = cv2.warpAffine(ink.view(np.uint8), shear, size, flags=cv2.INTER_NEAREST) > 0
    pieces = Pieces.of(own)
    piece = pieces.piece
    whole = np.bincount(piece, minlength=pieces.count)
    edges = [0, *_valleys(_profile(pieces.ys, scale)), size[1]]
    rows = []
    for top, bottom in pairwise(edges):
        inside = (pieces.ys >= top) & (pieces.ys < bottom)
        share = np.bincount(piece[inside], minlength=pieces.count) / np.maximum(whole, 1)
        row = np.zeros_like(own)
        row[pieces.ys, pieces.xs] = (share > MOSTLY)[piece] | inside
        if np.count_nonzero(row) >= LEAST_INK:
            rows.append(_white_but(level, row, own)[_around(row, round(MARGIN * scale))])
    return rows


def _profile(ys: npt.NDArray[np.float64 | np.int64], scale: float) -> npt.NDArray[np.float64]:
    """Ink on each row, from 0 or the topmost above it, averaged over the rows beside it."""
    first = min(0, int(np.floor(ys.min())))
    counts = np.bincount((ys - first).astype(np.int64)).astype(np.float64)
    smooth = cv2.GaussianBlur(counts[:, None], (1, 0), EVEN * scale, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(smooth[:, 0], np.float64)


def _valleys(profile: npt.NDArray[np.float64]) -> list[int]:
    """Where rows part: the thinnest place between each two peaks, if it is thin enough."""
    inner = profile[1:-1]
    rises = (inner >= profile[:-2]) & (inner > profile[2:]) & (inner > PART * profile.max())
    kept: list[int] = []
    for peak in (np.flatnonzero(rises) + 1).tolist():
        while kept:
            least = profile[kept[-1] : peak + 1].min()
            if least <= PARTED * min(profile[kept[-1]], profile[peak]):
                kept.append(peak)
                break
            if profile[kept[-1]] >= profile[peak]:
                break
            kept.pop()
        else:
            kept.append(peak)
    return [a + int(profile[a : b + 1].argmin()) for a, b in pairwise(kept)]


def _around(ink: npt.NDArray[np.bool_], margin: int) -> Window:
    """The box around ink, and a margin."""
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    down, across = (
        slice(max(0, int(each[0]) - margin), int(each[-1]) + 1 + margin) for each in (rows, columns)
    )
    return down, across


def _window(found: Lines, indexes: Sequence[int]) -> Window:
    """The box around some lines, and a margin."""
    lines = [found.lines[index] for index in indexes]
    margin = round(MARGIN * found.scale)
    return (
        slice(
            max(0, min(line.top for line in lines) - margin),
            max(line.bottom for line in lines) + margin,
        ),
        slice(
            max(0, min(line.left for line in lines) - margin),
            max(line.right for line in lines) + margin,
        ),
    )


def _cut(
    even: npt.NDArray[np.uint8], found: Lines, window: Window, inked: Sequence[int]
) -> npt.NDArray[np.uint8]:
    """Cut out a window, with the ink of some lines."""
    owner = found.owner[window]
    return _white_but(_grey(even, window), np.isin(owner, inked), owner >= 0)


def _grey(even: npt.NDArray[np.uint8], window: Window) -> npt.NDArray[np.uint8]:
    part = np.ascontiguousarray(even[window])
    return np.asarray(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), np.uint8)


def _white_but(
    grey: npt.NDArray[np.uint8], own: npt.NDArray[np.bool_], ink: npt.NDArray[np.bool_]
) -> npt.NDArray[np.uint8]:
    """(H, W) uint8: what is not its own ink, or close to it and nobody's, is white."""
    reach = 2 * SOFT_EDGE + 1
    near = cv2.dilate(own.view(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    return np.where(near & (own | ~ink), grey, 255).astype(np.uint8)
