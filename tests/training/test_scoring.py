from __future__ import annotations

import pytest

from formbook.training.scoring import align, plain, share_wrong


@pytest.mark.parametrize(
    ("truth", "reading", "edits"),
    [("đêm", "đêm", 0), ("đêm", "dem", 2), ("", "ab", 2), ("ab", "b", 1)],
)
def test_edits_are_counted(truth, reading, edits):
    assert align(truth, reading)[0] == edits


@pytest.mark.parametrize(
    ("truth", "reading", "edits", "right"),
    [
        ("abc", "abc", 0, [True] * 3),
        ("abc", "adc", 1, [True, False, True]),
        ("abc", "ac", 1, [True, True]),
        ("ac", "abc", 1, [True, False, True]),
        ("", "x", 1, [False]),
        ("x", "", 1, []),
    ],
)
def test_edits_are_counted_and_right_characters_named(truth, reading, edits, right):
    assert align(truth, reading) == (edits, right)


def test_a_plain_text_has_neither_case_nor_punctuation():
    assert plain("Tổ 12,  Nghĩa-Đô.") == "tổ 12 nghĩa đô"


def test_wrong_characters_are_a_share_of_those_that_should_stand_there():
    assert share_wrong([("đêm", "dem"), ("", "x"), ("ab", "ab")]) == 3 / 5
