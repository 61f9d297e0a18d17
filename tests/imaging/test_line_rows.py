from __future__ import annotations

import cv2
import numpy as np
import pytest
from sheets import blank, boxes_of, ink_of, overlap, write

from formbook.imaging.lines import find_lines
from formbook.imaging.rows import cut_rows

TEXT = "Ngo toi mat den ba dem"


def found_on(sheet):
    return find_lines(ink_of(sheet))


def test_a_page_number_far_beside_a_line_is_a_line_of_its_own():
    sheet = blank(height=420, width=900)
    texts = [write(sheet, TEXT, 80, 80 + 48 * index) for index in range(6)]
    number = write(sheet, "16", 490, 80)
    found = found_on(sheet)
    assert len(found.lines) == len(texts)
    apart = cut_rows(found)
    assert len(apart.lines) == len(texts) + 1
    for box in (*texts, number):
        assert max(overlap(box, other) for other in boxes_of(apart)) > 0.7


def test_words_that_stand_farther_and_farther_apart_are_one_line():
    sheet = blank(height=420, width=900)
    for index in range(6):
        write(sheet, TEXT, 80, 80 + 48 * index)
    left = 80
    for gap in (0, 55, 68, 82):
        left = write(sheet, "mat", left + gap, 368)[2]
    found = found_on(sheet)
    assert len(cut_rows(found).lines) == len(found.lines) == 7


@pytest.mark.parametrize("x", [58, 410])
def test_a_speck_beside_a_line_is_not_of_it(x):
    sheet = blank(height=300, width=900)
    first, box, last = (write(sheet, TEXT, 80, baseline) for baseline in (102, 150, 198))
    cv2.circle(sheet, (x, 142), 2, (40, 50, 150), cv2.FILLED)
    found = found_on(sheet)
    assert boxes_of(found)[1] != box
    assert boxes_of(cut_rows(found)) == [first, box, last]


def test_no_ink_is_added_to_any_line_and_what_was_given_stays():
    sheet = blank(height=420, width=900)
    for index in range(6):
        write(sheet, TEXT, 80, 80 + 48 * index)
    write(sheet, "16", 490, 80)
    found = found_on(sheet)
    before = found.owner.copy()
    apart = cut_rows(found)
    assert np.array_equal(found.owner, before)
    assert not ((apart.owner >= 0) & (found.owner < 0)).any()
    for index, line in enumerate(apart.lines):
        own = apart.owner == index
        assert own.sum() == line.ink
        assert own[line.top : line.bottom, line.left : line.right].sum() == line.ink
