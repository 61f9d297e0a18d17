from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sheets import blank, boxes_of, ink_of, overlap, write

from formbook.imaging.lines import find_lines
from formbook.imaging.ridges import measure_scale

WORDS = ("Ngo toi mat den ba dem", "xin phuong sua giup", "gui to dan pho", "quay mot cua gon gang")


def draw_lines(count, pitch=44, size=1.0, slope=0.0):
    sheet = blank(height=120 + pitch * count, width=900)
    boxes = []
    for index in range(count):
        left = 60
        parts = []
        for word in WORDS[index % len(WORDS)].split():
            baseline = 90 + pitch * index + round(slope * left)
            parts.append(write(sheet, word, left, baseline, size=size))
            left = parts[-1][2] + 16
        lefts, tops, rights, bottoms = zip(*parts, strict=True)
        boxes.append((min(lefts), min(tops), max(rights), max(bottoms)))
    return sheet, boxes


@pytest.mark.parametrize("pitch", [38, 48, 90])
@pytest.mark.parametrize("slope", [-0.02, 0.0, 0.03])
def test_every_line_is_found_where_it_stands(pitch, slope):
    sheet, meant = draw_lines(8, pitch=pitch, slope=slope)
    found = boxes_of(find_lines(ink_of(sheet)))
    assert len(found) == len(meant)
    assert min(overlap(a, b) for a, b in zip(found, meant, strict=True)) > 0.7


def test_large_writing_has_a_large_scale():
    small, large = (measure_scale(ink_of(draw_lines(5, 44 * k, float(k))[0])) for k in (1, 2))
    assert large == pytest.approx(2 * small, rel=0.3)


def test_marks_above_letters_belong_to_the_line_below_them():
    sheet, (_, second) = draw_lines(2, pitch=70)
    above = (second[1] - 12, second[1] - 7)
    sheet[above[0] : above[1], 200:214] = (40, 50, 150)
    found = find_lines(ink_of(sheet))
    assert len(found.lines) == 2
    assert set(np.unique(found.owner[above[0] : above[1], 200:214])) <= {-1, 1}
    assert found.lines[1].top <= above[0]
    assert found.lines[0].bottom < above[0]


def test_an_empty_sheet_and_a_speck_have_no_lines():
    empty = np.zeros((300, 200), bool)
    speck = empty.copy()
    speck[100:103, 100:103] = True
    for each in (empty, speck, np.zeros((1, 1), bool)):
        found = find_lines(each)
        assert found.lines == ()
        assert (found.owner == -1).all()


def test_a_sheet_full_of_ink_ends_well():
    assert len(find_lines(np.ones((400, 300), bool)).lines) < 5
    rng = np.random.default_rng(2)
    find_lines(rng.random((700, 500)) < 0.3)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_boxes_hold_the_ink_they_own_and_nothing_is_owned_twice(seed):
    rng = np.random.default_rng(seed)
    sheet = blank(500, 400)
    for _ in range(int(rng.integers(1, 9))):
        word = "".join(rng.choice(list("abcdeghiklmnopqrstuvxy"), 8))
        write(sheet, word, int(rng.integers(0, 200)), int(rng.integers(40, 480)))
    mask = ink_of(sheet)
    found = find_lines(mask)
    assert (mask | (found.owner == -1)).all()
    for index, line in enumerate(found.lines):
        ys, xs = np.nonzero(found.owner == index)
        assert (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1) == (
            line.left,
            line.top,
            line.right,
            line.bottom,
        )
        assert line.ink == len(xs)


def test_tops_of_large_letters_that_a_rule_cut_off_are_no_line_of_their_own():
    sheet = blank(height=300, width=700)
    for index in range(3):
        write(sheet, "ngo toi mat den ba", 60, 90 + 44 * index)
    left = 60
    for word, gap in (("8/3", 50), ("28", 56), ("Hh", 48), ("kd", 52)):
        left = write(sheet, word, left, 270, size=1.72)[2] + gap
    sheet[233:235] = sheet[0, 0]
    assert len(find_lines(ink_of(sheet)).lines) == 4
