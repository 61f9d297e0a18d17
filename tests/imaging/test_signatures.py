from __future__ import annotations

from test_blocks import line

from formbook.imaging.blocks import Block
from formbook.imaging.signatures import (
    ends_in_signature,
    give_signatures_back,
    is_scribble,
    part_signatures,
)

COMMENT = [line(0), line(1), line(2, right=500)]
SIGNED = line(3, left=640, right=800, solid=0.95)
WORDS = line(4, left=620, right=800)
SCRIBBLE = line(5, left=640, right=840, solid=0.95)
LINES = [*COMMENT, SIGNED, WORDS, SCRIBBLE]
ABOVE, BELOW = Block((0, 1, 2)), Block((3, 4, 5))


def test_a_scribble_is_one_stroke_and_words_are_not():
    assert is_scribble(SIGNED)
    assert not is_scribble(WORDS)


def test_words_with_a_scribble_below_end_in_a_signature():
    assert ends_in_signature(Block((4, 5)), LINES)
    assert not ends_in_signature(ABOVE, LINES)
    assert not ends_in_signature(Block((5,)), LINES)


def test_a_signature_right_above_a_mark_goes_back_to_the_comment_it_signs():
    parted = part_signatures([ABOVE, BELOW], LINES)
    assert parted == [ABOVE, Block((3,)), Block((4, 5))]
    assert give_signatures_back([ABOVE, BELOW], [parted[2]]) == [Block((0, 1, 2), (3,))]


def test_what_is_no_mark_stays_together():
    parted = part_signatures([ABOVE, BELOW], LINES)
    assert give_signatures_back([ABOVE, BELOW], []) == [ABOVE, BELOW]
    assert give_signatures_back([ABOVE, BELOW], parted) == []


def test_a_scribble_far_below_the_comment_or_at_its_margin_is_not_parted():
    far = [*COMMENT, *(line(at, left=620, right=800, solid=s) for at, s in ((12, 0.95), (13, 0.2)))]
    assert part_signatures([ABOVE, Block((3, 4))], far) == [ABOVE, Block((3, 4))]
    margin = [*COMMENT, line(3, right=300, solid=0.95), line(4, right=400)]
    assert part_signatures([ABOVE, Block((3, 4))], margin) == [ABOVE, Block((3, 4))]
    assert part_signatures([BELOW], LINES) == [BELOW]
