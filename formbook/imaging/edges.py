"""Where a page begins and ends: what tells whether a comment runs on to the next page."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from formbook.imaging.blocks import Block, Style
from formbook.imaging.lines import Lines
from formbook.model import Edge, Hand

HAND_LINES = 3
"""Lines at a page's edge by which its hand is measured."""
STEEP = 1.0
"""Slope across of a gradient up to which it belongs to a downstroke."""
SHARP = 0.25
"""Of the sharpest gradient: what is less is grain of paper or soft focus."""


def find_edges(
    even: npt.NDArray[np.uint8],
    found: Lines,
    styles: Sequence[Style],
    entries: Sequence[Block],
    *,
    px_per_mm: float,
) -> tuple[Edge, Edge] | None:
    """Find the comments with which a page begins and ends.

    Args:
        even: (H, W, 3) uint8 RGB, the sheet with paper near 255.
        found: its lines.
        styles: one a line.
        entries: those of one page.
        px_per_mm: pixels of the sheet per millimetre.

    Returns:
        The first and the last, which may be one, by their index in `entries`; None of a page
        without comments.

    Source:
        Own method; measured by benchmarks/running.py.
    """
    if not entries:
        return None
    every = found.lines
    lines = [index for block in entries for index in block.lines]
    left = float(np.percentile([every[i].left for i in lines], 20))
    right = float(np.percentile([every[i].right for i in lines], 80))
    width, height = max(right - left, 1.0), even.shape[0]
    first = min(entries, key=lambda each: every[each.lines[0]].top)
    last = max(entries, key=lambda each: every[each.lines[-1]].bottom)
    top, bottom = every[first.lines[0]], every[last.lines[-1]]

    def edge(block: Block, indexes: Sequence[int], empty: float, room: float) -> Edge:
        return Edge(
            entries.index(block),
            measure_hand(even, found, styles, indexes, px_per_mm=px_per_mm),
            round(empty, 3),
            round(room, 3),
            bool(block.signatures),
        )

    return (
        edge(first, first.lines[:HAND_LINES], (top.left - left) / width, top.top / height),
        edge(
            last,
            last.lines[-HAND_LINES:],
            (right - bottom.right) / width,
            1 - bottom.bottom / height,
        ),
    )


def measure_hand(
    even: npt.NDArray[np.uint8],
    found: Lines,
    styles: Sequence[Style],
    indexes: Sequence[int],
    *,
    px_per_mm: float,
) -> Hand:
    """Measure how lines are written.

    Args:
        even: (H, W, 3) uint8 RGB, the sheet with paper near 255.
        found: its lines.
        styles: one a line.
        indexes: of the lines.
        px_per_mm: pixels of the sheet per millimetre.

    Returns:
        The hand, each line weighing as much as it has ink.

    Source:
        Own method: slant by the direction of the gradient beside downstrokes, the pen's width by
        ink per outline.
    """
    ink = np.array([max(found.lines[i].ink, 1.0) for i in indexes])
    colour = np.average([styles[i].colour for i in indexes], axis=0, weights=ink)
    size = float(np.average([styles[i].size for i in indexes], weights=ink))
    slants, pens = zip(*(_strokes(even, found, i) for i in indexes), strict=True)
    red, green, blue = (round(float(part), 3) for part in colour)
    return Hand(
        colour=(red, green, blue),
        size_mm=round(size / px_per_mm, 3),
        slant=round(float(np.average(slants, weights=ink)), 3),
        pen_mm=round(float(np.average(pens, weights=ink)) / px_per_mm, 3),
    )


def _strokes(even: npt.NDArray[np.uint8], found: Lines, index: int) -> tuple[float, float]:
    """Slant of a line's downstrokes, across per down, and the width of its strokes in pixels."""
    own = found.ink_of(index).astype(np.uint8)
    grey = cv2.cvtColor(np.ascontiguousarray(even[found.lines[index].window]), cv2.COLOR_RGB2GRAY)
    grey = cv2.GaussianBlur(grey, (0, 0), 1.0)
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    near = cv2.dilate(own, np.ones((3, 3), np.uint8)) > 0
    sharp = np.hypot(across, down)
    beside = near & (np.abs(down) < STEEP * np.abs(across)) & (sharp > SHARP * sharp.max())
    slant = (
        float(np.average(down[beside] / across[beside], weights=sharp[beside]))
        if beside.any()
        else 0.0
    )
    outline = own - cv2.erode(own, np.ones((3, 3), np.uint8))
    return slant, 2 * float(own.sum()) / max(float(outline.sum()), 1.0)
