"""Dates and other numbers in people's own digits, put together stroke by stroke.

Newspaper sentences hold few numbers, notebooks many. The digits of every number that a person
wrote are taken apart, and new numbers are made of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from formbook.training.penmanship import GAP, PenLine, PenWord, Recordings, Stroke, put_down

Choice = TypeVar("Choice")

_WORDS = frozenset(("ngày", "Ngày", "tháng", "năm", "Đã", "đã", "xem"))
"""Of dates."""

_GRID = 12
"""Side of the picture by which two digits are compared."""
_ALIKE = 5
"""How many digits that look most like one say whether it is what it is taken for."""
_CLOSE = 9.0
"""Between the digits of a number."""
_OWN = 0.5
"""Of a stroke's width; what overlaps another stroke by more belongs to the same digit."""
_TICKS: Mapping[str, Sequence[Stroke]] = {
    "/": (np.array([[34, -70], [18, -10], [0, 45]], dtype=np.float32),),
    "-": (np.array([[0, -4], [34, -8]], dtype=np.float32),),
    ".": (np.array([[0, 26], [3, 29]], dtype=np.float32),),
    ",": (np.array([[4, 22], [5, 32], [0, 44]], dtype=np.float32),),
    ":": (
        np.array([[0, 22], [3, 25]], dtype=np.float32),
        np.array([[0, -24], [3, -21]], dtype=np.float32),
    ),
    "%": (
        np.array([[0, -40], [14, -52], [18, -34], [2, -28], [0, -40]], dtype=np.float32),
        np.array([[52, -60], [0, 30]], dtype=np.float32),
        np.array([[38, 10], [52, 0], [56, 20], [40, 26], [38, 10]], dtype=np.float32),
    ),
}
"""From the middle of the line, as big as a digit of 100 units."""


@dataclass(frozen=True, slots=True)
class Digits:
    """Each person's words by what they say, and digits by what they are; "" holds everybody's."""

    words: Mapping[str, Mapping[str, Sequence[PenWord]]]
    digits: Mapping[str, Mapping[str, Sequence[Sequence[Stroke]]]]

    @property
    def enough(self) -> bool:
        """Whether all that `draw_number_text` asks for was written by somebody."""
        return set("0123456789") <= set(self.digits[""]) and set(self.words[""]) >= _WORDS


def collect_digits(recordings: Recordings) -> Digits:
    """Take apart the numbers that people wrote, and sort their words.

    Args:
        recordings: what was written by pen.

    Returns:
        The words and digits of each writer; of what was taken apart wrongly, as a digit that does
        not look like any of those most like it, nothing.

    Source:
        Own method: nearest neighbours (T. Cover, P. Hart, 1967) over small blurred pictures.
    """
    words: dict[str, dict[str, list[PenWord]]] = defaultdict(lambda: defaultdict(list))
    digits: dict[str, dict[str, list[Sequence[Stroke]]]] = defaultdict(lambda: defaultdict(list))
    parts: list[tuple[str, str, Sequence[Stroke]]] = []
    for writer, runs in recordings.runs.items():
        for word in (word for run in runs for word in run):
            for owner in (writer, ""):
                words[owner][word.text].append(word)
            if word.text.isdecimal() and word.text.isascii():
                split = split_digits(word.strokes, len(word.text))
                parts += [
                    (writer, digit, part) for digit, part in zip(word.text, split, strict=False)
                ]
    likely = _are_likely([digit for _, digit, _ in parts], [part for _, _, part in parts])
    for writer, digit, part in compress(parts, likely):
        for owner in (writer, ""):
            digits[owner][digit].append(part)
    return Digits(words, digits)


def _are_likely(names: Sequence[str], digits: Sequence[Sequence[Stroke]]) -> list[bool]:
    """Tell of each digit whether several of those that look most like it bear its name.

    Of a digit that was seldom written nobody can tell.
    """
    if len(digits) <= _ALIKE:
        return [True] * len(digits)
    pictures = np.stack([_picture(strokes).ravel() for strokes in digits])
    likeness = pictures @ pictures.T
    np.fill_diagonal(likeness, -np.inf)
    nearest = np.argpartition(-likeness, _ALIKE, axis=1)[:, :_ALIKE]
    named = np.array(names)
    same = (named[nearest] == named[:, None]).sum(axis=1)
    often = Counter(names)
    return [
        often[name] <= _ALIKE or bool(count > 1) for name, count in zip(names, same, strict=True)
    ]


