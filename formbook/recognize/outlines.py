"""Outlines of lines on a page that lies a little askew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from formbook.model import Point, Polygon

MAX_SLOPE = 0.25
"""Nobody lays a page down more than 14 degrees askew; what measures more was measured on noise."""


@dataclass(frozen=True, slots=True)
class Band:
    """How far something reaches once the page is level.

    `left` and `right` are pixels of the page; `top` and `bottom` are those that it has at x = 0
    along a line of the page's slope.
    """

    left: float
    right: float
    top: float
    bottom: float

    @property
    def middle(self) -> float:
        """Half way between top and bottom."""
        return (self.top + self.bottom) / 2

    @property
    def width(self) -> float:
        """From left to right, in pixels."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From top to bottom, in pixels."""
        return self.bottom - self.top


def slope_through(points: Iterable[Point]) -> float | None:
    """Fit a line through points by least squares; None where they stand one above the other.

    Args:
        points: pixels, y down.

    Returns:
        Pixels down for each pixel to the right.
    """
    xs, ys = zip(*points, strict=True)
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    if not spread:
        return None
    return float(sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / spread)


def common_slope(slopes: Iterable[float | None]) -> float:
    """Return the slope of a page whose lines have these, 0 where none is credible."""
    credible = [each for each in slopes if each is not None and abs(each) <= MAX_SLOPE]
    return median(credible) if credible else 0.0


def slope_of(polygons: Iterable[Polygon]) -> float:
    """Return the slope of a page from the top edges of its lines."""
    tops = (polygon[:2] for polygon in polygons)
    return common_slope(slope_through(top) for top in tops)


def band_of(points: Iterable[Point], slope: float) -> Band:
    """Return how far points reach along a slope and across it."""
    xs, levels = zip(*((x, y - slope * x) for x, y in points), strict=True)
    return Band(min(xs), max(xs), min(levels), max(levels))


def outline(band: Band, slope: float, width: float, height: float) -> Polygon:
    """Return the four corners of a band, from its top left clockwise.

    Args:
        band: what to draw.
        slope: that of the page.
        width: of the page in pixels; no corner leaves it.
        height: of the page in pixels; no corner leaves it.
    """
    corners = (
        (band.left, band.top),
        (band.right, band.top),
        (band.right, band.bottom),
        (band.left, band.bottom),
    )
    return tuple(
        (round(min(max(x, 0.0), width), 1), round(min(max(y + slope * x, 0.0), height), 1))
        for x, y in corners
    )


def typical_pitch(middles: Iterable[float], least: float) -> float | None:
    """Return how far apart lines stand that follow each other closely.

    It is the lower quartile of the distances, since a page of short comments has as many wide
    gaps as narrow ones.

    Args:
        middles: where the lines stand, in pixels down.
        least: pixels; what is closer stands on one line.

    Returns:
        Pixels; None if no two lines stand apart.
    """
    steps = sorted(b - a for a, b in pairwise(sorted(middles)) if b - a > least)
    return steps[(len(steps) - 1) // 4] if steps else None
