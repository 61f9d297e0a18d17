from __future__ import annotations

import cv2
import numpy as np
import pytest
from sheets import RED, blank, press_seal, write

from formbook.imaging import ink
from formbook.imaging.seals import cover_seal, find_seals, find_writing_on

PALE_RED = (234, 130, 136)
PEN = (190, 25, 40)


def redness_of(sheet):
    return ink.measure_redness(ink.even_light(sheet))


@pytest.mark.parametrize("x", [150, 320, 480])
def test_a_seal_is_found_where_it_was_pressed(x):
    sheet = blank()
    press_seal(sheet, x, 500)
    (seal,) = find_seals(redness_of(sheet), px_per_mm=900 / 297)
    assert (seal.x, seal.y, seal.radius) == pytest.approx((x, 500, 55), abs=6)


def test_writing_over_a_seal_does_not_hide_it():
    sheet = blank()
    press_seal(sheet, 300, 500)
    write(sheet, "Da xem 12/3/2024", 200, 510)
    assert len(find_seals(redness_of(sheet), px_per_mm=900 / 297)) == 1


def test_red_handwriting_is_no_seal():
    sheet = blank()
    for index in range(14):
        write(sheet, "Gioi thieu truong hoc", 40, 90 + 50 * index, colour=RED, size=1.3)
    assert find_seals(redness_of(sheet), px_per_mm=900 / 297) == []


def test_a_blue_ring_is_no_seal():
    sheet = blank()
    press_seal(sheet, 300, 500, colour=(40, 50, 190))
    assert find_seals(redness_of(sheet), px_per_mm=900 / 297) == []


def test_where_nearly_all_is_red_there_is_no_seal():
    noise = np.random.default_rng(5).integers(0, 255, (600, 800, 3)).astype(np.uint8)
    assert find_seals(redness_of(noise), px_per_mm=800 / 297) == []


def test_the_cover_of_a_seal_holds_its_rim():
    sheet = blank()
    press_seal(sheet, 300, 500)
    redness = redness_of(sheet)
    (seal,) = find_seals(redness, px_per_mm=900 / 297)
    assert not (redness > ink.MIN_RED)[~cover_seal(redness.shape, seal)].any()


def sealed() -> np.ndarray:
    """A sheet with a seal, printed paler than a pen writes: its rim, letters and star."""
    sheet = blank()
    press_seal(sheet, 300, 500, colour=PALE_RED)
    cv2.putText(sheet, "UY BAN", (270, 470), cv2.FONT_HERSHEY_PLAIN, 0.9, PALE_RED, 1, cv2.LINE_AA)
    cv2.circle(sheet, (300, 500), 15, (224, 104, 112), cv2.FILLED)
    return sheet


def find(sheet: np.ndarray) -> np.ndarray:
    even = ink.even_light(sheet)
    redness = ink.measure_redness(even)
    (seal,) = find_seals(redness, px_per_mm=900 / 297)
    found = find_writing_on(seal, even, redness)
    assert not found[~cover_seal(redness.shape, seal)].any()
    return found


def test_what_a_red_pen_wrote_across_a_red_seal_is_found():
    sheet, bare = sealed(), blank()
    for each in (sheet, bare):
        write(each, "Da xem 12/3", 270, 530, colour=PEN)
    strokes = ink.measure_darkness(ink.even_light(bare)) > 150
    strokes[:, :245] = strokes[:, 352:] = False
    found = find(sheet)
    assert (found & strokes).sum() > 0.85 * strokes.sum()
    near = cv2.dilate(strokes.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    assert (found & ~near).sum() < 0.15 * found.sum()


@pytest.mark.parametrize("colour", [None, (30, 40, 160)], ids=["nothing", "blue"])
def test_a_seal_beside_which_nothing_red_is_written_bears_no_red_writing(colour):
    sheet = sealed()
    if colour is not None:
        write(sheet, "Da xem 12/3", 270, 530, colour=colour)
    assert not find(sheet).any()


def test_what_a_seal_prints_is_no_writing_though_red_is_written_beside_it():
    sheet = sealed()
    write(sheet, "Da xem 12/3", 400, 530, colour=RED)
    assert not find(sheet).any()
