from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sheets import blank, rule, write

from formbook.imaging import ink
from formbook.imaging.ruling import erase_ruling, find_columns, find_rows, find_ruling

PER_MM = 900 / 297


def see(sheet):
    darkness = ink.measure_darkness(ink.even_light(sheet))
    return darkness, darkness > ink.MIN_PENCIL, find_ruling(darkness, px_per_mm=PER_MM)


def draw_table(edges, rows):
    sheet = blank()
    for x in edges:
        cv2.line(sheet, (x, rows[0]), (x, rows[-1]), (90, 90, 90), 2)
    for y in rows:
        cv2.line(sheet, (edges[0], y), (edges[-1], y), (90, 90, 90), 2)
    return sheet


def test_every_rule_of_a_ruled_sheet_is_found_and_its_pitch_told():
    _, _, found = see(rule(blank(), pitch=44))
    assert len(found.horizontal) == len(range(60, 880, 44))
    assert found.pitch == pytest.approx(44, abs=0.5)
    assert found.vertical == ()


def test_rules_are_erased_and_writing_across_them_stays():
    sheet = rule(blank(), pitch=44)
    alone = blank()
    for index in range(10):
        for each in (sheet, alone):
            write(each, "gap phuong gop y", 60, 100 + 44 * index, size=1.2)
    darkness, mask, found = see(sheet)
    _, meant, _ = see(alone)
    left = erase_ruling(mask, darkness, found)
    meant = cv2.erode(meant.astype(np.uint8), np.ones((2, 2), np.uint8)).astype(bool)
    near = cv2.dilate(meant.astype(np.uint8), np.ones((7, 7), np.uint8)).astype(bool)
    assert left[meant].mean() > 0.9
    assert left[~near].mean() < 0.001


def test_rows_of_writing_are_not_ruling():
    sheet = blank()
    for index in range(14):
        write(sheet, "mmmm nnnn uuuu mmmm nnnn", 40, 80 + 44 * index, pen=3)
    _, _, found = see(sheet)
    assert found.horizontal == ()
    assert found.pitch is None


def test_the_edge_of_a_page_and_a_hand_drawn_column_are_no_writing():
    sheet = blank()
    cv2.rectangle(sheet, (600, 0), (612, 899), (120, 110, 100), cv2.FILLED)
    cv2.line(sheet, (400, 200), (402, 420), (40, 50, 150), 3, cv2.LINE_AA)
    box = write(sheet, "gap phuong lllll", 60, 300, size=1.5)
    darkness, mask, found = see(sheet)
    left = erase_ruling(mask, darkness, found)
    assert left[:, 590:].sum() == 0
    assert left[220:400, 395:410].sum() == 0
    words = np.s_[box[1] : box[3], box[0] : box[2]]
    assert np.array_equal(left[words], mask[words])


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=8, deadline=None)
def test_ink_is_only_ever_removed_and_the_mask_given_is_left_alone(seed):
    rng = np.random.default_rng(seed)
    sheet = rule(blank(400, 300), pitch=int(rng.integers(20, 60)))
    write(sheet, "abc xyz", int(rng.integers(0, 100)), int(rng.integers(50, 380)))
    darkness, mask, found = see(sheet)
    before = mask.copy()
    left = erase_ruling(mask, darkness, found)
    assert not (left & ~mask).any()
    assert (mask == before).all()


def test_a_table_has_columns_and_rows():
    edges, rows = [40, 100, 170, 480, 610], [60, 110, 300, 520, 800]
    sheet = draw_table(edges, rows)
    _, _, found = see(sheet)
    columns = find_columns(found, sheet.shape[:2], px_per_mm=PER_MM)
    assert columns == pytest.approx(edges, abs=3)
    assert find_rows(found, columns) == pytest.approx(rows, abs=3)


def test_squared_paper_of_which_few_rules_are_seen_is_no_table():
    sheet = rule(blank(), pitch=300, colour=(90, 90, 90))
    for x in (40, 55, 200, 215, 360, 375, 600):
        cv2.line(sheet, (x, 60), (x, 860), (90, 90, 90), 2)
    _, _, found = see(sheet)
    assert find_columns(found, sheet.shape[:2], px_per_mm=PER_MM) == []


def test_rules_down_of_unlike_height_are_no_columns():
    sheet = draw_table([30, 580], [100, 180, 420, 780])
    cv2.line(sheet, (300, 100), (300, 480), (90, 90, 90), 2)
    _, _, found = see(sheet)
    assert len(found.vertical) == 3
    assert find_columns(found, sheet.shape[:2], px_per_mm=PER_MM) == []


def test_rules_down_that_frame_no_rules_across_are_no_columns():
    sheet = draw_table([280, 400, 580], [100, 180, 420, 780])
    for y in (180, 420, 780):
        cv2.line(sheet, (20, y), (580, y), (90, 90, 90), 2)
    _, _, found = see(sheet)
    assert len(found.vertical) == 3
    assert find_columns(found, sheet.shape[:2], px_per_mm=PER_MM) == []


def test_squared_and_ruled_paper_is_no_table():
    squared = rule(blank(), pitch=30)
    for x in range(20, 640, 30):
        cv2.line(squared, (x, 0), (x, 900), (170, 185, 205), 1)
    margin = rule(blank())
    cv2.line(margin, (90, 0), (90, 900), (220, 120, 120), 1)
    for sheet in (squared, margin, blank()):
        _, _, found = see(sheet)
        columns = find_columns(found, sheet.shape[:2], px_per_mm=PER_MM)
        assert columns == []
        assert find_rows(found, columns) == []
