"""Ink of the other side of the paper, which shows through it, told from ink of this one."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from formbook.imaging.pixels import Mask, Pieces

SOFT = 0.4
"""Of the contrast that strokes of the sheet have at their edges: what shows through has less. Of
drawn lines that show through the sharpest has 0.34, of pencil among ink the softest 0.49."""
SHARP = 85
"""Per cent of a sheet's ink that is no sharper than its strokes are taken to be."""
CROSSED = 0.15
"""Share of a piece's pixels that may be sharper all the same, where rules cross it."""
PALE = 60
"""Darkness of the strokes of a sheet, at most, on which nothing but the other side may show."""
BLURRED = 0.57
"""Of that darkness: the contrast at their edges is less. Of pages made to show the other side alone
it is 0.55 at most; of the faintest pencil at hand 0.59, of other pages 0.74 and more."""

_AROUND = np.ones((3, 3), np.uint8)


def erase_verso(ink: Mask, darkness: npt.NDArray[np.uint8]) -> Mask:
    """Erase ink of the other side of the paper.

    Ink that shows through paper is pale and spread by it, so that the step from paper to ink is
    small at its edges; that of light pencil is pale, but sharp. Each connected piece of ink is
    erased or kept as a whole: where ink of both sides touches, it stays. Where all is pale and
    soft, the sheet is blank.

    Args:
        ink: (H, W) bool, True where there is writing.
        darkness: (H, W) uint8, 0 paper to 255 black.

    Returns:
        (H, W) bool, a new array; a subset of `ink`.

    Source:
        Own method; measured by benchmarks/drawn.py, on its pages whose other side shows.
    """
    kept = ink.copy()
    if not ink.any():
        return kept
    contrast = cv2.morphologyEx(darkness, cv2.MORPH_GRADIENT, _AROUND)
    pieces = Pieces.of(ink)
    piece, steps = pieces.piece, contrast[pieces.ys, pieces.xs]
    typical = float(np.percentile(steps, SHARP))
    strokes = float(np.percentile(darkness[ink], SHARP))
    if strokes <= PALE and typical < BLURRED * strokes:
        return np.zeros_like(ink)
    sharp = steps > SOFT * typical
    area = np.bincount(piece, minlength=pieces.count)
    soft = np.bincount(piece[sharp], minlength=pieces.count) < CROSSED * area
    kept[pieces.ys, pieces.xs] = ~soft[piece]
    return kept
