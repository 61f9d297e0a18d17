"""Draw pages that are hard in one way a set, and print how well `imaging` sees them.

    python benchmarks/drawn.py [--set curled ...] [--pages 10] [--seed 1] [--keep FOLDER] [--read]

What stands in a set says `formbook/training/sets.py`. The score is that of
`../shared/tools/score.py pages`, without its rows for text; recorded writers and chairmen's words
are those of `../shared/data`. First the score is tried on the truth itself, which must come out as
perfect, and on the truth put half a line lower, which must not. `--read` reads the pages as well,
and says how many dates of marks are settled: marks that are told by their words, as those of
`directions`, are told only so. `--keep` leaves pages, truth and what was seen (`seen.jsonl`) in a
folder, and writes `overlay-NNN.png` beside each page: found outlines in green (lines), violet
(entries) and red (marks), the truth of what was missed in yellow.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
from layout import NOTHING_READ, see_picture

from formbook.imaging.scan import load_frame
from formbook.reading import frame_reading_to_json, page_reader, read_pages
from formbook.training.sets import SETS, gather_people, write_set

SHARED = Path(__file__).resolve().parents[2] / "shared"
FIGURES = {
    "line": ("line_precision", "line_recall"),
    "grouping": ("grouping_precision", "grouping_recall"),
    "entry": ("entry_precision", "entry_recall"),
    "page seen": ("seen_precision", "seen_recall"),
    "placed": ("seen_placed",),
}
WIDTHS = (14, 13, 13, 13, 13, 7)
FOUND = {"lines": 0.5, "entries": 0.6, "seen": 0.3}
COLOURS = {"lines": (0, 170, 0), "entries": (200, 0, 200), "seen": (0, 0, 255)}
MISSED = (0, 190, 255)


def load_score() -> ModuleType:
    """Load the score that lies beside the checkout."""
    spec = spec_from_file_location("score", SHARED / "tools" / "score.py")
    assert spec is not None
    assert spec.loader is not None
    score = module_from_spec(spec)
    spec.loader.exec_module(score)
    return score


def reader() -> Callable[[Path], dict[str, Any]]:
    """Return what says what is read on a picture, and in how many seconds."""
    engine = page_reader("handwriting", timeout_s=60)

    def read_picture(path: Path) -> dict[str, Any]:
        frame = load_frame(path)
        start = time.perf_counter()
        row = frame_reading_to_json(str(path), read_pages(frame, engine))
        return {**row, "seconds": time.perf_counter() - start}

    return read_picture


def rate(score: ModuleType, folder: Path, rows: list[dict[str, Any]]) -> dict[str, float | None]:
    """Score what was seen on a folder's pages."""
    readings = folder / "seen.jsonl"
    readings.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return dict(score.score_pages(folder, readings))


def try_score(score: ModuleType, folder: Path) -> None:
    """See that the truth is perfect by the score, and that the truth half a line lower is not."""
    truths = [(path, json.loads(path.read_text("utf-8"))) for path in sorted(folder.glob("*.json"))]
    names = [name for both in FIGURES.values() for name in both]
    perfect = rate(score, folder, [_as_seen(path, truth, 0) for path, truth in truths])
    lower = rate(score, folder, [_as_seen(path, truth, 0.5) for path, truth in truths])
    assert all(perfect[name] in (1, None) for name in names), perfect
    assert (lower["line_recall"] or 0) < 0.5, lower


def _as_seen(path: Path, truth: dict[str, Any], lower: float) -> dict[str, Any]:
    """Say that the truth was seen, lower by a share of each outline's height."""

    def seen(each: dict[str, Any]) -> dict[str, Any]:
        height = min(np.ptp(each["polygon"], axis=0))
        moved = [[x + lower * height, y + lower * height] for x, y in each["polygon"]]
        return {**NOTHING_READ, "entry": each.get("entry"), "polygon": moved, "date": None}

    kinds = {kind: [seen(each) for each in truth[kind]] for kind in FOUND}
    return {"image": str(path.with_suffix(".jpg")), **kinds}


def draw_overlays(score: ModuleType, folder: Path, rows: list[dict[str, Any]]) -> None:
    """Draw what was seen on each page, and what was missed."""
    for row in rows:
        path = Path(row["image"])
        picture = cv2.imread(str(path))
        truth = json.loads(path.with_suffix(".json").read_text("utf-8"))
        for kind, least in FOUND.items():
            hulls = [score.hull(each["polygon"]) for each in row[kind]]
            true = [score.hull(each["polygon"]) for each in truth[kind]]
            missed = set(range(len(true))) - set(score.pair(true, hulls, least))
            for each in row[kind]:
                _outline(picture, each["polygon"], COLOURS[kind], 2)
            for index in missed:
                _outline(picture, truth[kind][index]["polygon"], MISSED, 4)
        cv2.imwrite(
            str(folder / path.name.replace("page", "overlay").replace("jpg", "png")), picture
        )


def _outline(picture: Any, polygon: Any, colour: tuple[int, int, int], pen: int) -> None:
    cv2.polylines(picture, [np.round(polygon).astype(np.int32)], True, colour, pen)


def _say(figure: float | None) -> str:
    return "-" if figure is None else f"{figure:.3f}"


def main() -> None:
    """Draw, see, score, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", action="append", choices=SETS, help="only this one; repeatable")
    parser.add_argument("--pages", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--read", action="store_true")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    score = load_score()
    people = gather_people(SHARED / "data")
    see = reader() if asked.read else see_picture
    heads = ["set", *FIGURES]
    print("".join(head.ljust(width) for head, width in zip(heads, WIDTHS, strict=True)) + "time")
    with tempfile.TemporaryDirectory() as temporary:
        for name in asked.set or SETS:
            folder = (asked.keep or Path(temporary)) / name
            write_set(folder, name, asked.pages, seed=asked.seed, people=people)
            try_score(score, folder)
            rows = [see(path) for path in sorted(folder.glob("*.jpg"))]
            rated = rate(score, folder, rows)
            cells = [name, *(" ".join(_say(rated[x]) for x in both) for both in FIGURES.values())]
            text = "".join(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True))
            print(f"{text}{np.median([row['seconds'] for row in rows]):.2f} s", flush=True)
            if asked.read:
                right, wrong = (_say(rated[f"seen_date_{each}"]) for each in ("right", "wrong"))
                print(f"{'':14}dates settled rightly {right}, wrongly {wrong}", flush=True)
            if asked.keep:
                draw_overlays(score, folder, rows)


if __name__ == "__main__":
    main()
