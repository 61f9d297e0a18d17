"""What holds for every engine, tried on the recognizers and on the engines of fakes.py."""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Callable

import numpy as np
import pytest
from fakes import FailingEngine, HangingEngine, ScriptedEngine
from PIL import Image, ImageDraw, ImageFont

from formbook.errors import RecognitionError
from formbook.recognize import LineImage, LineRecognizer
from formbook.recognize.handwriting import Handwriting
from formbook.recognize.tesseract import Tesseract


def draw_line(text: str) -> LineImage:
    """(60, W) uint8, a line of print on white."""
    font = ImageFont.load_default(size=36)
    width = int(font.getlength(text)) + 40
    picture = Image.new("L", (width, 60), 255)
    ImageDraw.Draw(picture).text((20, 8), text, fill=0, font=font)
    return np.asarray(picture)


BLANK = np.full((60, 400), 255, np.uint8)
ONE_PIXEL = np.zeros((1, 1), np.uint8)
ONE, TWO, THREE = draw_line("mot con meo"), draw_line("hai con cho"), draw_line("ba con ga")


def scripted() -> LineRecognizer:
    return ScriptedEngine(lines=itertools.cycle(["mot con meo", "hai con cho", "ba con ga"]))


def released() -> LineRecognizer:
    engine = HangingEngine(lines=itertools.cycle(["mot con meo", "hai con cho", "ba con ga"]))
    engine.released.set()
    return engine


def never_failing() -> LineRecognizer:
    return FailingEngine(99, lines=itertools.cycle(["mot con meo", "hai con cho", "ba con ga"]))


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(Tesseract, id="tesseract", marks=pytest.mark.tesseract),
        pytest.param(Handwriting, id="handwriting"),
        pytest.param(scripted, id="scripted"),
        pytest.param(never_failing, id="failing"),
        pytest.param(released, id="hanging"),
    ],
)
class TestEveryEngine:
    def test_readings_come_in_the_order_of_the_lines(self, make: Callable[[], LineRecognizer]):
        readings = make().read([ONE, TWO, THREE])

        starts = [reading.text.lower().split()[0] for reading in readings]
        assert starts == ["mot", "hai", "ba"]

    def test_no_lines_give_no_readings(self, make: Callable[[], LineRecognizer]):
        assert make().read([]) == []

    def test_a_blank_line_has_an_empty_text(self, make: Callable[[], LineRecognizer]):
        readings = make().read([BLANK, ONE])

        assert readings[0].text == ""
        assert readings[1].text.lower().startswith("mot")

    def test_a_line_of_one_pixel_has_an_empty_text(self, make: Callable[[], LineRecognizer]):
        assert [reading.text for reading in make().read([ONE_PIXEL])] == [""]

    def test_each_character_has_a_confidence_between_0_and_1(
        self, make: Callable[[], LineRecognizer]
    ):
        (reading,) = make().read([ONE])

        assert len(reading.confidences) == len(reading.text)
        assert all(0 <= confidence <= 1 for confidence in reading.confidences)

    def test_every_reading_names_its_engine(self, make: Callable[[], LineRecognizer]):
        name, version = make().read([ONE])[0].engine.split(" ")

        assert name.isalpha()
        assert version[0].isdigit()

    def test_the_same_lines_read_twice_read_the_same(self, make: Callable[[], LineRecognizer]):
        engine = make()

        assert engine.read([ONE, TWO, THREE]) == engine.read([ONE, TWO, THREE])

    def test_the_picture_is_left_as_it_was(self, make: Callable[[], LineRecognizer]):
        line = ONE.copy()
        make().read([line])

        assert np.array_equal(line, ONE)


def test_an_engine_that_fails_on_the_second_line_returns_nothing():
    engine = FailingEngine(2, lines=["mot", "hai"])

    with pytest.raises(RecognitionError, match="line 2"):
        engine.read([ONE, TWO])


def test_tesseract_can_be_sent_to_another_process():
    engine = pickle.loads(pickle.dumps(Tesseract(timeout_s=5)))

    assert engine.timeout_s == 5
