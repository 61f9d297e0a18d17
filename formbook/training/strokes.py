"""A hand made of the pen strokes of a real writer, word by word."""

from __future__ import annotations

import json
import lzma
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from formbook.training.hands import BLUE, Colour, Writing, cut_to_ink

Strokes = tuple[NDArray[np.float64], ...]
"""Each (N, 2): x from the word's left edge, y down from the baseline, in the recording's units."""

LINE_UNITS = 200.0
"""From line to line in a recording."""

_FINER = 2
_BELOW = re.compile(r"[gpqyạặậẹệịọộợụựỵ,;]", re.IGNORECASE)
_SMALL = re.compile(r"[aceimnorsuvxơư]+")
_TICKS: Mapping[str, Strokes] = {
    ".": (np.array([[0.0, -4], [2, -2]]),),
    ",": (np.array([[4.0, -6], [5, 4], [0, 16]]),),
}
_TICK_GAP = 8.0


@dataclass(frozen=True, slots=True)
class StrokeHand:
    """Writes the words that one person wrote, each time as one of the times they wrote it.

    `words` holds every recording of a word, `runs` the words of each line as that person wrote it;
    `pitch_mm` is how far apart that person's lines shall be on paper, `slope` the rise of a line as
    a tangent. A full stop or a comma may follow a word.
    """

    name: str
    words: Mapping[str, Sequence[Strokes]]
    runs: Sequence[Sequence[str]] = ()
    colour: Colour = BLUE
    pitch_mm: float = 8.0
    pen_mm: float = 0.4
    slope: float = 0.0

    @property
    def x_height_mm(self) -> float:
        """Median height of words without stems; a third of a line where none was recorded."""
        heights = [
            np.ptp(np.concatenate(strokes)[:, 1])
            for word, recordings in self.words.items()
            if _SMALL.fullmatch(word)
            for strokes in recordings
        ]
        units = float(np.median(heights)) if heights else LINE_UNITS / 3
        return units * self.pitch_mm / LINE_UNITS

    def knows(self, text: str) -> bool:
        """Whether every word of the text was recorded."""
        return all(word.rstrip(".,") in self.words for word in text.split())

    def measure(self, text: str, *, dpi: int) -> float:
        """Say about how many pixels wide the text will be.

        Raises:
            ValueError: a word was never recorded.
        """
        widths = [
            sum(map(_width, recordings)) / len(recordings)
            for recordings in map(self._recordings, text.split())
        ]
        units = sum(widths) + self._gap * max(0, len(widths) - 1)
        return units * self._scale(dpi)

    def write(self, text: str, rng: np.random.Generator, *, dpi: int) -> Writing:
        """Write one line.

        Raises:
            ValueError: a word was never recorded.
        """
        placed: list[NDArray[np.float64]] = []
        extents: list[tuple[float, float]] = []
        x = 0.0
        for word in text.split():
            recordings = self._recordings(word)
            strokes = recordings[int(rng.integers(len(recordings)))]
            size = 1 + float(np.clip(0.03 * rng.standard_normal(), -0.08, 0.08))
            placed += [stroke * size + np.array([x, 0]) for stroke in strokes]
            extents.append((x, x + size * _width(strokes)))
            x = extents[-1][1] + self._gap * float(np.clip(1 + 0.2 * rng.normal(), 0.6, 1.6))
        scale = self._scale(dpi) * _FINER
        margin = 4 * _FINER
        placed = [np.stack([s[:, 0], s[:, 1] - self.slope * s[:, 0]], axis=1) for s in placed]
        points = np.concatenate(placed) * scale
        corner = points.min(axis=0) - margin
        size_px = np.ceil(points.max(axis=0) - corner + margin).astype(int) // _FINER * _FINER
        fine = np.zeros((size_px[1] + _FINER, size_px[0] + _FINER), dtype=np.uint8)
        thickness = max(1, round(self.pen_mm * dpi / 25.4 * _FINER))
        curves = [np.round((s * scale - corner) * 16).astype(np.int32)[:, None] for s in placed]
        cv2.polylines(fine, curves, False, 255, thickness, cv2.LINE_AA, 4)
        small = cv2.resize(
            fine, (fine.shape[1] // _FINER, fine.shape[0] // _FINER), interpolation=cv2.INTER_AREA
        )
        spans = [
            ((a * scale - corner[0]) / _FINER, (b * scale - corner[0]) / _FINER) for a, b in extents
        ]
        ink = np.asarray(small * (0.9 / 255), dtype=np.float32)
        return cut_to_ink(ink, round(-corner[1] / _FINER), spans)

    def compose(self, count: int, rng: np.random.Generator) -> str:
        """Put together a text of `count` words, in runs of two to six as they were written."""
        text: list[str] = []
        while len(text) < count:
            run = self.runs[int(rng.integers(len(self.runs)))]
            start = int(rng.integers(len(run)))
            text += run[start : start + int(rng.integers(2, 7))]
        return " ".join(text[:count]) + str(rng.choice(["", ".", "."]))

    @property
    def _gap(self) -> float:
        return 0.26 * LINE_UNITS

    def _scale(self, dpi: int) -> float:
        return dpi / 25.4 * self.pitch_mm / LINE_UNITS

    def _recordings(self, word: str) -> list[Strokes]:
        bare = word.rstrip(".,")
        if bare not in self.words:
            raise ValueError(f"{self.name} never wrote {bare!r}")
        return [_with_ticks(strokes, word[len(bare) :]) for strokes in self.words[bare]]


def load_stroke_hands(path: Path) -> dict[str, StrokeHand]:
    """Read writers from `*.jsonl.xz`, one paragraph a row, as `../shared/data/README.md` has it.

    Args:
        path: the file; its rows hold writer, lines, their words and the strokes of each.

    Returns:
        A hand for each writer, by the writer's name.
    """
    words: dict[str, dict[str, list[Strokes]]] = defaultdict(lambda: defaultdict(list))
    runs: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    with lzma.open(path, "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            for line in row["lines"]:
                written = _split_line(line["words"])
                for text, strokes in written:
                    words[row["writer"]][text].append(strokes)
                bare = tuple(text for text, _ in written if text == text.rstrip(".,"))
                if bare:
                    runs[row["writer"]].append(bare)
    return {
        writer: StrokeHand(writer, dict(known), tuple(runs[writer]))
        for writer, known in words.items()
    }


def _split_line(words: list[dict[str, Any]]) -> list[tuple[str, Strokes]]:
    """Move each word of a line to its own left edge and to the line's baseline."""
    read = [
        (word["text"], [np.asarray(stroke, dtype=np.float64) for stroke in word["strokes"]])
        for word in words
        if word["strokes"]
    ]
    if not read:
        return []
    lows = np.array(
        [(np.concatenate(s)[:, 0].mean(), np.concatenate(s)[:, 1].max()) for _, s in read]
    )
    sits = np.array([not _BELOW.search(text) for text, _ in read])
    on_line = lows[sits] if sits.any() else lows
    enough = len(on_line) >= 3
    slope = float(np.polyfit(on_line[:, 0], on_line[:, 1], 1)[0]) if enough else 0.0
    level = np.median(on_line[:, 1] - slope * on_line[:, 0])
    out = []
    for (text, strokes), (middle, _) in zip(read, lows, strict=True):
        left = min(stroke[:, 0].min() for stroke in strokes)
        origin = np.array([left, slope * middle + level])
        out.append((text, tuple(stroke - origin for stroke in strokes)))
    return out


def _width(strokes: Strokes) -> float:
    return max(float(stroke[:, 0].max()) for stroke in strokes)


def _with_ticks(strokes: Strokes, ticks: str) -> Strokes:
    out = strokes
    for tick in ticks:
        at = _width(out) + _TICK_GAP
        out += tuple(stroke + np.array([at, 0]) for stroke in _TICKS[tick])
    return out
