"""Text lines of handwriting that slopes, touches and overlaps.

Writing smeared along its own direction makes one ridge a line. Ridges are followed, joined over
the gaps between words, and every connected piece of ink goes to the ridge it belongs to: a mark
above a letter to the line below it, a piece that reaches over two lines to both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from formbook.imaging.pixels import Labels, Mask, Pieces, Places, find_pixels
from formbook.imaging.ridges import MOSTLY, Ridge, find_ridges, measure_scale

REACH = 3.2
"""Scales from a ridge at which ink still belongs to it."""
BEYOND = 2.5
"""Scales beyond the ends of a ridge at which ink still belongs to it, as a thin first digit."""
BIAS = 1.35
"""A piece between two lines belongs to the lower one up to this times the other's distance, as
Vietnamese writes more above letters than below them."""
WHOLE = 0.78
"""Share of a piece's ink in one line's band from which on all of it belongs there."""
SMALL = 1.9
"""Scales of height up to which a piece is a mark or a dot, not a letter."""
LETTERS = 0.45
"""Share of a line's ink that must be larger than marks, if another line is nearer than usual."""
BETWEEN = 4.0
"""Scales; lines are about five apart."""
DRIFT = 2.6
"""Scales by which a word may slip against the one before it."""
OVERLAP = 5.0
"""Scales by which a stroke may reach under the next word."""
WORDS_APART = 14.0
"""Scales between two words of which one slipped."""
SAME_LINE = 2.2
"""Scales that letters of one line may stand above each other."""
CLOSEST = 3.8
"""Scales that the next line is away at least: a single word nearer than that slipped."""
WORD = 14.0
"""Scales of width of a single word."""
ONE_LINE = 6.0
"""Scales of height of what is no more than one line: no other lies within it."""
INSIDE = 0.6
"""Share of a part's box that must lie within a line for it to be that line's."""
SLIGHT = 0.06
"""Of a line's ink: what has less gets no part of a letter of that line."""
SPECK = 4
"""Pixels of ink: less is grain of the paper."""
LEAST_INK = 2.0
"""Squared scales of ink: less makes no line."""


