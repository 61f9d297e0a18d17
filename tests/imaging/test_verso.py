from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sheets import blank, write

from formbook.imaging import ink
from formbook.imaging.verso import erase_verso

GREY = (105, 105, 110)


def show_through(sheet, other, share=0.35):
    """Lay the ink of another sheet under one, mirrored, spread and pale."""
    soft = cv2.GaussianBlur(255 - other[:, ::-1], (0, 0), 2.2)
    return cv2.subtract(sheet, (soft * share).astype(np.uint8))


def see(sheet):
    darkness = ink.measure_darkness(ink.even_light(sheet))
    return darkness > ink.MIN_PENCIL, darkness


def test_what_shows_through_goes_and_ink_and_pencil_stay():
    sheet = blank()
    write(sheet, "gap phuong gop y", 60, 200)
    write(sheet, "but chi mo hon", 60, 300, colour=GREY)
    other = blank()
    write(other, "viet o mat sau", 60, 500, size=1.6, pen=4)
    alone, _ = see(sheet)
    mask, darkness = see(show_through(sheet, other))
    assert mask[440:540].sum() > 500
    left = erase_verso(mask, darkness)
    assert not left[440:540].any()
    assert left[:400].sum() > 0.97 * alone.sum()


def test_where_nothing_but_the_other_side_shows_is_nothing_but_faint_pencil_stays():
    other = blank()
    write(other, "viet o mat sau", 60, 500, size=1.6, pen=4)
    mask, darkness = see(show_through(blank(), other, share=0.25))
    assert mask.any()
    assert not erase_verso(mask, darkness).any()
    faint = blank()
    write(faint, "but chi mo hon", 60, 300, colour=(195, 195, 198))
    mask, darkness = see(faint)
    assert erase_verso(mask, darkness).sum() > 0.97 * mask.sum() > 500


def test_a_sheet_without_ink_stays_empty():
    mask, darkness = see(blank())
    assert not erase_verso(mask, darkness).any()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_ink_is_only_ever_erased_and_the_mask_given_is_left_alone(seed):
    rng = np.random.default_rng(seed)
    darkness = cv2.GaussianBlur(rng.integers(0, 256, (60, 80), dtype=np.uint8), (0, 0), 1.5)
    mask = darkness > 128
    before = mask.copy()
    left = erase_verso(mask, darkness)
    assert not (left & ~mask).any()
    assert (mask == before).all()
