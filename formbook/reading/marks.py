"""The chairman's mark: which lines say "Đã xem", and what belongs to them."""

from __future__ import annotations

from collections.abc import Sequence

from formbook.reading.entries import Sheet
from formbook.recognize.outlines import Band
from formbook.text import fold, search_terms

_GOES_ON_WITH = ("ngay", "chuyen", "giao", "tr")
"""What a mark may say next without a stop before it; "đã xem xét" is a citizen's sentence."""
_APART = 1.5
"""Line heights of empty paper above a mark that stands at the left margin."""
_INDENT = 0.15
"""Of the width of the page: how far right of the text a mark stands that is close below it."""
_REACH = 1.0
"""Line heights of empty paper between a mark and the date or signature below it."""
_MOST_BELOW = 3
"""Lines below "Đã xem" that can be its own: date, signature, name."""
_SURE_TEXT = 0.6
"""Confidence from which a line without a digit is a citizen's, not a signature."""


def find_marks(sheet: Sheet) -> list[list[int]]:
    """Find the marks on a page.

    A mark begins with a line that `says_seen` and does not go on a paragraph: it is indented, or
    has empty paper above it. Lines close below it that hold digits, or that no engine reads
    with confidence, are its date and signature.

    Returns:
        The indexes of the lines of each mark, "Đã xem" first.
    """
    marks: list[list[int]] = []
    taken: set[int] = set()
    for index in range(len(sheet.lines)):
        if index in taken or not says_seen(sheet.text(index)) or not _stands_apart(sheet, index):
            continue
        mark = [index, *_below(sheet, index, taken)]
        taken.update(mark)
        marks.append(mark)
    return marks


def says_seen(text: str) -> bool:
    """Whether a line begins with "Đã xem", as far as an engine can be trusted.

    Of the first two words, marks folded away, the second may have one letter other than "xem"
    if the first is at most one edit from "da"; if the second is "xem" to the letter, the first
    may be any up to three letters, so long as no other word follows. Then the line ends, or
    goes on after a stop, with a number, or with one of the words that such marks go on with.
    Of 275,000 lines cut at random out of ../shared/data/text, 15 begin so.
    """
    folded = fold(text)
    words = search_terms(folded)
    if len(words) < 2:  # noqa: PLR2004 - "Đã" and "xem"
        return False
    first, second, rest = words[0], words[1], words[2:]
    if edits(first, "da") <= 1 and len(second) == len("xem") and edits(second, "xem") <= 1:
        after = folded[folded.index(second, folded.index(first) + len(first)) + len(second) :]
        return (
            not rest
            or after.lstrip(" ")[:1] in set(".,;:-")
            or any(map(str.isdigit, rest[0]))
            or any(edits(rest[0], each) <= len(each) // 4 for each in _GOES_ON_WITH)
        )
    return (
        second == "xem"
        and len(first) <= 3  # noqa: PLR2004 - "Đã" and a stroke beside it
        and not any(word.isalpha() for word in rest)
    )


def edits(a: str, b: str) -> int:
    """Return how many letters to insert, drop or exchange to get from one word to another."""
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(b, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (letter != other))
    return row[-1]


def _stands_apart(sheet: Sheet, index: int) -> bool:
    """Whether a line is indented, or has empty paper above it."""
    band = sheet.bands[index]
    others = [each for each in sheet.bands if each is not band]
    if not others or band.left - min(each.left for each in others) > _INDENT * sheet.width:
        return True
    above = [each.bottom for each in others if each.middle < band.middle and _overlap(each, band)]
    return not above or band.top - max(above) > _APART * sheet.line_height


def _below(sheet: Sheet, index: int, taken: set[int]) -> Sequence[int]:
    """Return the lines that belong to the mark which begins with a line."""
    start = sheet.bands[index]
    below: list[int] = []
    end = start
    for other in range(len(sheet.lines)):
        band, reading = sheet.bands[other], sheet.lines[other].reading
        if other in taken or band.middle <= start.middle or not _overlap(band, start):
            continue
        if (
            len(below) == _MOST_BELOW
            or says_seen(reading.text)
            or band.top - end.bottom > _REACH * sheet.line_height
            or band.left < start.left - sheet.line_height
            or not (any(map(str.isdigit, reading.text)) or reading.confidence < _SURE_TEXT)
        ):
            break
        below.append(other)
        end = band
    return below


def _overlap(a: Band, b: Band) -> bool:
    """Whether one stands above the other, at least in part."""
    return a.left < b.right and b.left < a.right
