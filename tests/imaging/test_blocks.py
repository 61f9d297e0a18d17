from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from formbook.imaging.blocks import Block, Style, find_page_number, group_lines
from formbook.imaging.lines import TextLine

BLUE = Style(np.array([0.2, 0.25, 0.6]), 8.0)
RED = Style(np.array([0.8, 0.2, 0.2]), 8.0)
PITCH = 48


def line(row, left=100, right=900, height=40, solid=0.1):
    """A line whose small letters stand `row` pitches down."""
    y = round(100 + PITCH * row)
    return TextLine(
        left,
        y - height // 2,
        right,
        y + height // 2,
        np.array([left, right], float),
        np.array([y, y], float),
        (right - left) * 4,
        solid,
        10.0,
    )


def group(*lines, styles=None, pitch=None):
    styles = styles or [BLUE] * len(lines)
    return group_lines(lines, styles, range(len(lines)), pitch=pitch)


def test_lines_at_even_steps_are_one_comment():
    assert group(line(0), line(1), line(2, right=400)) == [Block((0, 1, 2))]


def test_a_wider_gap_begins_another_comment():
    rows = [0, 1, 2, 3.8, 4.8]
    assert group(*map(line, rows)) == [Block((0, 1, 2)), Block((3, 4))]


def test_another_ink_after_a_short_line_begins_another_comment():
    lines = [line(0), line(1, right=300), line(2, left=140), line(3)]
    styles = [BLUE, BLUE, RED, RED]
    assert group(*lines, styles=styles) == [Block((0, 1)), Block((2, 3))]


def test_a_signature_closes_its_comment():
    signature = line(2.2, left=700, right=880, height=60, solid=0.9)
    lines = [line(0), line(1), signature, line(3.4), line(4.4)]
    assert group(*lines) == [Block((0, 1), (2,)), Block((3, 4))]


def test_words_in_the_right_half_are_no_signature():
    lines = [line(0), line(1), line(2.6, left=700, right=880), line(3.6, left=700, right=890)]
    assert group(*lines) == [Block((0, 1)), Block((2, 3))]


def test_no_lines_make_no_comment():
    assert group() == []


@pytest.mark.parametrize("pitch", [None, PITCH])
def test_skipped_rules_within_a_comment_are_its_step(pitch):
    assert group(line(0), line(2), line(4), line(6), pitch=pitch) == [Block((0, 1, 2, 3))]


def test_a_lone_number_at_the_edge_is_the_page_number():
    number = line(-1.4, left=850, right=890, height=24)
    lines = [number, line(2), line(3)]
    assert find_page_number(lines, (1700, 1200)) == 0
    assert find_page_number(lines[1:], (1700, 1200)) is None
    twice = [*lines, replace(number, left=100, right=140)]
    assert find_page_number(twice, (1700, 1200)) is None
