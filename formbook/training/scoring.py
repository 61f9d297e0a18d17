"""How a reading differs from the truth."""

from __future__ import annotations

import re
from collections.abc import Iterable


def align(truth: str, reading: str) -> tuple[int, list[bool]]:
    """Return the number of edits, and which characters of the reading are right."""
    table = [list(range(len(reading) + 1))]
    for i, letter in enumerate(truth, 1):
        above, row = table[-1], [i]
        for j, other in enumerate(reading, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (letter != other)))
        table.append(row)
    right = [False] * len(reading)
    i, j = len(truth), len(reading)
    while i and j:
        if table[i][j] == table[i - 1][j - 1] + (truth[i - 1] != reading[j - 1]):
            i, j = i - 1, j - 1
            right[j] = truth[i] == reading[j]
        elif table[i][j] == table[i - 1][j] + 1:
            i -= 1
        else:
            j -= 1
    return table[-1][-1], right


def share_wrong(pairs: Iterable[tuple[str, str]]) -> float:
    """Return the share of wrong characters, of truths and readings that are not all empty."""
    edits = letters = 0
    for truth, reading in pairs:
        edits += align(truth, reading)[0]
        letters += len(truth)
    return edits / letters


def plain(text: str) -> str:
    """Return a text in lower case and without punctuation."""
    return " ".join(re.sub(r"[^\w\s]", " ", text.lower()).split())
