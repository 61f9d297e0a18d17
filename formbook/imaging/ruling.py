"""Ruled, squared and table lines: found, kept as structure, erased from the ink."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from formbook.imaging.pixels import Mask, Plane

MIN_SPAN = 0.22
"""Of the sheet's width or height: a shorter straight line is a stroke, not a rule."""
MIN_FILL = 0.8
"""Share of a strip's pixels that a rule must fill; writing fills at most half along any row."""
MAX_DRIFT = 3
"""Pixels that a rule may rise or fall from one strip to the next."""
MAX_GAP = 5
"""Strips that writing, a seal or a worn rule may hide of a rule."""
MIN_SEEN = 0.7
"""Share of a rule's strips on which it must be seen."""
MIN_ALIKE = 0.7
"""Share of a rule's strips that must be about as dark as the others; a row of writing is not."""
FAINT = 20
"""Darkness, of 255, from which on a pixel can be part of a rule."""
MUCH_DARKER = 55
"""Of 255: what is darker than its rule by that is a stroke along it."""
LONGEST_UPRIGHT = 0.06
"""Of the sheet's height: what runs straight down farther than that is no stroke of a pen."""
MAX_THICKNESS_MM = 0.9
MIN_COLUMN_MM = 7.0
DOUBLE_MM = 2.0
"""Rules closer than that are one, printed double."""
MIN_SQUARES = 3
"""Rules narrower apart than columns are, that make paper squared even where most were not found."""
MIN_TABLE_WIDTH = 0.6
MIN_TABLE_HEIGHT = 0.3
"""Of the sheet: what the rules of a table span at least."""
MIN_TABLE_ROWS = 2
"""Rules across: above and below the head, or around the only row."""
MAX_TABLE_RULES = (18, 36)
"""Rules down and across; squared paper has more, even where many were not found."""
AS_TALL = 0.8
"""Of the height of most rules down a table that each has; on squared paper they are found at any
height. On ../shared/data/pages and drawn tables all have 0.88 and more."""
FRAMED = 0.12
"""Of the sheet's width: how far from the ends of the rules across the outer ones down may stand. On
drawn tables they stand off by 0.04 at most; more, so that the first of them may be missing."""
TABLE_EDGES = range(3, 15)
"""Vertical rules of a table of two to thirteen columns."""

EVEN = 0.6
"""Share of the steps between rules that must be alike."""
MIN_RULES = 8
"""Horizontal rules that make a sheet ruled and not a table."""

_STRIPS = 24

