"""The parser of written dates: tokens in, days as written out; it knows no calendar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from formbook.dates.tokens import Token, tokens_of
from formbook.text import fold, unify

_DIGIT = re.compile("[0-9]")
_DASHES = frozenset("-–—")
_SEPARATORS = _DASHES | frozenset("/.\\,")
_DAY_WORDS = frozenset({"ngay", "mung", "mong"})
_NUMERALS = {
    "hai": 2,
    "ba": 3,
    "tu": 4,
    "bon": 4,
    "nam": 5,
    "sau": 6,
    "bay": 7,
    "tam": 8,
    "chin": 9,
}
_WEEKDAYS = {f"t{day}": day - 2 for day in range(2, 8)} | {"cn": 6}
_NO_DAY_AFTER = frozenset(
    {
        *("số", "ngách", "ngõ", "hẻm", "kiệt", "đường", "phố", "nhà", "phòng", "p", "quầy", "tổ"),
        *("tờ", "trang", "tr", "tháng", "th", "thứ", "quý", "điều", "khoản", "mục", "bài", "lô"),
        *("căn", "hơn", "gần", "khoảng", "chiếm"),
    }
)
_ABBREVIATED = frozenset({"tr", "p", "th"})
_COUNTED = frozenset({"số", "hộ", "người", "phần", "lần", "diện", "tổng", "quãng", "giá"})
_BEFORE_A_DAY = frozenset(
    {"xem", "ký", "nay", "sáng", "trưa", "chiều", "tối", "trước", "từ", "đến", "lúc", "vào"}
)
_LARGEST_FRACTION = 9
_YEARS = range(1900, 2100)
_FULL, _SHORT = 4, 2  # digits of a year; a day and a month have no more than two


@dataclass(frozen=True, slots=True)
class WrittenDay:
    """What stands there: `year` is None where none is written, `weekday` 0 for a Monday."""

    start: int
    end: int
    day: int
    month: int
    year: int | None = None
    two_digit_year: bool = False
    misread: bool = False
    weekday: int | None = None


def walk(text: str) -> Iterator[WrittenDay]:
    """Find the dates in running text; what may as well be something else is left alone."""
    if _DIGIT.search(text) is None:
        return
    parser = _Parser(text, lenient=False)
    at = 0
    while at < len(parser.tokens):
        found = parser.dated(at)
        if found is None:
            at += 1
        else:
            at, written = found
            yield written


def whole(text: str) -> WrittenDay | None:
    """Parse a text that is a date and nothing else, save signs around it."""
    parser = _Parser(text, lenient=True)
    for at, token in enumerate(parser.tokens):
        found = parser.dated(at)
        if found:
            end, written = found
            return None if any(map(_is_word, parser.tokens[end:])) else written
        if _is_word(token):
            break
    return None


class _Parser:
    """Walks over the tokens; each method returns where it ended and what it found, or None."""

    def __init__(self, text: str, *, lenient: bool) -> None:
        self.tokens = tokens_of(text)
        self.lenient = lenient
        self.unmarked = fold(text) == unify(text)

    def dated(self, at: int) -> tuple[int, WrittenDay] | None:
        """Parse a weekday and ngày, either of which may be missing, and a date."""
        body, weekday = at, self._weekday(at)
        if weekday:
            body = weekday[0]
            while self._is(body, {",", ":", "(", "."} | _DASHES):
                body += 1
        named = self._bare(body) in _DAY_WORDS
        if named:
            sure = self.unmarked or self.tokens[body].word != "ngay"  # ngay: at once
            body += 2 if self._is(body + 1, {":"}) else 1
        else:
            sure = weekday is not None
        found = self._in_words(body, named=named) or self._in_numbers(body, sure=sure)
        if found is None:
            return None
        end, written = found
        if self._bare(end) in {"am", "al"} or (
            self._bare(end + 1) in {"am", "al"} and self._is(end, {"("})
        ):
            return None  # the lunar calendar
        start = self.tokens[at].start
        return end, replace(written, start=start, weekday=weekday and weekday[1])

    def _weekday(self, at: int) -> tuple[int, int] | None:
        bare, after = self._bare(at), self._bare(at + 1)
        if bare in _WEEKDAYS:
            return at + 1, _WEEKDAYS[bare]
        if bare == "chu" and after == "nhat":
            return at + 2, 6
        if bare == "thu":
            number = _NUMERALS.get(after) or (int(after) if after in "234567" and after else 0)
            if 2 <= number <= 7:  # noqa: PLR2004 - Monday to Saturday
                return at + 2, number - 2
        return None

    def _in_words(self, at: int, *, named: bool) -> tuple[int, WrittenDay] | None:
        """Parse 12 tháng 3 [năm 2024]."""
        day = self._number(at)
        at += 1
        at += self._is(at, _SEPARATORS)
        if day is None or len(day.digits) > _SHORT or self._bare(at) not in {"thang", "thg"}:
            return None
        month_token, month = self._number(at + 1), self._month(at + 1)
        if month is None:
            return None
        end = at + 2
        misread = day.misread or (month_token is not None and month_token.misread)
        written = WrittenDay(
            day.start, self.tokens[end - 1].end, int(day.digits), month, misread=misread
        )
        dated = self._year_after(end, written)
        if dated:
            return dated
        return (end, written) if (named or self.lenient) and _is_day(written) else None

    def _month(self, at: int) -> int | None:
        number = self._number(at)
        if number:
            return int(number.digits) if len(number.digits) <= _SHORT else None
        bare = self._bare(at)
        if bare == "nam" and self._bare(at + 1) != "nam":
            return None  # a form whose month was left blank: ngày 12 tháng … năm 2024
        return _NUMERALS.get(bare)

    def _year_after(self, at: int, written: WrittenDay) -> tuple[int, WrittenDay] | None:
        """Parse [,] [năm] 2024 after a day and a month."""
        year_at = at + self._is(at, _SEPARATORS)
        named = self._bare(year_at) == "nam"
        year_at += named
        year = self._number(year_at)
        if year is None or year.guessed:
            return None
        if len(year.digits) == _SHORT and (named or self._is(at, {"/"})):
            return year_at + 1, self._with_year(written, year, misread=False)
        if len(year.digits) != _FULL or int(year.digits) not in _YEARS:
            return None
        return year_at + 1, self._with_year(written, year, misread=False)

    def _in_numbers(self, at: int, *, sure: bool) -> tuple[int, WrittenDay] | None:
        """Parse 12/3[/2024] or 2024-03-12, if nothing about it says that it is something else."""
        first, second = self._number(at), self._number(at + 2)
        if first is None or second is None or not self._is(at + 1, _SEPARATORS):
            return None
        sign = self.tokens[at + 1].word
        if self._is_inside(at, sign) or len(second.digits) > _SHORT:
            return None
        if len(first.digits) > _SHORT:
            return self._iso(at)
        written = WrittenDay(
            first.start,
            second.end,
            int(first.digits),
            int(second.digits),
            misread=first.misread or second.misread or sign == "\\",
        )
        if self._bare(at + 3) == "nam":
            named = self._year_after(at + 3, written)
        else:
            named = self._three(at, written)
        return named or self._two(at, written, sure=sure)

    def _two(self, at: int, written: WrittenDay, *, sure: bool) -> tuple[int, WrittenDay] | None:
        """Take a day and a month for a date without a year, if nothing speaks against it."""
        sign, end = self.tokens[at + 1].word, at + 3
        if self._goes_on(end, sign) or not _is_day(written):
            return None
        if self.lenient or (sure and self._is_tight(at, at + 2)):
            return end, written
        guessed = self.tokens[at].guessed or self.tokens[at + 2].guessed
        if guessed or sign not in "/\\" or self._is_something_else(at, end):
            return None
        return end, written

    def _three(self, at: int, written: WrittenDay) -> tuple[int, WrittenDay] | None:
        """Add the third number to a day and a month, if it can be a year."""
        year, end = self._number(at + 4), at + 5
        if year is None or not self._is(at + 3, _SEPARATORS):
            return None
        signs = {self.tokens[at + 1].word, self.tokens[at + 3].word}
        tight = self._is_tight(at, at + 4)
        if self._goes_on(end, self.tokens[at + 3].word) or ("," in signs and not tight):
            return None
        odd = not signs.isdisjoint({"\\", ","})
        if len(year.digits) == _FULL and int(year.digits) in _YEARS:
            return end, self._with_year(written, year, misread=odd)
        if len(year.digits) != _SHORT or year.guessed or "," in signs or not _is_day(written):
            return None
        loose = signs != {"/"} and not tight
        if not self.lenient and (loose or self._is_something_else(at, end)):
            return None
        return end, self._with_year(written, year, misread=odd or len(signs) > 1)

    def _with_year(self, written: WrittenDay, year: Token, *, misread: bool) -> WrittenDay:
        return replace(
            written,
            end=year.end,
            year=int(year.digits),
            two_digit_year=len(year.digits) == _SHORT,
            misread=written.misread or year.misread or misread,
        )

    def _iso(self, at: int) -> tuple[int, WrittenDay] | None:
        """Parse 2024-03-12."""
        year, month, day = self._number(at), self._number(at + 2), self._number(at + 4)
        if year is None or month is None or day is None or not self._is_tight(at, at + 4):
            return None
        dashes = self._is(at + 1, _DASHES) and self._is(at + 3, _DASHES)
        if not dashes or self._goes_on(at + 5, "-"):
            return None
        if len(day.digits) > _SHORT or int(year.digits) not in _YEARS:
            return None
        written = WrittenDay(year.start, day.end, int(day.digits), int(month.digits))
        misread = month.misread or day.misread
        return at + 5, replace(self._with_year(written, year, misread=misread), end=day.end)

    def _is_inside(self, at: int, sign: str) -> bool:
        """Whether the number at `at` goes on what stands before, as in 1.12/3 or A7/12/3.

        A dash before other separators makes a range: 12-13/3, 12/3-15/3.
        """
        if at < 2 or not self._is_tight(at - 2, at):  # noqa: PLR2004
            return False
        before, joint = self.tokens[at - 2], self.tokens[at - 1].word
        if joint in _DASHES:
            return sign in _DASHES and bool(before.digits)
        if joint in "./\\":
            return joint != "." or bool(before.digits)
        return joint == ":" and bool(before.digits)

    def _goes_on(self, at: int, sign: str) -> bool:
        """Whether a number or, after a stroke, a word is joined to what ends before `at`."""
        if at + 1 >= len(self.tokens) or not self._is_tight(at - 1, at + 1):
            return False
        joint, after = self.tokens[at].word, self.tokens[at + 1]
        if joint in "/\\":
            return after.word.isalnum() and after.bare != "nam"
        return bool(after.digits) and (joint in ".:" or (joint in _DASHES and sign in _DASHES))

    def _is_something_else(self, at: int, end: int) -> bool:
        """Whether the words around say: a house, a page, a fraction, round the clock."""
        if end < len(self.tokens) and self.tokens[end].word in {"%", "h"}:
            return True
        before = at - 1
        if self._is(before, {":"}) or (
            self._is(before, {"."}) and self._bare(before - 1) in _ABBREVIATED
        ):
            before -= 1
        word = self.tokens[before].word if before >= 0 else ""
        if word in _NO_DAY_AFTER:
            return True
        top, bottom = (self.tokens[index].digits for index in (at, at + 2))
        if (top, bottom) == ("24", "7") and end == at + 3 and word[:1].isalpha():
            return word not in _BEFORE_A_DAY  # day and night
        small = len(top + bottom) == len("12") and "0" not in top + bottom
        after = self.tokens[end].word if end < len(self.tokens) else ""
        fraction = small and int(top) < int(bottom) <= _LARGEST_FRACTION
        return fraction and after in _COUNTED

    def _number(self, at: int) -> Token | None:
        """Return the token at `at` if it is a number."""
        if 0 <= at < len(self.tokens) and self.tokens[at].digits:
            return self.tokens[at]
        return None

    def _bare(self, at: int) -> str:
        return self.tokens[at].bare if 0 <= at < len(self.tokens) else ""

    def _is(self, at: int, signs: set[str] | frozenset[str]) -> bool:
        return 0 <= at < len(self.tokens) and self.tokens[at].word in signs

    def _is_tight(self, first: int, last: int) -> bool:
        """Whether no space stands between these tokens."""
        return all(
            self.tokens[index].end == self.tokens[index + 1].start for index in range(first, last)
        )


def _is_word(token: Token) -> bool:
    return token.word[:1].isalnum()


def _is_day(written: WrittenDay) -> bool:
    """Whether some year has such a day and month, give or take a few days."""
    return 1 <= written.day <= 31 and 1 <= written.month <= 12  # noqa: PLR2004
