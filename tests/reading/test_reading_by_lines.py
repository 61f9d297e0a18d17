from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from formbook.imaging.page import Sheet
from formbook.imaging.scan import load_frame
from formbook.model import PageReading, Reading
from formbook.reading import frame_reading_to_json, read_pages
from formbook.recognize import LineImage
from formbook.recognize.date_grammar import DateText
from formbook.training.hands import BLACK, BLUE, FontHand
from formbook.training.pages import draw_page
from formbook.training.paper import Look
from formbook.training.spec import Comment, Mark, PageSpec, Place

WRITER = FontHand("mali", BLUE, x_height_mm=2.2)
OTHER = FontHand("square-peg", BLACK, x_height_mm=2.0)
CHAIRMAN = FontHand("grape-nuts", BLACK, x_height_mm=2.4)
SPEC = PageSpec(
    Look.RULED,
    (
        Comment("Ngõ 84 tắc cống đã ba tháng, đề nghị phường sửa sớm cho dân đi lại.", WRITER),
        Comment("Phòng chờ thiếu ghế, người già phải đứng lâu, xin kê thêm ghế.", OTHER),
    ),
    [Mark(CHAIRMAN, date_text="12/3/2024", date=dt.date(2024, 3, 12), place=Place.CORNER)],
    dpi=150,
)


class Teller:
    """An engine for lines that says what it is told, whatever the picture."""

    name = "teller 1"

    def __init__(self, texts: Sequence[str], confidence: float = 0.97) -> None:
        self._texts, self._confidence = texts, confidence
        self.seen: list[LineImage] = []

    def read(self, lines: Sequence[LineImage]) -> list[Reading]:
        self.seen += lines
        told = [*self._texts, *[""] * len(lines)][: len(lines)]
        return [Reading(text, (self._confidence,) * len(text), self.name) for text in told]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "page.png"
    Image.fromarray(draw_page(SPEC, np.random.default_rng(3)).image).save(path)
    return path


def read(page: Path, texts: Sequence[str], confidence: float = 0.97) -> PageReading:
    (reading,) = read_pages(load_frame(page), Teller(texts, confidence))
    return reading


def told(page: Path, *, mark: Sequence[str], comment: str = "Đề nghị phường sửa.") -> list[str]:
    """What to say on each line so that the mark's lines say what is given."""
    frame = load_frame(page)
    sheet = Sheet.of(frame)
    layout = sheet.layout(frame)
    said = [comment] * len(layout.lines)
    signatures = {index for each in sheet.candidates for index in each.signatures}
    wanted = [index for index in range(len(layout.lines)) if index not in signatures]
    for index, text in zip(layout.marks[0].lines, [*mark, *[""] * 9], strict=False):
        said[index] = text
    return [said[index] for index in wanted]


def test_each_line_is_read_and_each_comment_is_an_entry(page):
    reading = read(page, told(page, mark=["Đã xem", "12/3/2024"]))
    assert len(reading.entries) == 2
    assert {line.entry for line in reading.lines} == {0, 1, None}
    for number, entry in enumerate(reading.entries):
        own = [line.reading.text for line in reading.lines if line.entry == number]
        assert entry.text == "\n".join(own) != ""
    assert (reading.width, reading.height, reading.engine) == (
        *load_frame(page).turn.upright_size,
        "teller 1",
    )


def test_lines_are_handed_over_as_grey_pictures_with_white_paper(page):
    engine = Teller([])
    read_pages(load_frame(page), engine)
    assert engine.seen
    for picture in engine.seen:
        assert (picture.ndim, picture.dtype) == (2, np.uint8)
        assert np.median(picture) == 255 > picture.min()


def test_the_mark_has_its_date_where_it_was_read_with_confidence(page):
    sure = read(page, told(page, mark=["Đã xem 12/3/2024"]))
    (mark,) = frame_reading_to_json("page.png", [sure])["seen"]
    assert (mark["date"], mark["candidates"][0]["date"]) == ("2024-03-12", "2024-03-12")
    doubtful = read(page, told(page, mark=["Đã xem 12/3/2024"]), confidence=0.5)
    (mark,) = frame_reading_to_json("page.png", [doubtful])["seen"]
    assert (mark["date"], mark["candidates"][0]["date"]) == (None, "2024-03-12")


def test_an_entry_of_which_nothing_can_be_read_is_none(page):
    assert read(page, []).entries == ()
    assert len(read(page, []).lines) > 2


def test_the_date_at_the_end_of_a_comment_is_when_it_was_written(page):
    reading = read(page, told(page, mark=["Đã xem"], comment="Lan, 4/3/2024"))
    assert [entry.written and entry.written.date for entry in reading.entries] == [
        dt.date(2024, 3, 4)
    ] * 2


def test_a_blank_page_holds_nothing(tmp_path):
    path = tmp_path / "blank.png"
    Image.new("L", (800, 1100), 250).save(path)
    reading = read(path, ["x"])
    assert (reading.lines, reading.entries, reading.marks) == ((), (), ())


class DateTeller(Teller):
    """An engine that can look for a date in particular."""

    def __init__(self, texts: Sequence[str], date: DateText | None) -> None:
        super().__init__(texts)
        self._date = date

    def read_date(self, pictures: Sequence[LineImage]) -> DateText | None:
        return self._date if pictures else None


def test_a_seal_with_nothing_written_at_it_is_a_mark_without_a_date(tmp_path):
    drawn = draw_page(replace(SPEC, marks=[]), np.random.default_rng(3)).image
    sealed = np.ascontiguousarray(drawn)
    across, down = sealed.shape[1] // 2, sealed.shape[0] * 3 // 4
    cv2.circle(sealed, (across, down), 90, (200, 30, 40), 6)
    path = tmp_path / "sealed.png"
    Image.fromarray(sealed).save(path)
    (reading,) = read_pages(load_frame(path), DateTeller([], DateText("12/3/2024", 0.95, -0.1)))
    (mark,) = reading.marks
    assert (mark.stamp, mark.text, mark.written) == (True, "", None)


@pytest.mark.parametrize(
    ("found", "date", "candidates"),
    [
        (DateText("12/3/2024", 0.95, -0.1), "2024-03-12", ["2024-03-12"]),
        (DateText("12/3/2024", 0.60, -0.1), None, ["2024-03-12"]),
        (None, None, []),
    ],
)
def test_a_date_that_an_engine_looked_for_is_settled_where_it_leaves_no_doubt(
    page, found, date, candidates
):
    engine = DateTeller(told(page, mark=["Đã xcm"]), found)
    (reading,) = read_pages(load_frame(page), engine)
    (mark,) = frame_reading_to_json("page.png", [reading])["seen"]
    assert mark["date"] == date
    assert [each["date"] for each in mark["candidates"]] == candidates
