from __future__ import annotations

import numpy as np
import pytest

from formbook.recognize.decoding import decode

LETTERS = "ab "


def chances(*columns):
    """One row a column: the class that wins and how surely; the rest is shared out."""
    rows = np.zeros((len(columns), len(LETTERS) + 1), np.float32)
    for row, (winner, sure) in zip(rows, columns, strict=True):
        row[:] = (1 - sure) / len(LETTERS)
        row[winner] = sure
    return rows


def test_repeats_are_one_letter_and_a_blank_between_makes_them_two():
    text, _ = decode(chances((1, 0.9), (1, 0.8), (0, 0.9), (1, 0.7), (2, 0.6)), LETTERS)

    assert text == "aab"


def test_a_letter_is_as_sure_as_its_surest_column():
    _, sure = decode(chances((1, 0.5), (1, 0.8), (0, 0.9), (2, 0.6)), LETTERS)

    assert sure == pytest.approx((0.8, 0.6))


def test_spaces_at_the_ends_and_after_spaces_are_dropped_with_their_confidences():
    columns = [(3, 0.9), (1, 0.9), (3, 0.9), (0, 0.9), (3, 0.9), (2, 0.9), (3, 0.9)]
    text, sure = decode(chances(*columns), LETTERS)

    assert text == "a b"
    assert len(sure) == 3


def test_nothing_but_blanks_is_an_empty_text():
    assert decode(chances((0, 0.9), (0, 0.9)), LETTERS) == ("", ())
    assert decode(np.zeros((0, 4), np.float32), LETTERS) == ("", ())
