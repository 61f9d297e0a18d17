"""Where the chairman's mark may be, by place, seal, colour and shape; nothing is read here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from formbook.imaging.blocks import Block, Style
from formbook.imaging.lines import TextLine
from formbook.imaging.seals import Seal
from formbook.imaging.signatures import ends_in_signature, is_scribble

LIKELY = 0.5
"""Confidence from which on a candidate is more likely a mark than not."""
DOUBTFUL = 0.2
"""Confidence from which on a candidate is worth a person's look."""
NEARLY = 0.25
"""By how much less likely a larger group may be than a part of it."""
AGAIN = 0.7
"""Confidence of a further mark of a page, at least."""
SAME_PEN = 0.12
"""Of white: by how much two marks of one pen may differ in colour."""
NARROW = 0.62
"""Of the text's width: what a mark takes at most."""
TOGETHER = 7.0
"""Scales of empty paper within a mark."""
SCRAP = 2
"""Lines of what a mark may take in from beside it."""
MOST_LINES = 4
"""Lines of a mark: its words, perhaps on two lines, date and signature."""

_BIAS = -2.6
_WEIGHTS = {
    "seal": 5.0,
    "red": 1.6,
    "other_colour": 1.0,
    "indented": 2.2,
    "narrow": 1.2,
    "last": 0.8,
    "gap": 1.0,
    "scribble": 1.2,
    "many": -1.5,
    "sealed": -2.0,
    "wordless": -2.5,
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may be a mark.

    `lines` are indexes of its lines, words and date; `signatures` of what is below them; `seal`
    is the seal over it; `confidence` is 0 to 1.
    """

    lines: tuple[int, ...]
    signatures: tuple[int, ...]
    seal: Seal | None
    confidence: float

    @property
    def all(self) -> tuple[int, ...]:
        """All its lines."""
        return self.lines + self.signatures


def lines_at_seal(lines: Sequence[TextLine], seal: Seal) -> list[int]:
    """Find the lines that a seal was pressed on.

    Args:
        lines: of the sheet.
        seal: the seal.

    Returns:
        Indexes of lines that begin or end within the seal's surroundings or lie in it for the
        most part, so that a comment that the seal only touches is not taken.

    Source:
        Own method.
    """
    reach = 1.35 * seal.radius
    near = []
    for index, line in enumerate(lines):
        wide = min(line.right, seal.x + reach) - max(line.left, seal.x - reach)
        high = min(line.bottom, seal.y + reach) - max(line.top, seal.y - reach)
        if wide > 0.3 * line.width and high > 0.6 * line.height and line.left > seal.x - 2 * reach:
            near.append(index)
    return near


def weigh(
    block: Block,
    lines: Sequence[TextLine],
    styles: Sequence[Style],
    others: Sequence[Block],
    *,
    sealed: bool,
    scale: float,
) -> float:
    """Say how likely a block without a seal is a mark.

    Args:
        block: the block.
        lines: of the sheet.
        styles: one a line.
        others: the other blocks of the sheet.
        sealed: whether there is a mark with a seal already.
        scale: of the writing, in pixels.

    Returns:
        0 to 1.

    Source:
        Own method: a logistic weighing whose weights follow from what marks are by rule, checked
        by benchmarks/layout.py.
    """
    own = [lines[i] for i in block.all]
    text = [lines[i] for other in others for i in other.lines]
    colour = np.mean([styles[i].colour for i in block.all], axis=0)
    redness = float(colour[0] - max(colour[1], colour[2]))
    score = _BIAS
    score += _WEIGHTS["red"] * min(1.0, max(0.0, redness / 0.25))
    if not text:
        return _squash(score)
    left = float(np.median([line.left for line in text]))
    right = float(np.percentile([line.right for line in text], 80))
    width = max(1.0, right - left)
    apart = min(
        float(np.abs(colour - styles[i].colour).max()) for other in others for i in other.lines
    )
    score += _WEIGHTS["other_colour"] * min(1.0, apart / 0.2)
    mine = min(line.left for line in own)
    score += _WEIGHTS["indented"] * _displaced((mine - left) / width)
    wide = max(line.right for line in own) - mine
    score += _WEIGHTS["narrow"] * float(np.clip(2.2 - 3.2 * wide / width, -1.0, 1.0))
    top = min(line.top for line in own)
    above = [line.bottom for line in text if line.middle < top]
    below = [line for line in text if line.middle > max(each.bottom for each in own)]
    score += _WEIGHTS["last"] * (1.0 if not below else -1.0)
    if above:
        score += _WEIGHTS["gap"] * float(np.clip((top - max(above)) / scale / 12, 0.0, 1.5))
    if len(block.lines) > MOST_LINES:
        score += _WEIGHTS["many"] * (len(block.lines) - MOST_LINES)
    if all(map(is_scribble, own)):
        score += _WEIGHTS["wordless"]
    if sealed:
        score += _WEIGHTS["sealed"]
    return _squash(score)


def join(group: Sequence[Block]) -> Block:
    """Put blocks together, from the top down.

    Source:
        Own method.
    """
    return Block(
        tuple(i for block in group for i in block.lines),
        tuple(i for block in group for i in block.signatures),
    )


def narrow_groups(
    found: Sequence[Block], lines: Sequence[TextLine], *, scale: float
) -> list[list[Block]]:
    """List the runs of narrow blocks that stand close together, each alone and all their ends.

    Args:
        found: blocks from the top down.
        lines: of the sheet.
        scale: of the writing, in pixels.

    Returns:
        Groups of blocks that could be one mark.

    Source:
        Own method.
    """
    if not found:
        return []
    boxes = [_box([lines[i] for i in block.all]) for block in found]
    left = float(np.percentile([box[0] for box in boxes], 25))
    right = float(np.percentile([box[2] for box in boxes], 75))
    groups: list[list[Block]] = []
    for start in range(len(found)):
        group: list[Block] = []
        edges: list[tuple[float, float, float, float]] = []
        for block, box in zip(found[start:], boxes[start:], strict=True):
            near = not edges or box[1] - edges[-1][3] < TOGETHER * scale
            lefts = [each[0] for each in (*edges, box)]
            if (
                box[2] - box[0] > NARROW * max(right - left, 1)
                or not near
                or max(lefts) - min(lefts) > 0.3 * (right - left)
            ):
                break
            group.append(block)
            edges.append(box)
            groups.append(list(group))
    return groups


def choose(weighed: Sequence[tuple[float, list[Block]]]) -> tuple[float, list[Block]]:
    """Choose among groups that overlap: the largest that is nearly as likely as the likeliest.

    Args:
        weighed: likelihood and group.

    Returns:
        One of them; (0, []) if there is none.

    Source:
        Own method.
    """
    best = max((weight for weight, _ in weighed), default=0.0)
    near = [each for each in weighed if each[0] >= best - NEARLY]
    if best < LIKELY:
        near = [each for each in weighed if each[0] == best]
    near = [each for each in near if best < LIKELY or each[0] >= LIKELY]
    return max(
        near,
        key=lambda each: (sum(len(block.all) for block in each[1]), each[0]),
        default=(0.0, []),
    )


def choose_all(
    groups: Sequence[list[Block]],
    weigh_without: Callable[[list[Block], list[Block]], float],
    lines: Sequence[TextLine],
    styles: Sequence[Style],
) -> list[tuple[float, list[Block]]]:
    """Choose the likeliest mark, and the others that were written and signed as it was.

    Args:
        groups: what could be a mark.
        weigh_without: likelihood of a group on the page without some other blocks.
        lines: of the sheet.
        styles: one a line.

    Returns:
        Groups that share no block, the likeliest first; none that is less than doubtful.

    Source:
        Own method: one chairman writes with one pen, and signs alike.
    """
    weight, group = choose([(weigh_without(each, []), each) for each in groups])
    if weight <= DOUBTFUL:
        return []
    chosen = [(weight, group)]
    pen, signed = _colour(group, styles), ends_in_signature(join(group), lines)
    while weight >= LIKELY:
        taken = [block for _, each in chosen for block in each]
        left = [
            each
            for each in groups
            if not any(block in taken for block in each)
            and np.abs(_colour(each, styles) - pen).max() < SAME_PEN
            and (ends_in_signature(join(each), lines) or not signed)
        ]
        # where one mark stands, the page around the others is that without it
        weighed = [(weigh_without(each, taken), each) for each in left]
        weight, group = choose([each for each in weighed if each[0] >= AGAIN])
        if group:
            chosen.append((weight, group))
    return chosen


def _colour(group: Sequence[Block], styles: Sequence[Style]) -> npt.NDArray[np.float64]:
    return np.asarray(np.mean([styles[i].colour for i in join(group).all], axis=0), np.float64)


def merge(
    candidates: Sequence[Candidate], lines: Sequence[TextLine], gap: float
) -> list[Candidate]:
    """Put candidates together that touch each other or nearly do.

    Args:
        candidates: in any order.
        lines: of the sheet.
        gap: pixels between two that are one.

    Returns:
        Candidates, the surest first.

    Source:
        Own method.
    """
    left = sorted(candidates, key=lambda each: -each.confidence)
    out: list[Candidate] = []
    while left:
        one = left.pop(0)
        while True:
            touching = [
                other for other in left if _touch(_extent(one, lines), _extent(other, lines), gap)
            ]
            if not touching:
                break
            for other in touching:
                left.remove(other)
                one = Candidate(
                    one.lines + other.lines,
                    one.signatures + other.signatures,
                    one.seal or other.seal,
                    one.confidence,
                )
        out.append(one)
    return out


def absorb(
    candidates: Sequence[Candidate],
    entries: Sequence[Block],
    lines: Sequence[TextLine],
    gap: float,
) -> tuple[list[Candidate], list[Block]]:
    """Give a mark the scraps beside it: parts of its signature that look like a comment.

    Args:
        candidates: marks.
        entries: the comments so far.
        lines: of the sheet.
        gap: pixels between a mark and its scraps.

    Returns:
        The marks with their scraps, and the other comments.

    Source:
        Own method.
    """
    marks = list(candidates)
    left = []
    for block in entries:
        box = _box([lines[i] for i in block.all])
        for index, mark in enumerate(marks):
            extent = _extent(mark, lines)
            small = len(block.lines) <= SCRAP and box[2] - box[0] < 1.2 * (extent[2] - extent[0])
            if small and _touch(extent, box, gap) and (box[1] + box[3]) / 2 > extent[1]:
                marks[index] = Candidate(
                    mark.lines, mark.signatures + block.all, mark.seal, mark.confidence
                )
                break
        else:
            left.append(block)
    return marks, left


def _extent(candidate: Candidate, lines: Sequence[TextLine]) -> tuple[float, float, float, float]:
    boxes = [_box([lines[i]]) for i in candidate.all]
    if candidate.seal is not None:
        s = candidate.seal
        boxes.append((s.x - s.radius, s.y - s.radius, s.x + s.radius, s.y + s.radius))
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return (min(lefts), min(tops), max(rights), max(bottoms))


def _box(lines: Sequence[TextLine]) -> tuple[float, float, float, float]:
    return (
        min(line.left for line in lines),
        min(line.top for line in lines),
        max(line.right for line in lines),
        max(line.bottom for line in lines),
    )


def _touch(
    a: tuple[float, float, float, float], b: tuple[float, float, float, float], gap: float
) -> bool:
    return a[0] - gap < b[2] and b[0] - gap < a[2] and a[1] - gap < b[3] and b[1] - gap < a[3]


def _displaced(offset: float) -> float:
    """Say how far, 0 to 1, something stands right of the text, or out in its margin."""
    return float(np.clip(offset / 0.4 if offset > 0 else -offset / 0.2, 0.0, 1.0))


def _squash(score: float) -> float:
    return float(1 / (1 + np.exp(-score)))
