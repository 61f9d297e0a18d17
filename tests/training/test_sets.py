from __future__ import annotations

import json
from itertools import islice

import cv2
import numpy as np
import pytest

from formbook.training import sets
from formbook.training.imagine import People
from formbook.training.numbers import collect_digits
from formbook.training.penmanship import PenWord, Recordings
from formbook.training.sets import SETS, draw_set, gather_people, main
from formbook.training.spec import Comment
from formbook.training.strokes import StrokeHand

PEOPLE = gather_people(None)
DPI = 60


def pages(name, count, *, seed=1, people=PEOPLE):
    return list(islice(draw_set(name, seed=seed, people=people, dpi=DPI), count))


def dark(page, polygon):
    """Share of an outline that is clearly darker than its paper."""
    shape = page.image.shape[:2]
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.round(polygon).astype(np.int32)], 1)
    values = page.image.min(axis=2)[mask > 0]
    return (values < 0.8 * np.median(values)).mean()


@pytest.mark.parametrize("name", SETS)
def test_every_outline_of_a_set_lies_on_ink(name):
    for page in pages(name, 2):
        height, width = page.image.shape[:2]
        assert page.truth.lines
        for each in (*page.truth.lines, *page.truth.seen):
            assert dark(page, each.polygon) > 0.015
            (left, top), (right, bottom) = np.min(each.polygon, 0), np.max(each.polygon, 0)
            assert -2 <= left < right <= width + 2
            assert -2 <= top < bottom <= height + 2


@pytest.mark.parametrize("name", SETS)
def test_the_same_seed_draws_the_same_page_and_another_does_not(name):
    (one,), (same,), (other,) = (pages(name, 1, seed=seed) for seed in (3, 3, 4))

    assert one.image.tobytes() == same.image.tobytes()
    assert one.truth == same.truth
    assert one.image.tobytes() != other.image.tobytes()


def test_a_page_of_a_set_does_not_depend_on_those_before_it():
    two = pages("usual", 2)[1]

    assert two.truth not in [page.truth for page in pages("usual", 1)]
    assert two.truth == pages("usual", 2)[1].truth


def test_pages_on_their_side_and_upside_down_are_so():
    sideways, turned, usual = (pages(x, 3) for x in ("sideways", "upside-down", "usual"))

    def reading_order(page):
        """Where the second line of a comment lies from its first, x and y."""
        middles = [np.mean(line.polygon, axis=0) for line in page.truth.lines]
        entries = [line.entry for line in page.truth.lines]
        return middles[entries.index(max(entries))] - middles[0]

    assert all(abs(dx) > abs(dy) for dx, dy in map(reading_order, sideways))
    assert all(dy < 0 for _, dy in map(reading_order, turned))
    assert all(dy > 0 for _, dy in map(reading_order, usual))


def test_facing_pages_have_sides_numbered_on():
    for page in pages("facing", 2):
        left, right = page.truth.sides
        assert right.page_number == left.page_number + 1


def test_pages_with_several_marks_have_them():
    truths = [page.truth for page in pages("several-marks", 8)]

    assert all(len(truth.seen) >= 2 for truth in truths)
    assert any(mark.entry is None for truth in truths for mark in truth.seen)
    assert any(mark.entry for truth in truths for mark in truth.seen)


def test_marks_worded_otherwise_are_dated_where_their_words_were():
    people = People(
        wordings=[
            "Chuyển CAP. B/c trước 20/3",
            "Đã rõ, cảm ơn. 18-3-24",
            "Lưu. Ngày 22 tháng 3 năm 24",
        ]
    )

    marks = [
        mark for page in pages("other-words", 8, seed=2, people=people) for mark in page.truth.seen
    ]

    bare = {mark.text.removesuffix(mark.date_text).strip() for mark in marks}
    assert bare == {"Chuyển CAP. B/c trước 20/3", "Đã rõ, cảm ơn", "Lưu"}
    for mark in marks:
        assert (mark.date is None) == mark.text.startswith("Chuyển") == (not mark.date_text)


def test_an_entry_runs_on_from_one_page_to_the_next():
    first, second = (page.truth for page in pages("run-on", 2))

    assert second.page_number == first.page_number + 1
    assert [entry.ends_later for entry in first.entries][-1]
    assert second.entries[0].begun_before
    assert first.entries[-1].hand == second.entries[0].hand
    written = first.to_json()["entries"][-1]
    assert (written["begun_before"], written["ends_later"]) == (False, True)


