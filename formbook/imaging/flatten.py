"""From a frame to a level sheet at a working resolution, with the way back.

Layout is seen on few pixels: an A4 page at 150 dpi keeps every stroke and costs a sixteenth of
one at 600. What is found there goes back through a homography, and where the paper curls through
its bend before, exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from formbook.imaging.curl import Bend, find_bend
from formbook.imaging.desk import Outline, find_sheet
from formbook.imaging.pixels import find_darkest, shrink
from formbook.model import Polygon

WORKING_SIDE = 1754
"""Pixels of the longer side of a sheet: an A4 page at 150 dpi."""
MAX_SKEW = 8.0
"""Degrees; a page that lies more askew was laid down so, and its lines are still found."""
MIN_DARK = 8
"""Grey levels below the surroundings from which on a pixel says how lines run."""

_COARSE_SIDE = 850
_AROUND = 4
_SPREAD = 2.0
_FEW = 500
_ENOUGH = 60_000
_COARSE_STEP = 0.5
_FINE_STEP = 0.1
_NODES = 40
_STEP = 48.0
_STRAIGHT = 0.4

Rgb = npt.NDArray[np.uint8]
Dark = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Flat:
    """A level sheet.

    `rgb` is (H, W, 3) uint8; `to_frame` is (3, 3) float64, a homography from its pixels, once they
    are bent as `bend` says, to those of the upright frame; `bend` is None where the paper does not
    curl; `corners` are those of the page on the desk, in pixels of the upright frame, None where
    the page fills the frame; `skew_degrees` was taken out, with the clock positive.
    """

    rgb: Rgb
    to_frame: Matrix
    bend: Bend | None
    corners: Polygon | None
    skew_degrees: float

    def map(self, points: Iterable[tuple[float, float]]) -> Polygon:
        """Map points of the sheet to the upright frame."""
        at = np.array([*points], np.float64)
        if self.bend is not None:
            at[:, 1] += self.bend.falls(at[:, 0], at[:, 1])
        return _points(through(at, self.to_frame))

    def trace(self, corners: Sequence[tuple[float, float]]) -> Polygon:
        """Map an outline: an edge that becomes a curve gets corners on its way."""
        if self.bend is None:
            return self.map(corners)
        points = np.array(corners)
        edges = [
            start
            + np.linspace(0, 1, int(np.hypot(*(end - start)) / _STEP) + 1, endpoint=False)[:, None]
            * (end - start)
            for start, end in zip(points, np.roll(points, -1, axis=0), strict=True)
        ]
        curved = np.array(self.map(np.concatenate(edges)), np.float32)[:, None, :]
        few = cv2.approxPolyDP(curved, _STRAIGHT, closed=True)[:, 0, :]
        return _points(np.asarray(few, dtype=np.float64))


def flatten(pixels: npt.NDArray[np.uint8], *, side: int = WORKING_SIDE) -> Flat:
    """Cut a page out of its picture and lay it level.

    A page is cut out only where the picture shows four smooth edges around it; the rest is turned,
    and nothing is cut off a scan. Where lines or edges of the paper show that it curls, it is
    straightened.

    Args:
        pixels: (H, W) uint8 grey or (H, W, 3) uint8 RGB, upright.
        side: pixels of the longer side of the result; a smaller picture is not enlarged.

    Returns:
        The sheet, (h, w, 3) uint8 RGB, h and w at most `side` but for what turning and
        straightening add.

    Source:
        Own method; tests/imaging/test_flatten.py lays drawn pages askew and measures 0.3 degrees.
    """
    small, to_frame = _reduce(pixels, side)
    by = max(1, min(max(small.shape[:2]) // _COARSE_SIDE, *small.shape[:2]))
    coarse = _in_colour(shrink(small, by))
    page = find_sheet(coarse)
    if page is None:
        level, to_coarse, extent = coarse, np.eye(3), np.array(small.shape[1::-1]) / by
    else:
        level, to_coarse, extent = _unwarp(coarse, page.quad)
    dark = measure_dark(level)
    edges = None if page is None else _bend_of(page, to_coarse, level.shape)
    skew = 0.0 if edges is not None else measure_skew(dark)
    extent, back = _turn(extent, skew)
    to_coarse = to_coarse @ back
    bend = find_bend(_take(dark, back, extent), edges)
    if bend is not None:
        extent, bend, shift = _make_room(extent, bend)
        to_coarse, bend = to_coarse @ shift, bend.scaled(by)
    larger = np.diag([by, by, 1.0])
    to_small = larger @ to_coarse @ np.linalg.inv(larger)
    level = _in_colour(_take(small, to_small, extent * by, bend))
    corners = None if page is None else _points(through(page.quad, to_frame @ larger))
    return Flat(level, to_frame @ to_small, bend, corners, skew)


def measure_dark(rgb: Rgb) -> Dark:
    """Measure by how much each pixel is darker than the paper around it.

    Args:
        rgb: (H, W, 3) uint8.

    Returns:
        (H, W) uint8.

    Source:
        Own method.
    """
    grey = find_darkest(rgb)
    few = shrink(grey, min(_AROUND, *grey.shape))
    around = cv2.GaussianBlur(few, (0, 0), _SPREAD)
    around = cv2.resize(around, grey.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.subtract(around, grey), np.uint8)


def measure_skew(dark: Dark) -> float:
    """Measure by how much lines of writing and ruling run downhill.

    Args:
        dark: (H, W) uint8, by how much each pixel is darker than the paper around it.

    Returns:
        Degrees, with the clock positive, at most `MAX_SKEW` either way; 0 for an empty page.

    Source:
        Projection profiles: W. Postl (1986), "Detection of linear oblique structures and skew
        scan in digitized documents"; the sum of squared differences of the profile is taken.
    """
    border = max(2, round(0.02 * max(dark.shape)))
    dark = dark[border:-border, border:-border]
    ys, xs = np.nonzero(dark > MIN_DARK)
    if len(ys) < _FEW:
        return 0.0
    step = len(ys) // _ENOUGH + 1
    ys, xs = ys[::step], xs[::step]
    weight = np.minimum(dark[ys, xs], 60).astype(np.float64)

    def sharpness(degrees: float) -> float:
        slope = np.tan(np.radians(degrees))
        rows = (ys - slope * xs + MAX_SKEW * 40 + 200).astype(np.int64)
        profile = np.bincount(np.maximum(rows, 0), weight)
        return float(np.square(np.diff(profile)).sum())

    coarse = np.arange(-MAX_SKEW, MAX_SKEW + 1e-9, _COARSE_STEP)
    best = max(coarse, key=sharpness)
    fine = np.arange(best - _COARSE_STEP, best + _COARSE_STEP + 1e-9, _FINE_STEP)
    return float(np.clip(max(fine, key=sharpness), -MAX_SKEW, MAX_SKEW))


def through(points: Matrix, homography: Matrix) -> Matrix:
    """Map points by a homography.

    Args:
        points: (N, 2) float64, x and y in pixels.
        homography: (3, 3) float64.

    Returns:
        (N, 2) float64, a new array.

    Source:
        Homogeneous coordinates.
    """
    at = np.hstack([points, np.ones((len(points), 1))]) @ homography.T
    return np.asarray(at[:, :2] / at[:, 2:], dtype=np.float64)


def _reduce(pixels: npt.NDArray[np.uint8], side: int) -> tuple[npt.NDArray[np.uint8], Matrix]:
    """Make a picture small; the matrix leads back."""
    by = max(1, min(max(pixels.shape[:2]) // side, *pixels.shape[:2]))
    small = shrink(pixels, by)
    height, width = small.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if scale < 1:
        small = np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return small, np.diag([by * width / size[0], by * height / size[1], 1.0])


def _in_colour(picture: npt.NDArray[np.uint8]) -> Rgb:
    if picture.ndim == 3:  # noqa: PLR2004 - rows, columns, colours
        return picture
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB), dtype=np.uint8)


def _unwarp(rgb: Rgb, quad: Matrix) -> tuple[Rgb, Matrix, Matrix]:
    """Pull four corners to a rectangle; the matrix leads back; its width and height."""
    sides = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    width, height = max(sides[0], sides[2]), max(sides[1], sides[3])
    target = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float32)
    back = cv2.getPerspectiveTransform(target, quad.astype(np.float32)).astype(np.float64)
    extent = np.array([width, height])
    return _take(rgb, back, extent), back, extent


def _take(
    picture: npt.NDArray[np.uint8], to_picture: Matrix, extent: Matrix, bend: Bend | None = None
) -> npt.NDArray[np.uint8]:
    """Take a sheet of some width and height out of a picture; the matrix leads to its pixels."""
    width, height = (max(1, round(float(side))) for side in extent)
    if bend is None and np.array_equal(to_picture, np.eye(3)):
        return picture
    # the middle of the first pixel is half a pixel from the edge
    half = np.array([(1.0, 0.0, 0.5), (0.0, 1.0, 0.5), (0.0, 0.0, 1.0)])
    there = np.linalg.inv(half) @ to_picture @ half
    # of three colours OpenCV makes heavy weather
    in_colour = picture.ndim == 3  # noqa: PLR2004 - rows, columns, colours
    source = cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA) if in_colour else picture
    if bend is not None:
        taken = bend.take_out(np.asarray(source, np.uint8), there, (height, width))
    else:
        taken = np.asarray(
            cv2.warpPerspective(
                source,
                there,
                (width, height),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            ),
            dtype=np.uint8,
        )
    return np.asarray(cv2.cvtColor(taken, cv2.COLOR_RGBA2RGB), np.uint8) if in_colour else taken


def _bend_of(page: Outline, to_small: Matrix, shape: tuple[int, ...]) -> Bend | None:
    """Tell the bend that a page's upper and lower edges show, for the sheet cut out of them."""
    if page.upper is None or page.lower is None:
        return None
    height, width = shape[:2]
    at = np.linspace(0, width - 1, _NODES)
    from_small = np.asarray(np.linalg.inv(to_small), dtype=np.float64)
    upper, lower = (through(edge, from_small) for edge in (page.upper, page.lower))
    above = np.interp(at, upper[:, 0], upper[:, 1])
    below = np.interp(at, lower[:, 0], lower[:, 1]) - (height - 1)
    return Bend(at, np.stack([above + below, below - above]) / 2, 0.0, height - 1.0)


