"""Pictures of what may be a page's number: small, alone, at its upper or lower edge."""

from __future__ import annotations

from collections.abc import Collection

import cv2
import numpy as np
import numpy.typing as npt

from formbook.imaging.lines import Lines

TOP_ZONE, BOTTOM_ZONE = 0.085, 0.05
"""Of the sheet's height."""
INSET = 0.01
"""Of the page's width: what is nearer to its side is its edge."""
LOW_MM, HIGH_MM = 1.3, 11.0
"""Height of a digit in print, or written large."""
WIDEST_MM = 24.0
"""Four digits written large."""
LEAST_INK_MM2 = 0.25
"""A printed 1."""
APART_MM = 1.6
"""Between two digits of a number; twice that lies between a number and what is no part of it."""
MARGIN_MM = 1.2
MOST = 3
"""So many pictures are worth reading."""


def cut_numbers(
    even: npt.NDArray[np.uint8],
    ink: npt.NDArray[np.bool_],
    found: Lines,
    narrow: Collection[int],
    span: tuple[float, float],
    *,
    px_per_mm: float,
) -> list[npt.NDArray[np.uint8]]:
    """Cut out what may be the number of a page.

    Args:
        even: (H, W, 3) uint8 RGB, the sheet with paper near 255.
        ink: (H, W) bool, its writing.
        found: its lines.
        narrow: indexes of the lines that may be a number; what belongs to another is none.
        span: where the page begins and ends across, in pixels of the sheet.
        px_per_mm: pixels of the sheet per millimetre.

    Returns:
        (h, w) uint8 grey each, paper around it; those at the top first. None at all where there
        are more than `MOST`: a page that is dirty or written over tells nothing so.

    Source:
        Own method; measured by benchmarks/page_numbers.py.
    """
    height = ink.shape[0]
    inset = INSET * (span[1] - span[0])
    left, right = round(span[0] + inset), round(span[1] - inset)
    pictures = []
    for top, bottom in (
        (0, round(TOP_ZONE * height)),
        (round((1 - BOTTOM_ZONE) * height), height),
    ):
        owner = found.owner[top:bottom, left:right]
        wide = (owner >= 0) & ~np.isin(owner, [*narrow])
        own = ink[top:bottom, left:right] & ~wide
        if not own.any():
            continue
        grey = np.asarray(
            cv2.cvtColor(np.ascontiguousarray(even[top:bottom, left:right]), cv2.COLOR_RGB2GRAY),
            np.uint8,
        )
        grey = np.where(wide, 255, grey).astype(np.uint8)
        pictures += _cut(grey, own, wide, px_per_mm)
    return pictures if len(pictures) <= MOST else []


def _cut(
    grey: npt.NDArray[np.uint8],
    own: npt.NDArray[np.bool_],
    wide: npt.NDArray[np.bool_],
    px_per_mm: float,
) -> list[npt.NDArray[np.uint8]]:
    """The small and lone pieces of a strip, digits that stand together as one."""
    reach = max(1, round(APART_MM * px_per_mm))
    near = cv2.dilate(own.astype(np.uint8), np.ones((max(1, reach // 3), reach), np.uint8))
    count, labels = cv2.connectedComponents(near, connectivity=8)
    pictures = []
    for label in range(1, count):
        rows, columns = np.nonzero(own & (labels == label))
        top, bottom, left, right = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
        high, across = (bottom - top) / px_per_mm, (right - left) / px_per_mm
        margin = round(MARGIN_MM * px_per_mm)
        around = (
            slice(max(0, top - margin), bottom + margin),
            slice(max(0, left - 2 * reach), right + 2 * reach),
        )
        if (
            LOW_MM <= high <= HIGH_MM
            and across <= WIDEST_MM
            and len(rows) >= LEAST_INK_MM2 * px_per_mm**2
            and top > 0
            and bottom < own.shape[0]
            and not wide[around].any()
        ):
            pictures.append(grey[around[0], max(0, left - margin) : right + margin].copy())
    return pictures
