"""Print what `imaging` sees on a folder of pages, without reading it, as `score.py pages` takes it.

    python benchmarks/layout.py ../shared/data/pages > layout.jsonl
    python ../shared/tools/score.py pages ../shared/data/pages layout.jsonl

Only the rows for lines, grouping, entries and marks say something: no text is read. `drawn.py` does
both on pages that it draws.

    python benchmarks/layout.py --lines ../shared/data/notebook_fr

prints, a page and in all, how many true lines are found (outlines' hulls overlap by half), how many
there are, and how many were seen; for pages of which nothing but the lines is known.

    python benchmarks/layout.py --time ../shared/data/pages

sees each page and has Tesseract read it (`tesseract --psm 3 -l vie`), in turn and on one thread
each, three times over, and prints seconds of the processor a page, the fastest time counting, and
their ratio. Ours is the time of seeing a picture that is decoded.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from spent import spent

from formbook.imaging.marks import LIKELY
from formbook.imaging.page import see
from formbook.imaging.scan import load_frame
from formbook.model import Polygon

FOUND = 0.5
RUNS = 3
NOTHING_READ = {"text": "", "confidence": 0.0}


def see_picture(path: Path) -> dict[str, Any]:
    """Say what is on a picture, as the score takes it, and how many seconds it took."""
    frame = load_frame(path)
    start = time.perf_counter()
    layout = see(frame)
    seconds = time.perf_counter() - start
    return {
        "image": str(path),
        "width": frame.width,
        "height": frame.height,
        "seconds": round(seconds, 3),
        "lines": [
            {"polygon": line.polygon, "entry": line.entry, **NOTHING_READ} for line in layout.lines
        ],
        "entries": [{"polygon": entry.polygon, **NOTHING_READ} for entry in layout.entries],
        "seen": [
            {
                "polygon": mark.polygon,
                "date": None,
                "stamp": mark.stamp,
                "signature": mark.signature is not None,
                **NOTHING_READ,
                "confidence": mark.confidence,
            }
            for mark in layout.marks
            if mark.confidence >= LIKELY
        ],
    }


def main(folder: Path) -> None:
    """Print one object a picture, and the time that it took to stderr."""
    cv2.setNumThreads(1)
    for path in sorted(folder.glob("*.jpg")):
        row = see_picture(path)
        print(f"{path.name} {row['seconds']:.2f} s", file=sys.stderr)
        print(json.dumps(row))


def count_lines(folder: Path) -> None:
    """Print how many of the true lines are found."""
    cv2.setNumThreads(1)
    found = known = seen = 0
    for path in sorted(folder.glob("*.jpg")):
        truth = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["lines"]
        lines = [_hull(line.polygon) for line in see(load_frame(path)).lines]
        here = sum(
            any(_overlap(_hull(line["polygon"]), other) >= FOUND for other in lines)
            for line in truth
        )
        print(f"{path.name}: {here} of {len(truth)} lines found, {len(lines)} seen")
        found, known, seen = found + here, known + len(truth), seen + len(lines)
    print(f"recall {found / max(1, known):.3f}: {found} of {known} lines found, {seen} seen")


def compare(folder: Path) -> None:
    """Print how long a page takes to see, and how long Tesseract takes to read it."""
    cv2.setNumThreads(1)
    paths = sorted(folder.glob("*.jpg"))
    see(load_frame(paths[0]))
    ours, theirs = np.full(len(paths), np.inf), np.full(len(paths), np.inf)
    for _ in range(RUNS):
        for number, path in enumerate(paths):
            frame = load_frame(path)
            ours[number] = min(ours[number], spent(lambda frame=frame: see(frame)))
            theirs[number] = min(theirs[number], spent(lambda path=path: _tesseract(path)))
    print(
        f"{len(paths)} pages, seconds a page: seen {ours.mean():.3f},"
        f" read by Tesseract {theirs.mean():.3f}; ratio {ours.sum() / theirs.sum():.3f}"
    )


def _tesseract(path: Path) -> None:
    subprocess.run(
        ["tesseract", path, "-", "--psm", "3", "-l", "vie"],
        env=os.environ | {"OMP_THREAD_LIMIT": "1"},
        capture_output=True,
        check=True,
    )


def _hull(polygon: Polygon) -> cv2.typing.MatLike:
    return cv2.convexHull(np.array(polygon, np.float32))


def _overlap(one: cv2.typing.MatLike, two: cv2.typing.MatLike) -> float:
    """Return intersection over union of two convex outlines."""
    shared, _ = cv2.intersectConvexConvex(one, two)
    return float(shared / max(1e-9, cv2.contourArea(one) + cv2.contourArea(two) - shared))


if __name__ == "__main__":
    if sys.argv[1] == "--lines":
        count_lines(Path(sys.argv[2]))
    elif sys.argv[1] == "--time":
        compare(Path(sys.argv[2]))
    else:
        main(Path(sys.argv[1]))
