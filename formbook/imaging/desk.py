"""The page that lies on a desk: where its four edges are in the picture.

Edges may be curved, as those of a page that curls up are; corners are corners all the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from formbook.imaging.pixels import Mask, find_darkest

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
MIN_BOW = 0.01
"""Of an edge's length: an edge that is less out of the straight is straight."""
MAX_BOW = 0.12
"""Of an edge's length: by how much an edge of curled paper is out of the straight at most."""
MAX_DENT = 0.005
"""Of an edge's length: what leaves its smooth course by more is no edge of paper. Drawn curled
pages leave it by 0.0041 at most, patches with a bit of desk by 0.007."""

_SMALL = 500
_THINNEST = 16
_CORNERS = 4
_LEVELS = 12
_SPOTS = 40
_NEAR = 6
_RIM = 2
_DEGREE = 8
_SHORTEST = 15

Rgb = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A page in a picture.

    `quad` is (4, 2) float64, its corners, x and y, clockwise from the top left; `upper` and `lower`
    are (N, 2) float64, its edges from left to right where they are curved, None where straight.
    """

    quad: Matrix
    upper: Matrix | None = None
    lower: Matrix | None = None

    def scaled(self, by: float) -> Outline:
        """Say the same of a picture with that many times as many pixels a side."""
        edges = (None if edge is None else edge * by for edge in (self.upper, self.lower))
        return Outline(self.quad * by, *edges)


def find_sheet(rgb: Rgb) -> Outline | None:
    """Find the page that lies on a desk.

    The page is the one bright patch that is its own quadrilateral, or has four smooth edges; a scan
    whose paper fills the picture, and a picture of something else, give None.

    Args:
        rgb: (H, W, 3) uint8.

    Returns:
        Its outline; None if there is no such patch.

    Source:
        Own method; tests/imaging/test_desk.py lays drawn pages on desks.
    """
    scale = _SMALL / max(rgb.shape[:2])
    if scale >= 1 or scale * min(rgb.shape[:2]) < _THINNEST:
        return None
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    best, quad, straight = MIN_QUAD, None, 0.0
    sharpest, curved = MIN_STEP - 1.0, None
    # what is written is thinner than this, so that paper is all that is left
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    wide = np.asarray(closed, dtype=np.uint8)
    for plane in (_without_slant(_brightest(wide)), find_darkest(wide), _far_from_rim(wide)):
        smooth = np.asarray(cv2.GaussianBlur(plane, (5, 5), 0), dtype=np.uint8)
        # what is still left of uneven light leaves no one threshold that holds for all pictures
        for level in np.linspace(*_range_of(smooth), _LEVELS)[1:-1]:
            patch = _largest_patch(smooth > level)
            if patch is None:
                continue
            found = _quadrilateral(patch, plane.shape)
            if found is not None and found[0] > best:
                step = _measure_step(plane, _straight(found[1]))
                if step >= MIN_STEP:
                    (best, quad), straight = found, step
            if not _is_within(patch, plane.shape):
                continue
            sides = _sides_of(patch)
            if max(map(_measure_dent, sides)) < MAX_DENT:
                # a page up to its fold, and one with some desk, have smooth edges too
                step = _measure_step(plane, sides)
                if step > sharpest:
                    sharpest, curved = step, sides
    if quad is not None and (
        curved is None or sharpest < straight or max(map(_measure_bow, curved[::2])) < MIN_BOW
    ):
        return Outline(quad).scaled(1 / scale)
    if curved is None:
        return None
    corners = np.array([side[0] for side in curved])
    return Outline(corners, curved[0], curved[2][::-1]).scaled(1 / scale)


def _largest_patch(mask: Mask) -> npt.NDArray[np.int32] | None:
    """Outline the largest bright patch, (n, 2), if it is as large as a page."""
    bright = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    outlines, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not outlines:
        return None
    patch = max(outlines, key=cv2.contourArea)
    if not MIN_SHEET <= cv2.contourArea(patch) / mask.size <= MAX_SHEET:
        return None
    return np.asarray(patch, dtype=np.int32)


def _quadrilateral(
    patch: npt.NDArray[np.int32], shape: tuple[int, ...]
) -> tuple[float, Matrix] | None:
    """Tell how well a patch has four straight edges, and its corners."""
    quad = _four_corners(np.asarray(cv2.convexHull(patch), dtype=np.int32))
    if quad is None:
        return None
    drawn, meant = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    cv2.drawContours(drawn, [patch], -1, 1, cv2.FILLED)
    cv2.fillConvexPoly(meant, np.round(quad).astype(np.int32), 1)
    either = cv2.countNonZero(cv2.bitwise_or(drawn, meant))
    return cv2.countNonZero(cv2.bitwise_and(drawn, meant)) / max(1, either), quad


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


def _straight(quad: Matrix) -> list[Matrix]:
    """Lay spots along four straight edges."""
    share = np.linspace(0, 1, _SPOTS)[:, None]
    return [
        start + share * (end - start)
        for start, end in zip(quad, np.roll(quad, -1, axis=0), strict=True)
    ]


def _sides_of(patch: npt.NDArray[np.int32]) -> list[Matrix]:
    """Lay spots along a patch's upper, right, lower and left edge, clockwise."""
    around = patch[:, 0, :].astype(np.float64)
    across, along = around.sum(axis=1), around[:, 0] - around[:, 1]
    corners = [int(i) for i in (across.argmin(), along.argmax(), across.argmax(), along.argmin())]
    sides = []
    for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
        # OpenCV goes around a patch against the clock
        way = np.arange(start, end - 1 if end < start else end - 1 - len(around), -1)
        chain = around[way % len(around)]
        length = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(chain, axis=0).T))])
        even = np.linspace(0, length[-1], _SPOTS)
        sides.append(np.stack([np.interp(even, length, chain[:, k]) for k in (0, 1)], axis=1))
    return sides


