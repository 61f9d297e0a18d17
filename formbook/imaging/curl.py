"""Curled paper: how its lines bend, seen by comparing narrow strips of the page.

Along a line of ruling or writing, a strip of the page looks like the one beside it, a little
higher or lower. How much, in every part of the page, adds up to how the paper bends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import cv2
import numpy as np
import numpy.typing as npt

MIN_CURL = 0.005
"""Of the sheet's longer side, 1.5 mm of A4: what bends less is level. Handwriting alone makes lines
seem to bend by as much."""
SHARPER = 1.17
"""How much sharper lines must stand out once straightened: on level pages at hand 1.11 at most, on
curled ones 1.22 and more."""
MIN_TOLD = 0.25
"""Of all that strips could tell: with less, a few words would bend a whole page."""
STEEPEST = 0.36
"""Slope of lines, as a tangent, up to which strips are compared."""

_STRIPS = 40
_BANDS = 7
_PAIRS = _BANDS * (2 * _STRIPS - 3)
_LEAST_SIDE = 4 * _STRIPS
_AROUND = 41
_DARKEST = 60
"""Of 255: darker ink counts no more, or a few strokes would count for a page of faint ruling."""
_PASSES = (STEEPEST, STEEPEST / 3, STEEPEST / 3)
_ROUNDS = 5
_SOFT = 7
_STIFF = (1.0, 5.0)
_FIRM = (1e-3, 2e-2)
_USUAL_MISS = 0.7

Dark = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Bend:
    """How far below its place each point of a sheet lies in the picture of the curled paper.

    `at` is (n,) float64, pixels from the left; `fall` is (2, n) float64, pixels at those places:
    halfway between the rows `top` and `bottom`, and what is to be added to that at `bottom` and
    taken from it at `top`; in between, and beyond, it is drawn straight.
    """

    at: Points
    fall: Points
    top: float
    bottom: float

    def falls(self, x: Points, y: Points) -> Points:
        """Tell how far points lie too low.

        Args:
            x: (N,) float64, in pixels of the sheet.
            y: (N,) float64, likewise.

        Returns:
            (N,) float64, pixels.

        Source:
            Own method.
        """
        middle, lower = (np.interp(x, self.at, row) for row in self.fall)
        return np.asarray(middle + self._down(y) * lower, dtype=np.float64)

    def _down(self, y: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Tell how far down rows are, from -1 at `top` to 1 at `bottom`."""
        return (2 * y - (self.top + self.bottom)) / max(1.0, self.bottom - self.top)

    def scaled(self, by: float) -> Bend:
        """Tell it for a sheet with that many times as many pixels a side."""
        return Bend(self.at * by, self.fall * by, self.top * by, self.bottom * by)

    def moved(self, down: float) -> Bend:
        """Tell it for a sheet with so many more rows above."""
        return Bend(self.at, self.fall, self.top + down, self.bottom + down)

    def with_(self, other: Bend) -> Bend:
        """Add what is still bent between the same rows after this one was taken out."""
        more = np.stack([np.interp(self.at, other.at, row) for row in other.fall])
        return Bend(self.at, self.fall + more, self.top, self.bottom)

    @property
    def rise(self) -> float:
        """How far lines are from straight, in pixels, where they are it most; a slope is not."""
        most = 0.0
        for share in (-1.0, 0.0, 1.0):
            line = self.fall[0] + share * self.fall[1]
            straight = np.polyval(np.polyfit(self.at, line, 1), self.at)
            most = max(most, float(np.ptp(line - straight)))
        return most

    def take_out(
        self, picture: npt.NDArray[np.uint8], to_picture: Points, shape: tuple[int, int]
    ) -> npt.NDArray[np.uint8]:
        """Take the sheet out of a picture, straight.

        Args:
            picture: (H, W) or (H, W, 3) uint8.
            to_picture: (3, 3) float64, from the sheet's pixels, bent, to the picture's.
            shape: rows and columns of the sheet.

        Returns:
            Of that shape, a new array.

        Source:
            Own method.
        """
        height, width = shape
        x = np.arange(width, dtype=np.float32)[None, :]
        y = np.arange(height, dtype=np.float32)[:, None]
        middle, lower = (np.interp(x, self.at, row).astype(np.float32) for row in self.fall)
        y = y + middle + self._down(y) * lower
        (a, b, c), (d, e, f), (g, h, i) = to_picture.astype(np.float32)
        z = g * x + h * y + i
        columns, rows = (a * x + b * y + c) / z, (d * x + e * y + f) / z
        return np.asarray(
            cv2.remap(picture, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
            dtype=np.uint8,
        )


def find_bend(dark: Dark, start: Bend | None = None) -> Bend | None:
    """Find how a sheet's lines bend.

    What bends less than `MIN_CURL` is level, and so is what is not clearly sharper once it is
    straightened: a page is rather left as it is than bent by mistake.

    Args:
        dark: (H, W) uint8, by how much a pixel is darker than the paper around it; lines more or
            less level.
        start: what the edges of the paper tell of it.

    Returns:
        The bend, or `start` where lines tell no more.

    Source:
        Own method: offsets of neighbouring strips by normalised cross-correlation (J. P. Lewis,
        1995, "Fast normalized cross-correlation"), summed to a surface by least squares that are
        stiff across and count what misses it less (Cauchy weights). Measured by
        tests/imaging/test_curl.py.
    """
    height, width = dark.shape
    if min(height, width) < _LEAST_SIDE:
        return start
    before = dark if start is None else straighten(dark, start)
    bend, straight = start, before
    for steepest in _PASSES:
        seen = _Strips.of(straight, steepest)
        if start is not None:
            seen = seen.between_edges()
        elif seen.weight.sum() < MIN_TOLD * _PAIRS:
            return None
        bend = seen.fit() if bend is None else bend.with_(seen.fit())
        if bend.rise < MIN_CURL * max(height, width):
            return start
        straight = straighten(dark, bend)
    return bend if _sharpness(straight) > SHARPER * _sharpness(before) else start


def straighten(picture: npt.NDArray[np.uint8], bend: Bend) -> npt.NDArray[np.uint8]:
    """Take a bend out of a picture of the sheet's own size.

    Args:
        picture: (H, W) or (H, W, 3) uint8.
        bend: of the sheet.

    Returns:
        The same shape, a new array.

    Source:
        Own method.
    """
    return bend.take_out(picture, np.eye(3), (picture.shape[0], picture.shape[1]))


def _sharpness(dark: Dark) -> float:
    """Say how clearly rows differ from those near them."""
    rows = np.minimum(dark, _DARKEST).mean(axis=1)
    # pixels between pixels are softer, straight or not
    return float(np.square(np.diff(np.convolve(rows, np.full(_SOFT, 1 / _SOFT)))).sum())


@dataclass(frozen=True, slots=True, eq=False)
class _Strips:
    """What pairs of strips tell: (n,) arrays, one row a pair and band.

    `left` and `right` are indexes of strips, `down` is how far down the sheet the band is, -1 to
    1, `step` how much lower the right strip lies, `weight` how much that counts.
    """

    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    down: Points
    step: Points
    weight: Points
    at: Points
    rows: int

    @classmethod
    def of(cls, dark: Dark, steepest: float) -> Self:
        """Compare each strip with the next, and with the one after that."""
        height, width = dark.shape
        edges = np.linspace(0, width, _STRIPS + 1).astype(int)
        sums = np.add.reduceat(np.minimum(dark, _DARKEST), edges[:-1], axis=1, dtype=np.int32)
        profile = (sums / np.diff(edges)).astype(np.float32)
        # where lines may be steep, they are first found on half the rows
        by = 1 if steepest < STEEPEST else 2
        profile = profile[: height // by * by].reshape(-1, by, _STRIPS).mean(axis=1)
        profile -= cv2.blur(profile, (1, _AROUND // by))
        reach = steepest * width / _STRIPS / by
        told = [_compare(profile, apart, round(apart * reach) + 1) for apart in (1, 2)]
        left, right, down, step, weight = (
            np.concatenate([each[k].ravel() for each in told]) for k in range(5)
        )
        use = weight > 0
        return cls(
            left[use].astype(np.int64),
            right[use].astype(np.int64),
            down[use],
            by * step[use],
            weight[use],
            (edges[:-1] + edges[1:] - 1) / 2,
            height,
        )

    def between_edges(self) -> Self:
        """Add that the upper and the lower edge are straight already."""
        left = np.tile(np.arange(_STRIPS - 1), 2)
        return replace(
            self,
            left=np.concatenate([self.left, left]),
            right=np.concatenate([self.right, left + 1]),
            down=np.concatenate([self.down, np.repeat((-1.0, 1.0), _STRIPS - 1)]),
            step=np.concatenate([self.step, np.zeros(len(left))]),
            weight=np.concatenate([self.weight, np.ones(len(left))]),
        )

    def fit(self) -> Bend:
        """Find the bend that fits best."""
        count = len(self.at)
        steps, curves = np.diff(np.eye(count), axis=0), np.diff(np.eye(count), 2, axis=0)
        rule = np.zeros((2 * count, 2 * count))
        for term, (stiff, firm) in enumerate(zip(_STIFF, _FIRM, strict=True)):
            own = slice(term * count, (term + 1) * count)
            rule[own, own] = stiff * curves.T @ curves + firm * steps.T @ steps
            # only steps are told: the middle of the sheet stays where it is
            rule[term * count + count // 2, term * count + count // 2] += 1.0
        each = np.arange(len(self.step))
        pair = np.zeros((len(self.step), count))
        pair[each, self.right], pair[each, self.left] = 1.0, -1.0
        both = np.concatenate([pair, pair * self.down[:, None]], axis=1)
        miss = np.zeros(len(self.step))
        for _ in range(_ROUNDS):
            weight = self.weight / (1 + np.square(miss / _USUAL_MISS))
            weighed = both * weight[:, None]
            fall = np.linalg.solve(weighed.T @ both + rule, weighed.T @ self.step)
            miss = both @ fall - self.step
        return Bend(self.at, fall.reshape(2, count), 0.0, self.rows - 1.0)


def _compare(profile: npt.NDArray[np.float32], apart: int, reach: int) -> tuple[Points, ...]:
    """Compare strips so many apart, up to so many rows lower or higher; see `_Strips`."""
    height, count = profile.shape
    left, right = profile[:, :-apart], profile[:, apart:]
    cells = np.linspace(0, height, _BANDS + 2).astype(int)

    def banded(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        sums = np.add.reduceat(values, cells[:-1], axis=0)
        return np.asarray(sums[:-1] + sums[1:], dtype=np.float32)

    energy = np.sqrt(np.maximum(banded(left * left) * banded(right * right), 1e-6))
    wide = np.pad(right, ((reach, reach), (0, 0)))
    alike = np.stack(
        [banded(left * wide[lag : lag + height]) / energy for lag in range(2 * reach + 1)]
    )
    best = alike.argmax(axis=0)
    inner = (best > 0) & (best < 2 * reach)
    best = best.clip(1, 2 * reach - 1)
    before, peak, after = (
        np.take_along_axis(alike, (best + k)[None], axis=0)[0] for k in (-1, 0, 1)
    )
    fine = 0.5 * (before - after) / np.minimum(before - 2 * peak + after, -1e-6)
    darkness = np.sqrt(energy / (cells[2:] - cells[:-2])[:, None])
    weight = np.where(inner, ((peak - 0.3) / 0.5).clip(0, 1), 0) * (darkness / 4).clip(0, 1)
    first = np.broadcast_to(np.arange(count - apart), peak.shape)
    down = np.broadcast_to((2 * cells[1:-1] / height - 1)[:, None], peak.shape)
    return first, first + apart, down, best - reach + fine.clip(-0.5, 0.5), weight
