"""An engine that reads the samples in scans/ as a person would, but for one line."""

from __future__ import annotations

import json
from pathlib import Path

from formbook.model import Reading
from formbook.recognize import PageImage, PlacedReading

TEXT_HEIGHT = 50
"""Pixels at the top of a mark's outline that its words take; its signature is below."""
SURE = 0.97
MISREAD = {
    "nay 22/4 vẫn bảo chờ chữ ký. Ai chịu trách nhiệm?": (
        "__ nay 22/4 vẫn bảo chờ chữ ký. A¡ chịu tách nhiệm?",
        0.81,
    )
}
"""A line as Tesseract 5.3.0 read it, and how sure that was."""


class SampleReader:
    """Finds and reads the lines and marks that stand in the file beside a sample.

    Tesseract reads the samples otherwise in each of its versions, and most lines wrongly.
    """

    name = "sample reader 1"

    def __init__(self, frame: int) -> None:
        self.frame = frame

    def read_page(self, path: Path, _pixels: PageImage | None = None) -> list[PlacedReading]:
        truth = truth_of(path, self.frame)
        lines = [self._placed(line["polygon"], line["text"]) for line in truth["lines"]]
        marks = [self._placed(_words_of(mark["polygon"]), mark["text"]) for mark in truth["seen"]]
        return lines + marks

    def _placed(self, polygon: list[list[float]], text: str) -> PlacedReading:
        read, sure = MISREAD.get(text, (text, SURE))
        corners = tuple((x, y) for x, y in polygon)
        return PlacedReading(corners, Reading(read, (sure,) * len(read), self.name))


def truth_of(path: Path, frame: int) -> dict:
    """What stands beside a sample about one of its frames."""
    beside = path.with_suffix(".json")
    if not beside.exists():
        beside = path.with_suffix(f".p{frame}.json")
    return json.loads(beside.read_text(encoding="utf-8"))


def _words_of(mark: list[list[float]]) -> list[list[float]]:
    left_top, right_top, right_bottom, left_bottom = mark
    return [
        left_top,
        right_top,
        [right_bottom[0], min(right_bottom[1], right_top[1] + TEXT_HEIGHT)],
        [left_bottom[0], min(left_bottom[1], left_top[1] + TEXT_HEIGHT)],
    ]
