from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sheets import blank, rule, write

from formbook.imaging.curl import MIN_CURL, Bend, find_bend, straighten
from formbook.imaging.flatten import flatten, measure_dark

LIFT = 24.0


def ruled(lines=4):
    sheet = rule(blank(1100, 780))
    for index in range(lines):
        write(sheet, "Ngo toi mat den ba dem, xin phuong", 60, 100 + 44 * index)
    return sheet


def fall_at(x, width, lift=LIFT):
    """How far a page bent up at its left edge falls off, in pixels."""
    return lift * np.cos(np.pi / 2 * np.clip(x / (0.6 * width), 0, 1)) ** 2


def curled(sheet, lift=LIFT):
    height, width = sheet.shape[:2]
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    map_y = (y - fall_at(x, width, lift)).astype(np.float32)
    return cv2.remap(
        sheet, x.astype(np.float32), map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def on_sheet(flat, x, y):
    """Where points of the picture lie on the flat sheet: the way back, gone backwards."""
    at = np.linalg.inv(flat.to_frame) @ np.array([x, y, np.ones_like(x)])
    column, low = at[0] / at[2], at[1] / at[2]
    row = low.copy()
    for _ in range(30):
        row = low - flat.bend.falls(column, row)
    return column, row


@pytest.mark.parametrize("lift", [12.0, 24.0, 40.0])
def test_rules_of_curled_paper_come_out_straight_and_level(lift):
    picture = curled(ruled(), lift)
    flat = flatten(picture)
    assert flat.bend is not None
    x = np.linspace(30.0, 750.0, 60)
    for y in (104.0, 544.0, 984.0):
        column, row = on_sheet(flat, x, y + fall_at(x, 780, lift))
        slope, _ = np.polyfit(column, row, 1)
        assert abs(np.degrees(np.arctan(slope))) < 0.3
        assert np.ptp(row) < 4


@pytest.mark.parametrize("lines", [0, 4, 20])
def test_a_level_page_is_left_as_it_is(lines):
    sheet = ruled(lines)
    flat = flatten(sheet)
    assert flat.bend is None
    assert (flat.rgb == sheet).all()


def test_bare_paper_and_noise_have_no_bend():
    noise = np.random.default_rng(3).integers(0, 60, (900, 640)).astype(np.uint8)
    assert find_bend(np.zeros((900, 640), np.uint8)) is None
    assert find_bend(noise) is None
    assert find_bend(np.zeros((20, 20), np.uint8)) is None


def test_a_few_words_do_not_bend_a_page():
    sheet = blank(1100, 780)
    write(sheet, "Xin phuong sua den", 60, 300)
    assert flatten(curled(sheet)).bend is None


def test_what_the_edges_tell_holds_where_lines_tell_nothing():
    at = np.linspace(0, 639, 40)
    edges = Bend(at, np.stack([fall_at(at, 640), 0 * at]), 0.0, 899.0)
    assert find_bend(np.zeros((900, 640), np.uint8), edges) is edges


def test_edges_and_lines_together_are_as_straight_as_lines_alone():
    dark = measure_dark(curled(ruled()))
    width = dark.shape[1]
    at = np.linspace(0, width - 1, 40)
    scale = width / 780
    edges = Bend(at, np.stack([scale * fall_at(at, width), 0 * at]), 0.0, dark.shape[0] - 1.0)
    bend = find_bend(dark, edges)
    miss = bend.fall[0] - scale * fall_at(at, width)
    assert np.ptp(miss) < 3


@given(st.floats(0, 779), st.floats(0, 1099), st.floats(-60, 60), st.floats(-60, 60))
def test_bends_add_up_and_scale(x, y, high, low):
    at = np.array([0.0, 300.0, 779.0])
    one = Bend(at, np.array([[high, 0.0, 3.0], [low, 1.0, 0.0]]), 0.0, 1099.0)
    two = Bend(at, np.array([[1.0, low, 0.0], [0.0, high, 2.0]]), 0.0, 1099.0)
    point = np.array([x]), np.array([y])
    both = one.with_(two).falls(*point)
    assert both == pytest.approx(one.falls(*point) + two.falls(*point))
    assert one.scaled(2.5).falls(2.5 * point[0], 2.5 * point[1]) == pytest.approx(
        2.5 * one.falls(*point)
    )
    assert one.moved(40).falls(point[0], point[1] + 40) == pytest.approx(one.falls(*point))


def test_a_pixel_is_taken_from_where_its_bend_says():
    at = np.array([0.0, 59.0])
    bend = Bend(at, np.array([[5.0, 5.0], [0.0, 0.0]]), 0.0, 79.0)
    picture = np.zeros((80, 60), np.uint8)
    picture[40, 30] = 255
    assert np.argwhere(straighten(picture, bend)).tolist() == [[35, 30]]


def test_rise_counts_curl_and_not_slope():
    at = np.linspace(0, 99, 40)
    slope = Bend(at, np.stack([0.2 * at, 0 * at]), 0.0, 99.0)
    arch = Bend(at, np.stack([0 * at, 6 * np.sin(np.pi * at / 99)]), 0.0, 99.0)
    assert slope.rise == pytest.approx(0, abs=1e-9)
    assert arch.rise == pytest.approx(6, rel=0.05)


def test_an_outline_of_curled_paper_follows_the_curve_and_lies_on_it():
    flat = flatten(curled(ruled()))
    box = [(40.0, 300.0), (740.0, 300.0), (740.0, 340.0), (40.0, 340.0)]
    outline = np.array(flat.trace(box))
    assert len(outline) > 8
    ends = np.roll(outline, -1, axis=0)
    share = np.linspace(0, 1, 400)[:, None, None]
    spots = (outline + share * (ends - outline)).reshape(-1, 2)
    for x in range(40, 741, 50):
        exact = np.array(flat.map([(float(x), 300.0)]))
        assert np.hypot(*(spots - exact).T).min() < 1.5
    level = flatten(ruled())
    assert level.trace(box) == level.map(box)


def test_a_curl_too_slight_to_matter_is_none():
    assert flatten(curled(ruled(), 1100 * MIN_CURL / 2)).bend is None
