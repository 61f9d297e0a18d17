from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch", reason="the extra `train` is not installed")
pytest.importorskip("onnx", reason="the extra `train` is not installed")

from formbook.recognize.handwriting import WEIGHTS, Handwriting
from formbook.training.lesson import DRAWN, OTHERS, SAME, Lesson, WardLine
from formbook.training.lines import draw_font, put_on_paper
from formbook.training.ward import hold_back, teach

TEXTS = ("Đường Trần Bình tối", "đèn hỏng đã lâu", "Cảm ơn cán bộ", "chờ 45 phút")


@given(st.lists(st.integers(0, 6), min_size=3, max_size=60), st.integers(0, 9))
def test_what_is_held_back_is_not_learned_from(entries, seed):
    paper = np.zeros((2, 2), dtype=np.uint8)
    lines = [WardLine(paper, str(place), entry) for place, entry in enumerate(entries)]

    taught, back = hold_back(lines, np.random.default_rng(seed))

    parts = [{line.text for line in part} for part in (taught, back[SAME], back[OTHERS])]
    assert sum(map(len, parts)) == len(lines) == len(set().union(*parts))
    others = {line.entry for line in back[OTHERS]}
    assert others.isdisjoint(line.entry for line in [*taught, *back[SAME]])


def lesson(same, others, drawn):
    before = dict.fromkeys((SAME, OTHERS, DRAWN), 0.2)
    after = {SAME: same, OTHERS: others, DRAWN: drawn}
    return Lesson(9, dict.fromkeys(before, 9), before, after, {})


def test_weights_are_better_if_they_win_where_they_learned_and_lose_next_to_nothing_elsewhere():
    assert lesson(0.19, 0.204, 0.204).better
    assert not lesson(0.2, 0.1, 0.1).better
    assert not lesson(0.1, 0.206, 0.1).better
    assert not lesson(0.1, 0.1, 0.206).better


def test_weights_that_learned_for_a_moment_read_as_before(tmp_path):
    rng = np.random.default_rng(0)
    lines = [
        WardLine(put_on_paper(draw_font(text, rng), [], rng), text, entry)
        for entry in range(5)
        for text in TEXTS
    ]

    done = teach(lines, WEIGHTS, tmp_path / "new.onnx", minutes=0.001, seed=3)

    assert done.learned + done.held_back[SAME] + done.held_back[OTHERS] == len(lines)
    assert done.card["version"].endswith(done.card["sha256"][:8])
    assert all(abs(done.after[name] - done.before[name]) < 0.1 for name in done.before)
    assert Handwriting(tmp_path / "new.onnx").read([lines[0].picture])[0].text


def test_lines_of_one_comment_teach_nothing(tmp_path):
    paper = np.zeros((20, 200), dtype=np.uint8)
    lines = [WardLine(paper, "tổ 12", 1)] * 50

    with pytest.raises(ValueError, match="one comment"):
        teach(lines, WEIGHTS, tmp_path / "new.onnx", minutes=1, seed=0)
