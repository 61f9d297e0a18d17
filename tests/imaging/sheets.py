"""Sheets drawn with the simplest means, for tests of one step alone."""

from __future__ import annotations

import cv2
import numpy as np

from formbook.imaging import ink

BLUE = (40, 50, 150)
RED = (200, 30, 40)
GREY_BLUE = (170, 185, 205)


def blank(height=900, width=640, tone=(246, 243, 235)):
    return np.full((height, width, 3), tone, np.uint8)


def write(sheet, text, left, baseline, *, size=1.0, colour=BLUE, pen=2):
    """Write with OpenCV's own plotter's hand; return the box of the ink."""
    before = sheet.copy()
    cv2.putText(
        sheet,
        text,
        (left, baseline),
        cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
        size,
        colour,
        pen,
        cv2.LINE_AA,
    )
    ys, xs = np.nonzero((before != sheet).any(axis=2))
    return int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1


def rule(sheet, pitch=44, top=60, colour=GREY_BLUE):
    for y in range(top, sheet.shape[0] - 20, pitch):
        cv2.line(sheet, (0, y), (sheet.shape[1], y), colour, 1, cv2.LINE_AA)
    return sheet


def written_sheet(lines):
    sheet = rule(blank())
    for index in range(lines):
        write(sheet, "Ngo toi mat den ba dem", 60, 100 + 44 * index)
    return sheet


def press_seal(sheet, x, y, radius=55, colour=(215, 60, 60)):
    for r, thick in ((radius, 3), (radius - 5, 1), (radius // 2, 1)):
        cv2.circle(sheet, (x, y), r, colour, thick, cv2.LINE_AA)
    cv2.circle(sheet, (x, y), radius // 4, colour, cv2.FILLED)


def ink_of(sheet):
    return ink.measure_darkness(ink.even_light(sheet)) > ink.MIN_INK


def boxes_of(found):
    return [(line.left, line.top, line.right, line.bottom) for line in found.lines]


def overlap(one, other):
    """Intersection over union of two boxes: left, top, right, bottom."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0, wide) * max(0, high)
    area = sum((b[2] - b[0]) * (b[3] - b[1]) for b in (one, other))
    return shared / (area - shared)
