"""From the network's chances for each column to text: CTC, the best letter of each column."""

from __future__ import annotations

from itertools import groupby

import numpy as np
from numpy.typing import NDArray


def decode(chances: NDArray[np.float32], letters: str) -> tuple[str, tuple[float, ...]]:
    """Take the best letter of each column, fold repeats, drop blanks.

    A letter is as sure as the surest of its columns. Spaces at the ends and spaces after spaces
    are dropped.

    Args:
        chances: (T, C) float32, each row adding up to 1; class 0 is the blank, class k the
            k-th letter.
        letters: the C - 1 letters.

    Returns:
        The text, and a confidence in 0..1 for each of its characters.

    Source:
        Graves et al.: Connectionist Temporal Classification, ICML 2006, section 3.2 (best path).
    """
    text: list[str] = []
    sure: list[float] = []
    column = 0
    for best, run in groupby(chances.argmax(axis=1).tolist()):
        start, column = column, column + len(list(run))
        if not best:
            continue
        letter = letters[best - 1]
        if letter == " " and (not text or text[-1] == " "):
            continue
        text.append(letter)
        sure.append(min(1.0, float(chances[start:column, best].max())))
    if text and text[-1] == " ":
        del text[-1], sure[-1]
    return "".join(text), tuple(sure)
