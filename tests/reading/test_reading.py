from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest
from fakes import FailingEngine, ScriptedEngine, placed
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from formbook.dates import find_dates
from formbook.errors import ExitCode, RecognitionError
from formbook.imaging.scan import load_frame
from formbook.model import (
    DateCandidate,
    DateReason,
    Edge,
    EntryReading,
    Hand,
    LineReading,
    MarkReading,
    PageReading,
    Reading,
    Side,
    WrittenDate,
)
from formbook.reading import (
    UnknownRecognizerError,
    frame_reading_to_json,
    line_reading_to_json,
    page_reader,
    read_line,
    read_pages,
    reading_from_body,
    reading_to_body,
    reading_within,
    whole,
)
from formbook.reading.marks import edits, says_seen
from formbook.recognize import PlacedReading

WIDTH, HEIGHT = 1000, 1400


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "trang-1.png"
    Image.new("L", (WIDTH, HEIGHT), 255).save(path)
    return path


def read(scan: Path, *lines: PlacedReading) -> PageReading:
    (reading,) = read_pages(load_frame(scan), ScriptedEngine(pages=[lines]))
    return reading


def texts(reading: PageReading) -> list[str]:
    return [entry.text for entry in reading.entries]


# -- entries ------------------------------------------------------------------


def test_a_wide_gap_begins_a_new_entry(scan):
    reading = read(
        scan,
        placed("Đèn ngõ 5 hỏng", 100, 200),
        placed("đã một tuần nay.", 100, 260),
        placed("Xin cảm ơn cán bộ", 100, 400),
        placed("hộ tịch.", 100, 460, width=200),
    )

    assert texts(reading) == ["Đèn ngõ 5 hỏng\nđã một tuần nay.", "Xin cảm ơn cán bộ\nhộ tịch."]
    assert [line.entry for line in reading.lines] == [0, 0, 1, 1]


def test_a_single_line_is_an_entry(scan):
    assert texts(read(scan, placed("Đèn ngõ 5 hỏng", 100, 200))) == ["Đèn ngõ 5 hỏng"]


def test_two_comments_of_one_line_each_are_two_entries(scan):
    reading = read(scan, placed("Đèn ngõ 5 hỏng", 100, 200), placed("Xin cảm ơn", 100, 400))

    assert texts(reading) == ["Đèn ngõ 5 hỏng", "Xin cảm ơn"]


def test_an_empty_page_has_no_entries(scan):
    reading = read(scan)

    assert (reading.lines, reading.entries, reading.marks) == ((), (), ())
    assert reading.page_number is None


def test_lines_come_in_the_order_of_reading_whatever_the_engine_thinks(scan):
    reading = read(
        scan,
        placed("ba", 100, 320),
        placed("hai b", 500, 263, width=200),
        placed("hai a", 100, 260, width=200),
        placed("một", 100, 200),
    )

    assert [line.reading.text for line in reading.lines] == ["một", "hai a", "hai b", "ba"]
    assert texts(reading) == ["một\nhai a\nhai b\nba"]


def test_a_page_that_lies_askew_is_grouped_like_a_straight_one(scan):
    def sloping(text: str, top: float) -> PlacedReading:
        flat = placed(text, 100, top)
        turned = tuple((x, y + 0.1 * x) for x, y in flat.polygon)
        return PlacedReading(turned, flat.reading)

    reading = read(
        scan,
        sloping("Đèn ngõ 5 hỏng", 200),
        sloping("đã một tuần nay.", 260),
        sloping("Xin cảm ơn.", 400),
    )

    assert [line.entry for line in reading.lines] == [0, 0, 1]
    (left, top), (right, top_right), _, _ = reading.entries[0].polygon
    assert (top_right - top) / (right - left) == pytest.approx(0.1)


def test_a_telephone_number_is_text_and_a_flourish_is_not(scan):
    reading = read(scan, placed("0912 345 678", 100, 200), placed("~~~ 12", 100, 600))

    assert texts(reading) == ["0912 345 678"]
    assert [line.entry for line in reading.lines] == [0, None]


