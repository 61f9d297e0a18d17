from __future__ import annotations

import argparse
import json

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")
pytest.importorskip("onnx", reason="the extra `train` is not installed")

from formbook.recognize.picture import FINE, GRAIN, HEIGHT, clean
from formbook.training import fit
from formbook.training.lines import draw_plain
from formbook.training.network import COLUMNS, Own, Start, draw_places
from formbook.training.shelf import ShelvedLine, write_part

LETTERS = "aă bđ₫"


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def lines():
    rng = np.random.default_rng(0)
    made = []
    for index in range(6):
        strokes = [
            np.array([[x, 0], [x + 15, 60], [x + 30, 10 * index]], dtype=np.float32)
            for x in range(0, 200 + 30 * index, 50)
        ]
        made.append(ShelvedLine(clean(draw_plain(strokes, rng)), "ab ă"[: 1 + index % 4], "font"))
    return made


def asked(folder, **options):
    known = {"minutes": 1e-9, "rate": 1e-3, "batch": 4, "check_every": 10, "shelf": folder}
    return argparse.Namespace(**{**known, "run": folder, **options})


@pytest.mark.parametrize("kind", [Own, Start])
def test_a_network_answers_for_each_column_whatever_the_width(kind):
    network = kind(7).eval()

    with torch.no_grad():
        for width in (32, 96):
            assert network(torch.ones(2, 1, HEIGHT, width)).shape == (2, width // COLUMNS, 7)


def test_places_can_be_told_apart():
    places = draw_places(300, 16)[0]

    assert places.shape == (300, 16)
    assert torch.cdist(places, places).fill_diagonal_(9).min() > 0.1


def test_blocks_that_are_fixed_do_not_learn():
    network = Start(7)
    network.fix(2)
    network(torch.rand(1, 1, HEIGHT, 32)).sum().backward()

    assert all(p.grad is None for p in network.blocks[1].parameters())
    assert all(p.grad is not None for p in network.blocks[2].parameters())


def test_a_line_is_learned(lines):
    run = fit.begin("own", None, LETTERS)
    pictures, texts = next(fit.draw_batches(lines, np.random.default_rng(1), 4))
    first, *_, last = (fit.learn(run, pictures, texts, 1e-3) for _ in range(12))

    assert last < 0.7 * first
    assert (run.step, run.lines) == (12, 12 * len(texts))


def test_a_batch_is_filled_up_with_paper(lines):
    narrow, wide = (np.zeros((HEIGHT, width), np.float32) for width in (GRAIN, 3 * GRAIN))
    batch = fit.stack([narrow, wide])

    assert batch.shape == (2, 1, HEIGHT, 3 * GRAIN)
    assert (batch[0, 0, :, GRAIN:] == 1).all()


def test_kinds_come_in_their_shares():
    blank = np.full((FINE, 60), 255, np.uint8)
    lines = [ShelvedLine(blank, kind, kind) for kind in ("written", "font")]
    batches = fit.draw_batches(lines, np.random.default_rng(1), 8)
    texts = [text for _ in range(40) for text in next(batches)[1]]

    share = fit.SHARES["written"] / (fit.SHARES["written"] + fit.SHARES["font"])
    assert texts.count("written") / len(texts) == pytest.approx(share, abs=0.1)


def test_a_training_resumes_where_it_was(tmp_path, lines):
    run = fit.begin("own", None, LETTERS)
    batches = fit.draw_batches(lines, np.random.default_rng(1), 4)
    fit.learn(run, *next(batches), 1e-3)
    fit.save(run, tmp_path / "last.pt")
    again = fit.restore(tmp_path / "last.pt")
    batch = next(batches)

    assert (again.step, again.letters) == (1, LETTERS)
    assert fit.learn(again, *batch, 1e-3) == pytest.approx(fit.learn(run, *batch, 1e-3), rel=1e-3)
    assert [path.name for path in tmp_path.iterdir()] == ["last.pt"]


def test_a_run_logs_its_errors_and_keeps_the_best_and_the_last(tmp_path, lines):
    write_part(tmp_path, "0", [(line.picture, line.text, line.kind) for line in lines])
    run = fit.begin("own", None, LETTERS)
    fit.train(run, asked(tmp_path), {"font": lines[:2]})

    (row,) = map(json.loads, (tmp_path / "log.jsonl").read_text("utf-8").splitlines())
    assert row["step"] == 1
    assert row["font"] >= 0
    assert (tmp_path / "last.pt").is_file()


def test_a_start_knows_more_letters_than_it_came_with():
    grown = fit._grow(torch.nn.Linear(4, 3), 5)
    scores = grown(torch.rand(1, 4))[0]

    assert scores.shape == (5,)
    assert scores[3:].tolist() == [-8, -8]


@pytest.mark.parametrize(("kind", "what"), [("start", "asternet"), ("own", "letters")])
def test_a_network_cannot_begin_from_too_little(kind, what):
    with pytest.raises(ValueError, match=what):
        fit.begin(kind, None, None)


@pytest.mark.parametrize("kind", ["own", "start"])
def test_the_weights_file_reads_what_the_network_reads(tmp_path, kind):
    onnxruntime = pytest.importorskip("onnxruntime")
    from formbook.training.to_onnx import make_weights, write_weights

    run = fit.begin("own", None, LETTERS)
    if kind == "start":
        run = fit.assemble(Start(len(LETTERS) + 1), LETTERS, "start")
    made = make_weights(run.mean, LETTERS, version="1.2", softness=1.5)
    write_weights(tmp_path / "out.onnx", *made)

    session = onnxruntime.InferenceSession(str(tmp_path / "out.onnx"))
    for lines, width in ((1, 32), (3, 160)):
        pictures = np.random.default_rng(1).uniform(-1, 1, (lines, 1, HEIGHT, width))
        (scores,) = session.run(None, {"pictures": pictures.astype(np.float32)})
        with torch.no_grad():
            wanted = run.mean(torch.from_numpy(pictures.astype(np.float32))).numpy()
        assert np.abs(scores - wanted).max() < 0.02
    card = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert (card["version"], card["letters"], card["softness"]) == ("1.2", LETTERS, 1.5)
    assert len(card["sha256"]) == 64


def test_weights_of_8_bits_are_smaller_read_nearly_the_same_and_can_go_on_learning(tmp_path, lines):
    onnxruntime = pytest.importorskip("onnxruntime")
    from formbook.recognize.picture import fit as scale
    from formbook.training.from_onnx import load_weights
    from formbook.training.to_onnx import make_weights, write_weights

    network = Start(7)
    pictures = [line.picture for line in lines]
    stored = {}
    for name, examples in (("16", ()), ("8", pictures)):
        stored[name], card = make_weights(network, LETTERS, version="1", examples=examples)
        write_weights(tmp_path / f"{name}.onnx", stored[name], card)

    answers = [
        onnxruntime.InferenceSession(data).run(None, {"pictures": scale(pictures[0])[None, None]})[
            0
        ]
        for data in stored.values()
    ]
    assert len(stored["8"]) < 0.6 * len(stored["16"])
    assert np.abs(answers[0] - answers[1]).max() < 0.2 * np.abs(answers[0]).max()
    for name, loss in (("16", 0.001), ("8", 0.01)):
        loaded, letters = load_weights(tmp_path / f"{name}.onnx")
        assert letters == LETTERS
        for (what, weight), again in zip(
            network.state_dict().items(), loaded.state_dict().values(), strict=True
        ):
            assert (weight - again).abs().max() <= loss * weight.abs().max() + 1e-3, what
