from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from formbook.imaging.pixels import Pieces, find_darkest, find_pixels, shrink

masks = arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=12))


@given(masks)
def test_each_pixel_of_a_mask_is_found_and_no_other(mask):
    ys, xs = find_pixels(mask)
    assert np.array_equal((ys, xs), np.nonzero(mask))


@given(masks)
def test_pieces_hold_each_pixel_once_and_are_as_large_as_their_pixels_say(mask):
    pieces = Pieces.of(mask)
    assert len(pieces.piece) == mask.sum()
    wide, high = pieces.measure(pieces.xs), pieces.measure(pieces.ys)
    assert (wide[0], high[0]) == (0, 0)
    for each in range(1, pieces.count):
        own = pieces.piece == each
        assert wide[each] == np.ptp(pieces.xs[own]) + 1
        assert high[each] == np.ptp(pieces.ys[own]) + 1


def test_pixels_that_touch_at_a_corner_are_of_one_piece():
    assert Pieces.of(np.eye(3, dtype=bool)).count == 2
    assert Pieces.of(np.array([[True, False, True]])).count == 3


@given(st.integers(1, 4))
def test_a_small_picture_is_the_mean_of_the_large_one(by):
    large = np.random.default_rng(by).integers(0, 255, (13, 9, 3)).astype(np.uint8)
    small = shrink(large, by)
    whole = large[: 13 // by * by, : 9 // by * by].astype(float)
    mean = whole.reshape(13 // by, by, 9 // by, by, 3).mean(axis=(1, 3))
    assert small == pytest.approx(mean, abs=1)


def test_a_pixel_is_as_dark_as_its_darkest_colour():
    assert find_darkest(np.array([[(200, 30, 90)]], np.uint8)).tolist() == [[30]]
