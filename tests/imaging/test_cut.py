from __future__ import annotations

import cv2
import numpy as np
import pytest

from formbook.imaging.cut import cut_anew, cut_line, level_rows
from formbook.imaging.lines import Lines, TextLine


def a_line(left: int, top: int, right: int, bottom: int) -> TextLine:
    """A line that fills a box."""
    return TextLine(
        left=left,
        top=top,
        right=right,
        bottom=bottom,
        ridge_x=np.array([left, right], np.float64),
        ridge_y=np.full(2, (top + bottom) / 2),
        ink=1,
        solid=0.1,
        scale=4.0,
    )


def sheet() -> tuple[np.ndarray, Lines]:
    """A white sheet with two lines, the upper one's tail reaching into the lower one's box."""
    even = np.full((100, 200, 3), 255, np.uint8)
    owner = np.full((100, 200), -1, np.int32)
    even[20:30, 20:180] = 40
    owner[20:30, 20:180] = 0
    even[30:60, 100:104] = 40
    owner[30:60, 100:104] = 0
    even[55:65, 20:180] = 90
    owner[55:65, 20:100] = 1
    owner[55:65, 104:180] = 1
    even[70:72] = 128
    lines = tuple(a_line(20, top, 180, bottom) for top, bottom in ((20, 60), (55, 65)))
    return even, Lines(lines, owner, 4.0)


def test_a_line_is_cut_without_its_neighbours_strokes_and_without_ruling():
    even, found = sheet()
    cut = cut_line(even, found, 1)
    assert cut.shape == (10 + 4, 160 + 4)
    assert cut[7, 10] == 90
    assert (cut[2:7, 83:85] == 255).all()
    assert set(np.unique(cut)) == {90, 255}


def test_a_line_at_the_edge_is_cut_as_far_as_the_sheet_goes():
    even, found = sheet()
    moved = Lines(
        (a_line(0, 0, 200, 100),),
        found.owner,
        found.scale,
    )
    assert cut_line(even, moved, 0).shape == (100, 200)


def test_what_was_parted_wrongly_is_also_cut_with_its_neighbours_ink():
    even, found = sheet()
    upper, lower, *_ = cut_anew(even, found, [0, 1])
    assert upper.shape == cut_line(even, found, 0).shape
    assert lower.shape == cut_line(even, found, 1).shape
    assert (lower[:2, 83:85] == 40).all()


@pytest.mark.parametrize("slope", [-0.12, 0.0, 0.07])
def test_words_fall_into_level_rows_whatever_their_slope_and_however_they_were_parted(slope):
    words = np.full((300, 400), 255, np.uint8)
    for row, text in enumerate(("Da xem", "12/3/2024")):
        cv2.putText(words, text, (40, 120 + 60 * row), cv2.FONT_HERSHEY_DUPLEX, 1.3, 30, 3)
    shear = np.array([[1, 0, 0], [slope, 1, -slope * 200]])
    sloping = cv2.warpAffine(words, shear, (400, 300), borderValue=255)
    owner = np.where(sloping < 200, np.arange(300)[:, None] // 37 % 2, -1).astype(np.int32)
    lines = (a_line(30, 60, 390, 190), a_line(30, 100, 390, 230))
    even = cv2.cvtColor(sloping, cv2.COLOR_GRAY2RGB)
    rows = cut_anew(even, Lines(lines, owner, 12.0), [0, 1])[2:]
    assert len(rows) == 2
    for row in rows:
        inked = np.flatnonzero((row < 128).any(axis=1))
        assert inked[-1] - inked[0] < 45
    inked = sum(int((row < 128).sum()) for row in rows)
    assert inked == pytest.approx((words < 128).sum(), rel=0.1)


def test_ink_that_is_no_more_than_specks_makes_no_row():
    ink = np.zeros((60, 60), bool)
    ink[10, 10:14] = True
    assert level_rows(np.full((60, 60), 255, np.uint8), ink, scale=8.0) == []


def test_a_line_alone_is_cut_anew_as_it_is():
    even, found = sheet()
    (alone,) = cut_anew(even, found, [0])
    assert (alone == cut_line(even, found, 0)).all()


def test_of_no_lines_nothing_is_cut():
    even, found = sheet()
    assert cut_anew(even, found, []) == []
