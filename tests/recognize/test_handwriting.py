from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
import subprocess
import sys

import cv2
import numpy as np
import pytest

from formbook.recognize import handwriting
from formbook.recognize.card import WeightsDamagedError, WeightsMissingError
from formbook.recognize.handwriting import LEXICON, Handwriting, HandwritingFailedError
from formbook.training.lines import draw_font, put_on_paper


@pytest.fixture(scope="module")
def engine():
    return Handwriting()


@pytest.fixture(scope="module")
def lines():
    texts = ("Đề nghị phường sửa đèn", "tổ 12", "Nghĩa Đô", "cảm ơn các cháu rất nhiều", "tổ 15")
    rng = np.random.default_rng(8)
    return [put_on_paper(draw_font(text, rng), [], rng) for text in texts]


@pytest.fixture
def copy(tmp_path, engine):
    """The weights and their card, to be spoilt."""
    for ending in (".onnx", ".json"):
        shutil.copy(engine.weights.with_suffix(ending), tmp_path / f"copy{ending}")
    return tmp_path / "copy.onnx"


def test_a_line_reads_the_same_alone_among_others_and_in_another_order(engine, lines):
    together = engine.read(lines * 3)

    assert together == engine.read(lines) * 3
    assert together[: len(lines)] == [engine.read([line])[0] for line in lines]
    assert engine.read(lines[::-1]) == engine.read(lines)[::-1]


def test_two_engines_read_the_same(engine, lines):
    assert Handwriting().read(lines) == engine.read(lines)


def test_an_engine_sent_to_another_process_reads_the_same(engine, lines):
    sent = pickle.loads(pickle.dumps(engine))

    assert sent.read(lines[:1]) == engine.read(lines[:1])


def test_an_engine_costs_nothing_before_it_reads(engine):
    assert len(pickle.dumps(engine)) < 1000
    assert vars(Handwriting()).keys() == {"weights", "lexicon", "until"}


@pytest.mark.parametrize("level", [0, 77, 255])
@pytest.mark.parametrize("size", [(1, 1), (2, 2), (64, 900), (1, 4000), (3000, 5)])
def test_an_even_picture_of_any_size_has_an_empty_text(engine, level, size):
    (reading,) = engine.read([np.full(size, level, np.uint8)])

    assert (reading.text, reading.confidences) == ("", ())


@pytest.mark.parametrize("size", [(3, 3), (7, 1200), (700, 40), (2400, 3600)])
def test_noise_of_any_size_ends_in_an_answer(engine, size):
    noise = np.random.default_rng(2).integers(0, 256, size, dtype=np.uint8)
    (reading,) = engine.read([noise])

    assert len(reading.confidences) == len(reading.text)
    assert all(0 <= sure <= 1 for sure in reading.confidences)


def test_light_ink_on_a_dark_ground_reads_like_dark_ink(engine, lines):
    plain, turned = engine.read([lines[0], 255 - lines[0]])

    shared = sum(a == b for a, b in zip(plain.text, turned.text, strict=False))
    assert shared >= 0.6 * len(plain.text)


def test_a_turned_line_ends_in_an_answer(engine, lines):
    for turns in (1, 2, 3):
        (reading,) = engine.read([np.ascontiguousarray(np.rot90(lines[0], turns))])
        assert reading.engine == engine.name


def test_a_large_line_reads_nearly_like_a_small_one(engine, lines):
    large = cv2.resize(lines[2], None, fx=5, fy=5, interpolation=cv2.INTER_CUBIC)
    (one, other) = engine.read([lines[2], large])

    assert abs(len(one.text) - len(other.text)) <= 3


@pytest.mark.parametrize(
    "picture",
    [np.zeros((40, 200, 3), np.uint8), np.zeros((40, 200), np.float32), np.zeros(40, np.uint8)],
    ids=["colour", "float", "row"],
)
def test_what_is_no_grey_picture_is_refused_by_its_place(engine, lines, picture):
    with pytest.raises(ValueError, match="line 2 is"):
        engine.read([lines[0], picture])


def test_missing_weights_are_named(tmp_path):
    engine = Handwriting(tmp_path / "none.onnx")

    with pytest.raises(WeightsMissingError, match=r"none\.json"):
        engine.name  # noqa: B018 - asking is the act


def test_weights_without_their_file_are_named(copy, lines):
    copy.unlink()

    with pytest.raises(WeightsMissingError, match=r"copy\.onnx"):
        Handwriting(copy).read(lines)


def test_a_single_wrong_byte_in_the_weights_is_noticed(copy, lines):
    content = bytearray(copy.read_bytes())
    content[len(content) // 2] ^= 1
    copy.write_bytes(content)

    with pytest.raises(WeightsDamagedError, match="Nothing was changed"):
        Handwriting(copy).read(lines)


@pytest.mark.parametrize("card", ["", "[]", '{"version": "1"}', '{"other": 1}'])
def test_an_unreadable_card_is_named(copy, card):
    copy.with_suffix(".json").write_text(card, encoding="utf-8")

    with pytest.raises(WeightsDamagedError, match=r"copy\.json"):
        Handwriting(copy).name  # noqa: B018 - asking is the act


def test_a_lexicon_can_be_left_out_and_the_name_says_so(engine, lines):
    alone = Handwriting(lexicon=None)

    assert engine.name.startswith(f"{alone.name}+lexicon")
    assert [reading.engine for reading in alone.read(lines)] == [alone.name] * len(lines)
    assert pickle.loads(pickle.dumps(alone)).name == alone.name


def test_a_missing_lexicon_is_named(lines, tmp_path):
    engine = Handwriting(lexicon=tmp_path / "none.bin")

    with pytest.raises(WeightsMissingError, match=r"none\.json"):
        engine.read(lines)


@pytest.mark.parametrize("lexicon", [LEXICON, None])
def test_words_are_those_of_the_reading_with_what_else_they_may_be(lines, lexicon):
    engine = Handwriting(lexicon=lexicon)
    blank = np.full((40, 300), 255, np.uint8)
    told = engine.read_words([*lines, blank])

    for reading, words in zip(engine.read([*lines, blank]), told, strict=True):
        assert [word for word, *_ in words] == reading.text.split()
    assert any(len(word) > 1 for words in told for word in words) == (lexicon is not None)


def test_a_file_that_is_no_network_is_called_damaged(copy, lines):
    copy.write_bytes(b"nothing")
    card = json.loads(copy.with_suffix(".json").read_text("utf-8"))
    card["sha256"] = hashlib.sha256(b"nothing").hexdigest()
    copy.with_suffix(".json").write_text(json.dumps(card), encoding="utf-8")

    with pytest.raises(WeightsDamagedError):
        Handwriting(copy).read(lines)


def test_a_network_that_fails_is_an_error_and_no_reading(lines):
    class Broken:
        def run(self, *_):
            raise handwriting._faults()[1]("no memory")

    engine = Handwriting()
    vars(engine)["_session"] = Broken()

    with pytest.raises(HandwritingFailedError, match="line 1: no memory"):
        engine.read(lines[:1])


def test_reading_leaves_no_file_behind_and_reports_to_nobody(tmp_path):
    program = (
        "import numpy as np; from formbook.recognize.handwriting import Handwriting;"
        "stripes = np.where(np.arange(300) % 40 > 9, 200, 0).astype(np.uint8);"
        "Handwriting().read([np.tile(stripes, (48, 1))])"
    )
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    subprocess.run(
        [sys.executable, "-c", program], check=True, env={**environment, "TMPDIR": str(tmp_path)}
    )
    assert list(tmp_path.iterdir()) == []
