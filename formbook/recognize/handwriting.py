"""The recognizer of handwriting: our own network, through ONNX Runtime, on one thread."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formbook.errors import MissingToolError, RecognitionError, _
from formbook.model import Reading
from formbook.recognize import LineImage
from formbook.recognize.date_grammar import DateText, find_date
from formbook.recognize.decoding import decode
from formbook.recognize.picture import clean, fit

_GREY = 2
"""Dimensions of a grey picture."""


class WeightsMissingError(MissingToolError):
    """The weights are not beside the program."""

    message = _(
        "The weights of the handwriting recognizer are missing: {path}\n"
        "Nothing was changed. Install formbook again, or read with --recognizer tesseract."
    )


class WeightsDamagedError(MissingToolError):
    """The weights are not those that the program was released with."""

    message = _(
        "The weights of the handwriting recognizer are damaged: {path}\n"
        "Nothing was changed. Install formbook again, or read with --recognizer tesseract."
    )


class HandwritingFailedError(RecognitionError):
    """ONNX Runtime gave up."""

    message = _(
        "The handwriting recognizer could not read {path}: {reason}\n"
        "Nothing was changed. Try again with fewer workers, or read with --recognizer tesseract."
    )


@dataclass(frozen=True, slots=True)
class _Card:
    """What stands beside the weights: which they are and what their classes mean.

    `softness` divides the scores before they become confidences, so that these are honest.
    """

    version: str
    sha256: str
    letters: str
    softness: float


class Handwriting:
    """Reads handwritten Vietnamese lines. Can be sent to another process.

    Deterministic, single-threaded, offline. The weights are loaded and their SHA-256 is checked
    when the first line is read.

    Args:
        weights: an ONNX file with a card of the same name, ending in `.json`; those of the
            package if not given.
    """

    def __init__(self, weights: Path | None = None) -> None:
        here = Path(str(files("formbook.recognize") / "weights" / "handwriting.onnx"))
        self.weights = weights or here

    def __getstate__(self) -> dict[str, Path]:
        return {"weights": self.weights}

    @cached_property
    def name(self) -> str:
        """Name and version of the weights.

        Raises:
            WeightsMissingError: they have no card.
            WeightsDamagedError: their card is unreadable.
        """
        return f"handwriting {self._card.version}"

    def read(self, lines: Sequence[LineImage]) -> list[Reading]:
        """Read lines.

        Each goes through the network by itself: that is as fast as many together, and what one
        line reads cannot depend on the others.

        Args:
            lines: (H, W) uint8 grey each, 0 black to 255 white, one line of text each.

        Returns:
            One reading for each line, in the same order; of a blank line an empty one.

        Raises:
            ValueError: a picture is not (H, W) uint8.
            WeightsMissingError: the weights are not there.
            WeightsDamagedError: they are not those released.
            HandwritingFailedError: the network failed; nothing is returned in part.

        Source:
            Own method; figures in formbook/recognize/weights/README.md.
        """
        for index, line in enumerate(lines, 1):
            if line.ndim != _GREY or line.dtype != np.uint8:
                raise ValueError(f"line {index} is {line.dtype} {line.shape}, not uint8 (H, W)")
        return [self._read(line, index) for index, line in enumerate(lines, 1)]

    def read_dates(self, lines: Sequence[LineImage]) -> list[DateText | None]:
        """Read on each line the date that it most likely bears.

        Args:
            lines: (H, W) uint8 grey each, as for `read`.

        Returns:
            One date for each line, in the same order, however unlikely; None of a blank line.

        Raises:
            WeightsMissingError, WeightsDamagedError, HandwritingFailedError: as for `read`.

        Source:
            `date_grammar.find_date`.
        """
        found: list[DateText | None] = []
        for number, line in enumerate(lines, 1):
            chances = self._chances(line, number)
            found.append(None if chances is None else find_date(chances, self._card.letters))
        return found

    def _read(self, line: LineImage, number: int) -> Reading:
        """(H, W) uint8 in, its reading out; `number` is what an error calls the line."""
        chances = self._chances(line, number)
        if chances is None:
            return Reading("", (), self.name)
        text, sure = decode(chances, self._card.letters)
        return Reading(text, sure, self.name)

    def _chances(self, line: LineImage, number: int) -> NDArray[np.float32] | None:
        """(H, W) uint8 in, (T, C) float32 out, each row adding up to 1; None of a blank line."""
        cleaned = clean(line)
        if cleaned is None:
            return None
        try:
            (scores,) = self._session.run(None, {"pictures": fit(cleaned)[None, None]})
        except _faults() as error:
            raise HandwritingFailedError(path=f"line {number}", reason=str(error)) from error
        return _soften(scores[0], self._card.softness)

    @cached_property
    def _card(self) -> _Card:
        path = self.weights.with_suffix(".json")
        try:
            return _Card(**json.loads(path.read_text("utf-8")))
        except FileNotFoundError as error:
            raise WeightsMissingError(path=path) from error
        except (ValueError, TypeError) as error:
            raise WeightsDamagedError(path=path) from error

    @cached_property
    def _session(self) -> Any:
        try:
            weights = self.weights.read_bytes()
        except FileNotFoundError as error:
            raise WeightsMissingError(path=self.weights) from error
        if hashlib.sha256(weights).hexdigest() != self._card.sha256:
            raise WeightsDamagedError(path=self.weights)
        # newer releases would report to their maker; nothing leaves this machine
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        import onnxruntime  # noqa: PLC0415 - half a second that only reading should cost

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.use_deterministic_compute = True
        options.log_severity_level = 3
        try:
            return onnxruntime.InferenceSession(
                weights, options, providers=["CPUExecutionProvider"]
            )
        except _faults() as error:
            raise WeightsDamagedError(path=self.weights) from error


def _faults() -> tuple[type[Exception], ...]:
    """What ONNX Runtime raises; the classes have no common base of their own."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state  # noqa: PLC0415 - as above

    kinds = (
        "EPFail",
        "Fail",
        "InvalidArgument",
        "InvalidGraph",
        "InvalidProtobuf",
        "NotImplemented",
    )
    return tuple(getattr(state, kind) for kind in (*kinds, "RuntimeException"))


def _soften(scores: NDArray[np.float32], softness: float) -> NDArray[np.float32]:
    """(T, C) scores to (T, C) chances, each row adding up to 1."""
    scaled = scores / softness
    raised = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)
