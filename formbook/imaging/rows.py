"""Lines that stand side by side in one row taken apart, and specks beside a line left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from formbook.imaging.lines import Lines, TextLine

FAR = 8.0
"""Scales of empty paper from which on what follows in a row can be another line."""
MUCH_FARTHER = 1.6
"""Times the next narrower gap of the row that such a gap is wide, at least."""
ASIDE = 1.6
"""Scales of empty paper between a line and a speck beside it."""
SPECK = 0.3
"""Squared scales of ink that a speck has at most."""

Columns = npt.NDArray[np.int64]


def cut_rows(found: Lines) -> Lines:
    """Cut rows where what follows stands farther off than any word from the next.

    A page number beside a line, or a heading beside a date, is a line of its own. Specks at either
    end of a line belong to none.

    Args:
        found: lines of a sheet or of a column of it.

    Returns:
        The lines from the top down; no ink is added to any.

    Source:
        Own method; measured by benchmarks/layout.py --lines.
    """
    spans = []
    for index in range(len(found.lines)):
        ink = found.ink_of(index).sum(axis=0)
        cuts = [0, *_find_far(np.flatnonzero(ink), found.scale), len(ink)]
        spans.append([_trim(ink, span, found.scale) for span in pairwise(cuts)])
    return take_parts(found, spans)


def take_parts(found: Lines, spans: Sequence[Sequence[tuple[int, int]]]) -> Lines:
    """Make lines of parts of lines.

    Args:
        found: lines.
        spans: of each line, where its parts begin and end, in columns from its left; what lies in
            none of them is of no line.

    Returns:
        The lines from the top down.

    Source:
        Own method.
    """
    if all(
        list(parts) == [(0, line.width)] for line, parts in zip(found.lines, spans, strict=True)
    ):
        return found
    owner = np.full_like(found.owner, -1)
    every: list[TextLine] = []
    for index, (line, parts) in enumerate(zip(found.lines, spans, strict=True)):
        own = found.ink_of(index)
        for start, end in parts:
            mine = np.zeros_like(own)
            mine[:, start:end] = own[:, start:end]
            if mine.any():
                owner[line.window][mine] = len(every)
                every.append(line if (start, end) == (0, line.width) else _measure(line, mine))
    return sort_lines(Lines(tuple(every), owner, found.scale))


def sort_lines(found: Lines) -> Lines:
    """Put lines in order from the top down.

    Args:
        found: lines.

    Returns:
        The same lines.

    Source:
        Own method.
    """
    every = found.lines
    order = sorted(range(len(every)), key=lambda i: (every[i].middle, every[i].left))
    renamed = np.full(len(every) + 1, -1, np.int32)
    renamed[np.array(order, np.int64)] = np.arange(len(order))
    return Lines(tuple(every[i] for i in order), renamed[found.owner], found.scale)


def _find_far(inked: Columns, scale: float) -> list[int]:
    """Where what stands far off begins, in columns."""
    steps = np.diff(inked)
    widest = np.sort(steps)[::-1]
    for count, (here, below) in enumerate(pairwise([*widest, 0]), 1):
        if here < FAR * scale:
            break
        if here >= MUCH_FARTHER * below:
            return sorted(int(inked[i + 1]) for i in np.argsort(-steps)[:count])
    return []


def _trim(ink: Columns, span: tuple[int, int], scale: float) -> tuple[int, int]:
    """Take the specks off both ends of a span of columns, whose ink is counted."""
    inked = span[0] + np.flatnonzero(ink[slice(*span)])
    gaps = np.flatnonzero(np.diff(inked) > ASIDE * scale)
    starts = [inked[0], *inked[gaps + 1]]
    ends = [*(inked[gaps] + 1), inked[-1] + 1]
    large = [
        k
        for k, part in enumerate(zip(starts, ends, strict=True))
        if ink[slice(*part)].sum() > SPECK * scale * scale
    ]
    if not large or len(large) == len(starts):
        return span
    return (
        span[0] if large[0] == 0 else int(starts[large[0]]),
        span[1] if large[-1] == len(starts) - 1 else int(ends[large[-1]]),
    )


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
