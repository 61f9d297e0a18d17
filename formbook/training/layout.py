"""Where things go on a page: lines on the ruling, rows in the table, marks where there is room."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from formbook.model import Polygon
from formbook.training.hands import BLACK, PRINT_FONT, FontHand, Hand, strike_out
from formbook.training.marks import compose_mark, draw_signature
from formbook.training.paper import Column, Look, Ruling, draw_rule
from formbook.training.sheet import Box, Sheet
from formbook.training.spec import Comment, Mark, PageSpec, Place
from formbook.training.truth import PageTruth, TrueEntry, TrueLine, TrueMark

_PRINT = FontHand(PRINT_FONT, BLACK, x_height_mm=1.7, pen_mm=0, wobble=0.0)
_SMALL_PRINT = replace(_PRINT, x_height_mm=1.3)
_WIDER = 1.04
"""How much wider than measured a line may come out."""
_MARK_ROOM_MM = 36.0
_MARK_WIDTH_MM = 78.0


class Layout:
    """Writes a page onto a sheet and keeps what stands where.

    Args:
        sheet: the paper, ruled.
        ruling: where one may write on it.
        dpi: pixels per inch.
        rng: where all randomness comes from.
    """

    def __init__(self, sheet: Sheet, ruling: Ruling, dpi: int, rng: np.random.Generator) -> None:
        self.sheet = sheet
        self._ruling = ruling
        self._dpi = dpi
        self._mm = dpi / 25.4
        self._rng = rng
        self._lines: list[TrueLine] = []
        self._entries: list[TrueEntry] = []
        self._ignore: list[Polygon] = []
        self._seen: list[TrueMark] = []
        self._rows: list[float] = []
        self._end = ruling.top
        self._margin_end = 0.0

    def write(self, spec: PageSpec) -> tuple[Comment, ...]:
        """Write all that the spec says; give back the comments that found no room.

        A mark beside a comment that found no room is left out too.

        Raises:
            ValueError: a mark asks for a column and there is no table, or for a comment that is
                not there.
        """
        for mark in spec.marks:
            known = mark.entry is None or mark.entry < len(spec.comments)
            if mark.place is Place.COLUMN:
                known = known and mark.entry is not None and bool(self._ruling.columns)
            if not known:
                raise ValueError(f"no row of a table for a mark at entry {mark.entry}")
        self._head(spec)
        left_over = self._table(spec) if spec.look is Look.TABLE else self._running(spec)
        for mark in spec.marks:
            here = mark.entry is None or mark.entry < len(self._rows)
            if here and not self._follows(mark):
                self._mark(mark)
        return left_over

    def truth(self, spec: PageSpec) -> PageTruth:
        """Say what stands on the flat sheet."""
        return PageTruth(
            width=self.sheet.width,
            height=self.sheet.height,
            dpi=spec.dpi,
            look=spec.look.value,
            capture=spec.capture.value,
            page_number=spec.page_number,
            lines=tuple(self._lines),
            entries=tuple(self._entries),
            ignore=tuple(self._ignore),
            seen=tuple(self._seen),
        )

    def _head(self, spec: PageSpec) -> None:
        if spec.heading:
            width = _PRINT.measure(spec.heading, dpi=self._dpi)
            self._aside(spec.heading, _PRINT, (self.sheet.width - width) / 2, 11 * self._mm)
        if spec.page_number is not None:
            right = self.sheet.width - 16 * self._mm
            self._aside(str(spec.page_number), spec.number_hand or _PRINT, right, 11 * self._mm)
        for column, (left, right) in self._ruling.columns.items():
            width = _SMALL_PRINT.measure(column.value, dpi=self._dpi)
            middle = (left + right - width) / 2
            self._aside(column.value, _SMALL_PRINT, middle, self._ruling.top - 4 * self._mm)

    def _running(self, spec: PageSpec) -> tuple[Comment, ...]:
        ruling, mm, rng = self._ruling, self._mm, self._rng
        floor = ruling.bottom - (_MARK_ROOM_MM * mm if spec.marks else 0)
        ruled = spec.look is not Look.PLAIN
        y = ruling.top
        for index, comment in enumerate(spec.comments):
            hand = comment.hand
            step = ruling.pitch if ruled else 3.0 * hand.x_height_mm * mm
            y = self._next_baseline(y) if ruled else max(y, ruling.top)
            first = y - step
            left = ruling.left + abs(rng.normal(0, 1.5)) * mm
            right = ruling.right - rng.uniform(0, 5) * mm
            offset = rng.normal(0, 0.05) * step
            indent = 0.0 if comment.goes_on else rng.choice([0, 5, 9]) * mm
            words = comment.text.split()
            boxes: list[Box] = []
            while words and y <= floor:
                room = right - left - indent
                count = self._fit(words, hand, room)
                at = y + offset + rng.normal(0, 0.03) * step
                self._line(words[:count], hand, left + indent, at, boxes)
                words, indent = words[count:], 0.0
                y += step * (1 if ruled else float(rng.uniform(0.94, 1.06)))
            if boxes:
                self._rows.append(first)
            if words:
                self._end = y
                self._close(boxes, comment, ends_later=True)
                rest = replace(comment, text=" ".join(words), goes_on=bool(boxes))
                return (rest, *spec.comments[index + 1 :])
            if comment.signed:
                y = self._sign(hand, y - 0.6 * step, right, boxes)
            self._close(boxes, comment)
            self._end = y
            for mark in spec.marks:
                if self._follows(mark) and mark.entry == index:
                    self._mark(mark)
                    y = max(y, self._end + 0.5 * step)
            y += step * rng.uniform(0.5, 1.3)
        return ()

    def _table(self, spec: PageSpec) -> tuple[Comment, ...]:
        y = self._ruling.top
        sides = self._ruling.columns
        edges = (sides[Column.NUMBER][0], sides[Column.RESULT][1])
        for index, comment in enumerate(spec.comments):
            marked = any(mark.entry == index for mark in spec.marks)
            least = y + (38 if marked else 14) * self._mm
            if least > self._ruling.bottom:
                return tuple(spec.comments[index:])
            self._rows.append(y)
            baseline = y + 6 * self._mm
            self._cell(comment.number, comment.hand, Column.NUMBER, baseline, None)
            self._cell(comment.day, comment.hand, Column.DAY, baseline, None)
            boxes: list[Box] = []
            ends = [self._cell(comment.who, comment.hand, Column.WHO, baseline, boxes)[0]]
            end, words = self._cell(comment.text, comment.hand, Column.COMMENT, baseline, boxes)
            ends.append(end)
            if comment.signed and not words:
                right = sides[Column.COMMENT][1]
                ends.append(self._sign(comment.hand, end - 5 * self._mm, right, boxes))
            self._close(boxes, comment, ends_later=bool(words))
            ends.append(self._cell(comment.result, comment.hand, Column.RESULT, baseline, None)[0])
            if words:
                rest = replace(comment, text=" ".join(words), who="", goes_on=True)
                return (rest, *spec.comments[index + 1 :])
            y = min(max(*ends, least), self._ruling.bottom)
            draw_rule(
                self.sheet.image, (edges[0], y), (edges[1], y), (92, 92, 100), 0.25 * self._mm
            )
        return ()

    def _cell(
        self, text: str, hand: Hand, column: Column, baseline: float, boxes: list[Box] | None
    ) -> tuple[float, list[str]]:
        """Write into a cell; give the row below and the words that found no room.

        The boxes of its lines are added to `boxes`; without them it is no part of an entry.
        """
        left, right = self._ruling.columns[column]
        left, right = left + 1.5 * self._mm, right - 1.0 * self._mm
        step = max(2.7 * hand.x_height_mm, 5.5) * self._mm
        words = text.split()
        while words and baseline < self._ruling.bottom - self._mm:
            count = self._fit(words, hand, right - left)
            at = baseline + self._rng.normal(0, 0.04) * step
            if boxes is None:
                self._aside(" ".join(words[:count]), hand, left, at)
            else:
                self._line(words[:count], hand, left, at, boxes)
            words = words[count:]
            baseline += step
        return baseline, words

    def _line(
        self, words: list[str], hand: Hand, left: float, baseline: float, boxes: list[Box]
    ) -> None:
        struck = {index for index, word in enumerate(words) if _is_struck(word)}
        plain = [word.strip("~") for word in words]
        writing = hand.write(" ".join(plain), self._rng, dpi=self._dpi)
        if struck:
            writing = strike_out(writing, struck, self._rng, pen=0.4 * self._mm)
        top = round(baseline) - writing.baseline
        box = self.sheet.lay(writing.ink, hand.colour, round(left), top)
        kept = " ".join(word for index, word in enumerate(plain) if index not in struck)
        if box is None:
            return
        self._lines.append(TrueLine(box.polygon(), kept, len(self._entries)))
        boxes.append(box)

    def _close(self, boxes: list[Box], comment: Comment, *, ends_later: bool = False) -> None:
        """End an entry, its signature among its boxes."""
        if not boxes:
            return
        whole = boxes[0]
        for box in boxes[1:]:
            whole = whole.around(box)
        text = "\n".join(x.text for x in self._lines if x.entry == len(self._entries))
        self._entries.append(
            TrueEntry(whole.polygon(), text, comment.hand.name, comment.goes_on, ends_later)
        )

    def _aside(self, text: str, hand: Hand, left: float, baseline: float) -> None:
        """Write what the score leaves out."""
        writing = hand.write(text, self._rng, dpi=self._dpi)
        top = round(baseline) - writing.baseline
        box = self.sheet.lay(writing.ink, hand.colour, round(left), top)
        if box:
            self._ignore.append(box.polygon())

    def _sign(self, hand: Hand, top: float, right: float, boxes: list[Box]) -> float:
        """Sign at the right edge, add the signature to `boxes`, and give the row below."""
        width = round(self._rng.uniform(16, 24) * self._mm)
        ink = draw_signature(self._rng, width=width, thickness=0.35 * self._mm)
        left = round(right - width - self._rng.uniform(0, 8) * self._mm)
        box = self.sheet.lay(ink, hand.colour, left, round(top))
        if box is None:
            return top
        self._ignore.append(box.polygon())
        boxes.append(box)
        return box.bottom + self._mm

    def _follows(self, mark: Mark) -> bool:
        """Whether a mark stands below its own comment, and not where all marks of a page do."""
        running = mark.entry is not None and not self._ruling.columns
        return running and (mark.place is Place.END or self._margin_room() <= 0)

    def _margin_room(self) -> float:
        """How wide a mark in the margin may be; 0 where there is no margin to speak of."""
        room = self._ruling.left - 4 * self._mm
        return room if room > 14 * self._mm else 0.0

    def _mark(self, mark: Mark) -> None:
        mm, rng = self._mm, self._rng
        room = _MARK_WIDTH_MM * mm
        beside = mark.place is Place.MARGIN and mark.entry is not None and not self._follows(mark)
        if mark.place is Place.COLUMN:
            edges = self._ruling.columns[Column.LEADER]
            room = edges[1] - edges[0] - 3 * mm
        elif beside:
            room = self._margin_room()
        elif mark.wide:
            room = self._ruling.right - self._ruling.left
        strokes = compose_mark(
            self._break(mark, room),
            mark.hand,
            rng,
            dpi=self._dpi,
            signature=mark.signature,
            stamp=mark.stamp,
            room=room,
        )
        wide = max(s.left + s.ink.shape[1] for s in strokes)
        high = max(s.top + s.ink.shape[0] for s in strokes)
        left = self.sheet.width - wide - rng.uniform(2, 8) * mm
        top = self.sheet.height - high - 4 * mm
        if mark.place is Place.END or self._follows(mark):
            top = min(self._end + 1 * mm, top)
            left -= rng.uniform(0, 14) * mm
            if mark.wide:
                left = self._ruling.left + abs(rng.normal(0, 1.5)) * mm
        elif mark.place is Place.MARGIN:
            left = rng.uniform(2, 4) * mm
            if beside:
                top = max(self._rows[mark.entry or 0], self._margin_end)
        elif mark.place is Place.COLUMN:
            left = edges[0] + 1.5 * mm
            top = self._rows[mark.entry or 0] + 1.5 * mm
        boxes = [
            box
            for s in strokes
            if (box := self.sheet.lay(s.ink, s.colour, round(left) + s.left, round(top) + s.top))
        ]
        whole = boxes[0]
        for box in boxes[1:]:
            whole = whole.around(box)
        if beside:
            self._margin_end = whole.bottom + mm
        else:
            self._end = max(self._end, whole.bottom)
        self._seen.append(
            TrueMark(
                whole.polygon(),
                mark.text,
                mark.date_text,
                mark.date,
                mark.signature,
                mark.stamp,
                mark.hand.name,
                mark.entry,
            )
        )

    def _break(self, mark: Mark, room: float) -> list[str]:
        """Break a mark into lines, its date mostly on one of its own."""
        apart = bool(mark.date_text) and self._rng.random() < 0.7
        lines = []
        for part in (mark.words, mark.date_text) if apart else (mark.text,):
            words = part.split()
            while words:
                count = self._fit(words, mark.hand, room)
                lines.append(" ".join(words[:count]))
                words = words[count:]
        return lines

    def _fit(self, words: list[str], hand: Hand, room: float) -> int:
        """Count the words that fit into a line; one at least."""
        count = 1
        while count < len(words):
            text = " ".join(words[: count + 1]).replace("~", "")
            if hand.measure(text, dpi=self._dpi) * _WIDER > room:
                break
            count += 1
        return count

    def _next_baseline(self, y: float) -> float:
        """Give the first ruled line not above `y`, or `y` where there is none left."""
        slack = 0.35 * self._ruling.pitch
        return next((line for line in self._ruling.baselines if line >= y - slack), y)


def _is_struck(word: str) -> bool:
    return word.startswith("~") and word.endswith("~")
