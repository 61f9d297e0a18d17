from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from formbook.training.camera import Capture
from formbook.training.hands import BLACK, BLUE, RED, FontHand
from formbook.training.pages import draw_facing, draw_line, draw_page
from formbook.training.paper import Look
from formbook.training.spec import Comment, Mark, PageSpec, Place

WRITER = FontHand("square-peg", BLUE)
OTHER = FontHand("mali", BLACK, x_height_mm=2.0)
CHAIRMAN = FontHand("grape-nuts", RED)
SEEN = Mark(CHAIRMAN, date_text="12/3/2024", date=dt.date(2024, 3, 12), stamp=True)
COMMENTS = (
    Comment(
        "Ngõ 84 tắc cống đã ba tháng, đề nghị ~sủa~ sửa sớm. Đàm Thị Nhài", WRITER, signed=True
    ),
    Comment("Phòng chờ thiếu ghế.", OTHER, number="2", day="4/3", who="Tổ 9", result="đã kê"),
)
SPEC = PageSpec(
    Look.PLAIN, COMMENTS, [SEEN], height_mm=140, dpi=100, page_number=7, heading="SỔ GÓP Ý"
)


def draw(seed=1, **changes):
    return draw_page(replace(SPEC, **changes), np.random.default_rng(seed))


def outlines(truth):
    return [
        *(x.polygon for x in truth.lines),
        *truth.ignore,
        *(x.polygon for x in truth.seen),
    ]


def area_of(polygons, shape):
    mask = np.zeros(shape, np.uint8)
    for polygon in polygons:
        cv2.fillPoly(mask, [np.round(polygon).astype(np.int32)], 1)
    return mask > 0


def ink_of(page):
    """Dark pixels, the paper's edge left out."""
    ink = page.image.min(axis=2) < 130
    ink[:8], ink[-8:], ink[:, :8], ink[:, -8:] = False, False, False, False
    return ink


def overlap(one, other):
    a, b = (cv2.convexHull(np.array(x, np.float32)) for x in (one, other))
    shared, _ = cv2.intersectConvexConvex(a, b)
    return shared / (cv2.contourArea(a) + cv2.contourArea(b) - shared)


def corners(polygon):
    return sorted((round(x, 1), round(y, 1)) for x, y in polygon)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"skew_degrees": 2.0},
        {"curl_mm": 4.0},
        {"quarters": 1, "skew_degrees": -1.0},
        {"quarters": 2, "curl_mm": 2.0},
    ],
)
def test_the_outlines_hold_nearly_all_ink(changes):
    page = draw(**changes)
    ink = ink_of(page)

    held = area_of(outlines(page.truth), ink.shape)

    assert ink[held].sum() / ink.sum() > 0.985


def test_every_line_holds_ink_even_in_a_photograph():
    page = draw(capture=Capture.PHOTO)

    for line in page.truth.lines:
        held = area_of([line.polygon], page.image.shape[:2])
        paper = np.median(page.image[held].astype(float).min(axis=1))
        assert 0.02 < (page.image[held].min(axis=1) < 0.7 * paper).mean() < 0.5


def test_a_wrong_box_scores_low():
    page = draw()
    line = page.truth.lines[0].polygon
    height = line[2][1] - line[0][1]
    lower = tuple((x, y + 0.6 * height) for x, y in line)
    ink = ink_of(page)

    assert overlap(line, line) > 0.99
    assert overlap(line, lower) < 0.3
    right, wrong = (ink[area_of([x], ink.shape)].sum() for x in (line, lower))
    assert wrong < 0.75 * right


def test_the_same_seed_gives_the_same_bytes_and_another_does_not():
    one, same, other = draw(5), draw(5), draw(6)

    assert one.image.tobytes() == same.image.tobytes()
    assert one.truth == same.truth
    assert one.image.tobytes() != other.image.tobytes()


