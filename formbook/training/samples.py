"""Draws the sample pages that the project ships: `python -m formbook.training.samples scans`.

What they say stands in `samples.toml`; the same libraries give the same bytes.
"""

from __future__ import annotations

import json
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from formbook.training import hands, paper
from formbook.training.camera import Capture
from formbook.training.hands import FontHand
from formbook.training.pages import DrawnPage, draw_page
from formbook.training.paper import Look
from formbook.training.spec import Comment, Mark, PageSpec, Place

_COLOURS = {
    "blue": hands.BLUE,
    "navy": hands.NAVY,
    "black": hands.BLACK,
    "violet": hands.VIOLET,
    "red": hands.RED,
    "pencil": hands.PENCIL,
}
_TONES = {"white": paper.WHITE, "cream": paper.CREAM, "greyish": paper.GREYISH}
_QUALITY = 80
_MADE = time.gmtime(0)
"""A fixed time of making, so that the PDF's bytes stay the same."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A page of a file in scans/, and the seed that draws it."""

    file: str
    seed: int
    spec: PageSpec

    def draw(self) -> DrawnPage:
        """Draw the page as shipped, before compression."""
        return draw_page(self.spec, np.random.default_rng(self.seed))


def load_samples() -> tuple[Sample, ...]:
    """Read what the sample pages say, in the order of their files."""
    described = tomllib.loads((files("formbook.training") / "samples.toml").read_text("utf-8"))
    writers = {name: _hand(fields) for name, fields in described["hands"].items()}
    specs: list[PageSpec] = []
    samples = []
    for fields in described["pages"]:
        file, seed = fields.pop("file"), fields.pop("seed")
        if "back" in fields:
            fields["back"] = specs[fields["back"]]
        specs.append(_spec(fields, writers))
        samples.append(Sample(file, seed, specs[-1]))
    return tuple(samples)


def name_truths(samples: tuple[Sample, ...]) -> Iterator[tuple[str, Sample]]:
    """Pair each page with the name of its truth: NAME.json, or NAME.p1.json and on in a PDF."""
    for file, group in groupby(samples, key=lambda sample: sample.file):
        stem, kind = file.split(".")
        for number, sample in enumerate(group, 1):
            yield (f"{stem}.p{number}.json" if kind == "pdf" else f"{stem}.json"), sample


def draw_samples(folder: Path) -> None:
    """Draw every sample page and its truth into a folder that is there."""
    pictures: dict[str, list[Image.Image]] = {}
    for name, sample in name_truths(load_samples()):
        drawn = sample.draw()
        truth = json.dumps(drawn.truth.to_json(), ensure_ascii=False, indent=1)
        (folder / name).write_text(truth + "\n", encoding="utf-8")
        pictures.setdefault(sample.file, []).append(Image.fromarray(drawn.image))
    for file, (first, *others) in pictures.items():
        if file.endswith(".pdf"):
            first.save(
                folder / file,
                save_all=True,
                append_images=others,
                resolution=200,
                quality=_QUALITY,
                creationDate=_MADE,
                modDate=_MADE,
            )
        else:
            first.save(folder / file, quality=_QUALITY, dpi=(200, 200))


def _hand(fields: dict[str, Any]) -> FontHand:
    return FontHand(**{**fields, "colour": _COLOURS[fields["colour"]]})


def _spec(fields: dict[str, Any], writers: dict[str, FontHand]) -> PageSpec:
    comments = [Comment(**{**x, "hand": writers[x["hand"]]}) for x in fields["comments"]]
    marks = [
        Mark(**{**x, "hand": writers[x["hand"]], "place": Place(x.get("place", "end"))})
        for x in fields.get("marks", [])
    ]
    number_hand = fields.get("number_hand")
    read = {
        "look": Look(fields["look"]),
        "capture": Capture(fields.get("capture", "scan")),
        "tone": _TONES[fields.get("tone", "white")],
        "comments": comments,
        "marks": marks,
        "number_hand": writers[number_hand] if number_hand else None,
    }
    return PageSpec(**{**fields, **read})


if __name__ == "__main__":  # pragma: no cover - only as a program of its own
    draw_samples(Path(sys.argv[1]))
