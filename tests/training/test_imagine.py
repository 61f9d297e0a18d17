from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import replace

import numpy as np
import pytest

from formbook.training.camera import Capture
from formbook.training.imagine import imagine_page, load_sentences, write_date
from formbook.training.pages import draw_page
from formbook.training.paper import Look


@pytest.mark.parametrize("look", Look)
def test_imagined_pages_of_each_look_can_be_drawn(look):
    rng = np.random.default_rng(7)

    for _ in range(2):
        spec = replace(imagine_page(rng, look=look), dpi=60)
        page = draw_page(spec, rng)

        assert page.truth.look == look.value
        assert 1 <= len(page.truth.entries) <= len(spec.comments)
        assert len(page.truth.seen) == len(spec.marks)


def test_imagined_pages_differ_in_all_that_matters():
    rng = np.random.default_rng(1)
    specs = [imagine_page(rng) for _ in range(80)]

    assert {spec.look for spec in specs} == set(Look)
    assert {spec.capture for spec in specs} == set(Capture)
    assert {len(spec.comments) for spec in specs} == {2, 3, 4}
    assert 0.65 < sum(bool(spec.marks) for spec in specs) / 80 < 0.95
    assert len({comment.hand.name for spec in specs for comment in spec.comments}) == 7


def test_the_same_seed_imagines_the_same_page():
    one, same = (imagine_page(np.random.default_rng(4)) for _ in range(2))

    assert one == same


def test_a_mark_is_never_older_than_the_page():
    rng = np.random.default_rng(2)

    for _ in range(40):
        spec = imagine_page(rng)
        for mark in spec.marks:
            first = spec.comments[0].day.split("/")
            written = dt.date(mark.date.year, int(first[1]), int(first[0]))
            assert written < mark.date or written.month == 12


def test_dates_are_written_in_many_ways():
    rng = np.random.default_rng(3)

    written = {write_date(rng, dt.date(2024, 3, 4)) for _ in range(100)}

    assert written == {
        "4/3/2024",
        "04/03/2024",
        "4-3-24",
        "4.3.2024",
        "ngày 4 tháng 3 năm 2024",
        "4/3",
    }


def test_sentences_are_composed_and_each_is_there_once():
    sentences = load_sentences()

    assert len(set(sentences)) == len(sentences) >= 30
    assert all(unicodedata.is_normalized("NFC", sentence) for sentence in sentences)


@pytest.mark.shared
def test_no_sentence_is_one_of_the_measuring_pages(shared):
    measured = (shared / "data/text/comments.txt").read_text("utf-8").split()
    windows = {tuple(measured[i : i + 7]) for i in range(len(measured) - 6)}

    ours = [sentence.split() for sentence in load_sentences()]
    assert [x for x in ours for i in range(len(x) - 6) if tuple(x[i : i + 7]) in windows] == []
