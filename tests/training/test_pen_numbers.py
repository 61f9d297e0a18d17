from __future__ import annotations

import numpy as np
import pytest

from formbook.training.numbers import (
    collect_digits,
    draw_number_text,
    split_digits,
    write_numbers,
)
from formbook.training.penmanship import PenWord, Recordings


def stroke(left, right, top=-50, bottom=50):
    return np.array([[left, top], [right, bottom]], dtype=np.float32)


def number(text):
    return PenWord(text, tuple(stroke(60 * i, 60 * i + 40) for i in range(len(text))))


@pytest.fixture
def recordings():
    xem = PenWord("xem", (stroke(0, 120),))
    return Recordings(
        [],
        {
            "0001": [[PenWord("Đã", (stroke(0, 90),)), xem], [number("2024"), number("13")]],
            "0002": [[number("5678"), number("90"), PenWord("ngày", (stroke(0, 200),))]],
        },
    )


def test_strokes_beside_one_another_are_digits_of_their_own():
    parts = split_digits([stroke(60, 100), stroke(0, 40)], 2)

    assert [part[0][0, 0] for part in parts] == [0, 60]


def test_strokes_above_one_another_are_one_digit():
    four = [stroke(0, 40), stroke(25, 42)]

    assert [len(part) for part in split_digits([*four, stroke(60, 90)], 2)] == [2, 1]


def test_a_number_that_does_not_part_into_its_digits_is_not_taken_apart():
    assert split_digits([stroke(0, 100)], 2) == []


def test_a_date_stands_from_left_to_right_in_as_many_strokes_as_it_has_signs(recordings):
    known = collect_digits(recordings)
    rng = np.random.default_rng(1)
    written = write_numbers("Đã xem 23/10/2024", "0001", known, rng)

    assert written.text == "Đã xem 23/10/2024"
    assert len(written.strokes) in (2 + 10, 2 + 7)
    ends = [float(each[:, 0].max()) for each in written.strokes]
    assert ends == sorted(ends)


def test_what_a_person_never_wrote_is_borrowed_and_what_nobody_wrote_is_refused(recordings):
    known = collect_digits(recordings)
    rng = np.random.default_rng(1)

    assert write_numbers("ngày 7", "0001", known, rng).strokes
    with pytest.raises(KeyError):
        write_numbers("tháng 7", "0001", known, rng)


def test_texts_with_numbers_are_of_words_that_the_person_wrote(recordings):
    rng = np.random.default_rng(2)
    texts = [draw_number_text(recordings.runs["0001"], rng) for _ in range(200)]

    words = {word for text in texts for word in text.split() if word.isalpha()}
    assert words <= {"Đã", "đã", "xem", "ngày", "Ngày", "tháng", "năm"}
    assert all(any(letter.isdigit() for letter in text) for text in texts)


def test_what_was_written_is_enough_only_with_every_digit_and_the_words_of_dates(recordings):
    assert not collect_digits(recordings).enough
    words = ("ngày", "Ngày", "tháng", "năm", "Đã", "đã", "xem")
    spoken = [PenWord(word, (stroke(0, 90),)) for word in words]
    more = Recordings([], {**recordings.runs, "0003": [spoken]})
    assert collect_digits(more).enough
    assert not collect_digits(Recordings([], {"0003": [spoken]})).enough


def slanting(times, left, right):
    return [PenWord("1", (stroke(left, right, -50 - k, 50 + k),)) for k in range(times)]


def test_a_digit_that_looks_like_another_ones_is_left_out():
    lying = PenWord("1", (stroke(0, 200, -2, 2),))
    dashes = [PenWord("7", (stroke(0, 200 + k, -2, 2),)) for k in range(8)]
    known = collect_digits(Recordings([], {"0001": [[*slanting(8, 0, 30), lying, *dashes]]}))
    assert {digit: len(found) for digit, found in known.digits["0001"].items()} == {"1": 8, "7": 8}


def test_nobody_writes_a_digit_alike_twice():
    known = collect_digits(Recordings([], {"0001": [slanting(8, 0, 30)]}))
    rng = np.random.default_rng(3)
    first, second = (write_numbers("111", "0001", known, rng).strokes for _ in range(2))
    shapes = [np.round(each - each[0]).tobytes() for each in (*first, *second)]
    assert len(set(shapes)) == 6