def test_a_turned_page_turns_its_truth():
    upright, turned = draw(), draw(quarters=2)
    width, height = upright.truth.width, upright.truth.height

    assert np.array_equal(turned.image, upright.image[::-1, ::-1])
    for one, other in zip(upright.truth.lines, turned.truth.lines, strict=True):
        back = [(width - x, height - y) for x, y in other.polygon]
        assert overlap(one.polygon, back) > 0.99
        assert one.text == other.text


def test_a_page_on_its_side_changes_width_and_height():
    page = draw(quarters=3)

    assert page.image.shape == (page.truth.height, page.truth.width, 3)
    assert page.truth.width < page.truth.height or SPEC.width_mm > SPEC.height_mm
    tops = [min(y for _, y in line.polygon) for line in page.truth.lines if line.entry == 0]
    lefts = [min(x for x, _ in line.polygon) for line in page.truth.lines if line.entry == 0]
    assert lefts == sorted(lefts)
    assert max(tops) - min(tops) < page.truth.height / 2


def test_a_struck_out_word_is_on_the_page_but_not_in_the_truth():
    entry = draw().truth.entries[0]

    assert "sủa" not in entry.text
    assert " ".join(entry.text.split()) == (
        "Ngõ 84 tắc cống đã ba tháng, đề nghị sửa sớm. Đàm Thị Nhài"
    )


def test_a_line_of_struck_out_words_is_a_line_that_says_nothing():
    page = draw(comments=[Comment("~nhầm~ ~rồi~", WRITER), COMMENTS[1]], marks=())

    assert [entry.text for entry in page.truth.entries] == ["", "Phòng chờ thiếu ghế."]
    assert [line.text for line in page.truth.lines] == ["", "Phòng chờ thiếu ghế."]
    ink = ink_of(page)
    assert ink[area_of([page.truth.lines[0].polygon], ink.shape)].sum() > 50


def test_an_entry_reaches_to_its_signature():
    signed = draw(marks=()).truth
    bare = draw(marks=(), comments=[replace(COMMENTS[0], signed=False), COMMENTS[1]]).truth

    signature = area_of([signed.ignore[2]], (signed.height, signed.width))
    assert len(bare.ignore) == len(signed.ignore) - 1
    held = [
        area_of([truth.entries[0].polygon], signature.shape)[signature].mean()
        for truth in (signed, bare)
    ]
    assert held[0] > 0.98 > held[1]


def test_what_stands_beyond_the_edge_is_not_in_the_truth():
    truth = draw(width_mm=6, marks=(), heading="").truth

    assert (truth.lines, truth.entries, truth.ignore) == ((), (), ())


def test_lines_name_their_entry_and_make_up_its_text():
    truth = draw().truth

    for index, entry in enumerate(truth.entries):
        assert entry.text == "\n".join(x.text for x in truth.lines if x.entry == index)
    assert [entry.hand for entry in truth.entries] == ["square-peg", "mali"]


def test_the_mark_says_what_it_is():
    (mark,) = draw().truth.seen

    assert mark.text == "Đã xem 12/3/2024"
    assert mark.date == dt.date(2024, 3, 12)
    assert (mark.year_written, mark.signature, mark.stamp, mark.entry) == (True, True, True, None)
    assert not replace(mark, date_text="12/3").year_written


@pytest.mark.parametrize("place", [Place.END, Place.MARGIN, Place.CORNER])
def test_a_mark_stands_where_it_is_asked_to(place):
    truth = draw(marks=[replace(SEEN, place=place)]).truth

    left = min(x for x, _ in truth.seen[0].polygon) / truth.width
    bottom = max(y for _, y in truth.seen[0].polygon) / truth.height
    assert (left < 0.1) == (place is Place.MARGIN)
    assert (bottom > 0.9) == (place is not Place.END)


def test_several_marks_at_the_end_stand_one_below_the_other():
    truth = draw(height_mm=250, marks=[SEEN, replace(SEEN, stamp=False)]).truth

    first, second = (x.polygon for x in truth.seen)
    assert max(y for _, y in first) <= min(y for _, y in second)