def test_a_piece_of_ruling_is_no_line(scan):
    reading = read(scan, placed("|", 50, 200, width=4), placed("Đèn hỏng", 100, 200))

    assert [line.reading.text for line in reading.lines] == ["Đèn hỏng"]


@pytest.mark.parametrize(
    "heading", ["SỔ GÓP Ý", "Nội dung góp ý Ý kiến lãnh đạo", "STT", "Ý KIẾN ĐÓNG GÓP CỦA CÔNG DÂN"]
)
def test_a_printed_heading_belongs_to_no_entry(scan, heading):
    reading = read(scan, placed(heading, 300, 100), placed("Đèn hỏng", 100, 160))

    assert texts(reading) == ["Đèn hỏng"]


def test_words_of_a_heading_further_down_are_a_comment(scan):
    assert texts(read(scan, placed("Nội dung góp ý", 100, 700))) == ["Nội dung góp ý"]


def test_the_number_and_date_cells_of_a_table_give_the_entry_its_date(scan):
    reading = read(
        scan,
        placed("3", 40, 300, width=30),
        placed("21/8/2024", 100, 300, width=120),
        placed("Đèn hỏng", 300, 300, width=500),
        placed("từ lâu.", 300, 360, width=500),
    )

    (entry,) = reading.entries
    assert entry.text == "Đèn hỏng\ntừ lâu."
    assert entry.written is not None
    assert entry.written.date == dt.date(2024, 8, 21)
    assert [line.entry for line in reading.lines] == [None, None, 0, 0]


# -- the date of an entry -----------------------------------------------------


def written(scan: Path, text: str, confidence: float = 0.95) -> WrittenDate | None:
    (entry,) = read(
        scan, placed("Đèn hỏng.", 100, 200), placed(text, 100, 260, confidence=confidence)
    ).entries
    return entry.written


@pytest.mark.parametrize("text", ["12/3/2024", "Bà Lan, 12/3/2024", "Hà Nội, ngày 12/3/2024."])
def test_a_date_that_ends_an_entry_is_when_it_was_written(scan, text):
    found = written(scan, text)

    assert found is not None
    assert found.date == dt.date(2024, 3, 12)


def test_a_date_in_the_middle_of_a_line_is_not(scan):
    assert written(scan, "12/3/2024 đèn vẫn hỏng") is None


def test_a_date_that_ends_a_sentence_is_not_settled(scan):
    found = written(scan, "hỏng từ 12/3/2024")

    assert found is not None
    assert found.date is None
    assert [each.date for each in found.candidates] == [dt.date(2024, 3, 12)]


def test_a_date_read_without_confidence_is_not_settled(scan):
    found = written(scan, "12/3/2024", confidence=0.86)

    assert found is not None
    assert found.date is None
    assert [each.date for each in found.candidates] == [dt.date(2024, 3, 12)]


def test_a_date_without_a_year_is_not_settled(scan):
    found = written(scan, "12/3")

    assert found == WrittenDate("12/3", (), None)


def test_an_entry_without_a_date_has_none(scan):
    assert written(scan, "từ lâu.") is None


# -- the page's number --------------------------------------------------------


@pytest.mark.parametrize("top", [30, 1340])
def test_a_lone_number_at_the_edge_is_the_pages(scan, top):
    reading = read(scan, placed("Đèn hỏng", 100, 500), placed("85", 900, top, width=40))

    assert reading.page_number == 85
    assert texts(reading) == ["Đèn hỏng"]


@pytest.mark.parametrize(
    "number",
    [
        placed("85", 900, 30, width=40, confidence=0.8),
        placed("85", 900, 500, width=40),
        placed("085", 900, 30, width=40),
        placed("85 86", 900, 30, width=80),
    ],
    ids=["unsure", "in the text", "zero first", "two words"],
)
def test_what_may_be_something_else_is_no_page_number(scan, number):
    assert read(scan, placed("Đèn hỏng", 100, 300), number).page_number is None


