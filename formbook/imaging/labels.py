"""Labels out in the margin, dates or numbers, told from the text whose line they stand on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from formbook.imaging.lines import Lines
from formbook.imaging.rows import take_parts

ALIGNED = 2.0
"""Scales by which beginnings of lines may lie off the edge of the text."""
MOST = 0.45
"""Share of lines that must begin at that edge."""
OUT = 5.0
"""Scales that a label begins left of it at least."""
GAP = 1.2
"""Scales of empty paper between a label and the text."""
FEW = 6
"""Lines: fewer have no common edge."""


def split_labels(found: Lines) -> Lines:
    """Cut lines that begin with a label in the margin.

    Where most lines begin one below the other, what stands left of their edge and is followed by
    empty paper just there is a line of its own.

    Args:
        found: lines of a sheet or of a column of it.

    Returns:
        The lines from the top down, labels apart; no pixel of ink is lost.

    Source:
        Own method; measured by benchmarks/layout.py --lines.
    """
    edge = _find_edge(found)
    if edge is None:
        return found
    scale = found.scale
    spans = []
    for index, line in enumerate(found.lines):
        at = None
        if line.left < edge - OUT * scale:
            at = _find_cut(found.ink_of(index), edge - line.left, scale)
        spans.append([(0, line.width)] if at is None else [(0, at), (at, line.width)])
    return take_parts(found, spans)


def _find_edge(found: Lines) -> float | None:
    """Where most lines begin, or where their text does behind a label."""
    if len(found.lines) < FEW:
        return None
    lefts = np.sort([line.left for line in found.lines]).astype(float)
    near = np.abs(lefts[:, None] - lefts[None, :]) <= ALIGNED * found.scale
    best = int(near.sum(axis=1).argmax())
    return float(lefts[near[best]].mean()) if near[best].mean() >= MOST else None


def _find_cut(own: npt.NDArray[np.bool_], edge: float, scale: float) -> int | None:
    """Where empty paper that ends at the edge begins to be the text's, in columns of the line."""
    inked = np.flatnonzero(own.any(axis=0))
    steps = np.diff(inked)
    wide = steps > GAP * scale
    at_edge = np.abs(inked[1:] - edge) <= ALIGNED * scale
    fits = np.flatnonzero(wide & at_edge)
    if not len(fits):
        return None
    return int(inked[fits[steps[fits].argmax()] + 1])