def _picture(strokes: Sequence[Stroke]) -> NDArray[np.float32]:
    """(_GRID, _GRID) float32 of norm 1, the shape of a digit whatever its size and place."""
    points = np.concatenate(strokes)
    low, size = points.min(axis=0), max(1.0, float(np.ptp(points, axis=0).max()))
    fine = np.zeros((4 * _GRID, 4 * _GRID), dtype=np.uint8)
    middle = (size - np.ptp(points, axis=0)) / 2
    moved = [(s - low + middle) / size * (3 * _GRID) + _GRID / 2 for s in strokes]
    cv2.polylines(fine, [np.round(m).astype(np.int32) for m in moved], False, 255, 4)
    small = cv2.resize(cv2.GaussianBlur(fine, (0, 0), 2.5), (_GRID, _GRID))
    flat = small.astype(np.float32)
    return np.asarray(flat / max(1e-6, float(np.linalg.norm(flat))), dtype=np.float32)


def split_digits(strokes: Sequence[Stroke], count: int) -> list[list[Stroke]]:
    """Part the strokes of a number into its digits, from left to right.

    Args:
        strokes: (N, 2) float32 each, in units.
        count: how many digits the number has.

    Returns:
        The strokes of each digit; nothing where they do not part into so many.

    Source:
        Own method: strokes above one another belong together.
    """
    if count == 1:
        return [list(strokes)]
    groups: list[list[Stroke]] = []
    right = -np.inf
    for stroke in sorted(strokes, key=lambda stroke: float(stroke[:, 0].min())):
        low, high = float(stroke[:, 0].min()), float(stroke[:, 0].max())
        if groups and right - low > _OWN * (high - low):
            groups[-1].append(stroke)
            right = max(right, high)
        else:
            groups.append([stroke])
            right = high
    return groups if len(groups) == count else []


def write_numbers(text: str, writer: str, known: Digits, rng: np.random.Generator) -> PenLine:
    """Write a text in one person's words and digits; what that person never wrote is borrowed.

    Args:
        text: words that somebody wrote, digits, and / - . , : %.
        writer: whose hand it is.
        known: what there is.
        rng: where the randomness comes from.

    Returns:
        A line that nobody wrote as a whole.

    Raises:
        KeyError: nobody wrote one of the words.
    """
    gap = GAP * rng.uniform(0.5, 1.6)
    size = _tall(known, writer, rng)
    pen: list[Stroke] = []
    x = 0.0
    for token in text.split():
        for part in _parts(token):
            if part in known.words[""] and not part[0].isdigit():
                word = _one(known.words[writer].get(part) or known.words[""][part], rng)
                x = put_down(pen, word.strokes, x, rng.normal(0, 4))
            elif part in _TICKS:
                scale = size / 100
                x += _CLOSE * scale * rng.uniform(-0.4, 1.5)
                bend = (
                    s * scale * rng.uniform(0.8, 1.2, 2).astype(np.float32) for s in _TICKS[part]
                )
                x = put_down(pen, list(bend), x, rng.normal(0, 3))
            else:
                x = _write_digits(pen, part, writer, known, x, size, rng)
        x += gap * float(np.clip(rng.normal(1, 0.3), 0.3, 2))
    return PenLine(text, writer, tuple(pen))


def draw_number_text(runs: Sequence[Sequence[PenWord]], rng: np.random.Generator) -> str:
    """Draw what a line with numbers may say: a date, or a person's words with numbers between them.

    Args:
        runs: that person's words; at least one.
        rng: where the randomness comes from.

    Returns:
        A text that `write_numbers` can write.
    """
    if rng.random() < 0.5:
        return _draw_date(rng)
    texts: list[str] = []
    for _ in range(int(rng.integers(1, 4))):
        run = runs[int(rng.integers(len(runs)))]
        start = int(rng.integers(len(run)))
        words = [word.text for word in run[start : start + int(rng.integers(1, 4))]]
        texts += [word for word in words if word.isalpha()]
        texts.append(_draw_number(rng))
    return " ".join(texts)