@dataclass(frozen=True, slots=True, eq=False)
class TextLine:
    """One line of writing on a sheet.

    `left`, `top`, `right` and `bottom` are those of its ink in pixels of the sheet, right and
    bottom exclusive; `ridge_x` and `ridge_y` are (N,) float64, the middle of its small letters
    from left to right; `ink` counts its pixels; `solid` is the share of it in one connected piece,
    large in a signature; `scale` is that of the writing, in pixels.
    """

    left: int
    top: int
    right: int
    bottom: int
    ridge_x: npt.NDArray[np.float64]
    ridge_y: npt.NDArray[np.float64]
    ink: int
    solid: float
    scale: float

    @property
    def window(self) -> tuple[slice, slice]:
        """Its rows and columns of the sheet."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def width(self) -> int:
        """From left to right, in pixels."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """From top to bottom, in pixels."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """Where its small letters stand, in pixels down, in the median."""
        return float(np.median(self.ridge_y))


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """The lines of a sheet, from the top down.

    `owner` is (H, W) int32: the index of the line that each pixel of ink belongs to, -1 for paper
    and for ink of no line.
    """

    lines: tuple[TextLine, ...]
    owner: Labels
    scale: float

    def ink_of(self, index: int) -> Mask:
        """Tell which pixels of a line's box are its own.

        Args:
            index: of the line.

        Returns:
            (h, w) bool, a new array.

        Source:
            Own method.
        """
        return np.asarray(self.owner[self.lines[index].window] == index)

    def find_ink(self) -> tuple[Places, Places, Labels, npt.NDArray[np.float64]]:
        """Find the ink of all lines.

        Returns:
            Of each pixel of it, (N,), its row and column, the index of its line, and how far below
            the middle of that line it is, in pixels.

        Source:
            Own method.
        """
        ys, xs = find_pixels(self.owner >= 0)
        of = self.owner[ys, xs]
        every = np.arange(self.owner.shape[1])
        middle = np.zeros((len(self.lines), len(every)))
        for index, line in enumerate(self.lines):
            middle[index] = np.interp(every, line.ridge_x, line.ridge_y)
        return ys, xs, of, ys - middle[of, xs]


def find_lines(ink: Mask, *, scale: float | None = None, least_ink: float = LEAST_INK) -> Lines:
    """Find the text lines on a level sheet.

    Args:
        ink: (H, W) bool, True where there is writing; ruling and seals erased.
        scale: of the writing, in pixels, as `ridges.measure_scale` tells it; measured if None.
        least_ink: squared scales of ink that a line has at least.

    Returns:
        Lines, and the ink that belongs to each.

    Source:
        Own method; ridges after S. Bukhari, F. Shafait, T. Breuel (2009), "Script-independent
        handwritten textlines segmentation using active contours", section 2. Measured by
        benchmarks/layout.py.
    """
    if scale is None:
        scale = measure_scale(ink)
    ridges = [] if scale is None else find_ridges(ink, scale)
    if scale is None or not ridges:
        return Lines((), np.full(ink.shape, -1, np.int32), scale or 0.0)
    pieces = Pieces.of(ink)
    owner, share = _give(pieces, ridges, scale)
    lines = [
        ridge
        for ridge, letters in zip(ridges, share, strict=True)
        if letters >= LETTERS or not _is_close_to_another(ridge, ridges, scale)
    ]
    if len(lines) < len(ridges):
        ridges = lines
        owner, share = _give(pieces, ridges, scale)
    return _collect(pieces, owner, ridges, share, scale, least_ink)


def _nearest(pieces: Pieces, ridges: list[Ridge], scale: float) -> Places:
    """Tell for each pixel of ink the ridge it is nearest to, -1 beyond `REACH`."""
    height, width = pieces.shape
    ys, xs = pieces.ys, pieces.xs
    starts = np.searchsorted(ys, np.arange(height + 1))
    nearest = np.full(len(ys), np.inf, np.float32)
    bands = np.full(len(ys), -1)
    reach = REACH * scale
    for index, ridge in enumerate(ridges):
        beyond = round(BEYOND * scale)
        left, right = max(0, int(ridge.x[0]) - beyond), min(width, int(ridge.x[-1]) + beyond + 1)
        middle = np.full(width, np.inf)
        middle[left:right] = np.interp(np.arange(left, right), ridge.x, ridge.y)
        top = max(0, int(ridge.y.min() - reach))
        bottom = min(height, int(ridge.y.max() + reach) + 1)
        rows = slice(starts[top], starts[bottom])
        off = (ys[rows] - middle[xs[rows]]).astype(np.float32)
        # above a line is nearer than below it
        far = np.where(off > 0, off * BIAS, -off)
        closer = (far < nearest[rows]) & (far < reach)
        nearest[rows][closer] = far[closer]
        bands[rows][closer] = index
    return bands


def _give(
    pieces: Pieces, ridges: list[Ridge], scale: float
) -> tuple[Places, npt.NDArray[np.float64]]:
    """Give each piece of ink to the line it belongs to, or its parts to several.

    Returns:
        Of each pixel of ink the line it belongs to, -1 for none; of each ridge, the share of its
        ink that is larger than marks and dots.
    """
    piece = pieces.piece
    area, height = np.bincount(piece, minlength=pieces.count), pieces.measure(pieces.ys)
    band = _nearest(pieces, ridges, scale)
    size = len(ridges) + 1
    cell = piece.astype(np.int64) * size + band + 1
    votes = np.bincount(cell, minlength=pieces.count * size).reshape(-1, size)[:, 1:]
    total = votes.sum(axis=1)
    best, most = votes.argmax(axis=1), votes.max(axis=1)
    # the loop of a letter is no line, though it makes a ridge
    ink = votes.sum(axis=0)
    slight = ink[band] < SLIGHT * ink[best[piece]]
    band = np.where(slight & (band >= 0), best[piece], band)
    small = height <= SMALL * scale
    known = (total > 0.3 * area) & (area >= SPECK)
    whole = (most >= WHOLE * total) | small
    given = np.where(known & whole, best, -1)
    here = np.where(known[piece] & ~whole[piece], band, given[piece])
    inked = np.bincount(here + 1, minlength=size)[1:]
    large = np.bincount(here[~small[piece]] + 1, minlength=size)[1:]
    return here, large / np.maximum(inked, 1)


def _is_close_to_another(ridge: Ridge, ridges: list[Ridge], scale: float) -> bool:
    """Whether a ridge runs along stronger ones, nearer than lines do."""
    along = np.zeros(len(ridge.x), bool)
    for other in ridges:
        if other.strength > ridge.strength:
            inside = (ridge.x >= other.x[0] - scale) & (ridge.x <= other.x[-1] + scale)
            along |= inside & (
                np.abs(np.interp(ridge.x, other.x, other.y) - ridge.y) < BETWEEN * scale
            )
    return bool(along.mean() > MOSTLY)


def _collect(
    pieces: Pieces,
    owner: Places,
    ridges: list[Ridge],
    letters: npt.NDArray[np.float64],
    scale: float,
    least_ink: float,
) -> Lines:
    """Measure what each line was given, and put together what is one line."""
    order = np.argsort(owner, kind="stable")
    ys, xs, piece = pieces.ys[order], pieces.xs[order], pieces.piece[order]
    starts = np.searchsorted(owner[order], np.arange(len(ridges) + 1))
    parts: list[_Part] = []
    for index, ridge in enumerate(ridges):
        own = slice(starts[index], starts[index + 1])
        if own.start < own.stop:
            x, y = xs[own], ys[own]
            box = (int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1)
            solid = int(np.bincount(piece[own]).max()) / len(x)
            line = TextLine(*box, ridge.x, ridge.y, len(x), solid, scale)
            parts.append(_Part(line, float(letters[index]), (index,)))
    parts = _absorb_marks(_join_words(parts, scale), scale)
    least = least_ink * scale * scale
    parts = [part for part in parts if part.line.ink >= least and part.line.height >= 0.8 * scale]
    parts.sort(key=lambda part: (part.line.middle, part.line.left))
    renamed = np.full(len(ridges) + 1, -1, np.int32)
    for new, part in enumerate(parts):
        renamed[list(part.ridges)] = new
    owners = np.full(pieces.shape, -1, np.int32)
    owners[pieces.ys, pieces.xs] = renamed[owner]
    return Lines(tuple(part.line for part in parts), owners, scale)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A line or a part of one; `letters` is the share of its ink that is larger than marks."""

    line: TextLine
    letters: float
    ridges: tuple[int, ...]

    def with_(self, other: _Part) -> _Part:
        a, b = self.line, other.line
        x = np.concatenate([a.ridge_x, b.ridge_x])
        order = np.argsort(x, kind="stable")
        line = TextLine(
            min(a.left, b.left),
            min(a.top, b.top),
            max(a.right, b.right),
            max(a.bottom, b.bottom),
            x[order],
            np.concatenate([a.ridge_y, b.ridge_y])[order],
            a.ink + b.ink,
            max(a.solid * a.ink, b.solid * b.ink) / max(1, a.ink + b.ink),
            a.scale,
        )
        letters = (self.letters * a.ink + other.letters * b.ink) / max(1, line.ink)
        return _Part(line, letters, self.ridges + other.ridges)

    def taking(self, other: _Part) -> _Part:
        """Take in marks: the ridge stays what it is."""
        line = self.with_(other).line
        return _Part(
            replace(line, ridge_x=self.line.ridge_x, ridge_y=self.line.ridge_y),
            self.letters,
            self.ridges + other.ridges,
        )