def _make_room(extent: Matrix, bend: Bend) -> tuple[Matrix, Bend, Matrix]:
    """Give a sheet the height that it needs straightened.

    Returns:
        Its width and height; its bend in its own pixels; the matrix from its bent pixels to the
        level ones.
    """
    width, height = extent
    columns = np.arange(0.0, width)
    above = max(0.0, float(bend.falls(columns, np.zeros(len(columns))).max()))
    below = max(0.0, -float(bend.falls(columns, np.full(len(columns), height - 1.0)).min()))
    shift = np.array([(1.0, 0.0, 0.0), (0.0, 1.0, -above), (0.0, 0.0, 1.0)])
    return np.array([width, height + above + below]), bend.moved(above), shift


def _turn(extent: Matrix, degrees: float) -> tuple[Matrix, Matrix]:
    """Turn a sheet against its skew, on as much paper as that needs; the matrix leads back."""
    if abs(degrees) < _FINE_STEP / 2:
        return extent, np.eye(3)
    width, height = extent
    there = np.eye(3)
    there[:2] = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    corners = np.array([(0, 0, 1), (width, 0, 1), (width, height, 1), (0, height, 1)]) @ there.T
    low, high = corners.min(axis=0), corners.max(axis=0)
    there[:2, 2] -= low[:2]
    return high[:2] - low[:2], np.asarray(np.linalg.inv(there), dtype=np.float64)


def _points(array: Matrix) -> Polygon:
    return tuple((float(x), float(y)) for x, y in array)
