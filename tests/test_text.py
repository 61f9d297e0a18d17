"""Vietnamese text is stored, compared, searched and sorted as a reader would."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import syllables, vietnamese

from formbook.text import Sign, complaint_signs, fold, search_terms, sort_key, to_nfc, unify


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize(
    ("given_text", "stored"),
    [
        (nfd("Nghĩa Tân, hoà nhã"), "Nghĩa Tân, hoà nhã"),
        ("một\r\nhai\rba\u2028bốn", "một\nhai\nba\nbốn"),
        ("a\xa0b\tc\u3000d", "a b c d"),
        ("a\u200bb\ufeffc\x00d", "abcd"),
        ("nửa \ud83d đôi", "nửa \ufffd đôi"),
    ],
)
def test_text_is_stored_composed_with_plain_spaces_and_line_ends(given_text, stored):
    assert to_nfc(given_text) == stored


@pytest.mark.parametrize(
    ("spellings", "one"),
    [
        ("hoà hòa HOÀ Hòa", "hòa"),
        ("khoẻ khỏe", "khỏe"),
        ("thuỷ thủy Thuỷ", "thủy"),
        ("uỷ ủy", "ủy"),
        ("quý qúy quí Quí", "quý"),
        ("giá gía", "giá"),
        ("già gìa", "già"),
        ("hoàn hòan", "hoàn"),
        ("ngoài ngòai", "ngoài"),
        ("khuỷu khủyu", "khuỷu"),
        ("thuyền thuỳên", "thuyền"),
        ("đường đừơng", "đường"),
        ("thuở thủơ", "thuở"),
        ("gìn", "gìn"),
        ("mía", "mía"),
        ("kĩ kỹ", "kĩ"),
        ("lí lý", "lí"),
        ("mĩ Mỹ", "mĩ"),
        ("sĩ sỹ", "sĩ"),
        ("tỉ tỷ", "tỉ"),
        ("kì kỳ", "kì"),
        ("hi hy", "hi"),
        ("ðường Ðường Đường", "đường"),
    ],
)
def test_equally_right_spellings_are_one(spellings, one):
    assert {unify(each) for text in (spellings, nfd(spellings)) for each in text.split()} == {one}


@pytest.mark.parametrize(
    "text", ["thúi thúy", "mai may", "tai tay", "quýt quít", "thi thy", "hòa hóa", "nghi nghy"]
)
def test_different_words_stay_different(text):
    assert len({unify(word) for word in text.split()}) == 2


@pytest.mark.parametrize("word", ["café", "8h30", "trg", "k0", "wifí́", "tp.hcm", "hoá̉"])
def test_what_is_no_syllable_keeps_its_spelling(word):
    assert unify(word) == unicodedata.normalize("NFC", word)


@pytest.mark.parametrize(
    ("short", "long"), [("mi", "minh"), ("my", "miệng"), ("quy", "quyền"), ("ky", "kiểm")]
)
def test_the_beginning_of_a_word_stays_its_beginning(short, long):
    assert fold(long).startswith(fold(short))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đèn đường ngõ 58", "den duong ngo 58"),
        (nfd("Lê Quý Hoà"), "le quy hoa"),
        ("Vũ Thị Thuỷ", "vu thi thuy"),
        ("Mỹ Đình", "mi dinh"),
        ("ky\u0300\u0301", "ki"),
    ],
)
def test_folding_removes_marks_and_the_stroke_of_d(text, folded):
    assert fold(text) == folded


def test_terms_are_runs_of_letters_and_digits():
    text = "Đ/c Phương (ĐC-XD) trả lời trong 05 ngày, 24.000đ!"
    words = ["Đ", "c", "Phương", "ĐC", "XD", "trả", "lời", "trong", "05", "ngày", "24", "000đ"]
    assert search_terms(text) == words
    assert search_terms(nfd(text)) == [nfd(word) for word in words]
    assert search_terms(" -_/ ") == []


def test_letters_come_before_tones_in_the_order_of_texts():
    ordered = [
        *("-", "2", "a", "à", "ả", "ã", "á", "ạ", "ă", "ắ", "â", "ba", "bà", "bã", "ba lô"),
        *("bà mẹ", "ban", "bàn", "da", "đa", "em", "ếch", "oa", "ô", "ơ", "tu", "tư", "y", "zô"),
    ]
    assert sorted(set(ordered), key=sort_key) == ordered


def test_numbers_in_a_name_count():
    ordered = ["1", "2", "02", "10", "Quyển 1", "Quyển 2b", "Quyển 10", "Quyển 10b", "Quyển a"]
    assert sorted(set(ordered), key=sort_key) == ["1", "02", "2", *ordered[3:]]


def test_both_tone_placements_sort_as_one_name():
    names = ["Hoà An", "Hòa Ba", "Hoà Ca"]
    assert sorted(set(names), key=sort_key) == names


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("Nội dung có tính chất khiếu nại", (Sign.COMPLAINT,)),
        ("đơn khiếu\nnại", (Sign.COMPLAINT,)),
        ("KHIẾU NẠI, TỐ CÁO", (Sign.COMPLAINT, Sign.DENUNCIATION)),
        ("khiêu nạl", (Sign.COMPLAINT,)),
        ("toi khieu nai ve viec nay", (Sign.COMPLAINT,)),
        (nfd("tôi tố\n cáo cán bộ"), (Sign.DENUNCIATION,)),
        ("tôi tô cáo cán bộ", (Sign.DENUNCIATION,)),
        ("tôi tố cạo cán bộ", (Sign.DENUNCIATION,)),
        ("toi to cao can bo", (Sign.DENUNCIATION,)),
        ("cháu có năng khiếu", ()),
        ("có người to cao đứng chắn cửa", ()),
        ("một yếu tố cao hơn", ()),
        ("dán tờ cáo thị", ()),
        ("tổ cao tuổi", ()),
        ("khiếu. Nại", ()),
        ("", ()),
    ],
)
def test_a_complaint_in_law_is_flagged_and_nothing_else(text, signs):
    assert complaint_signs(text) == signs


@pytest.mark.shared
def test_no_comment_or_annotation_is_flagged_wrongly(shared: Path):
    lines = [
        line
        for name in ("comments.txt", "annotations.txt")
        for line in (shared / "data/text" / name).read_text(encoding="utf-8").splitlines()
    ]
    flagged = [line for line in lines if complaint_signs(line)]
    assert [search_terms(fold(line))[:5] for line in flagged] == [
        ["noi", "dung", "co", "tinh", "chat"]
    ]


@given(vietnamese())
def test_a_text_is_the_same_composed_or_not(text):
    for form in (to_nfc, unify, fold, sort_key):
        assert form(nfd(text)) == form(text)


@given(vietnamese())
def test_doing_it_twice_changes_nothing_more(text):
    for form in (to_nfc, unify, fold):
        assert form(form(text)) == form(text)


@given(st.text(max_size=20))
def test_any_text_can_be_stored_compared_and_sorted(text):
    to_nfc(text).encode()
    assert to_nfc(to_nfc(text)) == to_nfc(text)
    sort_key(text)
    complaint_signs(text)


@given(vietnamese(), vietnamese())
def test_equal_keys_mean_equal_texts(first, second):
    assert (sort_key(first) == sort_key(second)) == (unify(first) == unify(second))
    if unify(first) == unify(second):
        assert fold(first) == fold(second)


@given(syllables())
def test_a_tone_can_stand_on_any_vowel_and_the_word_is_one(syllable):
    assert fold(unify(syllable)) == fold(syllable)
    assert len(search_terms(syllable)) == 1
