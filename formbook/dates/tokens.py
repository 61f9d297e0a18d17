"""The tokens of a text in which dates are looked for: numbers, words and single signs.

A word made of digits and of letters that are read in place of digits (O for 0; l, I, | for 1)
is a number, and says that it was corrected. Places are those of the text as given, composed or
not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from formbook.text import fold, unify

_LEXEME = re.compile("(?:[^\\W_]|\\|)(?:[^\\W_]|[|\u0300-\u036f])*|[^\\w\\s]|_")
_PIECE = re.compile("[0-9]+|[^0-9]+")
_MISREAD = str.maketrans("OolI|", "00111")
_DATE_WORDS = frozenset({"ngay", "thang", "nam"})
_LONGEST_NUMBER = 4


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text and its place.

    `word` is what `unify` makes of it and `bare` what `fold` does; `digits` is empty for all
    but numbers. `misread` says that a letter stands for a digit, `guessed` that no digit
    stands there at all.
    """

    start: int
    end: int
    word: str
    bare: str
    digits: str = ""
    misread: bool = False
    guessed: bool = False


def tokens_of(text: str) -> list[Token]:
    """Cut a text into tokens; what is joined as in ngày12tháng3 is taken apart."""
    tokens = []
    for lexeme in _LEXEME.finditer(text):
        pieces = list(_PIECE.finditer(text, *lexeme.span()))
        if not _DATE_WORDS.isdisjoint(fold(piece[0]) for piece in pieces):
            tokens += [_token(piece[0], piece.start()) for piece in pieces]
        else:
            tokens.append(_token(lexeme[0], lexeme.start()))
    return tokens


def _token(written: str, start: int) -> Token:
    digits = written.translate(_MISREAD)
    has_digit = any(char in "0123456789" for char in written)
    if has_digit and len(digits) != _LONGEST_NUMBER and written.strip("|").isdecimal():
        core = written.strip("|")  # a table's border, unless the number needs it
        if len(core) in {2, _LONGEST_NUMBER}:
            start += len(written) - len(written.lstrip("|"))
            written = digits = core
    end = start + len(written)
    is_number = digits.isascii() and digits.isdecimal()
    if is_number and (has_digit or len(digits) <= 2):  # noqa: PLR2004 - a day or month
        return Token(
            start, end, unify(written), fold(written), digits, digits != written, not has_digit
        )
    return Token(start, end, unify(written), fold(written))
