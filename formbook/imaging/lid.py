"""What lies around the paper on a scan and is brighter than it, as the lid of a scanner is."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from formbook.imaging.pixels import Mask

BRIGHTER = 1.1
"""Times as bright as the paper, in one colour at least."""
STEP = 1.12
"""Times brighter at once, across the edge of the paper; light on paper has no such step."""
ALONG = 0.3
"""Of the sheet's width or height that it runs along."""

_SHRINK = 8
_LETTER = np.ones((5, 5), np.uint8)
_BESIDE = np.ones((3, 3), np.uint8)
_NEAR = np.ones((7, 7), np.uint8)


def find_lid(rgb: npt.NDArray[np.uint8]) -> Mask:
    """Find what lies around the paper and is brighter than it.

    It reaches in from an edge of the picture, runs along a good part of it, and ends at once;
    a patch of brighter light on the paper does not.

    Args:
        rgb: (H, W, 3) uint8, a sheet.

    Returns:
        (H, W) bool, to an eighth of the resolution.

    Source:
        Own method; tests/imaging/test_lid.py lays drawn pages on a lid.
    """
    height, width = rgb.shape[:2]
    size = (max(1, width // _SHRINK), max(1, height // _SHRINK))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    # what is written is thinner than this
    light = cv2.medianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, _LETTER), 5)
    light = light.astype(np.float32) + 1
    paper = np.median(light.reshape(-1, 3), axis=0)
    bright = ((light / paper).max(axis=2) > BRIGHTER).view(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(bright, connectivity=4)
    lid = np.zeros(bright.shape, bool)
    for patch in range(1, count):
        left, top, wide, high = stats[patch, :4]
        inwards = left > 0 and top > 0 and left + wide < size[0] and top + high < size[1]
        if inwards or (wide < ALONG * size[0] and high < ALONG * size[1]):
            continue
        own = labels == patch
        if _measure_step(light, own) > STEP:
            lid |= own
    # its edge is told to a few pixels
    lid = cv2.dilate(lid.view(np.uint8), _BESIDE)
    return np.asarray(cv2.resize(lid, (width, height), interpolation=cv2.INTER_NEAREST) > 0)


def cover_lid(rgb: npt.NDArray[np.uint8], lid: Mask) -> npt.NDArray[np.uint8]:
    """Put paper where there is none, so that its light can be told up to its edge.

    Args:
        rgb: (H, W, 3) uint8, a sheet.
        lid: (H, W) bool, as `find_lid` gives it.

    Returns:
        (H, W, 3) uint8: each pixel of the lid as the paper nearest to it; `rgb` itself where
        there is no lid.

    Source:
        Nearest pixels by distance transform: G. Borgefors (1986), "Distance transformations in
        digital images".
    """
    if not lid.any():
        return rgb
    _, nearest = cv2.distanceTransformWithLabels(
        lid.view(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    at = np.zeros(int(nearest.max()) + 1, np.intp)
    paper = np.flatnonzero(~lid)
    at[nearest.ravel()[paper]] = paper
    return np.asarray(rgb.reshape(-1, 3)[at[nearest]], dtype=np.uint8)


def _measure_step(light: npt.NDArray[np.float32], own: Mask) -> float:
    """Say how many times brighter it is on a patch than just beside it, in the median."""
    inner = cv2.dilate(own.view(np.uint8), _BESIDE)
    beside = cv2.dilate(inner, _BESIDE) > inner
    near = cv2.dilate(np.where(own[..., None], light, 0), _NEAR)
    return float(np.median((near[beside] / light[beside]).max(axis=1))) if beside.any() else 0.0
