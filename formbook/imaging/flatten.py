"""From a frame to a level sheet at a working resolution, with the way back.

Layout is seen on few pixels: an A4 page at 150 dpi keeps every stroke and costs a sixteenth of
one at 600. What is found there goes back through a homography, exactly.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from formbook.model import Polygon

WORKING_SIDE = 1754
"""Pixels of the longer side of a sheet: an A4 page at 150 dpi."""
MAX_SKEW = 8.0
"""Degrees; a page that lies more askew was laid down so, and its lines are still found."""
MIN_SHEET = 0.25
"""Of the picture: a smaller bright patch is no page."""
MAX_SHEET = 0.97
"""Of the picture: a sheet that fills it needs no cutting out."""
MIN_QUAD = 0.955
"""How well a patch must be the four-cornered shape around it (intersection over union)."""

MIN_STEP = 20
"""Grey levels from desk to paper across each edge; shade has none so sharp."""

MIN_EDGES = 3
"""Edges of a page that must be seen on a desk; one may lie outside the picture."""
MIN_IN_SIGHT = 0.5
"""Share of an edge that has desk beyond it within the picture."""
MIN_DARK = 8
"""Grey levels below the surroundings from which on a pixel says how lines run."""

_SMALL = 500
_ENOUGH = 60_000
_CORNERS = 4
_LEVELS = 12
_COARSE_STEP = 0.5
_FINE_STEP = 0.1

Rgb = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Flat:
    """A level sheet.

    `rgb` is (H, W, 3) uint8; `to_frame` is (3, 3) float64, a homography from its pixels to those
    of the upright frame; `corners` are those of the page on the desk, in pixels of the upright
    frame, None where the page fills the frame; `skew_degrees` was taken out, with the clock
    positive.
    """

    rgb: Rgb
    to_frame: Matrix
    corners: Polygon | None
    skew_degrees: float

    def map(self, points: Iterable[tuple[float, float]]) -> Polygon:
        """Map points of the sheet to the upright frame."""
        at = np.array([(x, y, 1.0) for x, y in points]) @ self.to_frame.T
        return tuple((float(x / z), float(y / z)) for x, y, z in at)


def flatten(pixels: npt.NDArray[np.uint8], *, side: int = WORKING_SIDE) -> Flat:
    """Cut a page out of its picture and lay it level.

    A page is cut out only where the picture shows four straight edges around it; the rest is
    turned, and nothing is cut off a scan.

    Args:
        pixels: (H, W) uint8 grey or (H, W, 3) uint8 RGB, upright.
        side: pixels of the longer side of the result; a smaller picture is not enlarged.

    Returns:
        The sheet, (h, w, 3) uint8 RGB, h and w at most `side` but for what turning adds.

    Source:
        Own method; tests/imaging/test_flatten.py lays drawn pages askew and measures 0.3 degrees.
    """
    small, to_frame = _shrink(pixels, side)
    quad = find_sheet(small)
    if quad is not None:
        small, back = _unwarp(small, quad)
        to_frame = to_frame @ back
        corners = _points(quad @ to_frame_scale(pixels, side))
    else:
        corners = None
    skew = measure_skew(small)
    level, back = _turn(small, skew)
    return Flat(level, to_frame @ back, corners, skew)


def to_frame_scale(pixels: npt.NDArray[np.uint8], side: int) -> Matrix:
    """Return the (2, 2) scale from the shrunk picture to the frame's pixels.

    Source:
        Own method.
    """
    return np.asarray(np.eye(2) * max(1.0, max(pixels.shape[:2]) / side), dtype=np.float64)


def find_sheet(rgb: Rgb) -> Matrix | None:
    """Find the four corners of a page that lies on a desk.

    The page is the one bright patch that is its own quadrilateral; a scan whose paper fills the
    picture, and a picture of something else, give None.

    Args:
        rgb: (H, W, 3) uint8.

    Returns:
        (4, 2) float64, x and y, clockwise from the top left; None if there is no such patch.

    Source:
        Own method; tests/imaging/test_flatten.py lays drawn pages on desks.
    """
    scale = _SMALL / max(rgb.shape[:2])
    if scale >= 1:
        return None
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    best, quad = MIN_QUAD, None
    # what is written is thinner than this, so that paper is all that is left
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    wide = np.asarray(closed, dtype=np.uint8)
    for plane in (_without_slant(wide.max(axis=2)), wide.min(axis=2), _far_from_rim(wide)):
        smooth = np.asarray(cv2.GaussianBlur(plane, (5, 5), 0), dtype=np.uint8)
        # what is still left of uneven light leaves no one threshold that holds for all pictures
        for level in np.linspace(*_range_of(smooth), _LEVELS)[1:-1]:
            found = _quadrilateral(smooth > level)
            if found is not None and found[0] > best and _is_edged(plane, found[1]):
                best, quad = found
    return None if quad is None else quad / scale


def measure_skew(rgb: Rgb) -> float:
    """Measure by how much lines of writing and ruling run downhill.

    Args:
        rgb: (H, W, 3) uint8.

    Returns:
        Degrees, with the clock positive, at most `MAX_SKEW` either way; 0 for an empty page.

    Source:
        Projection profiles: W. Postl (1986), "Detection of linear oblique structures and skew
        scan in digitized documents"; the sum of squared differences of the profile is taken.
    """
    scale = min(1.0, 2 * _SMALL / max(rgb.shape[:2]))
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    grey = cv2.min(cv2.min(small[..., 0], small[..., 1]), small[..., 2])
    dark = cv2.subtract(cv2.GaussianBlur(grey, (0, 0), 8), grey)
    border = max(2, round(0.02 * max(grey.shape)))
    dark = dark[border:-border, border:-border]
    ys, xs = np.nonzero(dark > MIN_DARK)
    if len(ys) < _SMALL:
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


def _shrink(pixels: npt.NDArray[np.uint8], side: int) -> tuple[Rgb, Matrix]:
    """Make a picture small; the matrix leads back."""
    height, width = pixels.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = pixels if scale == 1.0 else cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    if small.ndim == 2:  # noqa: PLR2004 - rows, columns
        small = cv2.cvtColor(small, cv2.COLOR_GRAY2RGB)
    back = np.diag([width / size[0], height / size[1], 1.0])
    return np.asarray(small, dtype=np.uint8), np.asarray(back, dtype=np.float64)


def _without_slant(plane: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Take out light that grows from one side of the picture to another."""
    height, width = plane.shape
    y, x = np.mgrid[0:height:8, 0:width:8]
    known = np.log(np.maximum(plane[::8, ::8], 1).astype(np.float64)).ravel()
    terms = np.stack([np.ones(y.size), x.ravel() / width, y.ravel() / height], axis=1)
    _, dx, dy = np.linalg.lstsq(terms, known, rcond=None)[0]
    slant = np.exp(
        dx * (np.arange(width) / width - 0.5)[None, :]
        + dy * (np.arange(height) / height - 0.5)[:, None]
    )
    return np.asarray(np.clip(plane / slant, 0, 255), dtype=np.uint8)


