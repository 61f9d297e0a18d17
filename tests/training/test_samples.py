from __future__ import annotations

import json
import unicodedata
from dataclasses import replace

import numpy as np
import pypdfium2 as pdfium
import pytest
from PIL import Image

from formbook.training import samples as maker
from formbook.training.samples import draw_samples, load_samples, name_truths

PAGES = dict(name_truths(load_samples()))


def shipped_picture(scans, name, sample):
    if not sample.file.endswith(".pdf"):
        return np.asarray(Image.open(scans / sample.file))
    frame = int(name.removesuffix(".json").rpartition("p")[2]) - 1
    with pdfium.PdfDocument(scans / sample.file) as document:
        (picture,) = document[frame].get_objects([pdfium.raw.FPDF_PAGEOBJ_IMAGE])
        return picture.get_bitmap().to_numpy()[:, :, ::-1]


def extent(polygon):
    points = np.array(polygon)
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def same_but_for_a_few_pixels(one, other):
    """Whether truths agree, outlines within three pixels: libraries round letters differently."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(
            np.abs(extent(one[key]) - extent(other[key])).max() <= 3
            if key == "polygon"
            else same_but_for_a_few_pixels(one[key], other[key])
            for key in one
        )
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same_but_for_a_few_pixels, one, other))
    return one == other


@pytest.mark.parametrize("name", PAGES)
def test_a_sample_is_what_the_maker_draws(scans, name):
    sample = PAGES[name]
    truth = json.loads((scans / name).read_text("utf-8"))

    drawn = sample.draw()

    assert drawn.left_over == ()
    again = json.loads(json.dumps(drawn.truth.to_json()))
    outlines, drawn_outlines = truth.pop("ignore"), again.pop("ignore")
    assert same_but_for_a_few_pixels(truth, again)
    assert len(outlines) == len(drawn_outlines)
    shipped = shipped_picture(scans, name, sample).astype(np.int16)
    assert shipped.shape == drawn.image.shape
    assert np.abs(shipped - drawn.image).mean() < 6


def test_a_page_drawn_otherwise_would_be_noticed(scans):
    one, other = (json.loads((scans / f"q1-tr00{n}.json").read_text("utf-8")) for n in (1, 2))
    moved = json.loads(json.dumps(one))
    moved["lines"][0]["polygon"] = [[x + 4, y] for x, y in moved["lines"][0]["polygon"]]
    moved.pop("ignore")
    same = {key: value for key, value in one.items() if key != "ignore"}

    assert not same_but_for_a_few_pixels(one, other)
    assert not same_but_for_a_few_pixels(same, moved)
    assert same_but_for_a_few_pixels(same, same)


def test_the_maker_writes_the_same_bytes_each_time(tmp_path, monkeypatch):
    coarse = replace(load_samples()[3], spec=replace(load_samples()[3].spec, dpi=60))
    few = (coarse, replace(coarse, file="q9-tr001-001.pdf"))
    monkeypatch.setattr(maker, "load_samples", lambda: few)
    once, again = tmp_path / "once", tmp_path / "again"
    for folder in (once, again):
        folder.mkdir()
        draw_samples(folder)

    names = sorted(file.name for file in once.iterdir())
    assert names == [
        "q1-tr004.jpg",
        "q1-tr004.json",
        "q9-tr001-001.p1.json",
        "q9-tr001-001.pdf",
    ]
    for name in names:
        assert (once / name).read_bytes() == (again / name).read_bytes()


def test_the_folder_holds_the_samples_and_no_more(scans):
    names = {file.name for file in scans.iterdir()}

    assert names == {"README.md", *PAGES, *(sample.file for sample in PAGES.values())}
    assert sum(file.stat().st_size for file in scans.iterdir()) < 6_000_000


def test_the_readme_tells_of_every_file_and_seed(scans):
    readme = (scans / "README.md").read_text("utf-8")

    for sample in PAGES.values():
        assert f"`{sample.file}`" in readme
        assert f"| {sample.seed} |" in readme


def test_every_word_is_composed(scans):
    for name in PAGES:
        text = (scans / name).read_text("utf-8")
        assert unicodedata.is_normalized("NFC", text), name


def test_the_samples_show_what_they_promise(scans):
    truths = {name: json.loads((scans / name).read_text("utf-8")) for name in PAGES}
    entries = [entry for truth in truths.values() for entry in truth["entries"]]
    marks = [mark for truth in truths.values() for mark in truth["seen"]]

    assert len(truths) == 12
    assert {truth["look"] for truth in truths.values()} == {"ruled", "grid", "plain", "table"}
    assert [name for name, truth in truths.items() if truth["capture"] == "photo"] == [
        "q2-tr002.json"
    ]
    assert [name for name, truth in truths.items() if not truth["seen"]] == ["q1-tr004.json"]
    assert any("khiếu nại" in entry["text"] for entry in entries)
    assert any(entry["text"].endswith("04/3/2024") for entry in entries)
    assert max(entry["text"].count("\n") for entry in entries) >= 5
    assert (
        {mark["stamp"] for mark in marks} == {mark["signature"] for mark in marks} == {True, False}
    )
    assert sum(not mark["year_written"] for mark in marks) == 1


@pytest.mark.shared
def test_no_comment_of_the_measuring_pages_is_used(scans, shared):
    measured = (shared / "data/text/comments.txt").read_text("utf-8").splitlines()
    ours = " ".join(
        " ".join(entry["text"].split())
        for name in PAGES
        for entry in json.loads((scans / name).read_text("utf-8"))["entries"]
    )
    runs = {
        " ".join(words[i : i + 8])
        for words in (line.split() for line in measured)
        for i in range(len(words) - 7)
    }

    assert [run for run in runs if run in ours] == []
