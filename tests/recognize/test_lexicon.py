from __future__ import annotations

import hashlib
import itertools
import json
import math

import numpy as np
import pytest

from formbook.recognize.card import WeightsDamagedError, WeightsMissingError
from formbook.recognize.lexicon import Lexicon, Trie, spell
from formbook.training.lexicon import count_runs, leave_out, pack_runs, prune

TEXTS = ["đề nghị phường sửa đèn", "đề nghị tổ 12 sửa đường", "cảm ơn phường", "tổ 15 cảm ơn"] * 3
SYMBOLS = "".join(sorted({spell(letter) for letter in " ".join(TEXTS)}))
CARD = {
    "version": "7",
    "symbols": SYMBOLS,
    "weight": 0.6,
    "bonus": 1.2,
    "openness": 0.02,
    "certainty": [0, 1, 1, 0, 0, 0],
}


@pytest.fixture(scope="module")
def content():
    return pack_runs(prune(count_runs(TEXTS, SYMBOLS), 0.1))


@pytest.fixture
def lexicon(tmp_path, content):
    path = tmp_path / "words.bin"
    path.write_bytes(content)
    card = {**CARD, "sha256": hashlib.sha256(content).hexdigest()}
    path.with_suffix(".json").write_text(json.dumps(card), encoding="utf-8")
    return Lexicon(path)


def read(trie, text):
    """The state after a text, and the logarithm of its chance."""
    state = total = 0
    for letter in text:
        state, chance = trie.step(state, trie.symbols.find(spell(letter)) + 1)
        total += chance
    return state, total


def test_chances_after_any_run_add_up_to_one(content):
    trie = Trie.unpack(content, SYMBOLS)
    for text in ("", "đ", "đề ngh", "tổ 1", "xyz", " phường"):
        state, _ = read(trie, text)
        total = sum(math.exp(trie.step(state, symbol)[1]) for symbol in range(1, len(SYMBOLS) + 1))
        assert total == pytest.approx(1, abs=0.06)


def test_what_was_read_is_likelier_than_what_was_not(content):
    trie = Trie.unpack(content, SYMBOLS)
    assert read(trie, " phường")[1] > read(trie, " phưỡng")[1] + 2


def test_no_number_is_likelier_than_another(content):
    trie = Trie.unpack(content, SYMBOLS)
    one, *others = (
        read(trie, f"tổ {tens}{ones}")[1] for tens, ones in itertools.product("1709", "38")
    )
    assert others == pytest.approx([one] * len(others))


def test_a_letter_that_no_text_has_is_unlikely_and_forgets_what_was_before(content):
    state, chance = Trie.unpack(content, SYMBOLS).step(0, 0)
    assert (state, chance) == (0, -12)


def test_pruning_only_drops_runs_and_keeps_their_ends():
    runs = count_runs(TEXTS, SYMBOLS)
    kept = prune(runs, 2.0)
    for length, (before, after) in enumerate(itertools.pairwise(kept), 1):
        ends = np.unique(after.keys & np.uint64((1 << (8 * length)) - 1))
        assert np.isin(ends, before.keys).all()
    assert sum(len(each.keys) for each in kept) < sum(len(each.keys) for each in runs)
    assert all(np.isin(a.keys, b.keys).all() for a, b in zip(kept, runs, strict=True))


def test_a_sentence_that_shares_a_run_of_words_with_a_line_to_measure_with_is_left_out():
    measured = ["Một, hai ba bốn năm sáu bảy"]
    sentences = ["hai ba bốn năm sáu bảy tám", "hai ba bốn năm sáu", "xin chào"]
    assert leave_out(sentences, measured) == sentences[1:]


def test_a_lexicon_is_read_with_its_card(lexicon):
    assert lexicon.version == "7"
    assert lexicon.manner.weight == 0.6
    assert lexicon.trie.symbols == SYMBOLS


def test_a_missing_lexicon_or_card_is_named(lexicon):
    lexicon.path.unlink()
    with pytest.raises(WeightsMissingError, match=r"words\.bin"):
        Lexicon(lexicon.path).trie  # noqa: B018 - asking is the act
    with pytest.raises(WeightsMissingError, match=r"none\.json"):
        Lexicon(lexicon.path.with_name("none.bin")).manner  # noqa: B018 - as above


def test_a_single_wrong_byte_in_a_lexicon_is_noticed(lexicon):
    content = bytearray(lexicon.path.read_bytes())
    content[len(content) // 2] ^= 1
    lexicon.path.write_bytes(content)
    with pytest.raises(WeightsDamagedError, match="Nothing was changed"):
        Lexicon(lexicon.path).trie  # noqa: B018 - asking is the act


@pytest.mark.parametrize("card", ["", "[]", "{}", '{"version": "1", "weight": "much"}'])
def test_an_unreadable_card_of_a_lexicon_is_named(lexicon, card):
    lexicon.path.with_suffix(".json").write_text(card, encoding="utf-8")
    with pytest.raises(WeightsDamagedError):
        Lexicon(lexicon.path).manner  # noqa: B018 - asking is the act


@pytest.mark.parametrize("content", [b"", b"nothing"])
def test_a_file_that_is_no_lexicon_is_called_damaged(lexicon, content):
    lexicon.path.write_bytes(content)
    card = {**CARD, "sha256": hashlib.sha256(content).hexdigest()}
    lexicon.path.with_suffix(".json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(WeightsDamagedError, match=r"words\.bin"):
        Lexicon(lexicon.path).trie  # noqa: B018 - asking is the act
