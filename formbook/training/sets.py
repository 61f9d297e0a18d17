"""Draws sets of pages with truth, each with one thing that makes a page hard to read.

    python -m formbook.training.sets FOLDER --pages 10 --seed 1 --data ../shared/data --set curled

makes FOLDER/curled/page-000.jpg and page-000.json and on, as `score.py pages` takes them; without
`--set`, of every set. With `--data`, recorded writers of its `strokes/train.jsonl.xz` write beside
fonts, dates too, and chairmen what its `text/annotations.txt` says. The same seed draws the same
pages.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import count, islice
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from PIL import Image

from formbook.training.camera import Capture
from formbook.training.chairmen import draw_chairman
from formbook.training.imagine import (
    People,
    imagine_comment,
    imagine_mark,
    imagine_page,
    load_sentences,
)
from formbook.training.numbers import Digits, collect_digits
from formbook.training.pages import DrawnPage, draw_facing, draw_page
from formbook.training.paper import Look
from formbook.training.penmanship import read_recordings
from formbook.training.spec import Comment, Mark, PageSpec, Place
from formbook.training.strokes import StrokeHand, load_stroke_hands

_QUALITY = 85
_SIZES_MM = ((148.0, 210.0), (148.0, 210.0), (175.0, 250.0), (190.0, 265.0))
_DAY = dt.date(2025, 5, 12)
_WORDINGS = (
    "Đã xem",
    "Đã đọc",
    "CT đã xem, đồng ý",
    "Đã xem. Giao địa chính trả lời",
    "Đã xem, cảm ơn ông Thuần",
    "Xem rồi. Chuyển CAP",
    "Đ/c Mận xem, báo lại tôi",
    "Đã giải quyết xong. Lưu",
    "Mời bà Nhài lên làm việc sáng thứ ba",
)
_SENTENCE = 6
"""Words of a note that is a sentence of direction."""
_DATE_AT_END = re.compile(
    r"[\s.,]*\b(?<!trước )(?:[Nn]gày )?\d{1,2}(?:[/.-]\d{1,2}(?:[/.-]\d{2,4})?| tháng \d+ năm \d+)$"
)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where pages are drawn: by which chance, by which people, at how many pixels per inch."""

    rng: np.random.Generator
    people: People
    dpi: int = 200

    def imagine(self, *, running: bool = False, **changes: Any) -> PageSpec:
        """Make up a page of one of several sizes, no table if `running`, its mark of usual words.

        `changes` are fields of the spec.
        """
        kinds = [x for x in Look if x is not Look.TABLE or not running]
        look = Look(self.rng.choice([x.value for x in kinds]))
        people = replace(self.people, wordings=People().wordings)
        spec = imagine_page(self.rng, look=look, people=people)
        if look is not Look.TABLE:
            width, height = _SIZES_MM[int(self.rng.integers(len(_SIZES_MM)))]
            more = [self.comment() for _ in range(int(self.rng.integers(3)) if height > 220 else 0)]
            comments = [*spec.comments, *more]
            spec = replace(spec, comments=comments, width_mm=width, height_mm=height)
        return replace(spec, dpi=self.dpi, **changes)

    def comment(self, number: int = 1) -> Comment:
        """Make up a comment."""
        return imagine_comment(self.rng, _DAY, number, self.people)

    def mark(self, spec: PageSpec) -> Mark:
        """Make up a mark for a page, worded as chairmen may word it."""
        return imagine_mark(self.rng, _DAY, self.people, table=spec.look is Look.TABLE)

    def draw(self, spec: PageSpec) -> DrawnPage:
        """Draw a page."""
        return draw_page(spec, self.rng)


def draw_set(name: str, *, seed: int, people: People, dpi: int = 200) -> Iterator[DrawnPage]:
    """Draw pages of a set without end; those of an entry that runs on follow each other."""
    for number in count():
        rng = np.random.default_rng([seed, crc32(name.encode()), number])
        yield from SETS[name](Desk(rng, people, dpi))


def gather_people(data: Path | None) -> People:
    """Take recorded writers and chairmen's words from a data folder; fonts and our own without."""
    if data is None:
        return People(wordings=_WORDINGS)
    recorded = load_stroke_hands(data / "strokes/train.jsonl.xz")
    notes = (data / "text/annotations.txt").read_text("utf-8").splitlines()

    @cache
    def digits() -> Digits:
        return collect_digits(read_recordings(data / "strokes/train.jsonl.xz"))

    return People(tuple(recorded.values()), (*_WORDINGS, *(x for x in notes if x)), digits)


