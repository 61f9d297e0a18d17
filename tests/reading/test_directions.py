from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from formbook.imaging.page import Sheet
from formbook.imaging.scan import load_frame
from formbook.model import Reading
from formbook.reading.directions import part_directions, weigh_directions, weigh_opening
from formbook.training.hands import BLACK, BLUE, FontHand
from formbook.training.pages import draw_page
from formbook.training.paper import Look
from formbook.training.spec import Comment, Mark, PageSpec, Place

WRITER = FontHand("mali", BLUE, x_height_mm=2.2)
CHAIRMAN = FontHand("grape-nuts", BLACK, x_height_mm=2.4)
DIRECTION = "Không thuộc thẩm quyền. Chuyển phòng TNMT, báo lại tôi trước ngày mười lăm tháng này"
COMMENT = "Ngõ 84 tắc cống đã ba tháng, đề nghị phường sửa sớm cho dân đi lại."
PRAISE = "Phòng chờ đã có ghế, người già không phải đứng lâu nữa."
SPEC = PageSpec(
    Look.RULED,
    (Comment(COMMENT, WRITER), Comment(PRAISE, WRITER)),
    [Mark(CHAIRMAN, DIRECTION, place=Place.END, entry=0, wide=True)],
    dpi=150,
)


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Sheet:
    path: Path = tmp_path_factory.mktemp("page") / "page.png"
    Image.fromarray(draw_page(SPEC, np.random.default_rng(3)).image).save(path)
    return Sheet.of(load_frame(path))


def tell(sheet: Sheet, said: dict[int, str]) -> list[Reading]:
    """Readings that say something on some lines, and on all others what anybody writes."""
    texts = [said.get(i, "cho dân đi lại") for i in range(len(sheet.found.lines))]
    return [Reading(text, (0.9,) * len(text), "teller") for text in texts]


def test_a_sentence_of_direction_is_a_mark_and_the_comments_around_it_stay(sheet):
    _first, whole, _last = sheet.entries
    said = {whole.lines[0]: "Không thuộc thẩm quyền. Chuyển phòng TNMT", whole.lines[1]: "báo lại"}
    parted = part_directions(sheet, tell(sheet, said))
    (mark,) = parted.candidates
    assert set(mark.all) == set(whole.all)
    assert len(mark.signatures) >= 1
    assert mark.confidence > 0.5
    assert [block.lines for block in parted.entries] == [
        block.lines for block in sheet.entries if block is not whole
    ]


def test_the_end_of_a_comment_may_be_a_mark(sheet):
    longest = max(sheet.entries, key=lambda block: len(block.lines))
    joined = replace(longest, lines=longest.lines, signatures=())
    only = replace(sheet, entries=[joined], candidates=[])
    said = {longest.lines[-1]: "Đã xem. Giao TN&TKQ trả lời công dân"}
    parted = part_directions(only, tell(sheet, said))
    assert parted.entries[0].lines == longest.lines[:-1]
    assert parted.candidates[0].lines == longest.lines[-1:]


def test_comments_stay_comments(sheet):
    for text in (
        COMMENT,
        "Chuyển trường cho cháu mà phải xin tới bốn chữ ký, nên bớt đi.",
        "Đ/c Hiền ở bộ phận một cửa rất nhiệt tình.",
        "Đề nghị giao công an phường kiểm tra, trả lời cho dân.",
        "Đã xem xét mãi mà chưa sửa.",
    ):
        told = tell(sheet, dict.fromkeys(range(len(sheet.found.lines)), text))
        assert part_directions(sheet, told) is sheet


@pytest.mark.parametrize(
    ("text", "opening", "said"),
    [
        ("Đã xem. Giao bộ phận TN&TKQ rút kinh nghiệm", 2, 2),
        ("Không thuộc thâm quyền của phương. Chuyên phòng thuế", 2, 1),
        ("Đã đọc, đồng ý", 2, 1),
        ("Đ/c Mận xem, báo lại tôi", 1, 1),
        ("Đã đọc thông báo mà không hiểu", 0, 0),
        ("Đã xem xét", 0, 0),
        ("", 0, 0),
    ],
)
def test_words_are_weighed_though_some_letters_are_misread(text, opening, said):
    assert (weigh_opening(text), weigh_directions(text)) == (opening, said)
