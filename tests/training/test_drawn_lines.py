from __future__ import annotations

import lzma
import unicodedata

import numpy as np
import pytest

from formbook.recognize.picture import FINE, GRAIN, HEIGHT, clean
from formbook.training.augment import look_at
from formbook.training.lines import (
    draw_font,
    draw_pen,
    draw_plain,
    draw_strokes,
    put_on_paper,
)
from formbook.training.penmanship import PenLine, PenWord, Recordings
from formbook.training.render import draw_part
from formbook.training.shelf import read_shelf, write_part
from formbook.training.texts import COLLECTIONS, draw_text, plain_text, read_sentences

ZIGZAG = tuple(
    np.array([[x, 60], [x + 20, 0], [x + 40, 60]], dtype=np.float32) for x in range(0, 900, 60)
)


def rng(seed=1):
    return np.random.default_rng(seed)


def test_strokes_are_drawn_where_they_are_and_as_thick_as_asked():
    bar = (np.array([[0, 0], [100, 0]], dtype=np.float32),)
    ink = draw_strokes(bar, scale=2, pen_px=6)

    middle = ink[:, ink.shape[1] // 2]
    assert middle.sum() == pytest.approx(6, abs=1.2)
    assert 200 <= (ink.max(axis=0) > 0.5).sum() <= 210


@pytest.mark.parametrize("seed", range(6))
def test_a_drawn_line_can_be_cleaned_like_any_other(seed):
    ink = draw_pen(ZIGZAG, rng(seed))
    plain = draw_plain(ZIGZAG, rng(seed))
    paper = put_on_paper(ink, [ink, ink], rng(seed))

    for picture in (plain, paper):
        assert picture.dtype == np.uint8
        assert clean(picture).shape[0] == FINE


def test_nothing_of_the_line_is_lost_on_its_paper():
    ink = draw_font("Phường Nghĩa Đô", rng())
    paper = put_on_paper(ink, [], rng(4))

    assert paper.shape[0] >= ink.shape[0]
    assert paper.shape[1] >= ink.shape[1]
    assert (paper < np.median(paper) - 40).sum() > 0.3 * (ink > 0.5).sum()


def test_a_look_at_a_line_is_what_the_network_takes_and_never_too_narrow():
    picture = clean(draw_plain(ZIGZAG, rng()))
    looks = [look_at(picture, "lll" * 30, rng(seed)) for seed in range(8)]

    for look in looks:
        assert look.shape[0] == HEIGHT
        assert look.shape[1] % GRAIN == 0
        assert look.shape[1] / 4 >= 2 * 90
        assert -1 <= look.min() < 0 < look.max() <= 1
    assert len({look.tobytes() for look in looks}) == len(looks)


def test_what_a_line_says_can_be_written_and_is_in_one_form():
    source = rng(5)
    texts = [draw_text(["nhà vệ sinh “sạch” – tốt"], source) for _ in range(300)]

    assert all(text == unicodedata.normalize("NFC", text).strip() != "" for text in texts)
    assert any("₫" in text for text in texts)
    assert any(text.startswith("Đã xem") for text in texts)
    assert any(text.isupper() and "NHÀ" in text for text in texts)


def test_a_text_is_put_into_what_a_pen_writes():
    assert plain_text("“Tốt” – hay…  nhé !") == '"Tốt" - hay... nhé!'
    assert plain_text("Nghi\u0303a") == "Nghĩa"


def test_the_comments_on_the_measured_pages_are_not_read(tmp_path):
    for name in (*COLLECTIONS, "comments"):
        with lzma.open(tmp_path / f"{name}.txt.xz", "wt", encoding="utf-8") as file:
            file.write(f"câu của {name}\n\n")

    assert read_sentences(tmp_path) == ["câu của news", "câu của complaints", "câu của feedback"]


def test_a_shelf_gives_back_what_was_put_on_it(tmp_path):
    lines = [(np.full((FINE, 30 + i), i, np.uint8), f"dòng {i}", "font") for i in range(3)]

    assert write_part(tmp_path, "0", lines[:2]) == 2
    assert write_part(tmp_path, "1", lines[2:]) == 1
    read = read_shelf(tmp_path)
    assert [(line.text, line.kind) for line in read] == [(f"dòng {i}", "font") for i in range(3)]
    assert all(np.array_equal(a.picture, b[0]) for a, b in zip(read, lines, strict=True))


def test_a_part_still_being_written_is_left_alone(tmp_path):
    (tmp_path / "0.pixels").write_bytes(b"\0" * 480)

    assert read_shelf(tmp_path) == []


def test_drawn_parts_are_the_same_for_the_same_seed_and_hold_every_kind():
    words = [PenWord("xin", ZIGZAG[:2]), PenWord("chào", ZIGZAG[2:4])]
    recordings = Recordings([PenLine("xin chào", "1", ZIGZAG[:4])], {"1": [words]})

    def draw(seed):
        return list(draw_part(recordings, ["xin cảm ơn"], seed=seed, count=12))

    one, other = draw(3), draw(3)
    assert [text for _, text, _ in one] == [text for _, text, _ in other]
    assert all(np.array_equal(a[0], b[0]) for a, b in zip(one, other, strict=True))
    assert {kind for _, _, kind in one} == {"written", "composed", "font"}
    assert all(picture.shape[0] == FINE for picture, _, _ in one)


def test_a_part_of_numbers_holds_dates_and_numbers_alone():
    words = ("ngày", "Ngày", "tháng", "năm", "Đã", "đã", "xem", *"0123456789")
    run = [PenWord(word, ZIGZAG[:2]) for word in words]
    recordings = Recordings([PenLine("ngày", "1", ZIGZAG[:2])], {"1": [run]})

    drawn = list(draw_part(recordings, ["xin cảm ơn"], seed=3, count=12, numbers=True))
    assert {kind for _, _, kind in drawn} == {"numbers"}
    assert all(any(map(str.isdigit, text)) for _, text, _ in drawn)