def test_struck_out_words_are_drawn_and_not_said(monkeypatch):
    drawn: list[Comment] = []
    strike = sets._strike
    monkeypatch.setattr(sets, "_strike", lambda *x: drawn.append(strike(*x)) or drawn[-1])

    truths = [page.truth for page in pages("struck", 6)]

    assert all("~" in comment.text for comment in drawn)
    plain = [comment.text.replace("~", "").split() for comment in drawn]
    kept = [
        [word for word in comment.text.split() if not word.startswith("~")] for comment in drawn
    ]
    running = [truth for truth in truths if truth.look != "table"]
    for entry in (entry for truth in running for entry in truth.entries):
        words = entry.text.split()
        assert words in [known[: len(words)] for known in kept]
        assert not words or words not in plain
    assert any(not line.text for truth in truths for line in truth.lines)


def test_the_paper_of_the_curled_set_is_bent():
    bent = 0
    for page in pages("curled", 4):
        for line in page.truth.lines:
            bent += len(line.polygon) > 4
    assert bent > 3


def test_the_other_side_shows_through(monkeypatch):
    (through,) = pages("bleed-through", 1)
    monkeypatch.setattr("formbook.training.pages.bleed_through", lambda *_, **__: None)
    (bare,) = pages("bleed-through", 1)

    faint = bare.image.astype(int).min(axis=2) - through.image.astype(int).min(axis=2)
    assert through.truth == bare.truth
    assert 6 < np.percentile(faint, 99.7) < 110


def test_recorded_writers_write_what_they_wrote():
    dot = (np.array([[0.0, -60], [0, 0], [60, -55]]),)
    words = ("nhà", "ngõ", "phố", "cây")
    hand = StrokeHand("0042", {word: [dot] for word in words}, [words, words[::-1]])

    truths = [page.truth for page in pages("usual", 6, people=People([hand]))]

    theirs = [entry.text for truth in truths for entry in truth.entries if entry.hand == "0042"]
    assert len(theirs) > 4
    assert {word.rstrip(".") for text in theirs for word in text.split()} == set(words)


def test_a_recorded_person_dates_marks_in_digits_of_their_own():
    def word(text):
        strokes = (
            np.array([[20 * k, -50], [20 * k + 15, 45]], np.float32) for k in range(len(text))
        )
        return PenWord(text, tuple(strokes))

    said = ("Đã", "đã", "xem", "ngày", "Ngày", "tháng", "năm", *"0123456789")
    digits = collect_digits(Recordings([], {"0042": [[word(text) for text in said]]}))
    drawn = pages("dates", 6, people=People(digits=lambda: digits))
    marks = [mark for page in drawn for mark in page.truth.seen]
    assert {mark.hand for mark in marks} == {"0042"}
    assert all(mark.text.startswith("Đã xem ") for mark in marks)


def test_the_command_writes_pages_and_truth_that_agree(tmp_path):
    main([str(tmp_path), "--set", "usual", "--pages", "2", "--dpi", "60"])

    names = sorted(path.name for path in (tmp_path / "usual").iterdir())
    assert names == ["page-000.jpg", "page-000.json", "page-001.jpg", "page-001.json"]
    truth = json.loads((tmp_path / "usual/page-001.json").read_text("utf-8"))
    picture = cv2.imread(str(tmp_path / "usual/page-001.jpg"))
    assert picture.shape[:2] == (truth["height"], truth["width"])
    assert truth == json.loads(json.dumps(pages("usual", 2)[1].truth.to_json()))


@pytest.mark.shared
def test_only_training_writers_write(shared, monkeypatch):
    opened = []
    monkeypatch.setattr(sets, "load_stroke_hands", lambda path: opened.append(path) or {})
    none = Recordings([], {})
    monkeypatch.setattr(sets, "read_recordings", lambda path: opened.append(path) or none)

    people = gather_people(shared / "data")
    assert people.digits is not None
    people.digits()

    assert opened == [shared / "data/strokes/train.jsonl.xz"] * 2
    assert len(people.wordings) > len(PEOPLE.wordings)
