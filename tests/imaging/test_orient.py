from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sheets import blank
from test_page import COMMENTS, draw, overlap, save

from formbook.imaging.orient import measure_uprightness, quarter_turn, turn_pixels
from formbook.imaging.page import see
from formbook.imaging.scan import load_frame
from formbook.imaging.sheet import find_lines_on, lay


@given(st.integers(0, 3), st.integers(1, 40), st.integers(1, 30), st.data())
def test_the_way_back_from_a_turn_leads_to_the_same_pixel(quarters, width, height, data):
    x = data.draw(st.integers(0, width - 1))
    y = data.draw(st.integers(0, height - 1))
    picture = np.zeros((height, width), np.uint8)
    picture[y, x] = 1
    turned = turn_pixels(picture, quarters)
    ((there_y, there_x),) = np.argwhere(turned)
    back = quarter_turn(width, height, quarters) @ (there_x + 0.5, there_y + 0.5, 1.0)
    assert back[:2] == pytest.approx((x + 0.5, y + 0.5))


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_page_laid_down_sideways_or_upside_down_is_turned(tmp_path, quarters):
    path, truth = draw(tmp_path, quarters=quarters, comments=COMMENTS * 3)
    layout = see(load_frame(path))
    best = [max(overlap(t.polygon, s.polygon) for s in layout.lines) for t in truth.lines]
    assert min(best) >= 0.5


def test_an_upright_page_is_more_upright_than_the_same_page_turned(tmp_path):
    path, _ = draw(tmp_path)
    frame = load_frame(path)
    upright, turned = (measure_uprightness(find_lines_on(lay(frame, q))) for q in (0, 2))
    assert upright > 0 > turned


def test_an_empty_page_says_nothing_of_its_direction(tmp_path):
    frame = load_frame(save(tmp_path, blank()))
    assert measure_uprightness(find_lines_on(lay(frame, 0))) == 0.0
