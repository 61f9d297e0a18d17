from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sheets import blank, written_sheet

from formbook.imaging.desk import find_sheet
from formbook.imaging.flatten import flatten, measure_dark, measure_skew


def askew(sheet, degrees):
    height, width = sheet.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    return cv2.warpAffine(sheet, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)


def on_a_desk(sheet, corners, size=(1000, 1200), desk=(70, 60, 55)):
    height, width = sheet.shape[:2]
    here = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    through = cv2.getPerspectiveTransform(here, np.array(corners, np.float32))
    picture = np.full((size[1], size[0], 3), desk, np.uint8)
    cv2.warpPerspective(sheet, through, size, dst=picture, borderMode=cv2.BORDER_TRANSPARENT)
    return picture, through


@pytest.mark.parametrize("degrees", [-5.0, -1.3, 0.0, 0.7, 4.2])
def test_skew_is_measured_to_a_third_of_a_degree(degrees):
    dark = measure_dark(askew(written_sheet(12), degrees))
    assert measure_skew(dark) == pytest.approx(degrees, abs=0.3)


def test_an_empty_page_has_no_skew():
    assert measure_skew(measure_dark(blank())) == 0.0


def test_a_page_on_a_desk_is_cut_out_and_its_corners_are_told():
    corners = [(130, 90), (870, 130), (900, 1120), (90, 1080)]
    picture, _ = on_a_desk(written_sheet(12), corners)
    flat = flatten(picture)
    assert flat.corners is not None
    found = np.array(flat.corners)
    assert np.abs(found - corners).max() < 12
    assert abs(flat.skew_degrees) < 1


def test_a_scan_is_not_cut():
    assert find_sheet(written_sheet(12)) is None
    assert flatten(written_sheet(12)).corners is None


def test_a_wall_is_no_page():
    rng = np.random.default_rng(1)
    wall = cv2.GaussianBlur(rng.integers(0, 255, (700, 900, 3)).astype(np.uint8), (0, 0), 9)
    flatten(wall)
    assert find_sheet(wall) is None


@given(st.floats(-6, 6), st.integers(0, 639), st.integers(0, 899))
@settings(max_examples=10, deadline=None)
def test_the_way_back_leads_to_the_same_spot(degrees, x, y):
    picture = askew(written_sheet(12), degrees)
    flat = flatten(picture)
    there = np.linalg.inv(flat.to_frame) @ (x, y, 1.0)
    ((back_x, back_y),) = flat.map([(there[0] / there[2], there[1] / there[2])])
    assert (back_x, back_y) == pytest.approx((x, y), abs=1e-6)


def test_grey_pictures_and_tiny_ones_are_taken_too():
    assert flatten(np.full((3, 2), 250, np.uint8)).rgb.shape == (3, 2, 3)
    assert flatten(np.full((1, 1, 3), 9, np.uint8)).rgb.shape == (1, 1, 3)
