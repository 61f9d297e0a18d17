"""Lines of each column of a sheet for itself, be it a table's or one that somebody ruled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np

from formbook.imaging.lines import LEAST_INK, Lines, TextLine, find_lines
from formbook.imaging.pixels import Mask, Pieces
from formbook.imaging.rows import cut_rows
from formbook.imaging.ruling import Rule, Ruling

TALL = 0.5
"""Of the sheet's height: a rule that parts it is no shorter."""
EDGE = 0.02
"""Of the sheet's width: a rule closer to its edge is the edge."""
SQUARED = 8
"""Rules down: where there are more, paper is squared."""
DARKER = 1.8
"""Times as dark as most rules of squared paper: so is what was ruled on it or is its margin."""
BESIDE = 20.0
"""Scales beside a rule on which writing is looked for."""
ROWS = 8.0
"""Rows of writing on either side: fewer are a note in the margin."""
PITCH = 5.0
"""Scales from line to line."""
ACROSS = 0.5
"""Scales beyond a rule, to both sides, of a stroke that crosses it."""
CROSSED = 0.15
"""Of the rows of writing: strokes that cross a rule which parts them at most."""
HOME = 0.78
"""Share of a piece of ink in one strip from which on all of it belongs there."""
BESIDE_RULE = 1.3
"""Scales from a rule: specks that reach no farther are what is left of it."""
SPECK = 0.5
"""Squared scales of ink that a speck has at most."""
NARROW = 12.0
"""Scales of width of a strip that holds numbers: half as wide, half as much ink is a line there."""
NARROWEST = 8
"""Pixels: a narrower strip beside a table's edge holds nothing."""


def find_partings(ink: Mask, rules: Ruling, scale: float) -> list[float]:
    """Find the rules down a sheet that writing keeps to either side of.

    Somebody ruled columns, for numbers or dates, without the rules across that make a table. A
    margin that lines run over, or beside which next to nothing stands, parts nothing.

    Args:
        ink: (H, W) bool, writing.
        rules: of the sheet.
        scale: of the writing, in pixels.

    Returns:
        Where they run, in pixels across, from the left.

    Source:
        Own method; measured by benchmarks/layout.py --lines.
    """
    height, width = ink.shape
    down = rules.vertical
    usual = float(np.median([rule.darkness for rule in down])) if len(down) > SQUARED else 0.0
    return [
        rule.at
        for rule in down
        if rule.end - rule.start >= TALL * height
        and EDGE * width <= rule.at <= (1 - EDGE) * width
        and rule.darkness >= DARKER * usual
        and _parts(ink, rule, scale)
    ]


def find_lines_in(
    ink: Mask, edges: Sequence[float], scale: float, *, numbers: bool = False
) -> Lines:
    """Find the lines of each strip of a sheet for itself.

    Args:
        ink: (H, W) bool, writing.
        edges: between strips, in pixels across, from the left.
        scale: of the writing, in pixels.
        numbers: whether narrow strips hold numbers, of which a single digit is a line.

    Returns:
        The lines, those of a strip together. A letter that reaches over an edge stays whole.

    Source:
        Own method.
    """
    height, width = ink.shape
    bounds = np.array([0, *(round(edge) for edge in edges), width])
    pieces = Pieces.of(ink)
    strips = len(bounds) - 1
    strip = np.searchsorted(bounds, pieces.xs, side="right") - 1
    shares = np.bincount(pieces.piece * strips + strip, minlength=pieces.count * strips)
    shares = shares.reshape(-1, strips)
    whole = shares.max(axis=1) >= HOME * shares.sum(axis=1)
    strip = np.where(whole[pieces.piece], shares.argmax(axis=1)[pieces.piece], strip)
    off = np.abs(pieces.xs[:, None] - bounds[1:-1]).min(axis=1)
    farthest = np.zeros(pieces.count)
    np.maximum.at(farthest, pieces.piece, off)
    left_over = (farthest <= BESIDE_RULE * scale) & (shares.sum(axis=1) <= SPECK * scale * scale)
    strip[left_over[pieces.piece]] = -1
    owner = np.full(ink.shape, -1, np.int32)
    every: list[TextLine] = []
    for index, (start, end) in enumerate(pairwise(bounds.tolist())):
        own = strip == index
        if end - start < NARROWEST or not own.any():
            continue
        xs = pieces.xs[own]
        left, right = min(start, int(xs.min())), max(end, int(xs.max()) + 1)
        here = np.zeros((height, right - left), bool)
        here[pieces.ys[own], xs - left] = True
        least = LEAST_INK * min(1.0, (end - start) / (NARROW * scale) if numbers else 1.0)
        found = cut_rows(find_lines(here, scale=scale, least_ink=least))
        lined = found.owner >= 0
        owner[:, left:right][lined] = found.owner[lined] + len(every)
        every += [
            replace(
                line,
                left=line.left + left,
                right=line.right + left,
                ridge_x=line.ridge_x + left,
            )
            for line in found.lines
        ]
    return Lines(tuple(every), owner, scale)


def _parts(ink: Mask, rule: Rule, scale: float) -> bool:
    """Whether writing stands on both sides of a rule and does not cross it."""
    at, beside, across = round(rule.at), round(BESIDE * scale), max(1, round(ACROSS * scale))
    rows = min(
        _count_rows(ink[:, max(0, at - beside) : at], scale),
        _count_rows(ink[:, at : at + beside], scale),
    )
    if rows < ROWS:
        return False
    near = np.ascontiguousarray(ink[:, max(0, at - across) : at + across + 1])
    _, labels = cv2.connectedComponents(near.view(np.uint8), connectivity=8)
    crossing = np.intersect1d(labels[:, 0], labels[:, -1])
    return int(np.count_nonzero(crossing)) <= CROSSED * rows


def _count_rows(ink: Mask, scale: float) -> float:
    """Say how many lines would fill as many rows of pixels as have ink."""
    inked = np.asarray(ink.any(axis=1, keepdims=True), dtype=np.uint8)
    filled = cv2.dilate(inked, np.ones((max(1, round(scale)), 1), np.uint8))
    return float(np.count_nonzero(filled) / (PITCH * scale))
