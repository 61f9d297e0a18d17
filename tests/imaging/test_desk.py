from __future__ import annotations

import cv2
import numpy as np
import pytest
from sheets import written_sheet

from formbook.imaging.desk import find_sheet
from formbook.imaging.flatten import flatten

CORNERS = [(130, 130), (870, 150), (890, 1110), (100, 1090)]
DESK = (70, 60, 55)


def arched(bow):
    """A page on a desk whose upper and lower edge, and all between, bow up in the middle."""
    sheet = written_sheet(8)
    height, width = sheet.shape[:2]
    here = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    through = cv2.getPerspectiveTransform(here, np.array(CORNERS, np.float32))
    flat = np.full((1200, 1000, 3), DESK, np.uint8)
    cv2.warpPerspective(sheet, through, (1000, 1200), dst=flat, borderMode=cv2.BORDER_TRANSPARENT)
    x, y = np.meshgrid(np.arange(1000, dtype=np.float32), np.arange(1200, dtype=np.float32))
    arch = bow * np.sin(np.pi * np.clip((x - 100) / 790, 0, 1))
    return cv2.remap(flat, x, y + arch.astype(np.float32), cv2.INTER_LINEAR)


def test_a_flat_page_has_four_corners_and_straight_edges():
    found = find_sheet(arched(0))
    assert np.abs(found.quad - CORNERS).max() < 8
    assert found.upper is None
    assert found.lower is None


@pytest.mark.parametrize("bow", [20, 45, -30])
def test_a_curled_page_has_corners_and_curved_edges(bow):
    found = find_sheet(arched(bow))
    assert np.abs(found.quad - CORNERS).max() < 12
    for edge, (left, right) in ((found.upper, CORNERS[:2]), (found.lower, CORNERS[:1:-1])):
        middle = edge[len(edge) // 2]
        assert middle[1] == pytest.approx((left[1] + right[1]) / 2 - bow, abs=6)
        assert (np.diff(edge[:, 0]) > 0).all()


def test_its_lines_are_straight_once_it_is_flat():
    flat = flatten(arched(45))
    assert flat.corners is not None
    assert flat.bend.rise > 30
    dark = 255 - flat.rgb.min(axis=2)
    rows = (dark[60:-60, 60:-60] > 40).mean(axis=1)
    assert (rows > 0.9).sum() >= 10


def test_a_patch_with_a_dent_or_at_the_edge_of_the_picture_is_no_curled_page():
    picture = arched(45)
    cv2.circle(picture, (500, 100), 60, DESK, cv2.FILLED)
    assert find_sheet(picture) is None
    assert find_sheet(arched(45)[110:]) is None


def test_a_picture_too_small_to_tell_has_no_page():
    assert find_sheet(np.full((200, 150, 3), 250, np.uint8)) is None
