"""Learning at the ward: lines that people corrected teach the weights the hands of that ward.

A part of the lines is held back. The weights that come out are worth keeping only if they read
the held-back lines of the hands that they learned from better than before, and lose next to
nothing on the hands that they did not see and on drawn lines.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from formbook.recognize.card import read_card
from formbook.recognize.handwriting import Handwriting
from formbook.recognize.picture import clean
from formbook.training.fit import assemble, draw_batches, learn, rate_at
from formbook.training.from_onnx import load_weights
from formbook.training.lesson import DRAWN, OTHERS, SAME, Lesson, Picture, WardLine
from formbook.training.lines import draw_font, put_on_paper
from formbook.training.scoring import share_wrong
from formbook.training.shelf import ShelvedLine
from formbook.training.texts import draw_particular
from formbook.training.to_onnx import make_weights, write_weights

_SHARES = {"ward": 0.6, "font": 0.4}
_OTHERS_SHARE = 0.2
_SAME_SHARE = 0.2
_DRAWN, _DRAWN_BACK = 300, 60
_FIXED = 4
_RATE = 2e-4
_BATCH = 8


def teach(
    lines: Sequence[WardLine],
    weights: Path,
    target: Path,
    *,
    minutes: float,
    seed: int,
    progress: Callable[[float], None] = lambda _part: None,
) -> Lesson:
    """Go on training weights with the lines of a ward, and measure what that brought.

    Args:
        lines: what people corrected; of several comments.
        weights: those that read now; they stay as they are.
        target: where the new ones go, with their card beside them.
        minutes: how long to train, not counting measuring.
        seed: the same holds back the same.
        progress: told which part, 0 to 1, of the time is spent.

    Returns:
        The lesson; the new weights stand at `target` whether they are better or not.

    Raises:
        ValueError: nothing is left to learn from, or to measure with.
    """
    rng = np.random.default_rng(seed)
    network, letters = load_weights(weights)
    known = [line for line in lines if line.text and set(line.text) <= set(letters)]
    taught, held_back = hold_back(known, rng)
    drawn = _draw([line.text for line in taught], letters, rng)
    held_back[DRAWN] = [WardLine(each.picture, each.text, 0) for each in drawn[:_DRAWN_BACK]]
    if not taught or not all(held_back.values()):
        raise ValueError("too few lines, or all of one comment")
    shelved = [ShelvedLine(c, ln.text, "ward") for ln, c in _cleaned(taught)] + drawn[_DRAWN_BACK:]
    before = measure(Handwriting(weights), held_back)
    run = assemble(network, letters, "start")
    network.fix(_FIXED)
    network.train()
    batches = draw_batches(shelved, rng, _BATCH, _SHARES)
    began = time.monotonic()
    while (part := (time.monotonic() - began) / (60 * minutes)) < 1:
        progress(part)
        learn(run, *next(batches), rate_at(part, _RATE))
    base = read_card(weights)
    data, card = make_weights(
        run.mean,
        letters,
        version="",
        softness=base["softness"],
        examples=[line.picture for line in shelved],
    )
    card["version"] = f"{str(base['version']).split('+')[0]}+{card['sha256'][:8]}"
    write_weights(target, data, card)
    return Lesson(
        learned=len(taught),
        held_back={name: len(back) for name, back in held_back.items()},
        before=before,
        after=measure(Handwriting(target), held_back),
        card=card,
    )


def hold_back(
    lines: Sequence[WardLine], rng: np.random.Generator
) -> tuple[list[WardLine], dict[str, list[WardLine]]]:
    """Part lines into those to learn from, and some of the same hands and all of some others.

    Each comment is one hand.
    """
    entries = list(dict.fromkeys(line.entry for line in lines))
    count = max(1, round(_OTHERS_SHARE * len(entries)))
    others = {entries[i] for i in rng.permutation(len(entries))[:count]}
    seen = [line for line in lines if line.entry not in others]
    order = rng.permutation(len(seen))
    back = set(order[: max(1, round(_SAME_SHARE * len(seen)))].tolist())
    return (
        [line for index, line in enumerate(seen) if index not in back],
        {
            SAME: [line for index, line in enumerate(seen) if index in back],
            OTHERS: [line for line in lines if line.entry in others],
        },
    )


def measure(reader: Handwriting, held_back: Mapping[str, Sequence[WardLine]]) -> dict[str, float]:
    """Return the share of wrong characters in each set."""
    errors = {}
    for name, lines in held_back.items():
        readings = reader.read([line.picture for line in lines])
        errors[name] = share_wrong(
            (line.text, reading.text) for line, reading in zip(lines, readings, strict=True)
        )
    return errors


def _draw(texts: Sequence[str], letters: str, rng: np.random.Generator) -> list[ShelvedLine]:
    """Draw lines in fonts: what the ward's people write about, and dates, names and numbers."""
    lines: list[ShelvedLine] = []
    while texts and len(lines) < _DRAWN + _DRAWN_BACK:
        own = rng.random() < 0.5
        text = texts[int(rng.integers(len(texts)))] if own else draw_particular(rng)
        cleaned = clean(put_on_paper(draw_font(text, rng), [], rng))
        if cleaned is not None and set(text) <= set(letters):
            lines.append(ShelvedLine(cleaned, text, "font"))
    return lines


def _cleaned(lines: Sequence[WardLine]) -> list[tuple[WardLine, Picture]]:
    pairs = [(line, clean(line.picture)) for line in lines]
    return [(line, cleaned) for line, cleaned in pairs if cleaned is not None]
