from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formbook.recognize.picture import FINE, GRAIN, HEIGHT, MAX_WIDTH, clean, fit


def draw(text="Nghĩa", *, paper=255, ink=0, size=(80, 500), at=(60, 55)):
    page = np.full(size, paper, np.uint8)
    cv2.putText(page, text, at, cv2.FONT_HERSHEY_SIMPLEX, 1.2, ink, 3, cv2.LINE_AA)
    return page


def test_blank_paper_around_the_ink_is_cut_away():
    narrow, wide = draw(size=(60, 300), at=(20, 40)), draw(size=(200, 900), at=(400, 120))
    one, other = clean(narrow), clean(wide)

    assert one.shape[0] == other.shape[0] == FINE
    assert abs(one.shape[1] - other.shape[1]) <= 8


def test_light_ink_on_dark_ground_comes_out_as_dark_ink_on_paper():
    dark = clean(draw(paper=20, ink=230)).astype(int)

    assert np.abs(dark - clean(draw(paper=235, ink=25))).mean() < 12
    assert np.median(dark) > 200


def test_a_shadow_and_faint_ink_make_no_difference_to_what_is_ink():
    shade = np.linspace(1, 0.55, 500)
    shadowed = (draw(paper=220, ink=120) * shade).astype(np.uint8)

    assert np.abs(clean(shadowed).astype(int) - clean(draw())).mean() < 25


@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (3, 3), (64, 900)])
def test_where_nothing_is_written_there_is_no_line(level, size):
    assert clean(np.full(size, level, np.uint8)) is None


def test_grain_of_the_paper_alone_is_no_line():
    paper = np.random.default_rng(1).normal(220, 2, (60, 400)).astype(np.uint8)

    assert clean(paper) is None


def test_the_picture_is_left_as_it_was():
    page = draw()
    before = page.copy()
    fit(clean(page))

    assert np.array_equal(page, before)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 60), st.integers(1, 400), st.integers(0, 2**32 - 1))
def test_whatever_comes_in_the_network_gets_its_size(height, width, seed):
    noise = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    cleaned = clean(noise)
    if cleaned is None:
        return
    picture = fit(cleaned)

    assert picture.shape[0] == HEIGHT
    assert picture.shape[1] % GRAIN == 0
    assert 0 < picture.shape[1] <= MAX_WIDTH + GRAIN
    assert picture.dtype == np.float32
    assert -1 <= picture.min() <= picture.max() <= 1


def test_an_endless_line_is_squeezed_to_the_greatest_width():
    page = np.full((20, 12000), 255, np.uint8)
    page[5:15, 3::40] = 0

    assert fit(clean(page)).shape[1] == MAX_WIDTH


def test_specks_far_above_do_not_make_the_line_small():
    page = draw(size=(400, 500), at=(60, 350))
    specked = page.copy()
    specked[20:24, 400:404] = 0

    assert abs(clean(specked).shape[1] - clean(page).shape[1]) <= 4