def _range_of(plane: npt.NDArray[np.uint8]) -> tuple[float, float]:
    low, high = np.percentile(plane, (5, 95))
    return float(low), float(high)


def _far_from_rim(rgb: Rgb) -> npt.NDArray[np.uint8]:
    """Tell by how much each pixel differs in colour from the edge of the picture."""
    rim = np.concatenate([rgb[:3].reshape(-1, 3), rgb[-3:].reshape(-1, 3)])
    rim = np.concatenate([rim, rgb[:, :3].reshape(-1, 3), rgb[:, -3:].reshape(-1, 3)])
    away = np.abs(rgb.astype(np.int16) - np.median(rim, axis=0).astype(np.int16)).sum(axis=2)
    return np.asarray(np.minimum(away, 255), dtype=np.uint8)


def _quadrilateral(mask: npt.NDArray[np.bool_]) -> tuple[float, Matrix] | None:
    """Find the largest patch: how well it has four straight edges, and its corners."""
    bright = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    outlines, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not outlines:
        return None
    patch = max(outlines, key=cv2.contourArea)
    area = cv2.contourArea(patch) / mask.size
    if not MIN_SHEET <= area <= MAX_SHEET:
        return None
    hull = np.asarray(cv2.convexHull(patch), dtype=np.int32)
    quad = _four_corners(hull)
    if quad is None:
        return None
    drawn, meant = np.zeros(mask.shape, np.uint8), np.zeros(mask.shape, np.uint8)
    cv2.drawContours(drawn, [patch], -1, 1, cv2.FILLED)
    cv2.fillConvexPoly(meant, np.round(quad).astype(np.int32), 1)
    both = np.count_nonzero(drawn & meant)
    return both / max(1, int(np.count_nonzero(drawn | meant))), quad


