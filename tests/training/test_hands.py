from __future__ import annotations

import unicodedata
from importlib.resources import files
from itertools import product

import numpy as np
import pytest
from PIL import Image, ImageDraw

from formbook.training.hands import (
    PRINT_FONT,
    RED,
    WRITING_FONTS,
    FontHand,
    load_letters,
    strike_out,
)

FONTS = files("formbook.training") / "fonts"
TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
LETTERS = {
    unicodedata.normalize("NFC", letter + tone)
    for letter, tone in product("aăâeêioôơuưyAĂÂEÊIOÔƠUƯY", TONES)
} | set("bcdđghklmnpqrstvxBCDĐGHKLMNPQRSTVX0123456789.,:;/-()?!")


def picture(font: str, letter: str) -> bytes:
    sheet = Image.new("L", (160, 200))
    ImageDraw.Draw(sheet).text(
        (40, 130), letter, fill=255, font=load_letters(font, 80), anchor="ls"
    )
    return sheet.tobytes()


@pytest.mark.parametrize("font", [*WRITING_FONTS, PRINT_FONT])
def test_every_vietnamese_letter_is_drawn_and_drawn_as_itself(font):
    missing = picture(font, "\uffff")
    drawn = {letter: picture(font, letter) for letter in LETTERS}

    assert [letter for letter in LETTERS if drawn[letter] == missing] == []
    assert [letter for letter in LETTERS if not any(drawn[letter])] == []
    with_tone = [letter for letter in LETTERS if len(unicodedata.normalize("NFD", letter)) > 1]
    bare = {letter: unicodedata.normalize("NFD", letter)[0] for letter in with_tone}
    assert [x for x in with_tone if drawn[x] == picture(font, bare[x])] == []


def test_every_font_brings_its_licence_and_together_they_are_small():
    names = {file.name for file in FONTS.iterdir()}

    fonts = {name.removesuffix(".ttf") for name in names if name.endswith(".ttf")}
    assert fonts == {*WRITING_FONTS, PRINT_FONT}
    for font in fonts:
        licence = (FONTS / f"{font}.OFL.txt").read_text("utf-8")
        assert licence.startswith("Copyright")
        assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert sum(len(file.read_bytes()) for file in FONTS.iterdir()) < 1_200_000


def test_a_line_is_about_as_wide_as_measured_and_never_the_same_twice():
    hand = FontHand("square-peg")
    rng = np.random.default_rng(3)
    text = "Đề nghị sửa đèn đường ngõ 84"

    first, second = (hand.write(text, rng, dpi=200) for _ in range(2))

    assert abs(first.ink.shape[1] / hand.measure(text, dpi=200) - 1) < 0.08
    assert first.ink.shape != second.ink.shape or not np.array_equal(first.ink, second.ink)
    assert first.ink.dtype == np.float32
    assert first.ink.min() >= 0
    assert 0.5 < first.ink.max() <= 1


def test_a_small_letter_is_as_high_as_the_hand_says():
    hand = FontHand("mali", x_height_mm=3.0, wobble=0.0)

    writing = hand.write("xxx", np.random.default_rng(1), dpi=254)

    assert abs(writing.ink.shape[0] - 30) <= 5


def test_no_ink_appears_where_no_letter_is():
    hand = FontHand("licorice", wobble=2.0)

    writing = hand.write("Tổ 9", np.random.default_rng(8), dpi=200)

    near = np.zeros(writing.ink.shape, bool)
    for left, right in writing.words:
        near[:, max(0, left - 25) : right + 25] = True
    assert not (writing.ink[~near] > 0.05).any()


def test_striking_out_adds_ink_to_the_struck_word_only():
    writing = FontHand("mali", RED).write("Xin sủa sửa", np.random.default_rng(4), dpi=200)

    struck = strike_out(writing, {1}, np.random.default_rng(5), pen=3)

    added = struck.ink - writing.ink
    left, right = writing.words[1]
    assert added.min() >= 0
    assert added[:, left:right].sum() > 20
    assert added[:, : left - 8].sum() == added[:, right + 8 :].sum() == 0


def test_words_that_follow_each_other_are_struck_at_one_go():
    writing = FontHand("mali", RED).write("Xin sủa sửa lại", np.random.default_rng(4), dpi=200)

    struck = strike_out(writing, {1, 2}, np.random.default_rng(5), pen=3)

    (_, end), (start, _) = writing.words[1:3]
    between = (struck.ink - writing.ink)[:, end + 1 : start - 1]
    assert (between.max(axis=0) > 0.5).all()


def test_some_words_are_covered_to_and_fro():
    writing = FontHand("mali", RED).write("Xin sủa sửa", np.random.default_rng(4), dpi=200)

    heights = []
    for seed in range(30):
        added = strike_out(writing, {1}, np.random.default_rng(seed), pen=3).ink - writing.ink
        heights.append(np.ptp(np.nonzero(added.max(axis=1) > 0.3)[0]))

    assert min(heights) < 8
    assert max(heights) > 14