def _draw_date(rng: np.random.Generator) -> str:
    day, month, year = (int(rng.integers(*span)) for span in ((1, 32), (1, 13), (2009, 2030)))
    tick = rng.choice(["/", "/", "/", "-", "."])
    short, wide = rng.random() < 0.3, rng.random() < 0.4
    figures = f"{day:02d}{tick}{month:02d}" if wide else f"{day}{tick}{month}"
    if rng.random() < 0.8:
        figures += f"{tick}{year % 100:02d}" if short else f"{tick}{year}"
    date = figures if rng.random() < 0.7 else f"ngày {day} tháng {month} năm {year}"
    before = rng.choice(["", "", "", "Đã xem ", "đã xem ", "ngày ", "Ngày "])
    if date.startswith("ngày") and before.lower().startswith("ng"):
        before = ""
    return f"{before}{date}"


def _draw_number(rng: np.random.Generator) -> str:
    few, many = int(rng.integers(1, 100)), int(rng.integers(10**8))
    return str(
        rng.choice(
            [
                str(few),
                str(few),
                f"{few}/{int(rng.integers(1, 99))}",
                f"{int(rng.integers(5, 22))}:{int(rng.integers(60)):02d}",
                f"{few}%",
                f"{few * 10}.000",
                f"0{rng.choice([3, 7, 8, 9])}{many:08d}",
                _draw_date(rng),
            ]
        )
    )


def _parts(token: str) -> list[str]:
    """Cut "28/11/2023," into digits, ticks and words."""
    parts: list[str] = []
    for letter in token:
        if letter in _TICKS:
            parts.append(letter)
        elif parts and parts[-1] not in _TICKS and parts[-1][-1].isdigit() == letter.isdigit():
            parts[-1] += letter
        else:
            parts.append(letter)
    return parts


def _write_digits(
    pen: list[Stroke],
    number: str,
    writer: str,
    known: Digits,
    x: float,
    size: float,
    rng: np.random.Generator,
) -> float:
    if not number.isdigit():
        raise KeyError(number)
    if rng.random() < 0.3 and number in known.words[writer]:
        return put_down(pen, _one(known.words[writer][number], rng).strokes, x, rng.normal(0, 4))
    level = rng.normal(0, 4)
    lean = float(rng.normal(0, 0.12))
    for digit in number:
        own = known.digits[writer].get(digit)
        strokes = _one(own or known.digits[""][digit], rng)
        points = np.concatenate(strokes)
        scale = size * rng.uniform(0.85, 1.15) / max(40.0, float(np.ptp(points[:, 1])))
        middle = (points.min(axis=0) + points.max(axis=0)) / 2
        bend = _bend(lean, rng) * np.float32(scale)
        moved = [
            np.asarray((s - middle) @ bend + _waver(s, size, rng), dtype=np.float32)
            for s in strokes
        ]
        x = put_down(pen, moved, x, level + rng.normal(-8, 4)) + _CLOSE * rng.uniform(-0.3, 2)
    return x


def _bend(lean: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """(2, 2) float32: a little wider, turned and leaning, as nobody writes a digit alike twice."""
    turn = float(rng.normal(0, 0.06))
    turned = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    leaning = np.array([[float(rng.uniform(0.8, 1.25)), 0], [-lean - rng.normal(0, 0.06), 1]])
    return np.asarray(leaning @ turned, dtype=np.float32)


def _waver(stroke: Stroke, size: float, rng: np.random.Generator) -> Stroke:
    """(N, 2) float32: how a hand strays from a stroke, slowly, by some hundredths of its size."""
    knots = rng.normal(0, 0.025 * size, (4, 2))
    along = np.linspace(0, 3, len(stroke))
    return np.stack([np.interp(along, range(4), knots[:, k]) for k in (0, 1)], 1).astype(np.float32)


def _tall(known: Digits, writer: str, rng: np.random.Generator) -> float:
    """How tall this person's digits are, in units."""
    heights = [
        float(np.ptp(np.concatenate(strokes)[:, 1]))
        for digit in known.digits[writer].values()
        for strokes in digit
    ]
    return float(np.clip(np.median(heights) if heights else 100, 60, 160) * rng.uniform(0.85, 1.2))


def _one(choices: Sequence[Choice], rng: np.random.Generator) -> Choice:
    return choices[int(rng.integers(len(choices)))]
