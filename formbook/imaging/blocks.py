"""Lines grouped to comments by gap, hand, indent and signature; heads and numbers told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from formbook.imaging.lines import Lines, TextLine

TOP_ZONE = 0.14
"""Of the sheet: printed heads and page numbers stand above it."""
EDGE_ZONE = 0.075
"""Of the sheet, at top and bottom: where page numbers stand."""
CENTRED = 0.06
"""Of the sheet's width that a head may stand off its middle."""
NARROW = 4.5
"""Line heights of width up to which a lone line at the edge is a page number."""
NEW_ENTRY = 1.0
"""Evidence from which on a line begins another comment."""
SIGNED = 4.5
"""Scales of empty paper between a comment and its signature."""
EMPTY = 7.0
"""Scales of empty paper between two notes in the right half."""
SOLID = 0.55
"""Share of a signature's ink in its largest piece, at least; words fall into letters."""
SCRIBBLE = 7.5
"""Scales of height that a signature has at most; two lines of writing have more."""
RIGHT_HALF = 0.5
"""Of the text's width: a short line that begins beyond it, nothing before it, is no text line."""


@dataclass(frozen=True, slots=True, eq=False)
class Style:
    """How a line is written.

    `colour` is (3,) float64, the mean colour of its ink, paper white, 0 to 1; `size` is the mean
    distance of its ink from its ridge, in pixels.
    """

    colour: npt.NDArray[np.float64]
    size: float


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that one person wrote as one: indexes of lines, top down, and of signatures below."""

    lines: tuple[int, ...]
    signatures: tuple[int, ...] = ()

    @property
    def all(self) -> tuple[int, ...]:
        """Its lines and signatures."""
        return self.lines + self.signatures


def measure_styles(even: npt.NDArray[np.uint8], found: Lines) -> list[Style]:
    """Measure colour and size of each line's writing.

    Args:
        even: (H, W, 3) uint8, light evened out.
        found: the lines, and the ink of each.

    Returns:
        One style a line.

    Source:
        Own method.
    """
    ys, xs, of, off = found.find_ink()
    count = len(found.lines)
    ink = np.maximum(np.bincount(of, minlength=count), 1)
    colour = np.stack(
        [np.bincount(of, even[ys, xs, c], minlength=count) / ink / 255 for c in range(3)], axis=1
    )
    size = np.bincount(of, np.abs(off), minlength=count) / ink
    return [Style(colour[i], float(size[i])) for i in range(count)]


def find_page_number(lines: Sequence[TextLine], shape: tuple[int, int]) -> int | None:
    """Find the line that stands where page numbers do.

    Args:
        lines: of the sheet.
        shape: rows and columns of the sheet.

    Returns:
        The index of the one narrow line at the upper or lower edge with nothing beside it; None
        unless there is exactly one.

    Source:
        Own method.
    """
    height, width = shape
    found = [
        index
        for index, line in enumerate(lines)
        if line.width < min(NARROW * line.height, 0.12 * width)
        and not EDGE_ZONE * height < line.middle < (1 - EDGE_ZONE / 2) * height
        and not any(
            other is not line
            and abs(other.middle - line.middle) < 0.6 * max(line.height, other.height)
            and other.width > 2 * line.width
            and other.left < line.right + 2 * line.height
            and line.left < other.right + 2 * line.height
            for other in lines
        )
    ]
    return found[0] if len(found) == 1 else None


def find_heads(
    found: Lines,
    styles: Sequence[Style],
    indexes: Sequence[int],
    span: tuple[float, float],
    height: int,
) -> set[int]:
    """Find printed headings of a page: short, centred, at the top, all letters alike.

    Args:
        found: the lines of the sheet.
        styles: one a line.
        indexes: of the lines of the page.
        span: where the page begins and ends across, in pixels of the sheet.
        height: of the sheet, in pixels.

    Returns:
        Indexes of lines.

    Source:
        Own method.
    """
    width = span[1] - span[0]
    typical = float(np.median([styles[i].size for i in indexes])) if indexes else 0.0
    heads = set()
    for index in indexes:
        line = found.lines[index]
        middle = (line.left + line.right) / 2 - span[0]
        if (
            line.middle < TOP_ZONE * height
            and abs(middle - width / 2) < CENTRED * width
            and line.width < 0.5 * width
            and line.height < 4.2 * found.scale
            and styles[index].size < 1.1 * typical
            and not any(
                found.lines[i].middle < line.middle - found.scale
                and found.lines[i].width > line.width
                for i in indexes
            )
        ):
            heads.add(index)
    return heads


def group_lines(
    lines: Sequence[TextLine],
    styles: Sequence[Style],
    indexes: Sequence[int],
    *,
    pitch: float | None,
) -> list[Block]:
    """Group the lines of one column to comments.

    A line begins another comment if the gap above it, another colour or size of writing, an
    indent after a short line, or a signature between say so together.

    Args:
        lines: of the sheet.
        styles: one a line.
        indexes: of the lines of the column, without heads, numbers and marks.
        pitch: from rule to rule, in pixels, where the sheet is ruled.

    Returns:
        Blocks from the top down.

    Source:
        Own method; measured by benchmarks/layout.py.
    """
    order = sorted(indexes, key=lambda index: lines[index].middle)
    if not order:
        return []
    left = float(np.percentile([lines[i].left for i in order], 20))
    right = float(np.percentile([lines[i].right for i in order], 80))
    right_hand = {i for i in order if _stands_right(lines, order, i, left, right)}
    steps = _steps(lines, [i for i in order if i not in right_hand], pitch)
    blocks: list[Block] = []
    above: int | None = None
    for run, is_right in _runs(order, right_hand):
        if is_right:
            signature, rest = _split_signature(lines, run, above)
            if signature:
                last = blocks[-1]
                blocks[-1] = Block(last.lines, (*last.signatures, *signature))
            for part in _close_together(lines, rest):
                blocks.append(Block(tuple(part)))
                above = None
            continue
        for index in run:
            last = blocks[-1] if blocks else Block(())
            if (
                above is None
                or last.signatures
                or _evidence(lines, styles, above, index, steps[index], right - left) >= NEW_ENTRY
            ):
                blocks.append(Block((index,)))
            else:
                blocks[-1] = Block((*last.lines, index))
            above = index
    return blocks


def _runs(order: Sequence[int], marked: set[int]) -> list[tuple[list[int], bool]]:
    """Cut a sequence where it goes from marked to not marked or back."""
    runs: list[tuple[list[int], bool]] = []
    for index in order:
        if runs and runs[-1][1] == (index in marked):
            runs[-1][0].append(index)
        else:
            runs.append(([index], index in marked))
    return runs


def _close_together(lines: Sequence[TextLine], run: Sequence[int]) -> list[list[int]]:
    """Cut lines that follow each other where much paper is left empty between two."""
    parts: list[list[int]] = []
    for index in run:
        line = lines[index]
        if parts and line.top - lines[parts[-1][-1]].bottom <= EMPTY * line.scale:
            parts[-1].append(index)
        else:
            parts.append([index])
    return parts


def _split_signature(
    lines: Sequence[TextLine], run: list[int], above: int | None
) -> tuple[list[int], list[int]]:
    """Tell the signature of the comment above from what stands below it in the right half."""
    if above is None:
        return [], run
    scale = lines[above].scale
    gap = lines[run[0]].top - lines[above].bottom
    top, bottom = lines[run[0]].top, lines[run[0]].bottom
    count = 1
    for index in run[1:]:
        # a signature of several strokes can look like several lines, but is not as high as two
        apart = lines[index].top - bottom > 0.5 * scale
        if apart or max(bottom, lines[index].bottom) - top > SCRIBBLE * scale:
            break
        bottom = max(bottom, lines[index].bottom)
        count += 1
    first, rest = run[:count], run[count:]
    ink = sum(lines[index].ink for index in first)
    if sum(lines[index].solid * lines[index].ink for index in first) < SOLID * ink:
        return [], run
    after = lines[rest[0]].top - bottom if rest else np.inf
    if gap > SIGNED * scale and after < 2 * gap:
        return [], run
    if rest and after <= max(gap, 0.5 * scale):
        return [], run
    return first, rest


def _stands_right(
    lines: Sequence[TextLine], order: Sequence[int], index: int, left: float, right: float
) -> bool:
    """Whether a short line stands alone in the right half."""
    line = lines[index]
    if line.left < left + RIGHT_HALF * (right - left) or line.width > 0.45 * (right - left):
        return False
    return not any(
        other != index
        and lines[other].left < line.left
        and abs(lines[other].middle - line.middle) < 1.6 * line.scale
        for other in order
    )


def _steps(
    lines: Sequence[TextLine], order: Sequence[int], pitch: float | None
) -> dict[int, tuple[float, float]]:
    """Tell, for each line, the step from the line above it and the step usual there."""
    middles = [lines[i].middle for i in order]
    raw = np.diff(middles)
    usual = pitch if pitch is not None else None
    out = {}
    for k, index in enumerate(order):
        if k == 0:
            out[index] = (0.0, 1.0)
            continue
        around = raw[max(0, k - 4) : k + 3]
        around = around[around > 1.5 * lines[index].scale]
        near = float(np.percentile(around, 25)) if len(around) else float(raw[k - 1])
        if usual is not None:
            near = min(near, max(1, round(near / usual)) * usual) if near > 0.75 * usual else usual
        out[index] = (float(raw[k - 1]), max(near, 3.2 * lines[index].scale))
    return out


def _evidence(
    lines: Sequence[TextLine],
    styles: Sequence[Style],
    above: int,
    below: int,
    step: tuple[float, float],
    width: float,
) -> float:
    """Weigh what speaks for a new comment."""
    one, two = lines[above], lines[below]
    gap = step[0] / step[1] - 1
    colour = float(np.abs(styles[above].colour - styles[below].colour).max())
    size = abs(float(np.log(max(styles[above].size, 1) / max(styles[below].size, 1))))
    ends_early = one.right < two.right - 0.15 * width or one.width < 0.7 * width
    indented = two.left > one.left + 0.03 * width
    return (
        2.2 * min(gap, 1.0)
        + 2.5 * min(colour, 0.4)
        + 0.8 * min(size, 0.7)
        + (0.25 if ends_early else -0.15)
        + (0.15 if indented else 0.0)
    )
