"""Lines ready to learn from, on disk: many small pictures in few large files.

A shelf is a folder of parts. A part is `NAME.pixels`, the cleaned pictures one after another, each
FINE rows high, and `NAME.jsonl`, where each stands, what it says, and of which kind it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formbook.recognize.picture import FINE


@dataclass(frozen=True, slots=True)
class ShelvedLine:
    """A picture with its text; `kind` says where it comes from."""

    picture: NDArray[np.uint8]
    text: str
    kind: str


def write_part(folder: Path, name: str, lines: Iterable[tuple[NDArray[np.uint8], str, str]]) -> int:
    """Write one part, and say how many lines it holds.

    Args:
        folder: the shelf; it is made if need be.
        name: of the part.
        lines: (FINE, W) uint8 each, its text and its kind.

    Source:
        Own format.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pixels, index = folder / f"{name}.pixels", folder / f"{name}.jsonl"
    rows, offset = [], 0
    with pixels.open("wb") as file:
        for picture, text, kind in lines:
            file.write(np.ascontiguousarray(picture).tobytes())
            rows.append({"offset": offset, "width": picture.shape[1], "text": text, "kind": kind})
            offset += picture.size
    written = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    index.write_text(written, encoding="utf-8")
    return len(rows)


def read_shelf(folder: Path) -> list[ShelvedLine]:
    """Read the parts that are complete; the pictures stay on disk until they are looked at."""
    lines = []
    for index in sorted(folder.glob("*.jsonl")):
        pixels = np.memmap(index.with_suffix(".pixels"), dtype=np.uint8, mode="r")
        for row in map(json.loads, index.read_text("utf-8").splitlines()):
            end = row["offset"] + FINE * row["width"]
            picture = pixels[row["offset"] : end].reshape(FINE, row["width"])
            lines.append(ShelvedLine(picture, row["text"], row["kind"]))
    return lines
