"""How a reading differs from the truth."""

from __future__ import annotations

import re

import numpy as np


def align(truth: str, reading: str) -> tuple[int, list[bool]]:
    """Return the number of edits, and which characters of the reading are right."""
    table = np.zeros((len(truth) + 1, len(reading) + 1), dtype=int)
    table[:, 0] = range(len(truth) + 1)
    table[0] = range(len(reading) + 1)
    for i, letter in enumerate(truth, 1):
        for j, other in enumerate(reading, 1):
            change = table[i - 1, j - 1] + (letter != other)
            table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, change)
    right = [False] * len(reading)
    i, j = len(truth), len(reading)
    while i and j:
        if table[i, j] == table[i - 1, j - 1] + (truth[i - 1] != reading[j - 1]):
            i, j = i - 1, j - 1
            right[j] = truth[i] == reading[j]
        elif table[i, j] == table[i - 1, j] + 1:
            i -= 1
        else:
            j -= 1
    return int(table[-1, -1]), right


def plain(text: str) -> str:
    """Return a text in lower case and without punctuation."""
    return " ".join(re.sub(r"[^\w\s]", " ", text.lower()).split())
