"""Whether the comment with which a page ends runs on to the next page.

A wrong join hides a comment in another, so all that can be told must say so: the first part has
no end, the second no beginning, and one hand wrote both. Where only some of it does, a person
decides.
"""

from __future__ import annotations

import math
import re
from enum import StrEnum

from formbook.model import Edge, Hand, PageReading, Reading
from formbook.text import fold

FULL = 0.18
"""Of the text's width: a last line that leaves more bare ends there."""
FLUSH = 0.06
"""Of the text's width: a first line that begins further in begins a paragraph."""
ROOM = 0.35
"""Of the page's height: whoever leaves more bare below did not run out of paper, and who begins
further down did not go on from the page before."""
NEAR = Hand((0.05, 0.05, 0.05), 1.2, 0.05, 1.2)
"""How far two measurements of one hand lie apart: colour and slant by difference, the others by
ratio. Of drawn pairs, 16 of 19 of one hand lie within, and 1 of 342 of two."""
FAR = Hand((0.15, 0.15, 0.15), 1.5, 0.3, 1.5)
"""How far they may lie apart for a person to be asked."""
_STOPS = ".!?…"
_OPENINGS = re.compile(
    r"kinh (?:gui|thua|mong|de nghi)|toi ten|ho (?:va )?ten|(?:ha noi,? )?ngay \d"
)


class RunsOn(StrEnum):
    """What can be told of two pages that follow each other."""

    NO = "no"
    UNSURE = "unsure"
    YES = "yes"


def judge_run_on(before: PageReading, after: PageReading) -> RunsOn:
    """Judge whether the last comment of a page goes on with the first of the next.

    Args:
        before: the page.
        after: the one that follows it on the paper.

    Returns:
        `NO` also where a page has no comment, or its hand cannot be seen.

    Source:
        Own method; measured by benchmarks/running.py.
    """
    end, start = before.ends, after.begins
    if end is None or start is None or end.room > ROOM or start.room > ROOM:
        return RunsOn.NO
    if end.signed or before.entries[end.entry].written is not None:
        return RunsOn.NO
    first = _line(after, start, 0)
    near = _likeness(end.hand, start.hand)
    if near is RunsOn.NO or _OPENINGS.match(fold(first.text)):
        return RunsOn.NO
    goes_on = end.empty <= FULL and not _line(before, end, -1).text.rstrip().endswith(tuple(_STOPS))
    taken_up = start.empty <= FLUSH and _begins_small(first.text)
    if goes_on and taken_up:
        return near
    return RunsOn.UNSURE if near is RunsOn.YES and (goes_on or taken_up) else RunsOn.NO


def _line(page: PageReading, edge: Edge, which: int) -> Reading:
    return [line.reading for line in page.lines if line.entry == edge.entry][which]


def _begins_small(text: str) -> bool:
    """Whether the first letter is a small one; a digit may begin anything."""
    return next((each for each in text if each.isalnum()), "").islower()


def _likeness(one: Hand, other: Hand) -> RunsOn:
    """Whether one hand wrote both, as far as colour, size, slant and pen can tell."""
    if not _is_within(one, other, FAR):
        return RunsOn.NO
    return RunsOn.YES if _is_within(one, other, NEAR) else RunsOn.UNSURE


def _is_within(one: Hand, other: Hand, limit: Hand) -> bool:
    return (
        all(
            abs(a - b) <= most
            for a, b, most in zip(one.colour, other.colour, limit.colour, strict=True)
        )
        and abs(one.slant - other.slant) <= limit.slant
        and _ratio(one.size_mm, other.size_mm) <= limit.size_mm
        and _ratio(one.pen_mm, other.pen_mm) <= limit.pen_mm
    )


def _ratio(one: float, other: float) -> float:
    least, most = sorted((one, other))
    return most / least if least > 0 else math.inf
