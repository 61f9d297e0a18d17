from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from formbook.imaging.marks import LIKELY
from formbook.imaging.page import Sheet, see
from formbook.imaging.scan import load_frame, open_frame
from formbook.training.camera import Capture
from formbook.training.hands import BLACK, BLUE, RED, FontHand
from formbook.training.pages import draw_page
from formbook.training.paper import Look
from formbook.training.spec import Comment, Mark, PageSpec, Place

WRITER = FontHand("mali", BLUE, x_height_mm=2.2)
OTHER = FontHand("square-peg", BLACK, x_height_mm=2.0)
CHAIRMAN = FontHand("grape-nuts", BLACK, x_height_mm=2.4)
COMMENTS = (
    Comment("Ngõ 84 tắc cống đã ba tháng, đề nghị phường sửa sớm cho dân đi lại.", WRITER),
    Comment(
        "Phòng chờ thiếu ghế, người già phải đứng lâu, xin phường kê thêm vài cái ghế nữa.", OTHER
    ),
)
SEEN = Mark(
    CHAIRMAN, date_text="12/3/2024", date=dt.date(2024, 3, 12), place=Place.CORNER, stamp=True
)
SPEC = PageSpec(Look.RULED, COMMENTS, [SEEN], dpi=150, page_number=7)


def draw(tmp_path, seed=3, **changes):
    page = draw_page(replace(SPEC, **changes), np.random.default_rng(seed))
    return save(tmp_path, page.image), page.truth


def save(tmp_path, image, name="page.png", **how):
    path = tmp_path / name
    Image.fromarray(image).save(path, **how)
    return path


def overlap(one, other):
    a, b = (cv2.convexHull(np.array(x, np.float32)) for x in (one, other))
    shared, _ = cv2.intersectConvexConvex(a, b)
    return shared / (cv2.contourArea(a) + cv2.contourArea(b) - shared)


def found_share(true, seen, least):
    return np.mean([max(overlap(t, s) for s in seen) >= least for t in true])


@pytest.mark.parametrize("look", [Look.PLAIN, Look.RULED, Look.GRID])
@pytest.mark.parametrize("capture", list(Capture))
def test_lines_comments_and_mark_are_seen_where_they_stand(tmp_path, look, capture):
    path, truth = draw(tmp_path, look=look, capture=capture, skew_degrees=1.2)
    layout = see(load_frame(path))
    lines = [line.polygon for line in layout.lines]
    assert found_share([line.polygon for line in truth.lines], lines, 0.5) == 1.0
    assert len(layout.entries) == 2
    entries = [entry.polygon for entry in layout.entries]
    assert found_share([entry.polygon for entry in truth.entries], entries, 0.6) == 1.0
    (mark,) = [mark for mark in layout.marks if mark.confidence >= LIKELY]
    assert mark.stamp
    assert overlap(mark.polygon, truth.seen[0].polygon) >= 0.5


def test_the_outline_of_a_line_takes_in_paper_around_its_ink(tmp_path):
    path, _ = draw(tmp_path, skew_degrees=0)
    sheet = Sheet.of(load_frame(path))
    flat = sheet.surface.flat.map([(0, 0), (1, 0)])
    per_pixel = flat[1][0] - flat[0][0]
    for line, seen in zip(sheet.found.lines, see(load_frame(path)).lines, strict=True):
        ys = [y for _, y in seen.polygon]
        assert line.height <= (max(ys) - min(ys)) / per_pixel <= 1.5 * line.height


def test_the_outline_of_a_page_number_is_as_large_as_its_digits(tmp_path):
    path, truth = draw(tmp_path, page_number=47, look=Look.TABLE, dpi=200)
    seen = [line.polygon for line in see(load_frame(path)).lines]
    assert found_share([truth.ignore[0]], seen, 0.8) == 1.0


def test_a_page_in_negative_is_seen_as_the_page(tmp_path):
    path, _ = draw(tmp_path)
    page = load_frame(path)
    negative = load_frame(save(tmp_path, 255 - page.rgb, "negative.png"))
    assert np.array_equal(negative.pixels, page.pixels)
    assert see(negative) == see(page)


def test_a_negative_is_compared_with_other_pages_as_the_page(tmp_path):
    path, _ = draw(tmp_path)
    page = load_frame(path).rgb
    small = [
        open_frame(save(tmp_path, picture, f"{name}.jpg", quality=95)).small_grey(700)[0]
        for name, picture in {"page": page, "negative": 255 - page}.items()
    ]
    assert np.abs(np.subtract(*small, dtype=int)).max() < 12


@pytest.mark.parametrize("soft", [0, 2])
def test_the_grain_of_a_picture_of_nothing_bears_no_mark(tmp_path, soft):
    grain = np.random.default_rng(5).integers(0, 255, (600, 800, 3)).astype(np.uint8)
    picture = cv2.GaussianBlur(grain, (0, 0), soft) if soft else grain
    assert see(load_frame(save(tmp_path, picture))).marks == ()