def test_two_numbers_at_the_edges_settle_nothing(scan):
    reading = read(scan, placed("85", 900, 30, width=40), placed("86", 900, 1340, width=40))

    assert reading.page_number is None


# -- marks --------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Đã xem",
        "ĐÃ XEM",
        "da xem",
        "Đã xcm",
        "Đỗ xem.",
        "9ã-xem",
        "ảdä xem",
        "9È xem",
        "D4 xem",
        "_— ở Xem",
        "Đã xem 12/3/2024",
        "Đã xem ngày 12 tháng 3",
        "Đã xem. Chuyển CAP xử lý",
        "Đã xem, giao đ/c Hoa",
        "Đã xem chuyển CAP",
        "Đã xem tr. 21-24",
    ],
)
def test_a_mark_is_known_however_badly_it_was_read(text):
    assert says_seen(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Đã",
        "xem",
        "Đã xem xét",
        "đã xem xét giải quyết cho dân",
        "Tôi đã xem",
        "Để xem lại đèn",
        "đi xem đèn",
        "Đã xong",
        "và em",
        "đi xe",
        "Đã xin",
        "Đèn hỏng",
        "cho xem giấy",
    ],
)
def test_a_citizens_sentence_is_no_mark(text):
    assert not says_seen(text)


def test_a_mark_takes_its_date_and_signature_and_leaves_the_entries_alone(scan):
    reading = read(
        scan,
        placed("Đèn ngõ 5 hỏng", 100, 200),
        placed("Đã xem", 600, 330, width=120),
        placed("12/3/2024", 600, 380, width=160),
        placed("Ng ~", 620, 440, width=180, confidence=0.2),
        placed("Xin cảm ơn cán bộ", 100, 700),
    )

    (mark,) = reading.marks
    assert mark.text == "Đã xem\n12/3/2024\nNg ~"
    assert mark.written is not None
    assert mark.written.date == dt.date(2024, 3, 12)
    assert mark.polygon == ((600, 330), (800, 330), (800, 480), (600, 480))
    assert (mark.stamp, mark.signature, mark.entry) == (False, False, None)
    assert texts(reading) == ["Đèn ngõ 5 hỏng", "Xin cảm ơn cán bộ"]
    assert [line.entry for line in reading.lines] == [0, None, None, None, 1]


def test_a_comment_right_below_a_mark_stays_a_comment(scan):
    reading = read(
        scan, placed("Đã xem", 600, 330, width=120), placed("Xin cảm ơn", 620, 380, width=300)
    )

    assert reading.marks[0].text == "Đã xem"
    assert texts(reading) == ["Xin cảm ơn"]


def test_a_paragraph_whose_line_begins_with_seen_stays_whole(scan):
    reading = read(
        scan,
        placed("Đơn của tôi phường", 100, 200),
        placed("đã xem. Nay xin hỏi lại.", 100, 260),
    )

    assert reading.marks == ()
    assert texts(reading) == ["Đơn của tôi phường\nđã xem. Nay xin hỏi lại."]


def test_a_page_may_hold_a_mark_and_nothing_else(scan):
    reading = read(scan, placed("Đã xem 1/3/2024", 600, 300, width=300))

    assert len(reading.marks) == 1
    assert reading.entries == ()


def test_two_marks_on_a_page_are_two(scan):
    reading = read(
        scan,
        placed("Đèn ngõ 5 hỏng", 100, 100),
        placed("Đã xem 1/3/2024", 600, 300, width=300),
        placed("Đã xem 2/3/2024", 600, 345, width=300),
    )

    assert [mark.text for mark in reading.marks] == ["Đã xem 1/3/2024", "Đã xem 2/3/2024"]


@given(st.text("abcde", max_size=6), st.text("abcde", max_size=6))
def test_edits_are_as_many_there_as_back(a: str, b: str):
    assert edits(a, b) == edits(b, a)
    assert abs(len(a) - len(b)) <= edits(a, b) <= max(len(a), len(b))
    assert (edits(a, b) == 0) == (a == b)


