"""A frame seen as a whole: lines in reading order, comments, marks, the page's number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from formbook.imaging import blocks, lines, marks
from formbook.imaging.edges import find_edges
from formbook.imaging.numbers import cut_numbers
from formbook.imaging.outlines import Box, box_of, corners_of, outline, outline_number
from formbook.imaging.ridges import SCALES
from formbook.imaging.scan import Frame
from formbook.imaging.sheet import Surface, look
from formbook.imaging.signatures import give_signatures_back, is_scribble, part_signatures
from formbook.imaging.strips import NARROW
from formbook.model import Edge, Polygon

SEALED = 0.97
"""Confidence of what bears a seal."""
IN_COLUMN = 0.9
"""Confidence of what stands in the column for the leader."""
EDGE = 0.009
"""Of the sheet's height: a rule closer to its edge is the edge."""
HEAD_HEIGHT = 0.06
"""Of the sheet's longer side: the head of a table is no higher."""
WORDY_COLUMN = 0.35
"""Of the widest column: a narrower one left of it holds numbers or dates, not names and words."""


@dataclass(frozen=True, slots=True)
class SeenLine:
    """A line: its outline, the index of its entry, None for what belongs to none, and its side."""

    polygon: Polygon
    entry: int | None
    side: int = 0


@dataclass(frozen=True, slots=True)
class SeenEntry:
    """A comment: its outline, signature included, the indexes of its lines, and its side."""

    polygon: Polygon
    lines: tuple[int, ...]
    side: int = 0


@dataclass(frozen=True, slots=True)
class MarkCandidate:
    """What may be the chairman's mark.

    `lines` are the indexes of its lines of words and date, to be read; `signature` is the outline
    of what is below them, None where there is nothing.
    """

    polygon: Polygon
    lines: tuple[int, ...]
    signature: Polygon | None
    stamp: bool
    confidence: float
    side: int = 0


@dataclass(frozen=True, slots=True)
class PageLayout:
    """What is where on a frame; all outlines in pixels of the frame as stored.

    `sides` are the outlines of the pages that the frame shows: one, or two that face each other.
    What has `side` 0 is on the left one, what has 1 on the right one, once the frame is turned
    upright.
    """

    lines: tuple[SeenLine, ...]
    entries: tuple[SeenEntry, ...]
    marks: tuple[MarkCandidate, ...]
    dpi: float | None
    sides: tuple[Polygon, ...]


