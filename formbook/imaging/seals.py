"""What a red pen wrote across a red seal."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from formbook.imaging.ink import MIN_INK, MIN_RED, Mask, Plane, Seal
from formbook.imaging.pixels import Pieces

PEN = 0.62
"""Share of the darkness of red writing from which on red within a seal is written: what a seal
prints has 0.55."""
PEN_ON_STAR = 0.8
"""The same over the star, whose full areas are darker than letters."""
STAR = 0.44
"""Radius of what is printed in the middle of a seal, of the seal's."""
RIM = 0.06
"""How far a seal's rim lies from its radius at most, of it."""
STROKE = 0.1
"""Of the radius of a seal: what is written is longer than that."""


def find_writing_on(seal: Seal, even: npt.NDArray[np.uint8], redness: Plane) -> Mask:
    """Find what a red pen wrote across a red seal.

    A pen's stroke is wider and darker than what a seal prints. How dark this pen is, is seen
    beside the seal; where nothing red is there, nothing red is written on the seal either.

    Args:
        seal: the seal.
        even: (H, W, 3) uint8 RGB, light evened out.
        redness: (H, W) uint8, as `ink.measure_redness` gives it.

    Returns:
        (H, W) bool, True on the strokes of a red pen within `ink.cover_seal`.

    Source:
        Own method: an opening takes off lines narrower than a stroke (J. Serra, "Image Analysis and
        Mathematical Morphology", 1982); what is left of the rim, the star and the letters goes
        by its place and size.
    """
    found = np.zeros(redness.shape, bool)
    rows, columns = (
        slice(max(0, round(middle - 2 * seal.radius)), max(0, round(middle + 2 * seal.radius)))
        for middle in (seal.y, seal.x)
    )
    dark = cv2.bitwise_not(cv2.cvtColor(even[rows, columns], cv2.COLOR_RGB2GRAY))
    down, across = np.ogrid[: dark.shape[0], : dark.shape[1]]
    away = np.hypot(down + rows.start - seal.y, across + columns.start - seal.x) / seal.radius
    thick = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    red = redness[rows, columns] > MIN_RED
    pen = thick[red & (away > 1 + 2 * RIM) & (thick > MIN_INK)]
    if len(pen) < seal.radius:
        return found
    full = float(np.percentile(pen, 75))
    sure = thick > np.where(away < STAR, PEN_ON_STAR, PEN) * full
    near = cv2.dilate(sure.view(np.uint8), np.ones((3, 3), np.uint8)).view(bool)
    strokes = near & red & (away < 1 + RIM) & (dark > PEN**2 * full)
    pieces = Pieces.of(strokes)
    size = np.maximum(pieces.measure(pieces.xs), pieces.measure(pieces.ys))
    off = away[pieces.ys, pieces.xs]
    printed = np.ones(pieces.count, bool)
    printed[pieces.piece[(off > STAR) & (off < 1 - RIM)]] = False
    printed |= size < STROKE * seal.radius
    strokes[pieces.ys, pieces.xs] = ~printed[pieces.piece]
    found[rows, columns] = strokes
    return found