def test_a_comment_under_no_mark_leaves_no_mark(tmp_path):
    path, _ = draw(tmp_path, marks=())
    layout = see(load_frame(path))
    assert [mark for mark in layout.marks if mark.confidence >= LIKELY] == []
    assert len(layout.entries) == 2


def test_each_row_of_a_table_is_a_comment_and_the_leaders_column_a_mark(tmp_path):
    mark = replace(SEEN, stamp=False, place=Place.COLUMN, entry=0)
    comments = [
        replace(comment, number=str(index + 1), day="3/4", who="Tổ 9")
        for index, comment in enumerate(COMMENTS)
    ]
    path, truth = draw(
        tmp_path, look=Look.TABLE, comments=comments, marks=[mark], width_mm=297, dpi=120
    )
    layout = see(load_frame(path))
    assert len(layout.entries) == 2
    (seen,) = layout.marks
    assert overlap(seen.polygon, truth.seen[0].polygon) >= 0.3
    assert not seen.stamp


def test_outlines_lie_in_the_picture_and_indexes_in_the_lists(tmp_path):
    path, truth = draw(tmp_path, capture=Capture.PHOTO)
    layout = see(load_frame(path))
    outlines = [x.polygon for x in (*layout.lines, *layout.entries, *layout.marks)]
    corners = np.array([corner for polygon in outlines for corner in polygon])
    assert (corners >= 0).all()
    assert (corners <= (truth.width, truth.height)).all()
    for index, entry in enumerate(layout.entries):
        assert all(layout.lines[i].entry == index for i in entry.lines)
    for mark in layout.marks:
        assert all(0 <= i < len(layout.lines) for i in mark.lines)


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_page_stored_turned_gives_the_same_lines_turned(tmp_path, orientation):
    path, _ = draw(tmp_path)
    upright = load_frame(path)
    back = {3: 2, 6: 1, 8: 3}[orientation]
    exif = Image.Exif()
    exif[274] = orientation
    turned = load_frame(save(tmp_path, np.rot90(upright.pixels, back), "turned.png", exif=exif))
    meant = [line.polygon for line in see(upright).lines]
    seen = [turned.turn.to_upright(line.polygon) for line in see(turned).lines]
    assert np.abs(np.array(seen) - np.array(meant)).max() < 0.2


def test_what_is_no_page_ends_well(tmp_path):
    rng = np.random.default_rng(5)
    wall = cv2.GaussianBlur(rng.integers(0, 255, (900, 700, 3)).astype(np.uint8), (0, 0), 7)
    noise = rng.integers(0, 255, (600, 800, 3)).astype(np.uint8)
    blank = np.full((1200, 850, 3), 250, np.uint8)
    for name, picture in {"wall": wall, "noise": noise, "blank": blank}.items():
        layout = see(load_frame(save(tmp_path, picture, f"{name}.png")))
        assert len(layout.marks) < 5
    assert layout.lines == layout.entries == layout.marks == ()
    dot = see(load_frame(save(tmp_path, np.zeros((1, 1, 3), np.uint8), "dot.png")))
    assert dot.lines == ()


@pytest.mark.shared
def test_lines_of_real_photographs_are_all_found(shared: Path):
    for name, lines in (("anhle_ruled_notebook", 5), ("tdat_red", 3)):
        layout = see(load_frame(shared / "data/real_pages" / f"{name}.jpg"))
        assert len(layout.lines) == lines
        assert layout.marks == () or max(m.confidence for m in layout.marks) < LIKELY


@pytest.mark.shared
def test_composed_pages_are_seen(shared: Path):
    for number in ("001", "009", "025"):
        truth = json.loads((shared / f"data/pages/page-{number}.json").read_text("utf-8"))
        layout = see(load_frame(shared / f"data/pages/page-{number}.jpg"))
        lines = [line.polygon for line in layout.lines]
        assert found_share([line["polygon"] for line in truth["lines"]], lines, 0.5) >= 0.85
        sure = [mark.polygon for mark in layout.marks if mark.confidence >= LIKELY]
        assert found_share([mark["polygon"] for mark in truth["seen"]], sure, 0.3) == 1.0


def test_two_marks_of_one_pen_are_both_seen(tmp_path):
    red = replace(CHAIRMAN, colour=RED)
    both = [replace(SEEN, hand=red, stamp=False, place=at) for at in (Place.END, Place.CORNER)]
    path, truth = draw(tmp_path, seed=4, marks=both, page_number=None)
    seen = [each.polygon for each in see(load_frame(path)).marks if each.confidence >= LIKELY]
    assert len(seen) == 2
    assert found_share([each.polygon for each in truth.seen], seen, 0.5) == 1


@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (2000, 1), (1, 2000), (2000, 3), (40, 1496)])
@pytest.mark.parametrize("shade", [0, 200])
def test_a_scrap_of_any_shape_shows_nothing(tmp_path, shape, shade):
    path = save(tmp_path, np.full(shape, shade, np.uint8))
    sheet = Sheet.of(load_frame(path))
    layout = sheet.layout(load_frame(path))
    assert (layout.lines, layout.entries, layout.marks) == ((), (), ())
    assert sheet.numbers_on(0) == []
