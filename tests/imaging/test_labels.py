from __future__ import annotations

import cv2
import numpy as np
import pytest
from sheets import blank, overlap, write

from formbook.imaging import ink
from formbook.imaging.labels import split_labels
from formbook.imaging.lines import find_lines

TEXT = "Ngo toi mat den ba dem roi"
LABELLED = (0, 4)


def found_on(label_left):
    sheet = blank(height=520, width=900)
    texts = [write(sheet, TEXT, 180, 80 + 48 * index) for index in range(8)]
    labels = [write(sheet, "12/3", label_left, 80 + 48 * index) for index in LABELLED]
    dark = ink.measure_darkness(ink.even_light(sheet)) > ink.MIN_INK
    return find_lines(dark), labels, texts


def test_a_date_left_of_the_text_is_a_line_of_its_own():
    found, labels, texts = found_on(60)
    assert len(found.lines) == len(texts)
    apart = split_labels(found)
    boxes = [(line.left, line.top, line.right, line.bottom) for line in apart.lines]
    assert len(boxes) == len(texts) + len(labels)
    for box in labels + texts:
        assert max(overlap(box, other) for other in boxes) > 0.7


def test_no_ink_changes_sides_but_that_of_labels():
    found, _, _ = found_on(60)
    apart = split_labels(found)
    assert np.array_equal(apart.owner >= 0, found.owner >= 0)
    for index, line in enumerate(apart.lines):
        own = apart.owner == index
        assert own.sum() == line.ink
        assert own[line.top : line.bottom, line.left : line.right].sum() == line.ink


def test_a_first_word_that_hangs_out_into_the_margin_stays_in_its_line():
    sheet = blank(height=520, width=900)
    for index in range(8):
        write(sheet, TEXT, 180, 80 + 48 * index)
    cv2.rectangle(sheet, (100, 40), (190, 100), (246, 243, 235), cv2.FILLED)
    write(sheet, "Nguoi", 120, 80)
    dark = ink.measure_darkness(ink.even_light(sheet)) > ink.MIN_INK
    found = find_lines(dark)
    assert split_labels(found) is found or len(split_labels(found).lines) == len(found.lines)


@pytest.mark.parametrize("count", [1, 5])
def test_few_lines_have_no_edge(count):
    sheet = blank(height=520, width=900)
    for index in range(count):
        write(sheet, TEXT, 180, 80 + 48 * index)
    write(sheet, "12/3", 60, 80)
    dark = ink.measure_darkness(ink.even_light(sheet)) > ink.MIN_INK
    found = find_lines(dark)
    assert len(split_labels(found).lines) == len(found.lines)
