"""Lines that people wrote with a pen, stroke by stroke, as written or put together anew."""

from __future__ import annotations

import json
import lzma
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Stroke = NDArray[np.float32]
"""(N, 2) float32: x to the right, y down, in the recording's units, about 200 from line to line."""

_BEFORE = re.compile(r"\s+([:;,.!?)\]%])")
_AFTER = re.compile(r"([(\[])\s+")
_SIGNS = re.compile(r"[\W_]+")
GAP = 50.0
"""Between words put together anew, in units, give or take."""
_STOPS: Mapping[str, Stroke] = {
    ".": np.array([[8, 26], [10, 28]], dtype=np.float32),
    ",": np.array([[10, 24], [11, 34], [5, 46]], dtype=np.float32),
}
"""From the end of a word and the middle of its line."""
_STOP_SHARE = 0.12


@dataclass(frozen=True, slots=True)
class PenLine:
    """One line: its text, its strokes, and whose hand it is."""

    text: str
    writer: str
    strokes: tuple[Stroke, ...]


@dataclass(frozen=True, slots=True)
class PenWord:
    """A word as it stood in a line; its strokes' y is counted from that line's middle."""

    text: str
    strokes: tuple[Stroke, ...]


@dataclass(frozen=True, slots=True)
class Recordings:
    """All that was recorded: the lines, and each writer's words in runs as they were written."""

    lines: Sequence[PenLine]
    runs: Mapping[str, Sequence[Sequence[PenWord]]]


def read_recordings(path: Path) -> Recordings:
    """Read recordings, one paragraph a row, as `../shared/data/README.md` has it.

    A line whose words are not those of its text is left out: one of the two is wrong.
    """
    lines: list[PenLine] = []
    runs: dict[str, list[list[PenWord]]] = defaultdict(list)
    with lzma.open(path, "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            inside = False
            for line in row["lines"]:
                text, inside = join_punctuation(line["text"], inside=inside)
                words = "".join(word["text"] for word in line["words"])
                if _SIGNS.sub("", words) != _SIGNS.sub("", text):
                    continue
                strokes = [s for word in line["words"] for s in word["strokes"]] + line["rest"]
                if strokes:
                    lines.append(PenLine(text, row["writer"], _arrays(strokes)))
                    runs[row["writer"]].append(_words(line["words"]))
    return Recordings(lines, {w: [r for r in found if r] for w, found in runs.items()})


def join_punctuation(text: str, *, inside: bool = False) -> tuple[str, bool]:
    """Join quotes, brackets and stops, which stand apart, to their words.

    Args:
        text: a line.
        inside: whether a quotation began on a line before.

    Returns:
        The line as a person writes it, and whether a quotation is open at its end.
    """
    parts = re.split(r'\s*"\s*', text)
    out = parts[0]
    for part in parts[1:]:
        if inside:
            out += '"' + (" " if part and part[0].isalnum() else "") + part
        else:
            out += (" " if out else "") + '"' + part
        inside = not inside
    return " ".join(_AFTER.sub(r"\1", _BEFORE.sub(r"\1", out)).split()), inside


def compose(
    runs: Sequence[Sequence[PenWord]], writer: str, letters: int, rng: np.random.Generator
) -> PenLine:
    """Put a line together from what one person wrote, in runs of one to four words.

    Args:
        runs: that person's words; at least one.
        writer: whose hand it is.
        letters: about how long the line shall be.
        rng: where the randomness comes from.

    Returns:
        A line that nobody wrote as a whole.
    """
    gap = GAP * rng.uniform(0.6, 1.6)
    texts: list[str] = []
    strokes: list[Stroke] = []
    x = 0.0
    while sum(map(len, texts)) + len(texts) < letters:
        run = runs[int(rng.integers(len(runs)))]
        start = int(rng.integers(len(run)))
        for word in run[start : start + int(rng.integers(1, 5))]:
            x = put_down(strokes, word.strokes, x, rng.normal(0, 4))
            stop = ""
            if rng.random() < _STOP_SHARE:
                stop = rng.choice(sorted(_STOPS))
                strokes.append(_STOPS[stop] + np.array([x, rng.normal(0, 4)], dtype=np.float32))
            texts.append(word.text + stop)
            x += gap * float(np.clip(rng.normal(1, 0.3), 0.3, 2))
    return PenLine(" ".join(texts), writer, tuple(strokes))


def put_down(pen: list[Stroke], strokes: Sequence[Stroke], x: float, y: float) -> float:
    """Set strokes down beside what a pen wrote.

    Args:
        pen: what it wrote, to which they are added.
        strokes: (N, 2) float32 each, one at least.
        x: where they begin.
        y: how much lower they shall be.

    Returns:
        Where they end.

    Source:
        Own method.
    """
    shift = np.array([x - min(float(s[:, 0].min()) for s in strokes), y], dtype=np.float32)
    pen += [stroke + shift for stroke in strokes]
    return max(float(stroke[:, 0].max()) for stroke in pen[-len(strokes) :])


def _arrays(strokes: Sequence[Any]) -> tuple[Stroke, ...]:
    return tuple(np.asarray(stroke, dtype=np.float32) for stroke in strokes)


def _words(words: Sequence[Mapping[str, Any]]) -> list[PenWord]:
    """Move each word of a line to the line's level, which may rise or fall."""
    written = [(word["text"], _arrays(word["strokes"])) for word in words if word["strokes"]]
    if not written:
        return []
    points = [np.concatenate(strokes) for _, strokes in written]
    x = np.array([p[:, 0].mean() for p in points])
    y = np.array([np.median(p[:, 1]) for p in points])
    slope, level = np.polyfit(x, y, 1) if len(x) > 2 and np.ptp(x) > 0 else (0.0, y.mean())
    out = []
    for (text, strokes), middle in zip(written, x, strict=True):
        down = np.array([0, slope * middle + level], dtype=np.float32)
        out.append(PenWord(text, tuple(stroke - down for stroke in strokes)))
    return out
