"""The ridges that writing makes once it is smeared along its direction: one a line."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from formbook.imaging.pixels import Mask, shrink

Response = npt.NDArray[np.float32]

SCALES = tuple(3.0 * 2 ** (step / 2) for step in range(9))
"""Pixels: half the height of small letters, from the smallest that can be read to a page filled by
a few words."""
COARSE = 14.0
"""Pixels: scales from there on are measured on a quarter of the resolution."""
FINER = 0.8
"""Of the scale at which all writing answers most: lines that touch are still apart."""
SMEAR = 2.5
"""How much farther writing is smeared along a line than across it: over the gaps in a word."""
FAINTEST = 0.15
"""Of a strong ridge's height: lower ridges are no lines."""
LEAST_INK = 200
"""Pixels: less is no writing."""
SHORTEST = 1.5
"""Scales: a shorter ridge is a dot."""
CLOSE = 3.5
"""Scales: of two ridges closer than that, the weaker are marks above or below letters."""
WEAKER = 0.6
"""A ridge weaker than that times one close to it is no line of its own."""
SLIP = 16.0
"""Scales of length of a word or two, smeared."""
STRONG = 0.7
"""A short line is at least that strong beside the line it follows."""
SLIPPED = 3.6
"""Scales that the next line is away at least."""
STEP = 1.9
"""Scales that a line may rise or fall from one word to the next."""
OVERLAP = 6.0
"""Scales by which the ridges of two words may overlap, being smeared."""
GAP = 22.0
"""Scales that two words of a line may lie apart."""

INKED = 0.3
"""Share of ink from which on a pixel at half the resolution is ink."""
MOSTLY = 0.55
"""Share of a ridge along which a stronger one must run for it to be dropped."""

_HALF = 2


@dataclass(frozen=True, slots=True, eq=False)
class Ridge:
    """The middle of a line's small letters, from left to right.

    `x` and `y` are (N,) float64 in pixels; `strength` is the ridge's height summed along it.
    """

    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    strength: float

    @property
    def length(self) -> float:
        """From left to right, in pixels."""
        return float(self.x[-1] - self.x[0])

    @property
    def density(self) -> float:
        """Its height in the mean."""
        return self.strength / len(self.x)


def measure_scale(ink: Mask) -> float | None:
    """Measure the size of writing.

    Args:
        ink: (H, W) bool.

    Returns:
        The scale, in pixels, at which lines stand out most: about half the height of small
        letters, 0.2 of the way to the next line. None where there is no writing.

    Source:
        Scale selection by normalised derivatives: T. Lindeberg (1998), "Feature detection with
        automatic scale selection", applied to the second derivative across lines.
    """
    if np.count_nonzero(ink) < LEAST_INK:
        return None
    half, quarter = _shrink(ink, _HALF), _shrink(ink, 2 * _HALF)
    energy = np.array(
        [
            _energy(half, scale / _HALF)
            if scale < COARSE
            # as many pixels as at half the resolution would count
            else 4 * _energy(quarter, scale / (2 * _HALF))
            for scale in SCALES
        ]
    )
    best = int(energy.argmax())
    if 0 < best < len(SCALES) - 1:
        before, here, after = np.log(energy[best - 1 : best + 2])
        off = 0.5 * (before - after) / min(before - 2 * here + after, -1e-9)
    else:
        off = 0.0
    return float(SCALES[best] * 2 ** (off / 2))


def lines_stand_out(ink: Mask) -> float:
    """Say how strongly lines across the sheet stand out, at the scale at which they do most.

    Args:
        ink: (H, W) bool.

    Returns:
        A number to compare with that of the same ink otherwise turned.

    Source:
        As `measure_scale`.
    """
    small = _shrink(ink, 2 * _HALF)
    return max(_energy(small, scale / (2 * _HALF)) for scale in SCALES[2:7])


def _energy(small: Response, scale: float) -> float:
    """Say how strongly lines of a scale stand out."""
    return float(np.square(np.maximum(_respond(small, scale), 0)).sum())


def find_ridges(ink: Mask, scale: float) -> list[Ridge]:
    """Find the ridges of writing, one a line, words joined.

    Args:
        ink: (H, W) bool.
        scale: of the writing, in pixels.

    Returns:
        Ridges with one y for each x, in no order.

    Source:
        Own method; see `lines.find_lines`.
    """
    small = _shrink(ink, _HALF)
    scale /= _HALF
    response = _respond(small, FINER * scale)
    inked = response[small > INKED]
    if not len(inked):
        return []
    least = FAINTEST * float(np.percentile(inked, 90))
    tracks = _tracks(response, least, scale)
    lines = _drop_slips(_join(_drop_marks(tracks, scale), scale), scale)
    return [Ridge(r.x * _HALF + 0.5, r.y * _HALF + 0.5, r.strength) for r in lines]


def _shrink(ink: Mask, by: int) -> Response:
    whole = np.asarray(cv2.convertScaleAbs(ink.view(np.uint8), alpha=255), dtype=np.uint8)
    return shrink(whole, min(by, *ink.shape)) * np.float32(1 / 255)


