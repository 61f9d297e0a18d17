"""Engines that do what a test says, and programs that do what Tesseract never should."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from formbook.errors import RecognitionError
from formbook.model import Polygon, Reading
from formbook.recognize import LineImage, PageImage, PlacedReading

MIN_SIDE = 8


def reading(text: str, confidence: float = 0.95, engine: str = "scripted 1") -> Reading:
    """A reading all of whose characters are equally sure."""
    return Reading(text, (confidence,) * len(text), engine)


def placed(
    text: str,
    left: float,
    top: float,
    width: float = 600,
    height: float = 40,
    confidence: float = 0.95,
) -> PlacedReading:
    """A level line at a place."""
    right, bottom = left + width, top + height
    corners: Polygon = ((left, top), (right, top), (right, bottom), (left, bottom))
    return PlacedReading(corners, reading(text, confidence))


class ScriptedEngine:
    """Reads what it was told to, line after line, or page after page.

    A blank or tiny line is empty, and takes nothing from the script.
    """

    name = "scripted 1"

    def __init__(
        self, lines: Sequence[str] = (), pages: Sequence[Sequence[PlacedReading]] = ()
    ) -> None:
        self._lines = iter(lines)
        self._pages = iter(pages)
        self.handed_over: list[tuple[Path, PageImage | None]] = []

    def read(self, lines: Sequence[LineImage]) -> list[Reading]:
        return [reading(next(self._lines) if self._has_ink(line) else "") for line in lines]

    def read_page(self, path: Path, pixels: PageImage | None = None) -> list[PlacedReading]:
        self.handed_over.append((path, pixels))
        return list(next(self._pages))

    @staticmethod
    def _has_ink(line: LineImage) -> bool:
        return min(line.shape) >= MIN_SIDE and bool(line.min() < line.max())


class FailingEngine(ScriptedEngine):
    """Fails on the n-th line, or page, that it is given."""

    name = "failing 1"

    def __init__(self, fails_on: int, **script: Sequence) -> None:
        super().__init__(**script)
        self._left = fails_on

    def read(self, lines: Sequence[LineImage]) -> list[Reading]:
        for number, _line in enumerate(lines, 1):
            self._count(f"line {number}")
        return super().read(lines)

    def read_page(self, path: Path, pixels: PageImage | None = None) -> list[PlacedReading]:
        self._count(path)
        return super().read_page(path, pixels)

    def _count(self, what: Path | str) -> None:
        self._left -= 1
        if self._left == 0:
            raise RecognitionError(engine=self.name, path=what, reason="it was told to fail")


class HangingEngine(ScriptedEngine):
    """Never comes back, unless `released` is set."""

    name = "hanging 1"

    def __init__(self, **script: Sequence) -> None:
        super().__init__(**script)
        self.released = threading.Event()

    def read(self, lines: Sequence[LineImage]) -> list[Reading]:
        self.released.wait()
        return super().read(lines)

    def read_page(self, path: Path, pixels: PageImage | None = None) -> list[PlacedReading]:
        self.released.wait()
        return super().read_page(path, pixels)
