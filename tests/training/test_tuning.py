from __future__ import annotations

import json

import numpy as np

from formbook.recognize.lexicon import Lexicon
from formbook.training.tuning import Example, tune, write_lexicon

LETTERS = "adegimnpsưửhờôốnòv 0123456789đềị"
TEXTS = ["sửa đường hẻm", "đề nghị phường sửa", "số 12 ngõ 3"] * 40


def see(text, rng):
    """What a poor network sees of a text: each letter, or another one nearly as clearly."""
    rows = np.full((2 * len(text), len(LETTERS) + 1), 1e-4, np.float32)
    for index, letter in enumerate(text):
        share = rng.uniform(0.35, 0.99)
        rows[2 * index, rng.integers(1, len(LETTERS) + 1)] += 1 - share
        rows[2 * index, LETTERS.index(letter) + 1] += share
    rows[1::2, 0] = 1
    return rows / rows.sum(axis=1, keepdims=True)


def test_a_lexicon_is_counted_written_and_tuned(tmp_path):
    rng = np.random.default_rng(5)
    path = tmp_path / "lexicon.bin"
    write_lexicon(path, TEXTS, LETTERS, "3")
    lexicon = Lexicon(path)
    said = ["sửa hẻm 12", "đề nghị"]
    examples = [
        Example(see("".join(x for x in text if x in LETTERS), rng), text, kind)
        for text in said
        for kind in ("written", "kalapa") * 10
    ]
    manner = tune(lexicon, LETTERS, examples)
    assert lexicon.version == "3"
    assert json.loads(path.with_suffix(".json").read_text())["symbols"].count("0") == 1
    assert 0 < manner.weight < 1
    assert len(manner.certainty) == 6
    assert np.isfinite(manner.certainty).all()