def write_set(
    folder: Path, name: str, pages: int, *, seed: int, people: People, dpi: int = 200
) -> None:
    """Write pages of a set, and the truth beside each, into a folder that is made."""
    folder.mkdir(parents=True)
    drawn = islice(draw_set(name, seed=seed, people=people, dpi=dpi), pages)
    for number, page in enumerate(drawn):
        path = folder / f"page-{number:03d}.jpg"
        Image.fromarray(page.image).save(path, quality=_QUALITY, dpi=(page.truth.dpi,) * 2)
        truth = json.dumps(page.truth.to_json(), ensure_ascii=False, indent=1)
        path.with_suffix(".json").write_text(truth + "\n", encoding="utf-8")


def _usual(desk: Desk) -> list[DrawnPage]:
    return [desk.draw(desk.imagine())]


def _sideways(desk: Desk) -> list[DrawnPage]:
    return [desk.draw(desk.imagine(quarters=int(desk.rng.choice([1, 3]))))]


def _upside_down(desk: Desk) -> list[DrawnPage]:
    return [desk.draw(desk.imagine(quarters=2))]


def _facing(desk: Desk) -> list[DrawnPage]:
    number = 2 * int(desk.rng.integers(1, 40))
    left = desk.imagine(running=True, page_number=number, curl_mm=float(desk.rng.uniform(1.5, 5.0)))
    right = desk.imagine(
        running=True,
        look=left.look,
        tone=left.tone,
        width_mm=left.width_mm,
        height_mm=left.height_mm,
        page_number=number + 1,
    )
    return [draw_facing(left, right, desk.rng)]


def _several_marks(desk: Desk) -> list[DrawnPage]:
    """Mark a page twice at its end, or comment by comment."""
    rng, spec = desk.rng, desk.imagine()
    table = spec.look is Look.TABLE
    first, second = (replace(desk.mark(spec), words="Đã xem", stamp=False) for _ in range(2))
    comments = spec.comments[:3]
    if not table and rng.random() < 0.3:
        marks = [replace(first, place=Place.END), replace(second, place=Place.END)]
        if rng.random() < 0.5:
            marks[1] = replace(marks[1], hand=first.hand)
        return [desk.draw(replace(spec, comments=comments, marks=marks))]
    place = Place.COLUMN if table else Place(rng.choice([Place.END.value, Place.MARGIN.value]))
    marks = []
    for entry in range(len(comments)):
        if entry < 2 or rng.random() < 0.7:
            on = desk.mark(spec)
            marks.append(
                replace(first, place=place, entry=entry, date=on.date, date_text=on.date_text)
            )
    if table and rng.random() < 0.4:
        marks[-1] = replace(marks[-1], stamp=True)
    return [desk.draw(replace(spec, comments=comments, marks=marks))]


def _other_words(desk: Desk) -> list[DrawnPage]:
    spec = desk.imagine()
    mark = _redate(desk.mark(spec))
    return [desk.draw(replace(spec, comments=spec.comments[:3], marks=[mark]))]


def _dates(desk: Desk) -> list[DrawnPage]:
    """Draw pages whose mark is dated in a recorded person's digits, where there are any."""
    spec = desk.imagine()
    mark = replace(desk.mark(spec), words="Đã xem")
    if desk.people.digits is not None:
        known, colour = desk.people.digits(), mark.hand.colour
        mark = replace(mark, hand=draw_chairman([mark.text], known, desk.rng, colour=colour))
    return [desk.draw(replace(spec, comments=spec.comments[:2], marks=[mark]))]


def _directions(desk: Desk) -> list[DrawnPage]:
    """Draw pages whose mark is a sentence or two, as wide as the comment above it."""
    spec = desk.imagine(running=True)
    comments = spec.comments[:3]
    said = [words for words in desk.people.wordings if len(words.split()) >= _SENTENCE]
    mark = _redate(replace(desk.mark(spec), words=str(desk.rng.choice(said))))
    entry = int(desk.rng.integers(len(comments)))
    mark = replace(mark, place=Place.END, entry=entry, stamp=False, wide=True)
    return [desk.draw(replace(spec, comments=comments, marks=[mark]))]


