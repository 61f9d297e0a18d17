from __future__ import annotations

import numpy as np

from formbook.imaging.cut import cut_anew, cut_line
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


def test_what_was_parted_wrongly_is_also_cut_with_its_neighbours_ink_and_as_one():
    even, found = sheet()
    upper, lower, both = cut_anew(even, found, [0, 1])
    assert upper.shape == cut_line(even, found, 0).shape
    assert lower.shape == cut_line(even, found, 1).shape
    assert (lower[:2, 83:85] == 40).all()
    assert both.shape == (45 + 4, 160 + 4)
    assert {40, 90} < set(np.unique(both))


def test_a_line_alone_is_cut_anew_as_it_is():
    even, found = sheet()
    (alone,) = cut_anew(even, found, [0])
    assert (alone == cut_line(even, found, 0)).all()
