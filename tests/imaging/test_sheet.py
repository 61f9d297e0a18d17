from __future__ import annotations

from bisect import bisect
from dataclasses import replace

import numpy as np
import pytest
from test_page import SPEC, overlap, save

from formbook.imaging.marks import LIKELY
from formbook.imaging.page import see
from formbook.imaging.scan import load_frame, open_frame
from formbook.imaging.sheet import find_gutter, look
from formbook.training.pages import draw_facing, draw_page
from formbook.training.truth import rectangle


def test_two_facing_pages_meet_in_the_bare_strip_near_the_middle():
    written = np.zeros((400, 640), bool)
    written[50:350, 40:290] = written[50:350, 350:600] = True
    assert abs(find_gutter(written) - 320) < 1


def test_one_page_has_no_gutter():
    written = np.zeros((400, 640), bool)
    assert find_gutter(written) is None
    written[50:350, 40:290] = True
    assert find_gutter(written) is None
    written[100, 40:600] = written[200, 40:600] = True
    assert find_gutter(written) is None
    assert find_gutter(np.zeros((640, 400), bool)) is None
    assert find_gutter(np.ones((400, 640), bool)) is None


@pytest.mark.parametrize("width", range(1, 12))
def test_what_is_a_few_pixels_wide_has_no_gutter(width):
    assert find_gutter(np.ones((1, width), bool)) is None


def test_comments_of_facing_pages_are_kept_apart(tmp_path):
    page = replace(SPEC, marks=(), page_number=None)
    drawn = draw_facing(page, page, np.random.default_rng(4))
    layout = see(load_frame(save(tmp_path, drawn.image)))
    assert len(layout.entries) == 4
    for line in drawn.truth.lines:
        assert max(overlap(line.polygon, seen.polygon) for seen in layout.lines) >= 0.5


def test_what_lies_on_facing_pages_says_which(tmp_path):
    page = replace(SPEC, page_number=None)
    drawn = draw_facing(page, page, np.random.default_rng(4))
    layout = see(load_frame(save(tmp_path, drawn.image)))
    assert len(layout.sides) == 2
    middle = drawn.image.shape[1] / 2
    for outline, side in zip(layout.sides, drawn.truth.sides, strict=True):
        assert overlap(outline, side.polygon) > 0.8
    for line in layout.lines:
        assert line.side == (np.mean([x for x, _ in line.polygon]) > middle)
        assert line.entry is None or layout.entries[line.entry].side == line.side
    for mark in layout.marks:
        assert {layout.lines[i].side for i in mark.lines} == {mark.side}
    assert {mark.side for mark in layout.marks if mark.confidence >= LIKELY} == {0, 1}


def test_one_page_has_one_side(tmp_path):
    drawn = draw_page(SPEC, np.random.default_rng(4))
    layout = see(load_frame(save(tmp_path, drawn.image)))
    (outline,) = layout.sides
    height, width = drawn.image.shape[:2]
    assert overlap(outline, rectangle(0, 0, width, height)) > 0.9
    assert {each.side for each in (*layout.lines, *layout.entries, *layout.marks)} == {0}


def test_lines_of_a_table_stay_with_their_column_where_one_is_cut(scans):
    surface, found = look(open_frame(scans / "q4-tr001-003.pdf", 1))
    columns = [bisect(surface.columns, line.left) for line in found.lines]
    assert len(set(columns)) > 3
    assert columns == sorted(columns)