def _is_within(patch: npt.NDArray[np.int32], shape: tuple[int, ...]) -> bool:
    """Whether a patch touches no edge of the picture."""
    far = np.array([shape[1], shape[0]]) - _RIM
    return bool(((patch >= _RIM) & (patch < far)).all())


def _measure_bow(side: Matrix) -> float:
    """Tell by how much an edge is out of the straight, as a share of its length."""
    off, length = _off_chord(side)
    return float(np.abs(off).max() / length)


def _measure_dent(side: Matrix) -> float:
    """Tell by how much an edge leaves a smooth course, as a share of its length; 1 if it bows."""
    off, length = _off_chord(side)
    if length < _SHORTEST or np.abs(off).max() > MAX_BOW * length:
        return 1.0
    each = np.linspace(-1, 1, len(off))
    smooth = np.polynomial.chebyshev.chebfit(each, off, _DEGREE)
    return float(np.abs(off - np.polynomial.chebyshev.chebval(each, smooth)).max() / length)


def _off_chord(side: Matrix) -> tuple[Matrix, float]:
    """Tell how far each spot of an edge lies from the line between its ends, and their distance."""
    along = side[-1] - side[0]
    length = max(1e-9, float(np.hypot(*along)))
    return (side - side[0]) @ np.array([along[1], -along[0]]) / length, length


def _measure_step(plane: npt.NDArray[np.uint8], sides: list[Matrix]) -> float:
    """Tell by how much brightness falls across the softest of the edges that are in sight.

    0 where fewer than three are: one may be the picture's own.
    """
    steps: list[float] = []
    middle = np.concatenate(sides).mean(axis=0)
    height, width = plane.shape
    for side in sides:
        along = np.gradient(side, axis=0)
        out = np.stack([along[:, 1], -along[:, 0]], axis=1)
        out /= np.maximum(1e-9, np.hypot(*out.T))[:, None]
        # the corners themselves are soft
        spots, out = side[2:-2], out[2:-2]
        out = out if ((spots - middle) * out).sum() > 0 else -out
        beyond = np.round(spots + _NEAR * out).astype(int)
        inside = np.round(spots - _NEAR * out).astype(int)
        fits = ((beyond >= 0) & (beyond < (width, height))).all(axis=1)
        if fits.mean() < MIN_IN_SIGHT:
            continue
        inside = inside[fits].clip(0, (width - 1, height - 1))
        step = plane[inside[:, 1], inside[:, 0]].astype(int) - plane[tuple(beyond[fits].T[::-1])]
        steps.append(float(np.median(step)))
    return min(steps) if len(steps) >= MIN_EDGES else 0.0


def _brightest(rgb: Rgb) -> npt.NDArray[np.uint8]:
    red, green, blue = cv2.split(rgb)
    return np.asarray(cv2.max(cv2.max(red, green), blue), dtype=np.uint8)


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
    usual = np.full_like(rgb, np.median(rim, axis=0).astype(np.uint8))
    red, green, blue = cv2.split(cv2.absdiff(rgb, usual))
    return np.asarray(cv2.add(cv2.add(red, green), blue), dtype=np.uint8)
