from __future__ import annotations

import cv2
import numpy as np
import pytest
from sheets import RED, blank, press_seal, write

from formbook.imaging import ink
from formbook.imaging.seals import find_writing_on

PALE_RED = (234, 130, 136)
PEN = (190, 25, 40)


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
    (seal,) = ink.find_seals(redness, px_per_mm=900 / 297)
    found = find_writing_on(seal, even, redness)
    assert not found[~ink.cover_seal(redness.shape, seal)].any()
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
