"""Make the lexicon: `python -m formbook.training.tuning LEXICON.bin`.

Texts that may be trained on are counted, and what the lexicon has to say beside the network is
chosen on lines of training writers whose texts it was not told. `--keep` leaves the lexicon as it
is and chooses anew: that is for new weights.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import lzma
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from numpy.typing import NDArray

from formbook.recognize.card import read_card, write_card
from formbook.recognize.handwriting import Handwriting
from formbook.recognize.lexicon import Lexicon, Manner, spell
from formbook.recognize.spelling import Spelled, Speller, weigh
from formbook.training.lexicon import count_runs, leave_out, pack_runs, prune
from formbook.training.penmanship import read_recordings
from formbook.training.render import draw_part, list_photos
from formbook.training.scoring import align, plain, share_wrong
from formbook.training.texts import draw_particular, read_sentences

LEAST = 5.0
"""What a run of letters must say to be kept: about three million bytes in all."""
_ADDRESSES = 4
"""How often the texts of the photographed lines count: they are few, and all addresses."""
_PARTICULARS = 20_000
_HELD = 3
"""One photographed line of so many is held back to choose on."""
_DRAWN = 900
_WEIGHTS = (0.55, 0.65)
_BONUSES = (1.0, 1.4)
_OPENNESS = 0.1
_UNTUNED = Manner(0.6, 1.2, _OPENNESS, (0.0, 1.0, 1.0, 0.0, 0.0, 0.0))
_PLAIN = "kalapa"
"""The set whose truth knows no case and no punctuation."""


@dataclass(frozen=True, slots=True)
class Example:
    """What the network sees on a line, and what the line says."""

    chances: NDArray[np.float32]
    text: str
    kind: str


def write_lexicon(target: Path, texts: Sequence[str], letters: str, version: str) -> None:
    """Count texts and write a lexicon, not yet tuned, with its card."""
    symbols = "".join(dict.fromkeys(map(spell, letters)))
    content = pack_runs(prune(count_runs(texts, symbols), LEAST))
    target.write_bytes(content)
    card = {
        "version": version,
        "sha256": hashlib.sha256(content).hexdigest(),
        "symbols": symbols,
    }
    write_card(target, card | asdict(_UNTUNED))


def tune(lexicon: Lexicon, letters: str, examples: Sequence[Example]) -> Manner:
    """Choose how much a lexicon has to say, and how sure what is read is.

    Of some weights and bonuses the pair with the fewest wrong characters, the sets counting
    alike; then a logistic regression for the confidences.
    """
    tried = []
    for weight, bonus in product(_WEIGHTS, _BONUSES):
        manner = replace(_UNTUNED, weight=weight, bonus=bonus)
        readings = _read(lexicon, manner, letters, examples)
        tried.append((_error(examples, readings), manner, readings))
    _, manner, readings = min(tried, key=lambda each: each[0])
    return replace(manner, certainty=_fit_certainty(examples, readings))


def _read(
    lexicon: Lexicon, manner: Manner, letters: str, examples: Sequence[Example]
) -> list[Spelled]:
    speller = Speller(lexicon, letters, manner)
    return [speller.spell(example.chances) for example in examples]


def _error(examples: Sequence[Example], readings: Sequence[Spelled]) -> float:
    """The share of wrong characters, each kind of line counting alike."""
    pairs: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for example, reading in zip(examples, readings, strict=True):
        truth, read = example.text, reading.text
        if example.kind == _PLAIN:
            truth, read = plain(truth), plain(read)
        pairs[example.kind].append((truth, read))
    return sum(map(share_wrong, pairs.values())) / len(pairs)


def _fit_certainty(examples: Sequence[Example], readings: Sequence[Spelled]) -> tuple[float, ...]:
    """Fit a logistic regression by Newton's method."""
    known = [
        (reading, align(example.text, reading.text)[1])
        for example, reading in zip(examples, readings, strict=True)
        if example.kind != _PLAIN and reading.text
    ]
    told = np.concatenate([weigh(reading.peaks, reading.odds) for reading, _ in known])
    right = np.concatenate([np.array(flags, dtype=np.float64) for _, flags in known])
    weights = np.zeros(told.shape[1])
    for _ in range(30):
        sure = 1 / (1 + np.exp(-told @ weights))
        bend = (told * (sure * (1 - sure))[:, None]).T @ told
        pull = told.T @ (right - sure) - 1e-3 * weights
        weights = weights + np.linalg.solve(bend + 1e-3 * np.eye(len(weights)), pull)
    return tuple(round(float(weight), 4) for weight in weights)


def _measured(data: Path) -> list[str]:
    """What the lines say that progress is measured with, whole paragraphs where they are known."""
    with lzma.open(data / "strokes" / "valid.jsonl.xz", "rt", encoding="utf-8") as file:
        paragraphs = [" ".join(line["text"] for line in json.loads(row)["lines"]) for row in file]
    return paragraphs + [text for _, text, _ in list_photos(data / "lines" / "valid")]


def _see(
    engine: Handwriting, data: Path, photographed: Sequence[tuple[Path, str, str]]
) -> list[Example]:
    """Show the network the lines to choose on: some photographed, some drawn with training pens."""
    recordings = read_recordings(data / "strokes" / "train.jsonl.xz")
    drawn = draw_part(recordings, ["không"], seed=987, count=2 * _DRAWN)
    pictures = [(picture, text, kind) for picture, text, kind in drawn if kind == "written"]
    for path, text, kind in photographed:
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        pictures.append((np.asarray(picture, dtype=np.uint8), text, kind))
    seen = ((engine.chances(picture), text, kind) for picture, text, kind in pictures)
    return [Example(chances, text, kind) for chances, text, kind in seen if chances is not None]


def main() -> None:
    """Write the lexicon and its card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--version", default="1")
    parser.add_argument("--keep", action="store_true", help="only choose how much it says")
    asked = parser.parse_args()
    engine = Handwriting(lexicon=None)
    sentences = leave_out(read_sentences(asked.data / "text"), _measured(asked.data))
    rng = np.random.default_rng(0)
    sentences += [draw_particular(rng) for _ in range(_PARTICULARS)]
    photographed = list_photos(asked.data / "lines" / "train")
    examples = _see(engine, asked.data, photographed[::_HELD])
    with TemporaryDirectory() as folder:
        own = Path(folder) / "lexicon.bin"
        told = [text for index, (_, text, _) in enumerate(photographed) if index % _HELD]
        write_lexicon(own, sentences + told * _ADDRESSES, engine.letters, asked.version)
        manner = tune(Lexicon(own), engine.letters, examples)
    if not asked.keep:
        texts = sentences + [text for _, text, _ in photographed] * _ADDRESSES
        write_lexicon(asked.target, texts, engine.letters, asked.version)
    write_card(asked.target, read_card(asked.target) | asdict(manner))


if __name__ == "__main__":
    main()
