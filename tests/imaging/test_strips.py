from __future__ import annotations

import numpy as np
from sheets import blank, ink_of, write

from formbook.imaging.ruling import Rule, Ruling
from formbook.imaging.strips import find_lines_in, find_partings

SCALE = 8.0
EDGE = 340.0


def ruled(at=EDGE, height=900):
    rule = Rule(np.array([0.0, height]), np.array([at, at]), 2.0, 100.0)
    return Ruling((), (rule,))


def index_sheet():
    sheet = blank()
    for row in range(18):
        write(sheet, "Ngo toi mat", 60 + 9 * (row % 5), 60 + 46 * row)
        write(sheet, str(row % 10), 400, 60 + 46 * row)
    return ink_of(sheet)


def test_a_rule_that_no_line_crosses_parts_what_stands_beside_it():
    ink = index_sheet()
    assert find_partings(ink, ruled(), SCALE) == [EDGE]
    assert find_partings(ink, Ruling((), ()), SCALE) == []


def test_a_margin_with_nothing_beside_it_or_lines_across_it_parts_nothing():
    ink = index_sheet()
    assert find_partings(ink, ruled(at=620.0), SCALE) == []
    assert find_partings(ink, ruled(at=150.0), SCALE) == []


def test_each_number_in_a_column_is_a_line_of_its_own():
    ink = index_sheet()
    found = find_lines_in(ink, [EDGE], SCALE, numbers=True)
    numbers = [line for line in found.lines if line.left > EDGE]
    assert len(numbers) == 18
    assert all(line.right < EDGE for line in found.lines if line not in numbers)
    assert not (found.owner >= 0)[~ink].any()


def test_a_letter_that_reaches_over_the_edge_stays_whole():
    ink = index_sheet()
    ink[60:64, 320:345] = True
    found = find_lines_in(ink, [EDGE], SCALE)
    assert len(np.unique(found.owner[60:64, 320:345])) == 1