# -- files --------------------------------------------------------------------


def test_a_plain_file_is_handed_over_without_its_pixels(scan):
    engine = ScriptedEngine(pages=[[]])
    read_pages(load_frame(scan), engine)

    assert engine.handed_over == [(scan, None)]


def test_a_turned_photo_is_handed_over_upright_and_read_in_stored_pixels(tmp_path):
    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side: shown turned right by a quarter
    Image.new("L", (HEIGHT, WIDTH), 255).save(path, exif=exif)
    engine = ScriptedEngine(pages=[[placed("Đèn hỏng", 100, 200, width=300, height=50)]])
    (reading,) = read_pages(load_frame(path), engine)

    ((_, pixels),) = engine.handed_over
    assert pixels is not None
    assert pixels.shape == (HEIGHT, WIDTH)
    assert (reading.width, reading.height) == (HEIGHT, WIDTH)
    corners = ((200, 900), (200, 600), (250, 600), (250, 900))
    assert reading.lines[0].polygon == corners
    assert reading.entries[0].polygon == corners


def test_a_later_frame_of_a_file_is_handed_over_as_pixels(tmp_path):
    path = tmp_path / "two.tif"
    first, second = Image.new("L", (40, 60), 255), Image.new("L", (40, 60), 9)
    first.save(path, save_all=True, append_images=[second])
    engine = ScriptedEngine(pages=[[]])
    (reading,) = read_pages(load_frame(path, 2), engine)

    ((_, pixels),) = engine.handed_over
    assert reading.frame == 2
    assert pixels is not None
    assert np.all(pixels == 9)


def test_an_engine_that_fails_fails_the_page(scan):
    with pytest.raises(RecognitionError, match=r"trang-1\.png"):
        read_pages(load_frame(scan), FailingEngine(1, pages=[[]]))


def test_handwriting_is_read_with_a_lexicon_or_letter_by_letter():
    spelled, plain = (page_reader(name, timeout_s=1) for name in ("handwriting", "letters"))
    assert spelled.name == f"{plain.name}+lexicon1"


def test_an_unknown_recognizer_is_wrong_usage():
    with pytest.raises(UnknownRecognizerError, match="tesseract") as caught:
        page_reader("magic", timeout_s=1)

    assert caught.value.exit_code is ExitCode.USAGE


# -- one line -----------------------------------------------------------------


@pytest.fixture
def line(tmp_path: Path) -> Path:
    path = tmp_path / "line.png"
    picture = Image.new("L", (420, 70), 255)
    ImageDraw.Draw(picture).text((20, 10), "hai con cho", 0, ImageFont.load_default(size=40))
    picture.save(path)
    return path


def test_a_picture_of_a_line_is_read(line):
    reading = read_line(line, ScriptedEngine(lines=["Đèn hỏng"]))

    assert line_reading_to_json("line.png", reading) == {
        "schema": "formbook/read-line/1",
        "image": "line.png",
        "text": "Đèn hỏng",
        "confidence": 0.95,
    }


def test_a_failure_on_a_line_names_its_file(line):
    with pytest.raises(RecognitionError, match=r"line\.png"):
        read_line(line, FailingEngine(1, lines=["x"]))


@pytest.mark.tesseract
def test_tesseract_reads_a_picture_of_a_line(line):
    assert read_line(line, page_reader("tesseract", timeout_s=30)).text.startswith("hai con")


# -- json ---------------------------------------------------------------------