def _redate(mark: Mark) -> Mark:
    """Let a mark that bears a date bear its own one, and sign it."""
    words = _DATE_AT_END.sub("", mark.words)
    if words != mark.words or mark.words in _WORDINGS:
        return replace(mark, words=words, signature=True)
    return replace(mark, date=None, date_text="", signature=True)


def _run_on(desk: Desk) -> list[DrawnPage]:
    """Draw pages in twos, the last comment of one running on to the next."""
    spec = desk.imagine(running=True)
    for number in count(2):
        spec = replace(spec, comments=[*spec.comments, _lengthen(desk.comment(number), desk.rng)])
        one = desk.draw(spec)
        if one.left_over and one.left_over[0].goes_on:
            break
        if one.left_over:
            spec = replace(spec, comments=spec.comments[:1])
    rest = [one.left_over[0], desk.comment()]
    after = replace(spec, comments=rest, page_number=(spec.page_number or 0) + 1)
    return [one, desk.draw(after)]


def _lengthen(comment: Comment, rng: np.random.Generator) -> Comment:
    """Let a comment go on, in words that its writer knows, to 50 words or more."""
    text, count = comment.text, int(rng.integers(50, 90))
    if isinstance(comment.hand, StrokeHand):
        return replace(comment, text=f"{text} {comment.hand.compose(count, rng)}")
    while len(text.split()) < count:
        text = f"{text} {rng.choice(load_sentences())}"
    return replace(comment, text=text)


def _struck(desk: Desk) -> list[DrawnPage]:
    spec = desk.imagine()
    return [desk.draw(replace(spec, comments=[_strike(x, desk.rng) for x in spec.comments]))]


def _strike(comment: Comment, rng: np.random.Generator) -> Comment:
    """Strike out a word or two of a comment, a line or so, or all of it."""
    words = comment.text.split()
    chance = rng.random()
    if chance < 0.07:
        struck = set(range(len(words)))
    elif chance < 0.35:
        words = _lengthen(comment, rng).text.split()[:45]
        start = int(rng.integers(0, len(words) // 2))
        struck = set(range(start, start + int(rng.integers(12, 20))))
    else:
        struck = {int(x) for x in rng.integers(len(words), size=int(rng.integers(1, 4)))}
    text = " ".join(f"~{word}~" if i in struck else word for i, word in enumerate(words))
    return replace(comment, text=text)


def _curled(desk: Desk) -> list[DrawnPage]:
    photo = desk.rng.random() < 0.65
    spec = desk.imagine(
        running=True,
        capture=Capture.PHOTO if photo else Capture.SCAN,
        curl_mm=float(desk.rng.uniform(3.0, 9.0)),
        spine_right=bool(desk.rng.random() < 0.5),
    )
    return [desk.draw(spec)]


def _bleed_through(desk: Desk) -> list[DrawnPage]:
    spec = desk.imagine(running=True)
    back = desk.imagine(running=True, look=spec.look)
    back = replace(back, width_mm=spec.width_mm, height_mm=spec.height_mm)
    strength = float(desk.rng.uniform(0.1, 0.3))
    return [desk.draw(replace(spec, back=back, show_through=strength))]


SETS: Mapping[str, Callable[[Desk], list[DrawnPage]]] = {
    "usual": _usual,
    "sideways": _sideways,
    "upside-down": _upside_down,
    "facing": _facing,
    "several-marks": _several_marks,
    "other-words": _other_words,
    "directions": _directions,
    "dates": _dates,
    "run-on": _run_on,
    "struck": _struck,
    "curled": _curled,
    "bleed-through": _bleed_through,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw the sets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--set", action="append", choices=SETS, help="only this one; repeatable")
    parser.add_argument("--pages", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dpi", type=int, default=200)
    parser.add_argument("--data", type=Path)
    asked = parser.parse_args(arguments)
    people = gather_people(asked.data)
    for name in asked.set or SETS:
        folder = asked.folder / name
        write_set(folder, name, asked.pages, seed=asked.seed, people=people, dpi=asked.dpi)


if __name__ == "__main__":  # pragma: no cover - only as a program of its own
    main()
