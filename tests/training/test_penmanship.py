from __future__ import annotations

import json
import lzma

import numpy as np
import pytest

from formbook.training.penmanship import compose, join_punctuation, read_recordings


def word(text, left, top=100):
    return {"text": text, "strokes": [[[left, top + 60], [left + 20, top], [left + 60, top + 60]]]}


def line(text, *words, rest=()):
    return {"text": text, "words": list(words), "rest": list(rest)}


@pytest.fixture
def recordings(tmp_path):
    lines = [
        line(
            "xin cảm ơn .", word("xin", 10), word("cảm", 120), word("ơn", 240), rest=[[[320, 160]]]
        ),
        line("tổ 12", word("tổ", 10, 300), word("12", 150, 300)),
        line("chào bà con", word("chào", 10, 500), word("con", 200, 500)),
        line("", rest=[]),
    ]
    path = tmp_path / "few.jsonl.xz"
    with lzma.open(path, "wt", encoding="utf-8") as file:
        file.write(json.dumps({"writer": "0001", "paragraph": "a", "lines": lines}) + "\n")
    return read_recordings(path)


def test_a_line_holds_all_that_was_written_punctuation_too(recordings):
    first = recordings.lines[0]

    assert first.text == "xin cảm ơn."
    assert first.writer == "0001"
    assert len(first.strokes) == 4


def test_a_line_whose_words_are_not_its_text_is_left_out(recordings):
    assert [each.text for each in recordings.lines] == ["xin cảm ơn.", "tổ 12"]


def test_a_line_put_together_anew_says_what_its_strokes_say(recordings):
    runs = recordings.runs["0001"]
    known = {each.text for run in runs for each in run}
    made = compose(runs, "0001", 60, np.random.default_rng(3))

    words = made.text.split()
    stops = sum(text[-1] in ".," for text in words)
    assert len(made.text) >= 60
    assert {text.rstrip(".,") for text in words} <= known
    assert len(made.strokes) == len(words) + stops
    starts = [stroke[:, 0].min() for stroke in made.strokes]
    assert starts == sorted(starts)


def test_the_same_randomness_puts_together_the_same_line(recordings):
    one, other = (
        compose(recordings.runs["0001"], "0001", 30, np.random.default_rng(9)) for _ in range(2)
    )

    assert one.text == other.text
    assert all(np.array_equal(a, b) for a, b in zip(one.strokes, other.strokes, strict=True))


@pytest.mark.parametrize(
    ("apart", "joined"),
    [
        ('trên " chiến trường " bếp núc', 'trên "chiến trường" bếp núc'),
        ('" bếp núc ", nhưng', '"bếp núc", nhưng'),
        ("quan trọng : nối liền", "quan trọng: nối liền"),
        ("đất ( sổ đỏ ) , nhà", "đất (sổ đỏ), nhà"),
        ("đi đâu ?", "đi đâu?"),
        ("hai bảy điểm", "hai bảy điểm"),
    ],
)
def test_quotes_brackets_and_stops_are_joined_to_their_words(apart, joined):
    assert join_punctuation(apart) == (joined, False)


def test_a_quotation_may_end_on_the_next_line():
    first, inside = join_punctuation('anh nói : " Một chị')
    second, after = join_punctuation('cảm ơn " rồi đi', inside=inside)

    assert (first, inside) == ('anh nói: "Một chị', True)
    assert (second, after) == ('cảm ơn" rồi đi', False)
