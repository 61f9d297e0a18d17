"""The table that Tesseract writes: its words and their boxes, put together to lines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from formbook.model import Reading
from formbook.recognize import PlacedReading
from formbook.recognize.outlines import Band, common_slope, outline, slope_through
from formbook.text import to_nfc

_HEADER = (
    "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"
)
_COLUMNS = _HEADER.count("\t") + 1
_PAGE_LEVEL, _WORD_LEVEL = 1, 5
_MIN_WORDS_FOR_SLOPE = 4
_MIN_HEIGHT_KEPT = 0.3
"""Of a word's box, when the part is taken off that is due to the slope."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word; its box in pixels, its confidence from 0 to 1."""

    text: str
    confidence: float
    left: int
    top: int
    width: int
    height: int

    @property
    def middle(self) -> tuple[float, float]:
        """Of its box."""
        return self.left + self.width / 2, self.top + self.height / 2


@dataclass(slots=True)
class Page:
    """What the program wrote about one picture; lines by block, paragraph and line number."""

    width: int = 0
    height: int = 0
    lines: dict[tuple[int, ...], list[Word]] = field(default_factory=dict)


def parse(table: str) -> list[Page]:
    """Parse the program's table.

    Raises:
        ValueError: it is not such a table.
    """
    header, *rows = table.rstrip("\n").split("\n")
    if header != _HEADER:
        raise ValueError("no header")
    pages: list[Page] = []
    for row in rows:
        cells = row.split("\t")
        if len(cells) != _COLUMNS:
            raise ValueError("a row of another width")
        level, _page, *line, _word, left, top, width, height = (int(cell) for cell in cells[:10])
        confidence = float(cells[10])
        if width < 0 or height < 0 or not math.isfinite(confidence):
            raise ValueError("no box, or no confidence")
        if level == _PAGE_LEVEL:
            pages.append(Page(width, height))
        elif level == _WORD_LEVEL:
            text = "".join(to_nfc(cells[11]).split())
            if text:
                word = Word(text, _share(confidence), left, top, width, height)
                _last(pages).lines.setdefault(tuple(line), []).append(word)
    return pages


def _last(pages: list[Page]) -> Page:
    if not pages:
        raise ValueError("a word before any page")
    return pages[-1]


def _share(percent: float) -> float:
    return round(min(max(percent / 100, 0.0), 1.0), 2)


def put_together(words: Sequence[Word], engine: str) -> Reading:
    """Put words together, one space between two."""
    text, confidences = "", []
    for index, word in enumerate(words):
        if index:
            text += " "
            confidences.append(min(words[index - 1].confidence, word.confidence))
        text += word.text
        confidences.extend([word.confidence] * len(word.text))
    return Reading(text, tuple(confidences), engine)


def place(page: Page, engine: str) -> list[PlacedReading]:
    """Give each line its reading and its corners along the slope of the page."""
    slope = common_slope(_slope(words) for words in page.lines.values())
    return [
        PlacedReading(
            outline(_band(words, slope), slope, page.width, page.height),
            put_together(words, engine),
        )
        for words in page.lines.values()
    ]


def _slope(words: Sequence[Word]) -> float | None:
    """Measure the slope of a line that has enough words for it."""
    middles = [word.middle for word in words if any(map(str.isalnum, word.text))]
    return slope_through(middles) if len(middles) >= _MIN_WORDS_FOR_SLOPE else None


def _band(words: Sequence[Word], slope: float) -> Band:
    """Return how far the words of a line reach along the slope.

    A level box around a sloping word is higher than the word by slope times width.
    """
    tops, bottoms = [], []
    for word in words:
        x, y = word.middle
        half = max(word.height - abs(slope) * word.width, _MIN_HEIGHT_KEPT * word.height) / 2
        tops.append(y - slope * x - half)
        bottoms.append(y - slope * x + half)
    return Band(
        min(word.left for word in words),
        max(word.left + word.width for word in words),
        min(tops),
        max(bottoms),
    )