def _respond(small: Response, scale: float) -> Response:
    """Return the negative second derivative across lines, smeared along them, scale-normalised."""
    reach = int(4 * scale) + 1
    y = np.arange(-reach, reach + 1)
    bell = np.exp(-(y**2) / (2 * scale**2))
    bell /= bell.sum()
    across = (1 - y**2 / scale**2) * bell
    along = cv2.getGaussianKernel(2 * int(3 * SMEAR * scale) + 1, SMEAR * scale)
    return np.asarray(
        cv2.sepFilter2D(small, cv2.CV_32F, along, across, borderType=cv2.BORDER_CONSTANT),
        dtype=np.float32,
    )


def _tracks(response: Response, least: float, scale: float) -> list[Ridge]:
    """Follow the crests from left to right."""
    above = np.vstack([np.zeros_like(response[:1]), response[:-1]])
    below = np.vstack([response[1:], np.zeros_like(response[:1])])
    crest = (response > least) & (response > above) & (response >= below)
    count, labels = cv2.connectedComponents(crest.astype(np.uint8), connectivity=8)
    xs, ys = np.nonzero(crest.T)
    of = labels[ys, xs]
    order = np.argsort(of, kind="stable")
    xs, ys, of = xs[order], ys[order], of[order]
    starts = np.searchsorted(of, np.arange(1, count + 1))
    tracks = []
    for index in range(count - 1):
        own = slice(starts[index], starts[index + 1])
        x, y = xs[own], ys[own]
        if x[-1] - x[0] + 1 < SHORTEST * scale:
            continue
        heights = response[y, x]
        # where crests meet, a column holds two: the higher one is the line's
        keep = np.lexsort((-heights, x))
        x, y, heights = x[keep], y[keep], heights[keep]
        first = np.concatenate([[True], np.diff(x) > 0])
        x, y, heights = x[first], y[first], heights[first]
        tracks.append(Ridge(x.astype(np.float64), y.astype(np.float64), float(heights.sum())))
    return tracks


def _drop_marks(tracks: list[Ridge], scale: float) -> list[Ridge]:
    """Drop the crests that marks make above and below a line."""
    kept: list[Ridge] = []
    for track in sorted(tracks, key=lambda each: -each.strength):
        shadowed = np.zeros(len(track.x), bool)
        for other in kept:
            if track.density > WEAKER * other.density:
                continue
            inside = (track.x >= other.x[0] - scale) & (track.x <= other.x[-1] + scale)
            near = np.abs(np.interp(track.x, other.x, other.y) - track.y) < CLOSE * scale
            shadowed |= inside & near
        if shadowed.mean() < MOSTLY:
            kept.append(track)
    return kept


def _drop_slips(ridges: list[Ridge], scale: float) -> list[Ridge]:
    """Drop what is short and nearer to a longer ridge than lines are: words that slipped, marks.

    The last words of a comment are short and near too; but the line above them goes on over them,
    and they are as strong as it is.
    """
    kept = []
    for ridge in ridges:
        beside = np.zeros(len(ridge.x), bool)
        if ridge.length < SLIP * scale:
            for other in ridges:
                if other.length > 2 * ridge.length:
                    inside = (ridge.x >= other.x[0] - scale) & (ridge.x <= other.x[-1] + scale)
                    off = np.abs(np.interp(ridge.x, other.x, other.y) - ridge.y)
                    slipped = ~_goes_on(other, ridge.x, 1.5 * scale)
                    weak = ridge.density < STRONG * other.density
                    beside |= inside & (off < SLIPPED * scale) & (slipped | weak)
        if beside.mean() < MOSTLY:
            kept.append(ridge)
    return kept


def _goes_on(ridge: Ridge, x: npt.NDArray[np.float64], reach: float) -> npt.NDArray[np.bool_]:
    """Tell where a ridge has a crest of its own and was not merely joined over a gap."""
    after = np.searchsorted(ridge.x, x).clip(0, len(ridge.x) - 1)
    before = (after - 1).clip(0)
    near = np.minimum(np.abs(ridge.x[after] - x), np.abs(ridge.x[before] - x))
    return np.asarray(near <= reach)


def _join(tracks: list[Ridge], scale: float) -> list[Ridge]:
    """Join the crests of the words of a line, beginning with the strongest."""
    left = sorted(tracks, key=lambda each: -each.strength)
    lines = []
    while left:
        line = left.pop(0)
        while True:
            best = min(
                ((_distance(line, other, scale), i) for i, other in enumerate(left)),
                default=(np.inf, -1),
            )
            if not np.isfinite(best[0]):
                break
            line = _chain(line, left.pop(best[1]))
        lines.append(line)
    return lines


def _distance(line: Ridge, other: Ridge, scale: float) -> float:
    """Say how far two parts of a line lie apart; infinite where they cannot be that."""
    before, after = (line, other) if line.x[0] <= other.x[0] else (other, line)
    gap = after.x[0] - before.x[-1]
    if gap > GAP * scale or gap < -OVERLAP * scale:
        return np.inf
    window = 8 * scale
    end = before.y[before.x > before.x[-1] - window]
    start = after.y[after.x < after.x[0] + window]
    step = abs(float(end.mean()) - float(start.mean()))
    if step > STEP * scale:
        return np.inf
    return float(max(gap, 0) / 4 + 3 * step)


def _chain(one: Ridge, two: Ridge) -> Ridge:
    x, y = np.concatenate([one.x, two.x]), np.concatenate([one.y, two.y])
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    first = np.concatenate([[True], np.diff(x) > 0])
    return Ridge(x[first], y[first], one.strength + two.strength)