def top_and_bottom(polygon):
    rows = [y for _, y in polygon]
    return min(rows), max(rows)


def test_a_mark_below_each_comment_stands_before_the_next():
    marks = [replace(SEEN, entry=0, stamp=False), replace(SEEN, entry=1, stamp=False)]

    truth = draw(height_mm=250, marks=marks).truth

    (one, _), (two, _) = (top_and_bottom(x.polygon) for x in truth.entries)
    (first, first_end), (second, _) = (top_and_bottom(x.polygon) for x in truth.seen)
    assert [x.entry for x in truth.seen] == [0, 1]
    assert one < first < two < second
    assert first_end < two + 0.04 * truth.height


def test_a_mark_in_the_margin_stands_beside_its_comment():
    marks = [replace(SEEN, place=Place.MARGIN, entry=x, stamp=False) for x in (0, 1)]

    truth = draw(look=Look.RULED, height_mm=250, marks=marks).truth

    for mark, entry in zip(truth.seen, truth.entries, strict=True):
        assert max(x for x, _ in mark.polygon) < 0.3 * truth.width
        assert abs(top_and_bottom(mark.polygon)[0] - top_and_bottom(entry.polygon)[0]) < 60
    assert top_and_bottom(truth.seen[0].polygon)[1] <= top_and_bottom(truth.seen[1].polygon)[0]


def test_without_a_margin_such_a_mark_stands_below_its_comment():
    marks = [replace(SEEN, place=Place.MARGIN, entry=0, stamp=False)]

    truth = draw(marks=marks).truth

    assert min(x for x, _ in truth.seen[0].polygon) > 0.2 * truth.width
    assert top_and_bottom(truth.seen[0].polygon)[0] < top_and_bottom(truth.entries[1].polygon)[0]


def test_a_mark_beside_a_comment_that_found_no_room_is_left_out():
    long = Comment(" ".join(f"từ{n}" for n in range(300)), WRITER)
    marks = [replace(SEEN, entry=1)]

    assert draw(comments=[long, COMMENTS[1]], marks=marks).truth.seen == ()


def test_what_finds_no_room_is_handed_back_for_the_next_page():
    long = Comment(" ".join(f"từ{n}" for n in range(300)), WRITER)

    first = draw(comments=[long, COMMENTS[1]])
    rest, untouched = first.left_over
    second = draw(comments=first.left_over, height_mm=297)

    assert rest.goes_on
    assert untouched == COMMENTS[1]
    parts = [page.truth.entries[0] for page in (first, second)]
    assert [part.begun_before for part in parts] == [False, True]
    assert parts[0].ends_later
    read = " ".join(page.truth.entries[0].text for page in (first, second)).split()
    assert read == long.text.split()[: len(read)]
    assert len(read) > 150


def test_a_table_keeps_name_and_comment_and_ignores_number_day_and_result():
    mark = replace(SEEN, place=Place.COLUMN, entry=1, stamp=False)
    truth = draw(look=Look.TABLE, width_mm=297, marks=[mark]).truth

    assert truth.entries[1].text == "Tổ 9\nPhòng chờ thiếu ghế."
    assert truth.seen[0].entry == 1
    assert min(x for x, _ in truth.seen[0].polygon) > max(x for x, _ in truth.entries[1].polygon)
    printed = 2 + 6  # heading, page number; six columns
    assert len(truth.ignore) == printed + 1 + 3  # a signature; number, day, result


def test_a_full_table_cuts_its_last_comment():
    long = Comment(" ".join(f"từ{n}" for n in range(300)), WRITER, who="Tổ 2")

    page = draw(look=Look.TABLE, width_mm=297, comments=[*COMMENTS, long, COMMENTS[1]], marks=())

    rest, untouched = page.left_over
    assert (rest.who, rest.goes_on, untouched) == ("", True, COMMENTS[1])


