"""Writing of two pens in one row taken apart, as a red remark beside a blue comment."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from formbook.imaging.lines import Lines
from formbook.imaging.rows import take_parts

OTHER_PEN = 20.0
"""Degrees between two inks from which on they are of two pens: within lines of one pen, on
../shared/data/pages and drawn pages, there are 8 at most, from blue to red 40 and more."""
GAP = 1.2
"""Scales of empty paper between what two pens wrote."""
LEAST = 0.05
"""Of a line's ink that each of two pens wrote."""

Absorbed = npt.NDArray[np.float64]


def split_pens(found: Lines, even: npt.NDArray[np.uint8]) -> Lines:
    """Cut lines where another pen goes on.

    Args:
        found: lines of a sheet.
        even: (H, W, 3) uint8 RGB, the sheet with paper near 255.

    Returns:
        The lines from the top down; no pixel of ink is lost.

    Source:
        Own method: an ink absorbs colours in a proportion of its own, however much of it there is
        (the law of Beer and Lambert).
    """
    spans = []
    for index, line in enumerate(found.lines):
        at = _find_change(found.ink_of(index), even[line.window], found.scale)
        spans.append([(0, line.width)] if at is None else [(0, at), (at, line.width)])
    return take_parts(found, spans)


def _find_change(
    own: npt.NDArray[np.bool_], rgb: npt.NDArray[np.uint8], scale: float
) -> int | None:
    """Where in a line, (h, w) and (h, w, 3), another pen begins, in columns."""
    inked = np.flatnonzero(own.any(axis=0))
    breaks = np.flatnonzero(np.diff(inked) > GAP * scale) + 1
    if not len(breaks):
        return None
    starts = np.array([inked[0], *inked[breaks]])
    ys, xs = np.nonzero(own)
    words = np.searchsorted(starts, xs, side="right") - 1
    absorbed: Absorbed = np.stack(
        [np.bincount(words, 255.0 - rgb[ys, xs, k], len(starts)) for k in range(3)],
        axis=1,
        dtype=np.float64,
    )
    turned = [(_angle(absorbed[:k], absorbed[k:]), k) for k in range(1, len(starts))]
    angle, k = max(turned)
    if angle < OTHER_PEN or not _is_of_one_pen_each(absorbed, k):
        return None
    return int(starts[k])


def _angle(one: Absorbed, two: Absorbed) -> float:
    """Degrees between the inks of two groups of words; 0 where one is next to nothing."""
    a, b = one.sum(axis=0), two.sum(axis=0)
    if min(a.sum(), b.sum()) <= LEAST * (a + b).sum():
        return 0.0
    cosine = float(a @ b / max(1e-9, np.linalg.norm(a) * np.linalg.norm(b)))
    return float(np.degrees(np.arccos(min(1.0, cosine))))


def _is_of_one_pen_each(absorbed: Absorbed, at: int) -> bool:
    """Whether each word before a place is like those before it, and each after it like those."""
    unit = absorbed / np.maximum(1e-9, np.linalg.norm(absorbed, axis=1, keepdims=True))
    first, second = (part.sum(axis=0) for part in np.split(absorbed, [at]))
    likeness = unit @ np.stack([v / np.linalg.norm(v) for v in (first, second)], axis=1)
    belongs = likeness[:, 1] > likeness[:, 0]
    return all(a <= b for a, b in pairwise(belongs.tolist()))
