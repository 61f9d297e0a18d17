from __future__ import annotations

import json
import lzma

import numpy as np
import pytest

from formbook.training.pages import draw_line
from formbook.training.strokes import load_stroke_hands

LOW, HIGH = 1000, 940  # a baseline and the top of a small letter, in the recording's units


def word(text, left, low=LOW, high=HIGH):
    return {"text": text, "strokes": [[[left, low], [left, high], [left + 80, high + 10]]]}


@pytest.fixture
def hand(tmp_path):
    lines = [
        {"text": "xin cảm ơn", "words": [word("xin", 10), word("cảm", 150), word("ơn", 300)]},
        {"text": "tổ", "words": [word("tổ", 10, 1200, 1120), {"text": "-", "strokes": []}]},
        {"text": "xin", "words": [word("xin", 40, 1400, 1330)]},
        {"text": "phượng", "words": [word("phượng", 40, 1650, 1550)]},
        {"text": "", "words": []},
    ]
    path = tmp_path / "few.jsonl.xz"
    with lzma.open(path, "wt", encoding="utf-8") as file:
        file.write(json.dumps({"writer": "0001", "paragraph": "a", "lines": lines}) + "\n")
    return load_stroke_hands(path)["0001"]


def test_a_writer_knows_the_words_they_wrote(hand):
    assert set(hand.words) == {"xin", "cảm", "ơn", "tổ", "phượng"}
    assert len(hand.words["xin"]) == 2
    assert hand.knows("xin cảm ơn, tổ.")
    assert not hand.knows("xin chào")


def test_words_stand_on_the_baseline_in_their_order(hand):
    writing = hand.write("xin cảm ơn", np.random.default_rng(1), dpi=254)

    assert abs(writing.ink.shape[0] - writing.baseline) < 6
    assert [left for left, _ in writing.words] == sorted(left for left, _ in writing.words)
    assert abs(writing.ink.shape[1] / hand.measure("xin cảm ơn", dpi=254) - 1) < 0.2


def test_a_writer_keeps_their_size_on_paper(hand):
    assert hand.x_height_mm == pytest.approx(65 * 8 / 200, abs=0.3)


def test_a_writer_without_small_words_is_taken_for_average(hand):
    few = type(hand)("0001", {"tổ": hand.words["tổ"]})

    assert few.x_height_mm == pytest.approx(8 / 3)


def test_a_comma_and_a_full_stop_come_after_the_word(hand):
    rng = np.random.default_rng(2)

    bare, ended = (hand.write(text, rng, dpi=254) for text in ("tổ", "tổ.,"))

    assert ended.ink.shape[1] > bare.ink.shape[1] + 5


def test_a_word_never_written_is_refused(hand):
    with pytest.raises(ValueError, match="0001 never wrote 'chào'"):
        hand.write("xin chào", np.random.default_rng(1), dpi=200)


@pytest.mark.shared
def test_real_writers_draw_lines(shared):
    hands = load_stroke_hands(shared / "data/strokes/valid.jsonl.xz")

    assert len(hands) == 20
    for hand in hands.values():
        text = " ".join(list(hand.words)[:6])
        line = draw_line(text, hand, np.random.default_rng(1))
        assert 0.005 < (line < 150).mean() < 0.4
        assert 1.0 < hand.x_height_mm < 5.0
