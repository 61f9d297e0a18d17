from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_page import SPEC, save

from formbook.imaging.page import Sheet
from formbook.imaging.scan import load_frame
from formbook.training.pages import draw_facing, draw_page


def sheet(tmp_path, drawn):
    return Sheet.of(load_frame(save(tmp_path, drawn.image)))


@pytest.mark.parametrize("number", [7, 128])
def test_a_small_printed_number_is_cut_out_whole(tmp_path, number):
    page = replace(SPEC, page_number=number, dpi=200)
    (picture,) = sheet(tmp_path, draw_page(page, np.random.default_rng(3))).numbers_on(0)
    dark = (picture < 128).any(axis=0)
    pieces = int(np.count_nonzero(np.diff(dark.astype(int)) == 1))
    assert pieces == len(str(number))
    assert picture.dtype == np.uint8
    assert not dark[[0, -1]].any()


def test_a_page_without_a_number_gives_no_picture(tmp_path):
    page = replace(SPEC, page_number=None, marks=())
    assert sheet(tmp_path, draw_page(page, np.random.default_rng(3))).numbers_on(0) == []


def test_facing_pages_give_each_its_own(tmp_path):
    left, right = (replace(SPEC, page_number=number) for number in (8, 111))
    found = sheet(tmp_path, draw_facing(left, right, np.random.default_rng(4)))
    (one,), (other,) = found.numbers_on(0), found.numbers_on(1)
    assert other.shape[1] > one.shape[1]
