"""The recognizer of handwriting: our own network, through ONNX Runtime, on one thread."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formbook.errors import RecognitionError, _
from formbook.model import Reading
from formbook.recognize import LineImage
from formbook.recognize.card import WeightsDamagedError, read_card, read_weights
from formbook.recognize.date_grammar import LAST_YEAR, DateText, agree_on_date
from formbook.recognize.decoding import decode
from formbook.recognize.lexicon import Lexicon
from formbook.recognize.picture import clean, fit
from formbook.recognize.spelling import Speller

_HERE = Path(str(files("formbook.recognize") / "weights"))
WEIGHTS = _HERE / "handwriting.onnx"
"""The package's own."""
LEXICON = _HERE / "lexicon.bin"
"""The package's own."""
_SOFTEST = 1000
"""Nobody can tell more from such scores."""
_GREY = 2
"""Dimensions of a grey picture."""


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

    def __post_init__(self) -> None:
        texts = all(isinstance(each, str) for each in (self.version, self.sha256, self.letters))
        if not texts or " " not in self.letters or not 0 < self.softness < _SOFTEST:
            raise ValueError("it says what no card can")


class Handwriting:
    """Reads handwritten Vietnamese lines. Can be sent to another process.

    Deterministic, single-threaded, offline. Weights and lexicon are loaded and their SHA-256 is
    checked when the first line is read.

    Args:
        weights: an ONNX file with a card of the same name, ending in `.json`.
        lexicon: how words are spelled, likewise with a card; None reads letter by letter.
        until: the last year that `read_date` finds.
    """

    def __init__(
        self,
        weights: Path = WEIGHTS,
        lexicon: Path | None = LEXICON,
        *,
        until: int = LAST_YEAR,
    ) -> None:
        self.weights = weights
        self.lexicon = lexicon
        self.until = until

    def __getstate__(self) -> dict[str, Any]:
        return {"weights": self.weights, "lexicon": self.lexicon, "until": self.until}

    @cached_property
    def name(self) -> str:
        """Name and version of the weights, and of the lexicon.

        Raises:
            WeightsMissingError: they have no card.
            WeightsDamagedError: their card is unreadable.
        """
        own = f"handwriting {self._card.version}"
        return f"{own}+lexicon{Lexicon(self.lexicon).version}" if self.lexicon else own

    @property
    def letters(self) -> str:
        """What the network's classes mean, from class 1 on.

        Raises:
            WeightsMissingError: the weights have no card.
            WeightsDamagedError: their card is unreadable.
        """
        return self._card.letters

    def load(self) -> None:
        """Load weights and lexicon now, which the first line does otherwise.

        Raises:
            WeightsMissingError: a file is not there.
            WeightsDamagedError: a file is not the one released.
        """
        _ = self._session, self._speller

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

    def read_words(self, lines: Sequence[LineImage]) -> list[tuple[tuple[str, ...], ...]]:
        """Say what the words of lines may be.

        Args:
            lines: (H, W) uint8 grey each, as for `read`.

        Returns:
            For each line, in the same order, its words as `read` reads them, each followed by
            its other spellings, likeliest first.

        Raises:
            WeightsMissingError, WeightsDamagedError, HandwritingFailedError: as for `read`.

        Source:
            `spelling.Speller.spell`.
        """
        found: list[tuple[tuple[str, ...], ...]] = []
        for number, line in enumerate(lines, 1):
            chances = self.chances(line, number)
            if chances is None:
                found.append(())
            elif self._speller is None:
                words = decode(chances, self.letters)[0].split()
                found.append(tuple((word,) for word in words))
            else:
                spelled = self._speller.spell(chances)
                words = spelled.text.split()
                found.append(
                    tuple((word, *more) for word, more in zip(words, spelled.others, strict=True))
                )
        return found

    def read_date(self, pictures: Sequence[LineImage]) -> DateText | None:
        """Read the date that several pictures of the same writing show.

        Args:
            pictures: (H, W) uint8 grey each, as for `read`.

        Returns:
            The date, however doubtful; None where none of them shows a likely one.

        Raises:
            WeightsMissingError, WeightsDamagedError, HandwritingFailedError: as for `read`.

        Source:
            `date_grammar.agree_on_date`.
        """
        seen = (self.chances(picture, number) for number, picture in enumerate(pictures, 1))
        found = [each for each in seen if each is not None]
        return agree_on_date(found, self.letters, until=self.until)

    def _read(self, line: LineImage, number: int) -> Reading:
        """(H, W) uint8 in, its reading out; `number` is what an error calls the line."""
        chances = self.chances(line, number)
        if chances is None:
            return Reading("", (), self.name)
        if self._speller is None:
            text, sure = decode(chances, self.letters)
        else:
            spelled = self._speller.spell(chances)
            text, sure = spelled.text, spelled.certainty(self._speller.certainty)
        return Reading(text, sure, self.name)

    def chances(self, line: LineImage, number: int = 1) -> NDArray[np.float32] | None:
        """Say what the network sees, column by column.

        Args:
            line: (H, W) uint8 grey, as for `read`.
            number: what an error calls the line.

        Returns:
            (T, C) float32, each row adding up to 1; class 0 is the blank, class k the k-th of
            `letters`. None of a blank line.

        Raises:
            WeightsMissingError, WeightsDamagedError, HandwritingFailedError: as for `read`.

        Source:
            Own method; figures in formbook/recognize/weights/README.md.
        """
        cleaned = clean(line)
        if cleaned is None:
            return None
        try:
            (scores,) = self._session.run(None, {"pictures": fit(cleaned)[None, None]})
        except _faults() as error:
            raise HandwritingFailedError(path=f"line {number}", reason=str(error)) from error
        if scores.shape[2:] != (len(self.letters) + 1,) or not np.isfinite(scores).all():
            raise WeightsDamagedError(path=self.weights)
        return _soften(scores[0], self._card.softness)

    @cached_property
    def _card(self) -> _Card:
        try:
            return _Card(**read_card(self.weights))
        except (TypeError, ValueError) as error:
            raise WeightsDamagedError(path=self.weights.with_suffix(".json")) from error

    @cached_property
    def _speller(self) -> Speller | None:
        return Speller(Lexicon(self.lexicon), self.letters) if self.lexicon else None

    @cached_property
    def _session(self) -> Any:
        weights = read_weights(self.weights, self._card.sha256)
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
