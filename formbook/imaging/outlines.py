"""The outlines of lines: their ink, and the paper around it that is theirs."""

from __future__ import annotations

from collections.abc import Sequence

from formbook.imaging.lines import TextLine

BESIDE = 0.2
"""Of a line's height: the paper beside it that its outline takes in."""
MOST_BESIDE = 0.6
"""Scales of that paper at most."""
ABOVE = 0.2
"""Of a line's height: the paper above and below it that its outline takes in at most."""
AROUND = 0.9
"""Scales of paper beside a number that stands alone."""
FULL_LINE = 6.0
"""Scales of height of a line with letters that reach up and down."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, in pixels of the sheet."""


def box_of(line: TextLine) -> Box:
    """Return the box of a line's ink."""
    return (line.left, line.top, line.right, line.bottom)


def outline(line: TextLine) -> Box:
    """Return the room that a line takes up: its ink and some paper, more where it is low."""
    beside = min(BESIDE * line.height, MOST_BESIDE * line.scale)
    above = min(ABOVE * line.height, max(0.0, (FULL_LINE * line.scale - line.height) / 2))
    return (line.left - beside, line.top - above, line.right + beside, line.bottom + above)


def outline_number(line: TextLine) -> Box:
    """Return the room of a number that stands alone: as high as that of a full line."""
    above = max(0.0, (FULL_LINE * line.scale - line.height) / 2)
    beside = AROUND * line.scale
    return (line.left - beside, line.top - above, line.right + beside, line.bottom + above)


def corners_of(boxes: Sequence[Box]) -> list[tuple[float, float]]:
    """Return the corners of the box around boxes, clockwise from the top left."""
    left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
    right, bottom = max(b[2] for b in boxes), max(b[3] for b in boxes)
    return [(left, top), (right, top), (right, bottom), (left, bottom)]
