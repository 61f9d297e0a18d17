"""Fill a shelf: `python -m formbook.training.render SHELF --data ../shared/data --part 0`.

Part `photos` holds the photographed lines as they are; parts 0, 1, 2, ... are drawn, each from
its own seed and unlike the others. With `--numbers` a part holds dates and numbers alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from formbook.recognize.picture import clean
from formbook.training.lines import Ink, draw_font, draw_pen, draw_plain, put_on_paper
from formbook.training.numbers import collect_digits, draw_number_text, write_numbers
from formbook.training.penmanship import PenLine, Recordings, compose, read_recordings
from formbook.training.shelf import write_part
from formbook.training.texts import draw_text, plain_text, read_sentences

_NUMBERS = (0.15, 0.35)
"""Lot of a line of numbers; below it the line is in a font, above it in words or as written."""
_NUMBERS_IN_FONTS = 0.15

Row = tuple[NDArray[np.uint8], str, str]


def draw_part(
    recordings: Recordings,
    sentences: list[str],
    *,
    seed: int,
    count: int,
    numbers: bool = False,
) -> Iterator[Row]:
    """Draw lines: by pens as written, or put together anew of words or of numbers, and in fonts.

    Args:
        recordings: what was written by pen.
        sentences: what the fonts may write.
        seed: the same draws the same.
        count: how many.
        numbers: whether to draw dates and numbers alone, some of them in fonts.

    Yields:
        A cleaned picture, (FINE, W) uint8, what it says, and its kind.

    Source:
        Own method.
    """
    rng = np.random.default_rng(seed)
    writers = sorted(recordings.runs)
    digits = collect_digits(recordings)
    waiting: list[int] = []
    while count:
        chance = rng.uniform(*_NUMBERS) if numbers else rng.random()
        if numbers and rng.random() < _NUMBERS_IN_FONTS:
            text = draw_number_text(recordings.runs[writers[int(rng.integers(len(writers)))]], rng)
            picture = put_on_paper(draw_font(text, rng), _neighbours(recordings, rng), rng)
            kind = "numbers"
        elif chance < _NUMBERS[0]:
            text = draw_text(sentences, rng)
            picture = put_on_paper(draw_font(text, rng), _neighbours(recordings, rng), rng)
            kind = "font"
        else:
            if chance < 0.6:
                writer = writers[int(rng.integers(len(writers)))]
                runs = recordings.runs[writer]
                if chance < _NUMBERS[1] and digits.enough:
                    text = draw_number_text(runs, rng)
                    line, kind = write_numbers(text, writer, digits, rng), "numbers"
                else:
                    line, kind = compose(runs, writer, int(rng.integers(4, 80)), rng), "composed"
            else:
                waiting = waiting or list(rng.permutation(len(recordings.lines)))
                line, kind = recordings.lines[waiting.pop()], "written"
            picture = _draw_written(line, recordings, rng)
            text = line.text
        cleaned = clean(picture)
        if cleaned is not None:
            count -= 1
            yield cleaned, text, kind


def read_photos(folder: Path) -> Iterator[Row]:
    """Read the photographed lines, `lines.tsv` and the pictures that it names.

    Yields:
        A cleaned picture, (FINE, W) uint8, what it says, and its kind.

    Source:
        The sets named in ../shared/data/README.md.
    """
    for path, text, kind in list_photos(folder):
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        cleaned = None if picture is None else clean(np.asarray(picture, dtype=np.uint8))
        if cleaned is not None:
            yield cleaned, text, kind


def list_photos(folder: Path) -> list[tuple[Path, str, str]]:
    """Name the photographed lines of a folder: picture, what it says, and its kind."""
    rows = (folder / "lines.tsv").read_text("utf-8").splitlines()[1:]
    split = (row.split("\t") for row in rows)
    return [(folder / name, plain_text(text), name.split("/")[0]) for name, _, text in split]


def _draw_written(
    line: PenLine, recordings: Recordings, rng: np.random.Generator
) -> NDArray[np.uint8]:
    if rng.random() < 0.4:
        return draw_plain(line.strokes, rng)
    return put_on_paper(draw_pen(line.strokes, rng), _neighbours(recordings, rng), rng)


def _neighbours(recordings: Recordings, rng: np.random.Generator) -> list[Ink]:
    if rng.random() < 0.4:
        return []
    picks = rng.integers(len(recordings.lines), size=2)
    return [draw_pen(recordings.lines[int(pick)].strokes, rng) for pick in picks]


def main() -> None:
    """Write one part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shelf", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--part", default="0", help="`photos`, or a number: its seed")
    parser.add_argument("--lines", type=int, default=3000)
    parser.add_argument("--numbers", action="store_true", help="dates and numbers alone")
    asked = parser.parse_args()
    if asked.part == "photos":
        rows = read_photos(asked.data / "lines" / "train")
    else:
        recordings = read_recordings(asked.data / "strokes" / "train.jsonl.xz")
        sentences = read_sentences(asked.data / "text")
        rows = draw_part(
            recordings,
            sentences,
            seed=int(asked.part),
            count=asked.lines,
            numbers=asked.numbers,
        )
    write_part(asked.shelf, asked.part, rows)


if __name__ == "__main__":
    main()
