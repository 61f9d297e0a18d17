"""The most likely date on a line: the network's chances, read under the grammar of dates.

Every way of writing a day of the years in question is a path through one small automaton; text
before and after the date is free. The automaton is laid under CTC, so that a digit that the
network is unsure of is decided by what can stand there at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import numpy.typing as npt

FIRST_YEAR, LAST_YEAR = 2010, 2029
_TINY = 1e-12
_OF_DATES = "0123456789/-."
"""What stands in no text around a date."""

Chances = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DateText:
    """A date as it most likely stands on a line.

    `share` is the date's share, in whatever way it is written, among all dates that could stand
    there, 0 to 1; `evidence` is how
    much less likely the line is with a date than without one, in natural logarithms a letter of
    the date, 0 or less.
    """

    text: str
    share: float
    evidence: float


@dataclass(slots=True)
class _Automaton:
    """States that each stand for one letter; a path from a start to an end spells a date."""

    letters: list[str] = field(default_factory=list)
    after: list[list[int]] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def spell(self, text: str, before: Sequence[int] | None) -> list[int]:
        """Add a word; `before` are the states that it follows, None for the start of a date."""
        last = before
        for letter in text:
            state = len(self.letters)
            self.letters.append(letter)
            self.after.append([])
            if last is None:
                self.starts.append(state)
            else:
                for each in last:
                    self.after[each].append(state)
            last = [state]
        return list(last or [])

    def choose(self, texts: Iterable[str], before: Sequence[int] | None) -> list[int]:
        """Add words of which one stands, their common beginnings shared."""
        ends: list[int] = []
        heads: dict[str, list[str]] = {}
        for text in texts:
            heads.setdefault(text[0], []).append(text[1:])
        for letter, tails in heads.items():
            state = self.spell(letter, before)
            if "" in tails:
                ends += state
            longer = [tail for tail in tails if tail]
            if longer:
                ends += self.choose(longer, state)
        return ends


_DAYS = [str(day) for day in range(1, 32)] + [f"{day:02}" for day in range(1, 10)]
_MONTHS = [str(month) for month in range(1, 13)] + [f"{month:02}" for month in range(1, 10)]
_YEARS = [str(year) for year in range(FIRST_YEAR, LAST_YEAR + 1)]


@cache
def _dates() -> _Automaton:
    """All ways of writing a date: 12/3/2024, 12-3-24, 12.3, ngày 12 tháng 3 năm 2024."""
    return _write(_DAYS, _MONTHS, _YEARS, endless=True)


def _write(
    days: Sequence[str], months: Sequence[str], years: Sequence[str], *, endless: bool
) -> _Automaton:
    """Ways of writing a day of these; without its year if there are none, or if `endless`."""
    made = _Automaton()
    short = [year[2:] for year in years]
    for stroke in "/-.":
        day = made.choose(days, None)
        month = made.choose(months, made.spell(stroke, day))
        made.ends += month if endless or not years else []
        if years:
            made.ends += made.choose([*years, *short], made.spell(stroke, month))
    day = made.choose(days, made.spell("ngày ", None))
    month = made.choose(months, made.spell(" tháng ", day))
    made.ends += month if endless or not years else []
    if years:
        made.ends += made.choose(years, made.spell(" năm ", month))
    return made


def _same(text: str) -> _Automaton:
    """All ways of writing the date that a text says."""
    day, month, *year = _numbers(text)
    return _write(
        [each for each in _DAYS if int(each) == day],
        [each for each in _MONTHS if int(each) == month],
        [each for each in _YEARS if int(each) % 100 in year],
        endless=False,
    )


def _numbers(text: str) -> list[int]:
    """Day, month, and the last two digits of the year, if it is written."""
    return [int(number) % 100 for number in re.findall(r"\d+", text)]


def same_date(text: str, other: str) -> bool:
    """Whether two texts of dates say the same date."""
    return _numbers(text) == _numbers(other)


def find_date(chances: npt.NDArray[np.float32], letters: str) -> DateText | None:
    """Find the date that a line most likely bears.

    Args:
        chances: (T, C) float32, each row adding up to 1; class 0 is the blank, class k the k-th
            letter.
        letters: the C - 1 letters.

    Returns:
        The date, likely or not: `share` and `evidence` say. None for a line too short for one.

    Source:
        CTC as in Graves et al., ICML 2006, sections 3 and 4.1, over the states of an automaton in
        place of one text; own arrangement. The text around a date holds no digit.
    """
    made = _dates()
    classes = np.array([letters.find(letter) + 1 for letter in made.letters])
    if len(chances) < 2 or not classes.all():  # noqa: PLR2004 - a day and a month at least
        return None
    seen = np.maximum(chances.astype(np.float64), _TINY)
    others = [0, *(k for k, letter in enumerate(letters, 1) if letter not in _OF_DATES)]
    free = np.log(seen[:, others].max(axis=1))
    best, spelled = _best_path(made, classes, seen, free)
    if not spelled:
        return None
    text = "".join(made.letters[state] for state in spelled)
    one = _same(text)
    own = np.array([letters.find(letter) + 1 for letter in one.letters])
    share = np.exp(_total(one, own, seen, free) - _total(made, classes, seen, free))
    evidence = (best - np.log(seen.max(axis=1)).sum()) / len(text)
    return DateText(text, float(min(1.0, share)), float(min(0.0, evidence)))


def _links(made: _Automaton, classes: npt.NDArray[np.int64]) -> tuple[Chances, Chances]:
    """(N, N) 0 or 1: from a state to the next through a blank, and without one."""
    through = np.zeros((len(classes), len(classes)))
    for state, nexts in enumerate(made.after):
        through[state, nexts] = 1
    return through, through * (classes[:, None] != classes[None, :])


def _total(made: _Automaton, classes: npt.NDArray[np.int64], seen: Chances, free: Chances) -> float:
    """Logarithm of the chance that the line bears any date of the automaton."""
    through, direct = _links(made, classes)
    start = np.zeros(len(classes))
    start[made.starts] = 1
    ends = np.zeros(len(classes))
    ends[made.ends] = 1
    on = np.zeros(len(classes))
    off = np.zeros(len(classes))
    before = np.concatenate(([0.0], np.cumsum(free)))
    after = before[-1] - before
    scale, total = 0.0, -np.inf
    for column, row in enumerate(seen):
        entry = start * np.exp(before[column] - scale)
        on, off = (
            row[classes] * (on + on @ direct + off @ through + entry),
            row[0] * (on + off),
        )
        mass = on.sum() + off.sum()
        on, off, scale = on / mass, off / mass, scale + np.log(mass)
        done = ((on + off) * ends).sum()
        if done > 0:
            total = np.logaddexp(total, np.log(done) + scale + after[column + 1])
    return float(total)


def _best_path(
    made: _Automaton, classes: npt.NDArray[np.int64], seen: Chances, free: Chances
) -> tuple[float, list[int]]:
    """The likeliest way through the line, and the states of its date."""
    through, direct = _links(made, classes)
    none = -np.inf
    with np.errstate(divide="ignore"):
        through, direct = np.log(through), np.log(direct)
    states = np.arange(len(classes))
    starts = np.full(len(classes), none)
    starts[made.starts] = 0.0
    before = np.concatenate(([0.0], np.cumsum(free)))
    after = before[-1] - before
    on = np.full(len(classes), none)
    off = np.full(len(classes), none)
    came_on, came_off = [], []
    best, end = none, (-1, -1)
    for column, row in enumerate(np.log(seen)):
        from_on, from_off = on[:, None] + direct, off[:, None] + through
        options = np.stack([starts + before[column], on, from_on.max(axis=0), from_off.max(axis=0)])
        choice = options.argmax(axis=0)
        source = np.select(
            [choice == 0, choice == 1, choice == 2],  # noqa: PLR2004 - rows of `options`
            [-1, states, from_on.argmax(axis=0)],
            -2 - from_off.argmax(axis=0),
        )
        stays = off >= on
        came_on.append(np.where((choice == 1), states + len(states), source))
        came_off.append(stays)
        on, off = options.max(axis=0) + row[classes], np.maximum(on, off) + row[0]
        done = on[made.ends] + after[column + 1]
        if done.max() > best:
            best, end = float(done.max()), (column, made.ends[int(done.argmax())])
    return best, _trace(came_on, came_off, end, len(states))


def _trace(
    came_on: list[npt.NDArray[np.int64]],
    came_off: list[npt.NDArray[np.bool_]],
    end: tuple[int, int],
    count: int,
) -> list[int]:
    """The states on the way to an end, from the first letter on."""
    column, state = end
    spelled: list[int] = []
    is_on = True
    while column >= 0:
        if is_on:
            source = int(came_on[column][state])
            if source == state + count:
                column -= 1
                continue
            spelled.append(state)
            if source == -1:
                break
            if source >= 0:
                state = source
            else:
                state, is_on = -2 - source, False
        else:
            is_on = not came_off[column][state]
        column -= 1
    return spelled[::-1]