def _join_words(parts: list[_Part], scale: float) -> list[_Part]:
    """Join parts that stand side by side, though the words of one slipped up or down."""
    while True:
        best = (DRIFT * scale, -1, -1)
        for i, one in enumerate(parts):
            for j, two in enumerate(parts):
                if i != j and one.line.left <= two.line.left:
                    best = min(best, (_drift(one.line, two.line, scale), i, j))
        _, i, j = best
        if i < 0:
            return parts
        joined = parts[i].with_(parts[j])
        parts = [part for k, part in enumerate(parts) if k not in (i, j)] + [joined]


def _drift(left: TextLine, right: TextLine, scale: float) -> float:
    """By how much one part slipped against the other; infinite where they are not one line."""
    gap = right.left - left.right
    if gap > WORDS_APART * scale or gap < -OVERLAP * scale:
        return np.inf
    shared = min(left.bottom, right.bottom) - max(left.top, right.top)
    if shared < 0.45 * min(left.height, right.height):
        return np.inf
    window = 8 * scale
    end = left.ridge_y[left.ridge_x > left.ridge_x[-1] - window]
    start = right.ridge_y[right.ridge_x < right.ridge_x[0] + window]
    return abs(float(end.mean()) - float(start.mean()))


def _absorb_marks(parts: list[_Part], scale: float) -> list[_Part]:
    """Give parts that are marks, or lie within a line, to that line."""
    kept = sorted(parts, key=lambda part: part.line.ink)
    index = 0
    while index < len(kept):
        part = kept[index]
        shares = [
            _share_within(part, other.line, scale) if other.line.ink >= 2 * part.line.ink else 0.0
            for other in kept
        ]
        home = int(np.argmax(shares))
        if shares[home] > INSIDE:
            kept[home] = kept[home].taking(part)
            del kept[index]
        else:
            index += 1
    return kept


def _share_within(part: _Part, line: TextLine, scale: float) -> float:
    """Say how much of a part's box lies within a line, for marks also a little above and below."""
    mine = part.line
    above, below, beside = (3 * scale, scale, scale) if part.letters < LETTERS else (0.0, 0.0, 0.0)
    ridge = np.interp((mine.left + mine.right) / 2, line.ridge_x, line.ridge_y)
    near = SAME_LINE if mine.width > WORD * scale else CLOSEST
    several = line.height > ONE_LINE * scale
    if several and part.letters >= LETTERS and abs(ridge - mine.middle) > near * scale:
        return 0.0
    wide = min(mine.right, line.right + beside) - max(mine.left, line.left - beside)
    high = min(mine.bottom, line.bottom + below) - max(mine.top, line.top - above)
    return max(0.0, wide) * max(0.0, high) / max(1, mine.width * mine.height)
