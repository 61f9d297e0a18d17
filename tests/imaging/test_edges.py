from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_page import SPEC, save

from formbook.imaging.page import Sheet
from formbook.imaging.scan import load_frame
from formbook.model import Hand
from formbook.training.hands import BLUE, FontHand
from formbook.training.pages import draw_page
from formbook.training.paper import Look
from formbook.training.spec import Comment

UPRIGHT = FontHand("mali", BLUE, x_height_mm=2.2)
TEXT = "đề nghị phường cho sửa đoạn đường trước nhà văn hóa và nạo vét cống rãnh"


def edges(tmp_path, *hands, look=Look.RULED, **changes):
    comments = [Comment(TEXT, hand) for hand in hands]
    spec = replace(SPEC, look=look, comments=comments, marks=(), page_number=None, **changes)
    drawn = draw_page(spec, np.random.default_rng(5))
    sheet = Sheet.of(load_frame(save(tmp_path, drawn.image)))
    return sheet.edges(range(len(sheet.entries)))


def test_a_page_begins_with_its_first_comment_and_ends_with_its_last(tmp_path):
    begins, ends = edges(tmp_path, UPRIGHT, replace(UPRIGHT, x_height_mm=2.6))
    assert (begins.entry, ends.entry) == (0, 1)
    assert begins.room < 0.25
    assert 0.2 < ends.room < 0.9
    assert not begins.signed
    assert ends.hand.size_mm > begins.hand.size_mm


def test_slant_and_pen_are_those_of_the_strokes(tmp_path):
    upright, _ = edges(tmp_path, UPRIGHT)
    leaning, _ = edges(tmp_path, replace(UPRIGHT, slant=0.4))
    thick, _ = edges(tmp_path, replace(UPRIGHT, pen_mm=UPRIGHT.pen_mm * 2))
    assert leaning.hand.slant - upright.hand.slant > 0.15
    assert thick.hand.pen_mm > 1.2 * upright.hand.pen_mm
    assert upright.hand.colour[2] > upright.hand.colour[0]


def test_a_page_without_comments_has_no_edges(tmp_path):
    assert edges(tmp_path) is None


@pytest.mark.parametrize("dpi", [120, 200])
def test_a_hand_is_measured_in_millimetres(tmp_path, dpi):
    begins, _ = edges(tmp_path, UPRIGHT, dpi=dpi)
    assert isinstance(begins.hand, Hand)
    assert 0.5 < begins.hand.size_mm < 1.6
