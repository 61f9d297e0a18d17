"""Marks that are sentences of direction, as wide as a comment, told from comments by words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from formbook.imaging.blocks import SIGNED, SOLID, Block
from formbook.imaging.marks import Candidate
from formbook.imaging.page import Sheet
from formbook.model import Reading
from formbook.reading.marks import edits, says_seen
from formbook.text import fold, search_terms

_OPENS = 2
"""Points of words with which hardly anybody but an office begins."""
_MOST_SAID = 3
"""Points that words of direction count for at most."""
_ENOUGH = {_OPENS: 3, 1: 4}
"""Points of what is a mark, by those of its opening: more where citizens begin so too. A signature
counts for one, red ink for one."""
_RED = 0.15
"""Of white: by how much less green and blue than red there is in red ink."""
_MOST_LINES = 5
"""Lines of such a mark, its signature apart."""
_SURE = {3: 0.6, 4: 0.75, 5: 0.85, 6: 0.95}
"""Confidence by points."""
_SCRIBBLE = 0.5
"""Of the mark's width that a signature below it takes at most."""
_LETTERS_PER_EDIT = 4

_OFFICE = (
    "khong thuoc tham quyen",
    "da trao doi truc tiep",
    "da khac phuc xong",
    "da giai quyet xong",
)
_ANYBODY = (
    "d c",
    "noi dung co tinh chat",
    "y kien khong",
    "moi ong",
    "moi ba",
    "vp lam viec",
    "chuyen",
)
_STOPPED = re.compile(r"(?:\w{1,3} )?(?:da (?:doc|xem)|xem roi|da tiep thu)\s*(?:[.,;:]|$|\d)")
_WHOM = ("d c", "bo phan", "tn tkq", "tn", "cap", "dia chinh", "can bo", "van phong", "vp")
_ORDERS = tuple(f"{verb} {whom}" for verb in ("giao", "chuyen") for whom in _WHOM)
_SAYS = (
    *_ORDERS,
    "chuyen phong",
    "b c toi",
    "b c ket qua",
    "b c rieng",
    "b c ngay",
    "bao cao toi",
    "bao lai toi",
    "tra loi cong dan",
    "chua tra loi",
    "cong dan",
    "trong ngay",
    "rut kinh nghiem",
    "cho y kien",
    "y kien",
    "vao so",
    "bieu duong d c",
    "thong bao cho",
    "giai quyet chung",
    "huong dan",
    "xac minh",
    "kiem tra",
    "xu ly",
    "dong y",
    "cam on y kien",
    "len lam viec",
    "kt chu tich",
    "pct",
    "luu",
)


def weigh_opening(text: str) -> int:
    """Say how much the first words speak for a mark: 2, 1 where citizens begin so too, or 0.

    Of 32,000 sentences of ../shared/data/text 60 begin so; none of them goes on in a way that makes
    it a mark, signed or not.
    """
    folded = fold(text)
    words = search_terms(folded)
    if says_seen(text) or _STOPPED.match(folded):
        return _OPENS
    if any(_begins(words, each) for each in (*_OFFICE, *_ORDERS)):
        return _OPENS
    return int(any(_begins(words, each) for each in _ANYBODY))


def weigh_directions(text: str) -> int:
    """Count the turns of direction in a text."""
    words = search_terms(fold(text))
    found = sum(any(_begins(words[start:], each) for start in range(len(words))) for each in _SAYS)
    return min(found, _MOST_SAID)


def _begins(words: Sequence[str], phrase: str) -> bool:
    """Whether words begin with a phrase; every fourth letter of a word may be misread."""
    meant = phrase.split()
    return len(words) >= len(meant) and all(
        edits(word, want) <= len(want) // _LETTERS_PER_EDIT
        for word, want in zip(words, meant, strict=False)
    )


def part_directions(sheet: Sheet, readings: Sequence[Reading]) -> Sheet:
    """Take marks from the comments of a page: sentences of direction, signature included.

    Such a mark opens with words that citizens do not begin with, or hardly; the more turns of
    direction follow, and if it is signed or in red, the surer it is. It may stand at the end of a
    comment that was not told apart from it.

    Args:
        sheet: the page, its comments and candidates told apart by what they look like.
        readings: one a line of the sheet.

    Returns:
        The sheet with those marks among its candidates and no longer among its comments; itself
        where there is none.
    """
    entries: list[Block] = []
    candidates: list[Candidate] = []
    for block in sheet.entries:
        if candidates and _signs(sheet, block, candidates[-1]):
            last = candidates[-1]
            candidates[-1] = replace(last, signatures=last.signatures + block.all)
            continue
        weighed = [_weigh(sheet, readings, block, start) for start in range(len(block.lines))]
        points = max(weighed, default=0)
        if not points:
            entries.append(block)
            continue
        start = weighed.index(points)
        if start:
            entries.append(Block(block.lines[:start]))
        mark = Block(block.lines[start:], block.signatures)
        words = [i for i in mark.lines if sheet.found.lines[i].solid < SOLID] or [*mark.lines[:1]]
        below = tuple(i for i in mark.all if i not in words)
        sure = _SURE[min(points, max(_SURE))]
        candidates.append(Candidate(tuple(words), below, None, sure))
    if not candidates:
        return sheet
    return replace(sheet, entries=entries, candidates=[*sheet.candidates, *candidates])


def _weigh(sheet: Sheet, readings: Sequence[Reading], block: Block, start: int) -> int:
    """Points of a mark that begins at a line of a block; 0 where they are not enough."""
    lines = block.lines[start:]
    opening = weigh_opening(readings[lines[0]].text)
    words = [i for i in lines if sheet.found.lines[i].solid < SOLID]
    if opening < (_OPENS if start else 1) or len(words) > _MOST_LINES:
        return 0
    said = weigh_directions(" ".join(readings[i].text for i in words))
    signed = bool(block.signatures) or len(words) < len(lines)
    colour = np.mean([sheet.styles[i].colour for i in lines], axis=0)
    red = colour[0] - max(colour[1], colour[2]) > _RED
    points = opening + said + signed + int(red)
    return points if points >= _ENOUGH[opening] else 0


def _signs(sheet: Sheet, block: Block, mark: Candidate) -> bool:
    """Whether what stands below a mark is its signature."""
    every = sheet.found.lines
    own, above = [every[i] for i in block.all], [every[i] for i in mark.all]
    wide = max(line.right for line in own) - min(line.left for line in own)
    room = max(line.right for line in above) - min(line.left for line in above)
    gap = min(line.top for line in own) - max(line.bottom for line in above)
    return (
        wide < _SCRIBBLE * room
        and gap < SIGNED * sheet.found.scale
        and min(line.top for line in own) > min(line.top for line in above)
        and sum(line.solid * line.ink for line in own) > SOLID * sum(line.ink for line in own)
    )