_Kind = TypeVar("_Kind", np.bool_, np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One straight or slightly bent line.

    `along` and `across` are (N,) float64, pixels of the sheet: for a horizontal rule x and y,
    for a vertical one y and x. `thickness` is in pixels, `darkness` in 0 to 255.
    """

    along: npt.NDArray[np.float64]
    across: npt.NDArray[np.float64]
    thickness: float
    darkness: float

    @property
    def start(self) -> float:
        """Where it begins, in pixels along."""
        return float(self.along[0])

    @property
    def end(self) -> float:
        """Where it ends, in pixels along."""
        return float(self.along[-1])

    @property
    def at(self) -> float:
        """Where it runs, in pixels across, in the mean."""
        return float(self.across.mean())


@dataclass(frozen=True, slots=True, eq=False)
class Ruling:
    """The rules of a sheet, top down and left to right."""

    horizontal: tuple[Rule, ...]
    vertical: tuple[Rule, ...]

    @property
    def pitch(self) -> float | None:
        """From one horizontal rule to the next, in pixels; None unless they lie evenly."""
        return _even_step([rule.at for rule in self.horizontal])


def find_ruling(darkness: Plane, *, px_per_mm: float) -> Ruling:
    """Find the rules of a sheet.

    A rule is thin, straight and fills nearly every pixel of strip after strip; what writing,
    seals and wear hide of it is bridged.

    Args:
        darkness: (H, W) uint8, 0 paper to 255 black, the sheet level.
        px_per_mm: pixels per millimetre, as far as that is known.

    Returns:
        The rules.

    Source:
        Own method; tests/imaging/test_ruling.py counts them on drawn pages.
    """
    thickest = max(3, round(MAX_THICKNESS_MM * px_per_mm))
    horizontal = _find_rules(darkness, thickest)
    vertical = _find_rules(_turned(darkness), thickest)
    return Ruling(tuple(horizontal), tuple(vertical))


def erase_ruling(ink: Mask, darkness: Plane, ruling: Ruling) -> Mask:
    """Erase rules from an ink mask, but not the strokes that cross them.

    Of a column of ink through a rule, only what is no thicker than the rule is erased, and what
    is clearly darker than the rule stays. No pixel is ever added.

    Args:
        ink: (H, W) bool, True where there is ink.
        darkness: (H, W) uint8, 0 paper to 255 black.
        ruling: its rules.

    Returns:
        (H, W) bool, a new array; a subset of `ink`.

    Source:
        Own method, after the run-length criterion of D. Dori, L. Wenyin (1999), "Sparse pixel
        vectorization". Measured by tests/imaging/test_ruling.py.
    """
    left = ink.copy()
    for rule in ruling.horizontal:
        _erase(left, darkness, rule)
    turned = _turned(left)
    if ruling.vertical:
        dark = _turned(darkness)
        for rule in ruling.vertical:
            _erase(turned, dark, rule)
        left = _turned(turned)
    height, width = ink.shape
    upright = _long_runs(left, max(1, round(LONGEST_UPRIGHT * height)))
    level = _long_runs(turned, max(1, round(MIN_SPAN * width)))
    return left & ~upright & ~_turned(level)


def _turned(plane: npt.NDArray[_Kind]) -> npt.NDArray[_Kind]:
    """Put columns for rows, (H, W) bool or uint8."""
    return np.asarray(cv2.transpose(plane.view(np.uint8)), dtype=np.uint8).view(plane.dtype)


def _long_runs(ink: Mask, length: int) -> Mask:
    """Where ink goes on down the sheet, unbroken for so many rows, up to a pixel aside."""
    wide = cv2.dilate(ink.view(np.uint8), np.ones((1, 3), np.uint8))
    # of rows cut to stretches of half that length, such a run fills a whole one
    stretches = np.arange(0, len(wide), (length + 1) // 2)
    columns = np.flatnonzero(np.minimum.reduceat(wide, stretches, axis=0).any(axis=0))
    runs = np.zeros_like(ink)
    if len(columns):
        kernel = np.ones((length, 1), np.uint8)
        runs[:, columns] = cv2.morphologyEx(wide[:, columns], cv2.MORPH_OPEN, kernel) > 0
    return runs


def find_columns(ruling: Ruling, shape: tuple[int, int], *, px_per_mm: float) -> list[float]:
    """Find the edges of a table's columns.

    Squared paper has many vertical rules at even steps; a table has few, and a rule across
    where its head begins. A margin alone is no table.

    Args:
        ruling: of the sheet.
        shape: rows and columns of the sheet.
        px_per_mm: pixels per millimetre, as far as that is known.

    Returns:
        x of the vertical rules between which columns lie, from the left; empty if there is no
        table.

    Source:
        Own method.
    """
    height, width = shape
    across = [rule for rule in ruling.horizontal if rule.end - rule.start > MIN_TABLE_WIDTH * width]
    squared = (
        len(ruling.vertical) > MAX_TABLE_RULES[0] or len(ruling.horizontal) > MAX_TABLE_RULES[1]
    )
    if len(across) < MIN_TABLE_ROWS or squared or ruling.pitch is not None:
        return []
    left = float(np.median([rule.start for rule in across]))
    right = float(np.median([rule.end for rule in across]))
    beyond = 0.05 * width
    down = [rule for rule in ruling.vertical if left - beyond <= rule.at <= right + beyond]
    down = [rule for rule in down if rule.end - rule.start > MIN_TABLE_HEIGHT * height]
    least = AS_TALL * float(np.median([rule.end - rule.start for rule in down])) if down else 0.0
    tall = sorted(rule.at for rule in down if rule.end - rule.start > least)
    steps = np.diff(tall) / px_per_mm
    if np.count_nonzero((steps > DOUBLE_MM) & (steps < MIN_COLUMN_MM)) >= MIN_SQUARES:
        return []
    edges: list[float] = []
    for at in tall:
        if not edges or at - edges[-1] > MIN_COLUMN_MM * px_per_mm:
            edges.append(at)
    framed = bool(edges) and max(edges[0] - left, right - edges[-1]) <= FRAMED * width
    return edges if framed and len(edges) in TABLE_EDGES else []


def find_rows(ruling: Ruling, columns: list[float]) -> list[float]:
    """Find the rules that divide a table into rows.

    Args:
        ruling: of the sheet.
        columns: the edges of its columns.

    Returns:
        y of the rules that reach over nearly all columns, from the top.

    Source:
        Own method.
    """
    if not columns:
        return []
    width = columns[-1] - columns[0]
    return [
        rule.at
        for rule in ruling.horizontal
        if min(rule.end, columns[-1]) - max(rule.start, columns[0]) > 0.8 * width
    ]


def _even_step(places: list[float]) -> float | None:
    if len(places) < MIN_RULES:
        return None
    steps = np.diff(np.sort(places))
    middle = float(np.median(steps))
    return middle if np.mean(np.abs(steps - middle) < 0.15 * middle) > EVEN else None


def _find_rules(darkness: Plane, thickest: int) -> list[Rule]:
    """Find horizontal rules."""
    height, width = darkness.shape
    if min(height, width) < 2 * _STRIPS:
        return []
    # a rule that falls by a pixel within a strip still fills it
    faint = cv2.dilate((darkness > FAINT).astype(np.uint8), np.ones((3, 1), np.uint8))
    edges = np.linspace(0, width, _STRIPS + 1).astype(int)
    sums = np.add.reduceat(faint, edges[:-1], axis=1, dtype=np.int32)
    fill = (sums / np.diff(edges)).T
    # a patch of dark desk or a thick bar is full above and below as well
    wide = cv2.erode(fill.astype(np.float32), np.ones((1, thickest + 4), np.uint8))
    full = (fill >= MIN_FILL) & (wide < MIN_FILL)
    runs = _link(_runs_of(full, thickest + 3))
    middles = (edges[:-1] + edges[1:]) / 2
    least = max(2, round(MIN_SPAN * _STRIPS))
    rules = []
    for run in runs:
        strips = sorted(run)
        if len(strips) < least or len(strips) < MIN_SEEN * (strips[-1] - strips[0] + 1):
            continue
        across = np.array([sum(run[s]) / 2 for s in strips])
        thickness = float(np.median([b - a + 1 - 2 for a, b in run.values()]))
        along = middles[strips].astype(np.float64)
        along[0], along[-1] = edges[strips[0]], edges[strips[-1] + 1]
        at = np.interp(middles[strips], along, across).round().astype(int).clip(0, height - 1)
        shades = _shades(darkness, at.clip(1, height - 2), edges, strips)
        shade = float(np.median(shades))
        if np.mean(np.abs(shades - shade) < 12 + 0.25 * shade) < MIN_ALIKE:
            continue
        rules.append(Rule(along, across, max(1.0, thickness), shade))
    return sorted(rules, key=lambda rule: rule.at)


def _shades(
    darkness: Plane,
    at: npt.NDArray[np.int64],
    edges: npt.NDArray[np.int64],
    strips: list[int],
) -> npt.NDArray[np.float64]:
    """How dark a rule is in each strip that it was seen in; writing across it is darker."""
    wide = int(np.diff(edges).min())
    columns = edges[strips][:, None] + np.arange(wide)
    across = np.max([darkness[at[:, None] + off, columns] for off in (-1, 0, 1)], axis=0)
    return np.asarray(np.partition(across, wide // 5, axis=1)[:, wide // 5], dtype=np.float64)


def _runs_of(full: Mask, thickest: int) -> list[list[tuple[int, int]]]:
    """List, for each strip, where full rows begin and end."""
    padded = np.pad(full, ((0, 0), (1, 1))).astype(np.int8)
    step = np.diff(padded, axis=1)
    out = []
    for row in step:
        starts, ends = np.flatnonzero(row == 1), np.flatnonzero(row == -1) - 1
        out.append(
            [(int(a), int(b)) for a, b in zip(starts, ends, strict=True) if b - a < thickest]
        )
    return out


def _link(runs: list[list[tuple[int, int]]]) -> list[dict[int, tuple[int, int]]]:
    """Link what lies at one height in strip after strip."""
    open_rules: list[dict[int, tuple[int, int]]] = []
    for strip, here in enumerate(runs):
        taken: set[int] = set()
        for rule in open_rules:
            last = max(rule)
            gap = strip - last
            if gap > MAX_GAP:
                continue
            before = sum(rule[last]) / 2
            earlier = [s for s in rule if last - 8 <= s < last]
            slope = (before - sum(rule[earlier[0]]) / 2) / (last - earlier[0]) if earlier else 0.0
            meant = before + slope * gap
            close = [
                (abs(sum(run) / 2 - meant), index)
                for index, run in enumerate(here)
                if index not in taken and abs(sum(run) / 2 - meant) <= MAX_DRIFT
            ]
            if close:
                index = min(close)[1]
                rule[strip] = here[index]
                taken.add(index)
        open_rules += [{strip: run} for index, run in enumerate(here) if index not in taken]
    return open_rules


def _erase(ink: Mask, darkness: Plane, rule: Rule) -> None:
    """Erase one horizontal rule in place."""
    height, width = ink.shape
    reach = round(rule.thickness / 2 + 1.5)
    margin = reach + 2
    # a rule's last bit may fill less than a strip
    beyond = 2 * width // _STRIPS
    xs = np.arange(max(0, int(rule.start) - beyond), min(width, int(rule.end) + beyond))
    middle = np.interp(xs, rule.along, rule.across)
    rows = np.round(middle)[None, :].astype(int) + np.arange(-margin, margin + 1)[:, None]
    inside = (rows >= 0) & (rows < height)
    rows = rows.clip(0, height - 1)
    band = ink[rows, xs] & inside
    dark = darkness[rows, xs]
    own = slice(margin - reach, margin + reach + 1)
    # a stroke goes on beyond the rule on either side
    crossed = band[: own.start].any(axis=0) | band[own.stop :].any(axis=0)
    kept = crossed[None, :] | (dark[own] > rule.darkness + MUCH_DARKER)
    ys, columns = np.nonzero(band[own] & ~kept)
    ink[rows[own][ys, columns], xs[columns]] = False
