from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from formbook.recognize.lexicon import Lexicon, Manner
from formbook.recognize.spelling import LEAST_SURE, Speller
from formbook.training.lexicon import count_runs, pack_runs

TEXTS = ["đề nghị phường sửa đèn", "sửa đường tổ 12", "cảm ơn phường Nghĩa Đô", "bút đen"] * 5
LETTERS = "".join(sorted(set("".join(TEXTS)) - set("0123456789"))) + "0123456789eôxkX"
SYMBOLS = "".join(dict.fromkeys("0" if letter.isdigit() else letter for letter in LETTERS))
CERTAINTY = (0.0, 0.4, 0.7, 0.0, 0.0, 0.0)


@pytest.fixture(scope="module")
def speller(tmp_path_factory):
    path = tmp_path_factory.mktemp("lexicon") / "lexicon.bin"
    content = pack_runs(count_runs(TEXTS, SYMBOLS))
    path.write_bytes(content)
    card = {"sha256": hashlib.sha256(content).hexdigest(), "symbols": SYMBOLS}
    path.with_suffix(".json").write_text(json.dumps(card), encoding="utf-8")
    return Speller(Lexicon(path), LETTERS, Manner(0.6, 1.2, 0.1, CERTAINTY))


def seen(*columns):
    """One row a column: each a letter, or the chances of several; what is left is the blank's."""
    rows = np.zeros((2 * len(columns), len(LETTERS) + 1), np.float32)
    for index, column in enumerate(columns):
        chances = column if isinstance(column, dict) else {column: 0.99}
        for letter, chance in chances.items():
            rows[2 * index, LETTERS.index(letter) + 1] = chance
    rows[:, 0] = 1 - rows.sum(axis=1)
    return rows


def test_what_is_clear_is_read_as_it_stands(speller):
    assert speller.spell(seen(*"sửa đường")).text == "sửa đường"


def test_the_lexicon_decides_what_the_network_is_in_doubt_about(speller):
    spelled = speller.spell(seen(*"sửa đ", {"e": 0.52, "è": 0.47}, "n"))
    assert spelled.text == "sửa đèn"
    assert spelled.others == ((), ("đen",))


@pytest.mark.parametrize("word", ["xôk", "XX", "tổ 97", "1xk9"])
def test_a_name_number_or_abbreviation_that_no_text_has_stays(speller, word):
    assert speller.spell(seen(*word)).text == word


def test_a_number_in_doubt_is_the_network_s_to_decide(speller):
    assert speller.spell(seen(*"tổ ", {"7": 0.5, "1": 0.4}, "2")).text == "tổ 72"


def test_a_letter_twice_needs_a_blank_between(speller):
    rows = seen("x", "x")
    assert speller.spell(rows).text == "xx"
    assert speller.spell(rows[[0, 0, 1]]).text == "x"


def test_spaces_at_the_ends_and_after_spaces_are_dropped(speller):
    assert speller.spell(seen(*"  sửa  đèn ")).text == "sửa đèn"


def test_what_is_in_doubt_is_less_sure_than_what_is_clear(speller):
    spelled = speller.spell(seen(*"sửa đ", {"è": 0.5, "ô": 0.45}, "n"))
    sure = spelled.certainty(CERTAINTY)
    assert spelled.text == "sửa đèn"
    assert sure.index(min(sure)) == 5
    assert len(sure) == len(spelled.text)


@pytest.mark.parametrize("columns", [0, 3])
def test_nothing_written_is_an_empty_text(speller, columns):
    rows = np.zeros((columns, len(LETTERS) + 1), np.float32)
    rows[:, 0] = 1
    spelled = speller.spell(rows)
    assert (spelled.text, spelled.others, spelled.certainty(CERTAINTY)) == ("", (), ())


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.floats(0.02, 1))
@example(193, 7, 0.890625)
def test_any_chances_end_in_a_text_whose_words_and_characters_are_accounted_for(
    speller, seed, columns, spread
):
    rng = np.random.default_rng(seed)
    rows = rng.dirichlet(np.full(len(LETTERS) + 1, spread), columns).astype(np.float32)
    spelled = speller.spell(rows)
    assert spelled == speller.spell(rows)
    assert len(spelled.peaks) == len(spelled.odds) == len(spelled.text)
    assert len(spelled.others) == len(spelled.text.split())
    assert all(LEAST_SURE <= sure <= 1 for sure in spelled.certainty(CERTAINTY))
    assert spelled.text == " ".join(spelled.text.split())
    for word, others in zip(spelled.text.split(), spelled.others, strict=True):
        assert word not in others
        assert all(other and " " not in other for other in others)
