"""What was learned, and the card beside it that says which it is: read only if it is whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from formbook.errors import MissingToolError, _


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


def read_card(weights: Path) -> dict[str, Any]:
    """Read what stands beside a file of weights, in a file of its name ending in `.json`.

    Raises:
        WeightsMissingError: it is not there.
        WeightsDamagedError: it is no JSON object.
    """
    path = weights.with_suffix(".json")
    try:
        card = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise WeightsMissingError(path=path) from error
    except ValueError as error:
        raise WeightsDamagedError(path=path) from error
    if not isinstance(card, dict):
        raise WeightsDamagedError(path=path)
    return card


def write_card(weights: Path, card: Mapping[str, Any]) -> None:
    """Write what `read_card` reads."""
    written = json.dumps(card, ensure_ascii=False, indent=1) + "\n"
    weights.with_suffix(".json").write_text(written, encoding="utf-8")


def read_weights(path: Path, sha256: str) -> bytes:
    """Read a file of weights whose SHA-256 its card names.

    Raises:
        WeightsMissingError: it is not there.
        WeightsDamagedError: it is another file.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise WeightsMissingError(path=path) from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise WeightsDamagedError(path=path)
    return content