def test_a_page_is_printed_with_all_that_scripts_rely_on(scan):
    reading = read(
        scan,
        placed("Đèn hỏng", 100, 200),
        placed("12/3/2024", 100, 260),
        placed("Đã xem 13/3/24", 600, 600, width=200),
    )

    assert json.loads(json.dumps(frame_reading_to_json("trang-1.png", [reading]))) == {
        "schema": "formbook/read/1",
        "image": "trang-1.png",
        "frame": 1,
        "width": 1000,
        "height": 1400,
        "pages": [
            {"polygon": [[0, 0], [1000, 0], [1000, 1400], [0, 1400]], "number": None},
        ],
        "lines": [
            {
                "polygon": [[100, 200], [700, 200], [700, 240], [100, 240]],
                "text": "Đèn hỏng",
                "confidence": 0.95,
                "entry": 0,
                "page": 0,
            },
            {
                "polygon": [[100, 260], [700, 260], [700, 300], [100, 300]],
                "text": "12/3/2024",
                "confidence": 0.95,
                "entry": 0,
                "page": 0,
            },
            {
                "polygon": [[600, 600], [800, 600], [800, 640], [600, 640]],
                "text": "Đã xem 13/3/24",
                "confidence": 0.95,
                "entry": None,
                "page": 0,
            },
        ],
        "entries": [
            {
                "polygon": [[100, 200], [700, 200], [700, 300], [100, 300]],
                "text": "Đèn hỏng\n12/3/2024",
                "confidence": 0.95,
                "written_on": "2024-03-12",
                "page": 0,
            }
        ],
        "seen": [
            {
                "polygon": [[600, 600], [800, 600], [800, 640], [600, 640]],
                "text": "Đã xem 13/3/24",
                "date": None,
                "candidates": [{"date": "2024-03-13", "reasons": ["two_digit_year"]}],
                "stamp": False,
                "signature": False,
                "confidence": 0.95,
                "page": 0,
            }
        ],
    }


numbers = st.floats(0, 9000, allow_nan=False)
polygons = st.lists(st.tuples(numbers, numbers), min_size=3, max_size=5).map(tuple)
shares = st.integers(0, 100).map(lambda percent: percent / 100)
candidates = st.builds(
    DateCandidate,
    st.dates(),
    st.lists(st.sampled_from(DateReason), min_size=1, max_size=2).map(tuple),
)
dates = st.none() | st.builds(
    WrittenDate,
    st.text(max_size=9),
    st.lists(candidates, max_size=2).map(tuple),
    st.none() | st.dates(),
)


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    text = draw(st.text(max_size=8))
    sure = draw(st.lists(shares, min_size=len(text), max_size=len(text)))
    return Reading(text, tuple(sure), draw(st.sampled_from(["tesseract 5.3.0", "ours 1"])))


index = st.none() | st.integers(0, 3)
edges = st.none() | st.builds(
    Edge,
    st.integers(0, 3),
    st.builds(Hand, st.tuples(shares, shares, shares), shares, shares, shares),
    shares,
    shares,
    st.booleans(),
)
pages = st.builds(
    PageReading,
    frame=st.integers(1, 400),
    width=st.integers(1, 9000),
    height=st.integers(1, 9000),
    dpi=st.none() | st.floats(72, 1200),
    engine=st.just("tesseract 5.3.0"),
    side=st.sampled_from(Side),
    outline=polygons,
    page_number=st.none() | st.integers(1, 9999),
    lines=st.lists(st.builds(LineReading, polygons, readings(), index), max_size=3).map(tuple),
    entries=st.lists(
        st.builds(EntryReading, polygons, st.text(max_size=8), shares, dates), max_size=2
    ).map(tuple),
    marks=st.lists(
        st.builds(
            MarkReading,
            polygons,
            st.text(max_size=8),
            dates,
            st.booleans(),
            st.booleans(),
            shares,
            index,
        ),
        max_size=2,
    ).map(tuple),
    begins=edges,
    ends=edges,
)


