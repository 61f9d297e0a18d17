from __future__ import annotations

import numpy as np
import pytest

from formbook.training.sheet import Box, Sheet


@pytest.fixture
def sheet():
    return Sheet(np.ones((20, 30, 3), np.float32))


def test_a_box_holds_what_can_be_seen(sheet):
    ink = np.zeros((6, 8), np.float32)
    ink[1:4, 2:7] = 1

    assert sheet.lay(ink, (0, 0, 0), 5, 10) == Box(7, 11, 12, 14)
    assert sheet.lay(ink, (0, 0, 0), 26, 18) == Box(28, 19, 30, 20)
    assert sheet.lay(ink, (0, 0, 0), -4, -2) == Box(0, 0, 3, 2)
    assert (sheet.image[11:14, 7:12] == 0).all()


@pytest.mark.parametrize(
    "place", [(30, 0), (33, 0), (0, 20), (0, 24), (-8, 0), (0, -6), (-40, -40)]
)
def test_ink_beyond_the_edge_leaves_nothing(sheet, place):
    assert sheet.lay(np.ones((6, 8), np.float32), (0, 0, 0), *place) is None
    assert (sheet.image == 1).all()


def test_ink_too_faint_to_see_has_no_box(sheet):
    assert sheet.lay(np.full((6, 8), 0.05, np.float32), (0, 0, 0), 2, 2) is None


def test_ink_over_ink_is_darker_and_keeps_its_colour(sheet):
    blue = np.full((4, 4), 0.5, np.float32)

    sheet.lay(blue, (0, 0, 255), 3, 3)
    once = sheet.image[4, 4].copy()
    sheet.lay(blue, (0, 0, 255), 3, 3)

    assert sheet.image[4, 4, 0] < once[0] < 1
    assert sheet.image[4, 4, 2] == once[2] == 1