def see(frame: Frame) -> PageLayout:
    """See a page.

    Args:
        frame: of a file.

    Returns:
        Its layout.
    """
    return Sheet.of(frame).layout(frame)


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """All that is found on the way, in pixels of the level sheet; for `debug` and tests."""

    surface: Surface
    found: lines.Lines
    styles: list[blocks.Style]
    entries: list[blocks.Block]
    candidates: list[marks.Candidate]

    @classmethod
    def of(cls, frame: Frame) -> Sheet:
        """Find all that is on a frame."""
        surface, found = look(frame)
        styles = blocks.measure_styles(surface.even, found)
        return cls(surface, found, styles, [], []).grouped()

    def grouped(self) -> Sheet:
        """Tell heads, numbers, marks and comments apart.

        Where all is as small as grain, nothing is a comment or a mark.
        """
        if self.surface.scale is not None and self.surface.scale <= SCALES[0]:
            return self
        every = self.found.lines
        pages = list(zip(self._sides(range(len(every))), self._spans(), strict=True))
        height = self.surface.shape[0]
        apart = self._page_numbers()
        for side, span in pages:
            if not self.surface.columns:
                apart |= blocks.find_heads(self.found, self.styles, side, span, height)
        taken: set[int] = set()
        candidates = []
        for seal in self.surface.seals:
            near = [i for i in marks.lines_at_seal(every, seal) if i not in taken | apart]
            taken.update(near)
            candidates.append(marks.Candidate(tuple(near), (), seal, SEALED))
        rest = [i for i in range(len(every)) if i not in apart | taken]
        if self.surface.columns:
            entries, more = self._table(rest)
        else:
            entries, more = [], []
            for side in self._sides(rest):
                on_side, marks_on_side = self._running(side)
                entries += on_side
                more += marks_on_side
        candidates = marks.merge(candidates + more, every, 4 * self.found.scale)
        sure = [each for each in candidates if each.confidence >= marks.LIKELY]
        sure, entries = marks.absorb(sure, entries, every, 2 * self.found.scale)
        doubtful = [each for each in candidates if each.confidence < marks.LIKELY]
        return replace(self, entries=entries, candidates=sure + doubtful)

    def _page_numbers(self) -> set[int]:
        """Where the page's number stands, of each of two facing ones."""
        every = self.found.lines
        out = set()
        for side, (left, right) in zip(self._sides(range(len(every))), self._spans(), strict=True):
            shape = (self.surface.shape[0], round(right - left))
            number = blocks.find_page_number([every[i] for i in side], shape)
            if number is not None:
                out.add(side[number])
        return out

    def _numbers(self) -> set[int]:
        """Find what tells nothing of a line's height: a digit for the page, a column's numbers."""
        every = self.found.lines
        digits = {i for i in self._page_numbers() if every[i].width < every[i].height}
        if not self.surface.partings:
            return digits
        edges = np.array([*self.surface.partings, self.surface.shape[1]])
        widths = np.diff(edges, prepend=0)
        column = np.searchsorted(edges[:-1], [(line.left + line.right) / 2 for line in every])
        return digits | {
            i for i, line in enumerate(every) if widths[column[i]] < NARROW * line.scale
        }

    def _spans(self) -> list[tuple[float, float]]:
        """Where each page begins and ends across."""
        width = float(self.surface.shape[1])
        gutter = self.surface.gutter
        return [(0.0, width)] if gutter is None else [(0.0, gutter), (gutter, width)]

    def _sides(self, rest: Sequence[int]) -> list[list[int]]:
        """Take the lines of two facing pages apart."""
        if self.surface.gutter is None:
            return [[*rest]]
        on = [self._side([box_of(self.found.lines[i])]) for i in rest]
        return [[i for i, side in zip(rest, on, strict=True) if side == want] for want in (0, 1)]

    def _side(self, boxes: Sequence[Box]) -> int:
        """Which of two facing pages boxes lie on."""
        gutter = self.surface.gutter
        middle = (min(b[0] for b in boxes) + max(b[2] for b in boxes)) / 2
        return int(gutter is not None and middle >= gutter)

    def _running(self, rest: list[int]) -> tuple[list[blocks.Block], list[marks.Candidate]]:
        every = self.found.lines
        found = blocks.group_lines(every, self.styles, rest, pitch=self.surface.rules.pitch)
        parted = part_signatures(found, every)

        def signs(index: int) -> bool:
            return is_scribble(every[index])

        def weigh_without(group: list[blocks.Block], taken: list[blocks.Block]) -> float:
            others = [block for block in parted if block not in group and block not in taken]
            return marks.weigh(
                marks.join(group),
                every,
                self.styles,
                others,
                sealed=bool(self.surface.seals),
                scale=self.found.scale,
            )

        groups = [
            group
            for group in marks.narrow_groups(parted, every, scale=self.found.scale)
            # what a block was parted from is no part of its mark
            if len(group) == 1 or group[0] in found or not all(map(signs, group[0].all))
        ]
        chosen = marks.choose_all(groups, weigh_without, every, self.styles)
        candidates = []
        for weight, group in chosen:
            block = marks.join(group)
            candidates.append(marks.Candidate(block.lines, block.signatures, None, weight))
        taken = [block for weight, group in chosen if weight >= marks.LIKELY for block in group]
        left = give_signatures_back(found, taken)
        entries = [block for block in left if self._is_writing(block)]
        return entries, candidates

    def _is_writing(self, block: blocks.Block) -> bool:
        """Whether a block has more than a few strokes."""
        every = self.found.lines
        return any(every[i].width > 6 * self.found.scale for i in block.lines)

    def _table(self, rest: list[int]) -> tuple[list[blocks.Block], list[marks.Candidate]]:
        every = self.found.lines
        edges = self.surface.columns
        widths = np.diff(edges)
        content = int(np.argmax(widths))
        column_of = {
            i: int(np.searchsorted(edges, (every[i].left + every[i].right) / 2)) - 1 for i in rest
        }
        body = [i for i in rest if every[i].middle > self._head_bottom()]
        bounds = [*self.surface.rows, float("inf")]
        entries: list[blocks.Block] = []
        row_of = {i: int(np.searchsorted(bounds, every[i].middle)) for i in body}
        wordy = [
            column
            for column in range(content + 1)
            if widths[column] >= WORDY_COLUMN * widths[content]
        ]
        for row in sorted(set(row_of.values())):
            grouped = [
                block
                for column in wordy
                for block in blocks.group_lines(
                    every,
                    self.styles,
                    [i for i in body if row_of[i] == row and column_of[i] == column],
                    pitch=None,
                )
            ]
            if grouped:
                entries.append(marks.join(grouped))
        entries = [block for block in entries if self._is_writing(block)]
        last = [i for i in body if column_of[i] > content]
        candidates = [
            marks.Candidate(tuple(cluster), (), None, IN_COLUMN)
            for cluster in _clusters(every, last, 5 * self.found.scale)
        ]
        return entries, candidates

    def _head_bottom(self) -> float:
        """Where the head of a table ends: at its second rule, if that is near the first."""
        height = self.surface.shape[0]
        own = [row for row in self.surface.rows if row > EDGE * height]
        near = len(own) > 1 and own[1] - own[0] < HEAD_HEIGHT * max(self.surface.shape)
        return own[1] if near else 0.0

    def numbers_on(self, side: int) -> list[npt.NDArray[np.uint8]]:
        """Cut out what may be the number of the page on a side.

        Args:
            side: 0 for the left page or the only one, 1 for the right one.

        Returns:
            (h, w) uint8 grey pictures, 0 black to 255 white.

        Source:
            `numbers.cut_numbers`.
        """
        every = self.found.lines
        return cut_numbers(
            self.surface.even,
            self.surface.ink,
            self.found,
            [i for i, line in enumerate(every) if line.width < blocks.NARROW * line.height],
            self._spans()[side],
            px_per_mm=self.surface.px_per_mm,
        )

    def edges(self, entries: Sequence[int]) -> tuple[Edge, Edge] | None:
        """Where a page begins and ends that has these entries, numbered by their place here.

        None in a table, or of no entry.
        """
        if self.surface.columns:
            return None
        return find_edges(
            self.surface.even,
            self.found,
            self.styles,
            [self.entries[index] for index in entries],
            px_per_mm=self.surface.px_per_mm,
        )

    def layout(self, frame: Frame) -> PageLayout:
        """Bring what was found to the frame as stored."""
        every = self.found.lines

        def stored(corners: Sequence[tuple[float, float]]) -> Polygon:
            size = frame.turn.upright_size
            upright = (
                (min(max(x, 0.0), size[0]), min(max(y, 0.0), size[1]))
                for x, y in self.surface.flat.trace(corners)
            )
            return tuple((round(x, 1), round(y, 1)) for x, y in frame.turn.to_stored(upright))

        entry_of = {i: index for index, block in enumerate(self.entries) for i in block.lines}
        out_marks = []
        for each in self.candidates:
            boxes = [box_of(every[i]) for i in each.all]
            if each.seal is not None:
                s = each.seal
                boxes.append((s.x - s.radius, s.y - s.radius, s.x + s.radius, s.y + s.radius))
            out_marks.append(
                MarkCandidate(
                    stored(corners_of(boxes)),
                    each.lines,
                    stored(corners_of([box_of(every[i]) for i in each.signatures]))
                    if each.signatures
                    else None,
                    each.seal is not None,
                    each.confidence,
                    self._side(boxes),
                )
            )
        page_numbers, alone = self._page_numbers(), self._numbers()

        def room(i: int) -> Box:
            if i in alone:
                return outline_number(every[i])
            # the digits of a page's number are all as high as the number
            return box_of(every[i]) if i in page_numbers else outline(every[i])

        return PageLayout(
            lines=tuple(
                SeenLine(stored(corners_of([room(i)])), entry_of.get(i), self._side([box_of(line)]))
                for i, line in enumerate(every)
            ),
            entries=tuple(
                SeenEntry(stored(corners_of(boxes)), block.lines, self._side(boxes))
                for block in self.entries
                for boxes in ([box_of(every[i]) for i in block.all],)
            ),
            marks=tuple(out_marks),
            dpi=frame.dpi,
            sides=tuple(
                stored(corners_of([(left, 0.0, right, float(self.surface.shape[0]))]))
                for left, right in self._spans()
            ),
        )


def _clusters(
    every: Sequence[lines.TextLine], indexes: Sequence[int], gap: float
) -> list[list[int]]:
    """Group lines that follow each other closely."""
    out: list[list[int]] = []
    for i in sorted(indexes, key=lambda i: every[i].top):
        if out and every[i].top - max(every[j].bottom for j in out[-1]) < gap:
            out[-1].append(i)
        else:
            out.append([i])
    return out