def test_facing_pages_are_read_each_for_itself_and_printed_as_one_frame(tmp_path, monkeypatch):
    path = tmp_path / "open.png"
    Image.new("L", (2 * WIDTH, HEIGHT), 255).save(path)
    monkeypatch.setattr(whole, "find_facing", lambda _frame: WIDTH)
    left, right = placed("Đèn hỏng", 100, 200), placed("Đường hỏng", 100, 200)
    number = placed("13", 800, 40, width=60)
    pages = read_pages(load_frame(path), ScriptedEngine(pages=[[left], [number, right]]))
    printed = frame_reading_to_json("open.png", pages)

    assert [page.side for page in pages] == [Side.LEFT, Side.RIGHT]
    assert [page.page_number for page in pages] == [None, 13]
    assert pages[1].lines[1].polygon[0] == (WIDTH + 100, 200)
    assert [page["number"] for page in printed["pages"]] == [None, 13]
    assert [page["polygon"][0] for page in printed["pages"]] == [(0, 0), (WIDTH, 0)]
    assert [(line["page"], line["entry"]) for line in printed["lines"]] == [
        (0, 0),
        (1, None),
        (1, 1),
    ]
    assert [(entry["page"], entry["text"]) for entry in printed["entries"]] == [
        (0, "Đèn hỏng"),
        (1, "Đường hỏng"),
    ]


def test_a_wide_frame_that_shows_one_page_is_read_as_one(tmp_path):
    path = tmp_path / "wide.png"
    Image.new("L", (2 * WIDTH, HEIGHT), 255).save(path)
    (page,) = read_pages(load_frame(path), ScriptedEngine(pages=[[placed("Đèn", 100, 200)]]))

    assert page.side is Side.WHOLE


@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
def test_a_page_told_apart_before_is_found_again_on_a_frame_read_as_one(scan, side):
    (whole_frame,) = read_pages(
        load_frame(scan),
        ScriptedEngine(
            pages=[[placed("Đèn hỏng", 50, 200, width=300), placed("Đất", 600, 500, width=300)]]
        ),
    )
    left = ((0, 0), (WIDTH / 2, 0), (WIDTH / 2, HEIGHT), (0, HEIGHT))
    right = tuple((x + WIDTH / 2, y) for x, y in left)
    page = reading_within([whole_frame], side, left if side is Side.LEFT else right)

    assert [line.reading.text for line in page.lines] == [
        "Đèn hỏng" if side is Side.LEFT else "Đất"
    ]
    assert [line.entry for line in page.lines] == [0]
    assert len(page.entries) == 1
    assert page.side is side


def test_a_page_once_read_as_one_keeps_all_that_is_now_read_as_two(tmp_path, monkeypatch):
    path = tmp_path / "open.png"
    Image.new("L", (2 * WIDTH, HEIGHT), 255).save(path)
    monkeypatch.setattr(whole, "find_facing", lambda _frame: WIDTH)
    line = placed("Đèn hỏng", 100, 200)
    pages = read_pages(load_frame(path), ScriptedEngine(pages=[[line], [line]]))
    page = reading_within(pages, Side.WHOLE, ())

    assert [line.entry for line in page.lines] == [0, 1]
    assert len(page.entries) == 2
    assert reading_within(pages, Side.RIGHT, ()) == pages[1]


@given(pages)
def test_a_reading_comes_back_from_the_log_as_it_was(reading: PageReading):
    assert reading_from_body(json.loads(json.dumps(reading_to_body(reading)))) == reading


def test_the_confidences_of_a_word_take_the_room_of_one(scan):
    body = reading_to_body(read(scan, placed("nghiêng", 100, 200)))

    assert body["lines"][0]["confidences"] == [[0.95, 7]]


# -- the composed pages -------------------------------------------------------


@pytest.mark.shared
@pytest.mark.tesseract
def test_a_neat_page_gives_its_entries_its_mark_and_no_date_it_is_not_sure_of(shared):
    (reading,) = read_pages(
        load_frame(shared / "data" / "pages" / "page-007.jpg"),
        page_reader("tesseract", timeout_s=60),
    )

    assert reading.lines[0].reading.text == "SỔ GÓP Ý"
    assert reading.entries[0].text.startswith("Công trình số 45 đổ bê tông")
    (mark,) = reading.marks
    assert "xem. Chuyển CAP xử lý" in mark.text
    assert mark.written is None or mark.written.date is None
    assert len(reading.entries) == 3
    assert not any(find_dates(entry.text) for entry in reading.entries)
