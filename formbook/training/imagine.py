"""Imagines pages to draw, all different: what a program that reads them may meet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import TypeVar

import numpy as np

from formbook.training import hands, paper
from formbook.training.camera import Capture
from formbook.training.hands import WRITING_FONTS, Colour, FontHand
from formbook.training.numbers import Digits
from formbook.training.paper import Look
from formbook.training.spec import Comment, Mark, PageSpec, Place
from formbook.training.strokes import StrokeHand

_T = TypeVar("_T")

_FIRST_DAY = dt.date(2024, 1, 2)
_DAYS = 1040
_NAMES = ("Đàm Thị Nhài", "Lương Văn Thuần", "Mai Đức Quyền", "Lò Thị Mận", "Vi Văn Đô", "Tạ Hiên")
_INKS = (hands.BLUE, hands.BLUE, hands.NAVY, hands.BLACK, hands.VIOLET, hands.PENCIL)
_TONES = (paper.WHITE, paper.CREAM, paper.GREYISH, paper.GREENISH)
_WORDS = ("Đã xem", "đã xem", "Đã xem.", "Đã xem, giao TN&TKQ", "Đã xem. Chuyển CAP xử lý")


@dataclass(frozen=True, slots=True)
class People:
    """Who writes: two comments in three are by people whose pen was recorded, if there are any.

    `wordings` are what the chairman writes, but for the date; of the words and digits that `digits`
    reads, where asked for, some chairmen's dates are put together.
    """

    recorded: Sequence[StrokeHand] = ()
    wordings: Sequence[str] = _WORDS
    digits: Callable[[], Digits] | None = None


def imagine_page(
    rng: np.random.Generator,
    *,
    look: Look | None = None,
    people: People = People(),
) -> PageSpec:
    """Make up one page of a notebook; its comments, people and dates are invented.

    Four pages in five bear a mark, three in ten are photographed.
    """
    look = look or Look(rng.choice([member.value for member in Look]))
    table = look is Look.TABLE
    written = _FIRST_DAY + dt.timedelta(days=int(rng.integers(_DAYS)))
    count = int(rng.integers(2, 5))
    comments = tuple(
        imagine_comment(rng, written, number, people) for number in range(1, count + 1)
    )
    marks: tuple[Mark, ...] = ()
    if rng.random() < 0.8:
        marks = (imagine_mark(rng, written, people, table=table),)
    photo = rng.random() < 0.3
    return PageSpec(
        look,
        comments,
        marks,
        capture=Capture.PHOTO if photo else Capture.SCAN,
        page_number=int(rng.integers(1, 99)),
        width_mm=297.0 if table else 148.0,
        tone=_pick(rng, _TONES),
        skew_degrees=float(rng.normal(0, 0.8)),
        curl_mm=float(rng.uniform(0.5, 3.0)) if photo else 0.0,
    )


def imagine_hand(rng: np.random.Generator, colour: Colour | None = None) -> FontHand:
    """Make up a person's hand."""
    return FontHand(
        str(rng.choice(WRITING_FONTS)),
        colour or _pick(rng, _INKS),
        x_height_mm=float(rng.uniform(1.8, 2.5)),
        pen_mm=float(rng.uniform(0.32, 0.5)),
        slant=float(rng.normal(0, 0.1)),
        slope=float(rng.normal(0, 0.005)),
        wobble=float(rng.uniform(0.6, 1.7)),
        pressure=float(rng.uniform(0.8, 0.95)),
        spacing=float(rng.uniform(1.05, 1.5)),
    )


@lru_cache(maxsize=1)
def load_sentences() -> tuple[str, ...]:
    """Read the comments that this package makes pages of."""
    text = (files("formbook.training") / "sentences.txt").read_text("utf-8")
    return tuple(text.splitlines())


def write_date(rng: np.random.Generator, day: dt.date) -> str:
    """Write a date in one of the ways people do; now and then without its year."""
    forms = (
        f"{day.day}/{day.month}/{day.year}",
        f"{day:%d/%m/%Y}",
        f"{day.day}-{day.month}-{day:%y}",
        f"{day.day}.{day.month}.{day.year}",
        f"ngày {day.day} tháng {day.month} năm {day.year}",
        f"{day.day}/{day.month}",
    )
    return _pick(rng, forms)


def imagine_comment(
    rng: np.random.Generator, written: dt.date, number: int, people: People
) -> Comment:
    """Make up what a citizen writes on a day, as the `number`-th of a table."""
    signed = bool(rng.random() < 0.4)
    if people.recorded and rng.random() < 0.67:
        hand = replace(
            people.recorded[int(rng.integers(len(people.recorded)))],
            colour=_pick(rng, _INKS),
            pitch_mm=float(rng.uniform(7.0, 9.0)),
            pen_mm=float(rng.uniform(0.3, 0.55)),
            slope=float(rng.normal(0, 0.006)),
        )
        text = hand.compose(int(rng.integers(4, 36)), rng)
        return Comment(text, hand, signed=signed, who=hand.compose(3, rng))
    text = " ".join(rng.choice(load_sentences(), size=int(rng.integers(1, 3)), replace=False))
    who = str(rng.choice(_NAMES))
    if rng.random() < 0.5:
        text = f"{text} {who}"
    if rng.random() < 0.4:
        text = f"{text} {write_date(rng, written)}"
    return Comment(
        text,
        imagine_hand(rng),
        signed=signed,
        number=str(number),
        day=f"{written.day}/{written.month}",
        who=f"{who}, tổ {rng.integers(1, 30)}",
    )


def imagine_mark(
    rng: np.random.Generator, written: dt.date, people: People, *, table: bool
) -> Mark:
    """Make up the chairman's mark on a page that was written on a day, in a table's first row."""
    seen = written + dt.timedelta(days=int(rng.integers(1, 9)))
    hand = imagine_hand(rng, _pick(rng, (hands.NAVY, hands.BLUE, hands.RED)))
    places = (Place.END, Place.CORNER, Place.MARGIN)
    mark = Mark(
        hand,
        words=_pick(rng, people.wordings),
        date_text=write_date(rng, seen),
        date=seen,
        signature=bool(rng.random() < 0.8),
        stamp=bool(rng.random() < 0.4),
        place=_pick(rng, places),
    )
    return replace(mark, place=Place.COLUMN, entry=0) if table else mark


def _pick(rng: np.random.Generator, choices: Sequence[_T]) -> _T:
    return choices[int(rng.integers(len(choices)))]
