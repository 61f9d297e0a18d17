"""The pages of a frame that is read anew: which of them is the one that was meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from formbook.model import PageReading, Polygon, Side


def reading_within(pages: Sequence[PageReading], side: Side, outline: Polygon) -> PageReading:
    """Take from a frame's reading what stands on one page as it was told apart before.

    Args:
        pages: what the frame shows now, the left one first.
        side: where the page was found.
        outline: the part of the frame that showed it, in pixels of the frame as stored.

    Returns:
        The page on that side. Where the frame is now read as another number of pages: what
        stands within the outline, of whichever page.
    """
    same = [page for page in pages if page.side is side]
    if same:
        return same[0]
    entries = [entry for page in pages for entry in page.entries]
    lines, before = [], 0
    for page in pages:
        lines += [
            replace(line, entry=None if line.entry is None else line.entry + before)
            for line in page.lines
            if side is Side.WHOLE or _is_within(line.polygon, outline)
        ]
        before += len(page.entries)
    kept = sorted({line.entry for line in lines if line.entry is not None})
    numbers = [page.page_number for page in pages]
    return replace(
        pages[0],
        side=side,
        outline=outline,
        begins=None,
        ends=None,
        page_number=numbers[0] if len(numbers) == 1 and side is Side.WHOLE else None,
        lines=tuple(
            replace(line, entry=None if line.entry is None else kept.index(line.entry))
            for line in lines
        ),
        entries=tuple(entries[index] for index in kept),
        marks=tuple(
            replace(mark, entry=None)
            for page in pages
            for mark in page.marks
            if side is Side.WHOLE or _is_within(mark.polygon, outline)
        ),
    )


def _is_within(polygon: Polygon, outline: Polygon) -> bool:
    """Whether the middle of an outline lies in another."""
    middle = np.mean(np.asarray(polygon, np.float64), axis=0)
    return cv2.pointPolygonTest(np.asarray(outline, np.float32), middle.tolist(), False) >= 0
