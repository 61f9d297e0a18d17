"""Chairmen who write their marks in the words and digits of a recorded person."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from formbook.training.hands import Colour
from formbook.training.numbers import Digits, write_numbers
from formbook.training.strokes import StrokeHand

_BASELINE = 48.0
"""From the middle of a recorded line down to its baseline, in the recording's units."""
_OWN_DIGITS = 4
"""Digits that a person wrote, at least; the others are borrowed."""


def draw_chairman(
    texts: Sequence[str], known: Digits, rng: np.random.Generator, *, colour: Colour
) -> StrokeHand:
    """Draw by lot a person who writes some texts, each word and number as that person writes it.

    Args:
        texts: words that somebody wrote, and dates.
        known: words and digits of recorded people.
        rng: where the randomness comes from.
        colour: of the pen.

    Returns:
        A hand that knows these texts and no others.

    Raises:
        KeyError: nobody wrote one of the words.
    """
    able = [name for name, digits in known.digits.items() if name and len(digits) >= _OWN_DIGITS]
    writer = able[int(rng.integers(len(able)))]
    words = {}
    for word in sorted({word for text in texts for word in text.split()}):
        strokes = write_numbers(word, writer, known, rng).strokes
        down = np.array([0, -_BASELINE])
        words[word] = [tuple(np.asarray(stroke, np.float64) + down for stroke in strokes)]
    return StrokeHand(
        writer,
        words,
        colour=colour,
        pitch_mm=float(rng.uniform(6.5, 10)),
        pen_mm=float(rng.uniform(0.3, 0.55)),
        slope=float(rng.normal(0, 0.02)),
    )