def _is_edged(plane: npt.NDArray[np.uint8], quad: Matrix) -> bool:
    """Whether brightness falls sharply across all edges but perhaps one, the picture's own."""
    seen = 0
    middle = quad.mean(axis=0)
    height, width = plane.shape
    for start, end in zip(quad, np.roll(quad, -1, axis=0), strict=True):
        along = end - start
        out = np.array([along[1], -along[0]]) / max(1e-9, float(np.hypot(*along)))
        out = out if out @ (start - middle) > 0 else -out
        spots = start + np.linspace(0.05, 0.95, 40)[:, None] * along
        beyond = np.round(spots + 6 * out).astype(int)
        inside = np.round(spots - 6 * out).astype(int)
        fits = ((beyond >= 0) & (beyond < (width, height))).all(axis=1)
        if fits.mean() < MIN_IN_SIGHT:
            continue
        inside = inside[fits].clip(0, (width - 1, height - 1))
        step = plane[inside[:, 1], inside[:, 0]].astype(int) - plane[tuple(beyond[fits].T[::-1])]
        if np.median(step) < MIN_STEP:
            return False
        seen += 1
    return seen >= MIN_EDGES


def _four_corners(hull: npt.NDArray[np.int32]) -> Matrix | None:
    """Simplify an outline to four corners, clockwise from the top left."""
    around = cv2.arcLength(hull, closed=True)
    for share in (0.01, 0.015, 0.02, 0.03, 0.04, 0.06):
        corners = cv2.approxPolyDP(hull, share * around, closed=True)[:, 0, :]
        if len(corners) <= _CORNERS:
            break
    if len(corners) != _CORNERS:
        return None
    middle = corners.mean(axis=0)
    angle = np.arctan2(*(corners - middle).T[::-1])
    ordered = corners[np.argsort(angle)].astype(np.float64)
    first = int(np.argmin(ordered.sum(axis=1)))
    return np.roll(ordered, -first, axis=0)


def _unwarp(rgb: Rgb, quad: Matrix) -> tuple[Rgb, Matrix]:
    """Pull four corners to a rectangle; the matrix leads back."""
    sides = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    width, height = max(sides[0], sides[2]), max(sides[1], sides[3])
    target = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float32)
    there = cv2.getPerspectiveTransform(quad.astype(np.float32), target)
    size = (max(1, round(width)), max(1, round(height)))
    flat = cv2.warpPerspective(
        rgb, there, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(flat, dtype=np.uint8), np.asarray(np.linalg.inv(there), dtype=np.float64)


def _turn(rgb: Rgb, degrees: float) -> tuple[Rgb, Matrix]:
    """Turn a sheet against its skew, on as much paper as that needs; the matrix leads back."""
    if abs(degrees) < _FINE_STEP / 2:
        return rgb, np.eye(3)
    height, width = rgb.shape[:2]
    there = np.eye(3)
    there[:2] = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    corners = np.array([(0, 0, 1), (width, 0, 1), (width, height, 1), (0, height, 1)]) @ there.T
    low, high = corners.min(axis=0), corners.max(axis=0)
    there[:2, 2] -= low[:2]
    size = (int(np.ceil(high[0] - low[0])), int(np.ceil(high[1] - low[1])))
    level = cv2.warpAffine(
        rgb, there[:2], size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(level, dtype=np.uint8), np.asarray(np.linalg.inv(there), dtype=np.float64)


def _points(array: Matrix) -> Polygon:
    return tuple((float(x), float(y)) for x, y in array)
