from __future__ import annotations

import numpy as np
import pytest
from sheets import BLUE, RED, blank, boxes_of, ink_of, write

from formbook.imaging.ink import even_light
from formbook.imaging.lines import find_lines
from formbook.imaging.pens import split_pens

DARKER_BLUE = (20, 25, 110)


def lines_of(sheet):
    return split_pens(find_lines(ink_of(sheet)), even_light(sheet))


@pytest.mark.parametrize("at", [330, 430])
def test_a_remark_in_red_beside_a_comment_in_blue_is_a_line_of_its_own(at):
    sheet = blank()
    comment = write(sheet, "Ngo toi mat den", 40, 300)
    remark = write(sheet, "Da xem", at, 300, colour=RED)
    assert boxes_of(lines_of(sheet)) == [
        pytest.approx(comment, abs=3),
        pytest.approx(remark, abs=3),
    ]


@pytest.mark.parametrize("colour", [BLUE, DARKER_BLUE])
def test_what_one_pen_wrote_stays_together_though_it_pressed_harder(colour):
    sheet = blank()
    write(sheet, "Ngo toi mat den", 40, 300)
    write(sheet, "ba dem", 330, 300, colour=colour)
    assert len(lines_of(sheet).lines) == 1


def test_a_red_word_among_blue_ones_stays_in_its_line():
    sheet = blank()
    for left, colour in ((30, BLUE), (180, RED), (330, BLUE)):
        write(sheet, "mat den", left, 300, colour=colour)
    assert len(lines_of(sheet).lines) == 1


def test_no_ink_is_lost_where_pens_part():
    sheet = blank()
    write(sheet, "Ngo toi mat den", 40, 300)
    write(sheet, "Da xem", 430, 300, colour=RED)
    before = find_lines(ink_of(sheet))
    after = split_pens(before, even_light(sheet))
    assert np.array_equal(before.owner >= 0, after.owner >= 0)


def test_ink_of_no_colour_is_of_one_pen():
    sheet = blank()
    write(sheet, "Ngo toi", 40, 300)
    write(sheet, "Da xem", 330, 300)
    found = find_lines(ink_of(sheet))
    assert split_pens(found, np.full_like(sheet, 255)) is found