def test_a_table_without_room_for_a_row_hands_it_back_whole():
    page = draw(look=Look.TABLE, width_mm=297, comments=[COMMENTS[1]] * 12, marks=())

    assert len(page.truth.entries) + len(page.left_over) == 12
    assert not page.left_over[0].goes_on


@pytest.mark.parametrize("changes", [{}, {"look": Look.TABLE}])
def test_a_mark_in_a_row_that_is_not_there_is_refused(changes):
    mark = replace(SEEN, place=Place.COLUMN, entry=5)

    with pytest.raises(ValueError, match="no row of a table for a mark at entry 5"):
        draw(marks=[mark], width_mm=297, **changes)


def test_the_other_side_shows_through_mirrored_and_faint():
    blank = replace(SPEC, comments=(), marks=(), page_number=None, heading="")
    through = draw_page(replace(blank, back=SPEC), np.random.default_rng(2)).image
    bare = draw_page(blank, np.random.default_rng(2)).image

    faint = bare.astype(float).mean() - through.astype(float).mean()
    assert 0.1 < faint < 10
    there = draw_page(SPEC, np.random.default_rng(2)).truth.seen[0].polygon
    middle = np.mean([x for x, _ in there]) / bare.shape[1]
    red = (through[:, :, 0].astype(float) - through[:, :, 1]).clip(6) - 6
    shown = (red.sum(axis=0) * np.arange(red.shape[1])).sum() / red.sum() / red.shape[1]
    assert middle > 0.6
    assert shown < 0.45
    assert not ink_of(draw_page(replace(blank, back=SPEC), np.random.default_rng(2))).any()


def test_facing_pages_keep_their_sides_apart():
    left, right = replace(SPEC, page_number=6), replace(SPEC, page_number=7)

    truth = draw_facing(left, right, np.random.default_rng(9)).truth

    assert [side.page_number for side in truth.sides] == [6, 7]
    spine = max(x for x, _ in truth.sides[0].polygon)
    middles = [np.mean([x for x, _ in entry.polygon]) for entry in truth.entries]
    assert [middle > spine for middle in middles] == [False, False, True, True]
    assert {line.entry for line in truth.lines} == {0, 1, 2, 3}
    assert len(truth.seen) == 2
    assert [x["page_number"] for x in truth.to_json()["sides"]] == [6, 7]


def test_marks_in_the_rows_of_the_right_page_count_its_entries_on():
    mark = replace(SEEN, place=Place.COLUMN, entry=0)
    side = replace(SPEC, look=Look.TABLE, width_mm=297, marks=[mark])

    truth = draw_facing(side, side, np.random.default_rng(9)).truth

    assert [x.entry for x in truth.seen] == [0, 2]


def test_facing_pages_of_different_height_are_refused():
    with pytest.raises(ValueError, match="facing pages differ"):
        draw_facing(SPEC, replace(SPEC, height_mm=200), np.random.default_rng(1))


def test_a_line_alone_is_dark_on_light_and_little_larger_than_its_ink():
    line = draw_line("Đề nghị sửa đèn", WRITER, np.random.default_rng(1))

    rows, columns = np.nonzero(line < 150)
    assert line.dtype == np.uint8
    assert np.median(line) > 235
    assert rows.min() < 14
    assert columns.max() > line.shape[1] - 14


@pytest.mark.shared
def test_the_truth_is_written_as_the_measuring_pages_have_it(shared):
    given = json.loads((shared / "data/pages/page-001.json").read_text("utf-8"))
    ours = draw().truth.to_json()

    assert ours.keys() == given.keys()
    assert ours["lines"][0].keys() == given["lines"][0].keys()
    assert ours["entries"][0].keys() - {"begun_before", "ends_later"} == given["entries"][0].keys()
    assert ours["seen"][0].keys() - {"entry"} == given["seen"][0].keys()
