"""Labels out in the margin, dates or numbers, told from the text whose line they stand on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from formbook.imaging.lines import Lines, TextLine

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
    owner = found.owner.copy()
    every: list[TextLine] = []
    for index, line in enumerate(found.lines):
        window = np.s_[line.top : line.bottom, line.left : line.right]
        own = found.owner[window] == index
        at = _find_cut(own, edge - line.left, scale) if line.left < edge - OUT * scale else None
        for part in (slice(0, at), slice(at, None)) if at is not None else (slice(0, None),):
            mine = np.zeros_like(own)
            mine[:, part] = own[:, part]
            every.append(line if at is None else _measure(line, mine))
            owner[window][mine] = len(every) - 1
    order = sorted(range(len(every)), key=lambda i: (every[i].middle, every[i].left))
    renamed = np.full(len(every) + 1, -1, np.int32)
    renamed[np.array(order, np.int64)] = np.arange(len(order))
    return Lines(tuple(every[i] for i in order), renamed[owner], scale)


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


def _measure(line: TextLine, own: npt.NDArray[np.bool_]) -> TextLine:
    """Measure a part of a line, (h, w) bool within its box."""
    ys, xs = np.nonzero(own)
    left, right = line.left + int(xs.min()), line.left + int(xs.max()) + 1
    within = (line.ridge_x >= left) & (line.ridge_x < right)
    if within.any():
        x, y = line.ridge_x[within], line.ridge_y[within]
    else:
        x = np.array([(left + right) / 2])
        y = np.interp(x, line.ridge_x, line.ridge_y)
    return replace(
        line,
        left=left,
        right=right,
        top=line.top + int(ys.min()),
        bottom=line.top + int(ys.max()) + 1,
        ridge_x=x,
        ridge_y=y,
        ink=len(xs),
    )
