"""Light evened out; ink told from paper, and red from other ink."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from formbook.imaging.pixels import Mask, Pieces, Plane, find_darkest, shrink

MIN_INK = 46
"""Darkness, of 255, from which on a pixel is ink: above the grain of paper and what shows through
from the back of the sheet."""
MIN_PENCIL = 26
"""The same for a sheet written in light pencil."""
MIN_FAINT = 14
"""The same for a sheet on which all writing is fainter than that, without the grain of paper."""
FAINT = 60
"""Darkness of the strokes of such a sheet at most; ../shared/data has one, of 46, and all others
have 102 and more."""
FAINTLY_WRITTEN = 0.01
"""Of such a sheet that is as dark as light pencil at least: less is grain."""
GRAIN = 1.2
"""Pixels over which darkness is averaged against the grain of paper."""
PENCIL = 0.3
"""Share of the darkness of a sheet's strokes from which on a pixel is ink."""
CLEARLY = 1.7
"""Times that darkness that a stroke is dark somewhere."""
EDGE_LENGTH = 0.03
"""Of the sheet: what is longer than that, narrow and at its edge is no writing."""
EDGE_WIDTH = 0.3
"""Of its length that such a thing is wide at most."""
MIN_RED = 24
"""By how much green and blue must be darker than red."""
_SHRINK = 4
_RIM = 3  # grey levels by which paper may be brighter than the median around it


def even_light(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Make paper white, whatever its colour and the light on it.

    Each pixel is set in relation to the brightest of its surroundings, so that a dark patch
    larger than a letter is taken for paper and lost.

    Args:
        rgb: (H, W, 3) uint8, strokes at most some 8 pixels wide.

    Returns:
        (H, W, 3) uint8, a new array, paper near 255.

    Source:
        Own method: background by closing, as in P. Soille, "Morphological Image Analysis",
        section 4.4.4 (top-hat), divided and not subtracted since ink absorbs.
    """
    height, width = rgb.shape[:2]
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (17, 17))
    small = cv2.medianBlur(shrink(rgb, min(_SHRINK, height, width)), 3)
    closed = np.asarray(cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel), dtype=np.uint8)
    closed = shrink(closed, min(2, *closed.shape[:2]))
    paper = cv2.GaussianBlur(closed, (0, 0), 3)
    # a median keeps the light of a bright desk off the paper's rim
    nearby = cv2.medianBlur(closed, 13)
    paper = cv2.min(paper, cv2.add(nearby, np.full_like(nearby, _RIM)))
    paper = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(rgb, paper, scale=255), dtype=np.uint8)


def measure_darkness(even: npt.NDArray[np.uint8]) -> Plane:
    """Tell how dark each pixel is in the colour in which it is darkest.

    Args:
        even: (H, W, 3) uint8, light evened out.

    Returns:
        (H, W) uint8, 0 paper to 255 black.

    Source:
        `pixels.find_darkest`.
    """
    return np.asarray(cv2.bitwise_not(find_darkest(even)), dtype=np.uint8)


def measure_redness(even: npt.NDArray[np.uint8]) -> Plane:
    """Tell how red each pixel is.

    Args:
        even: (H, W, 3) uint8 RGB, light evened out.

    Returns:
        (H, W) uint8, 0 for grey, blue and black to 255 for pure red.

    Source:
        Own method: red less the larger of green and blue.
    """
    red, green, blue = cv2.split(even)
    return np.asarray(cv2.subtract(red, cv2.max(green, blue)), dtype=np.uint8)


def smooth_faint(darkness: Plane, candidates: Mask) -> Plane | None:
    """Take the grain of the paper out of a sheet that is written so faintly that grain is as dark.

    Args:
        darkness: (H, W) uint8, 0 paper to 255 black.
        candidates: (H, W) bool, True where darkness is at least `MIN_PENCIL` and no rule runs.

    Returns:
        (H, W) uint8, darkness in which all above `MIN_FAINT` can be ink; None for other sheets.

    Source:
        Own method; measured by benchmarks/layout.py --lines.
    """
    dark = darkness[candidates]
    if len(dark) < FAINTLY_WRITTEN * darkness.size or np.percentile(dark, 85) > FAINT:
        return None
    return np.asarray(cv2.GaussianBlur(darkness, (0, 0), GRAIN), dtype=np.uint8)


def choose_least_ink(darkness: Plane, candidates: Mask, faintest: int = MIN_PENCIL) -> int:
    """Choose from what darkness on a pixel is ink.

    On most sheets it is `MIN_INK`; where hardly anything is much darker than that, as in light
    pencil, it is less.

    Args:
        darkness: (H, W) uint8, 0 paper to 255 black.
        candidates: (H, W) bool, True where darkness is at least `faintest` and no rule runs.
        faintest: darkness that can be ink.

    Returns:
        Darkness, `faintest` to `MIN_INK`.

    Source:
        Own method.
    """
    dark = darkness[candidates]
    if not len(dark):
        return MIN_INK
    strokes = float(np.percentile(dark, 85))
    return round(float(np.clip(PENCIL * strokes, faintest, MIN_INK)))


def keep_ink(darkness: Plane, candidates: Mask, edge: Mask, faintest: int = MIN_PENCIL) -> Mask:
    """Keep what is dark enough for ink, and of that what is clearly dark somewhere.

    The grain of paper and what is left of faint rules is nowhere as dark as strokes are. What runs
    along the edge of the sheet is its shadow, the desk or the binding.

    Args:
        darkness: (H, W) uint8, 0 paper to 255 black.
        candidates: (H, W) bool, True where darkness is at least `faintest` and no rule runs.
        edge: (H, W) bool, True along the edge of the sheet.
        faintest: darkness that can be ink.

    Returns:
        (H, W) bool, a new array; a subset of `candidates`.

    Source:
        Hysteresis of J. Canny (1986), "A computational approach to edge detection", section VIII.
    """
    least = choose_least_ink(darkness, candidates, faintest)
    ink = candidates & (darkness > least)
    pieces = Pieces.of(ink)
    ys, xs, piece = pieces.ys, pieces.xs, pieces.piece
    kept = np.zeros(pieces.count, bool)
    kept[piece[darkness[ys, xs] > CLEARLY * least]] = True
    touching = piece[edge[ys, xs]]
    width, height = pieces.measure(xs), pieces.measure(ys)
    longer, narrower = np.maximum(width, height), np.minimum(width, height)
    long = (longer > EDGE_LENGTH * max(ink.shape)) & (narrower < EDGE_WIDTH * longer)
    kept[touching] &= ~long[touching]
    out = np.zeros_like(ink)
    out[ys, xs] = kept[piece]
    return out
