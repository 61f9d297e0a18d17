from __future__ import annotations

import numpy as np
from test_blocks import BLUE, RED, line

from formbook.imaging.blocks import Block
from formbook.imaging.marks import (
    LIKELY,
    Candidate,
    absorb,
    choose,
    lines_at_seal,
    merge,
    narrow_groups,
    weigh,
)
from formbook.imaging.seals import Seal

COMMENT = [line(0), line(1), line(2, right=500)]
MARK = [line(8, left=620, right=800), line(9, left=620, right=860)]
SCRIBBLE = line(10.5, left=640, right=840, height=70, solid=0.95)


def likelihood(mark, *, styles=None, sealed=False):
    lines = [*COMMENT, *mark]
    own = Block(tuple(range(len(COMMENT), len(lines))))
    return weigh(
        own,
        lines,
        styles or [BLUE] * len(lines),
        [Block((0, 1, 2))],
        sealed=sealed,
        scale=10.0,
    )


def test_a_short_note_right_below_all_comments_is_likely_a_mark():
    assert likelihood([*MARK, SCRIBBLE]) > LIKELY
    assert likelihood(MARK) > LIKELY


def test_another_comment_is_not():
    assert likelihood([line(4), line(5), line(6, right=400)]) < LIKELY
    assert likelihood([line(4, right=420)]) < LIKELY


def test_red_makes_a_mark_likelier_and_a_seal_elsewhere_less_likely():
    plain = likelihood(MARK)
    assert likelihood(MARK, styles=[BLUE] * 3 + [RED] * 2) > plain
    assert likelihood(MARK, sealed=True) < plain


def test_a_scribble_alone_is_no_mark():
    assert likelihood([SCRIBBLE]) < likelihood(MARK) - 0.3


def test_a_page_with_nothing_but_one_block_gives_no_certainty():
    only = weigh(Block((0,)), COMMENT, [BLUE] * 3, [], sealed=False, scale=10.0)
    assert only < LIKELY


def test_a_seal_takes_the_lines_it_was_pressed_on_but_no_comment_beside_it():
    seal = Seal(720.0, 600.0, 90.0, 1.0)
    assert lines_at_seal([*COMMENT, *MARK, line(10)], seal) == [3, 4]


def test_narrow_blocks_close_together_are_tried_together():
    lines = [*COMMENT, *MARK, SCRIBBLE]
    blocks = [Block((0, 1, 2)), Block((3, 4)), Block((5,))]
    groups = narrow_groups(blocks, lines, scale=10.0)
    assert groups == [[blocks[1]], [blocks[1], blocks[2]], [blocks[2]]]
    assert narrow_groups([], lines, scale=10.0) == []


def test_the_larger_of_two_groups_that_are_about_as_likely_is_chosen():
    one, two = Block((3, 4)), Block((5,))
    assert choose([(0.9, [one]), (0.8, [one, two])]) == (0.8, [one, two])
    assert choose([(0.9, [one]), (0.55, [one, two])]) == (0.9, [one])
    assert choose([(0.3, [one]), (0.2, [one, two])]) == (0.3, [one])
    assert choose([]) == (0.0, [])


def test_candidates_that_touch_become_one_with_the_seal():
    seal = Seal(720.0, 600.0, 90.0, 1.0)
    sealed = Candidate((0,), (), seal, 0.9)
    beside = Candidate((1,), (), None, 0.5)
    far = Candidate((2,), (), None, 0.6)
    lines = [*MARK, line(20)]
    merged = merge([far, beside, sealed], lines, 20.0)
    assert merged == [Candidate((0, 1), (), seal, 0.9), far]


def test_scraps_beside_a_mark_are_its_own_and_comments_are_not():
    lines = [*COMMENT, *MARK, SCRIBBLE]
    mark = Candidate((3, 4), (), None, 0.9)
    marks, entries = absorb([mark], [Block((0, 1, 2)), Block((5,))], lines, 30.0)
    assert marks == [Candidate((3, 4), (5,), None, 0.9)]
    assert entries == [Block((0, 1, 2))]


def test_confidence_is_a_probability():
    for styles in ([BLUE] * 6, [RED] * 6):
        assert 0 <= likelihood([*MARK, SCRIBBLE], styles=styles) <= 1
    assert np.isfinite(likelihood([*MARK, SCRIBBLE]))
