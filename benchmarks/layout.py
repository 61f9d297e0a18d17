"""Print what `imaging` sees on a folder of pages, without reading it, as `score.py pages` takes it.

    python benchmarks/layout.py ../shared/data/pages > layout.jsonl
    python ../shared/tools/score.py pages ../shared/data/pages layout.jsonl

Only the rows for lines, grouping, entries and marks say something: no text is read.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import cv2

from formbook.imaging.marks import LIKELY
from formbook.imaging.page import see
from formbook.imaging.scan import load_frame

NOTHING_READ = {"text": "", "confidence": 0.0}


def main(folder: Path) -> None:
    """Print one object a picture, and the time that it took to stderr."""
    cv2.setNumThreads(1)
    for path in sorted(folder.glob("*.jpg")):
        frame = load_frame(path)
        start = time.perf_counter()
        layout = see(frame)
        print(f"{path.name} {time.perf_counter() - start:.2f} s", file=sys.stderr)
        print(
            json.dumps(
                {
                    "image": str(path),
                    "width": frame.width,
                    "height": frame.height,
                    "lines": [
                        {"polygon": line.polygon, "entry": line.entry, **NOTHING_READ}
                        for line in layout.lines
                    ],
                    "entries": [
                        {"polygon": entry.polygon, **NOTHING_READ} for entry in layout.entries
                    ],
                    "seen": [
                        {
                            "polygon": mark.polygon,
                            "date": None,
                            "stamp": mark.stamp,
                            "signature": mark.signature is not None,
                            "text": "",
                            "confidence": mark.confidence,
                        }
                        for mark in layout.marks
                        if mark.confidence >= LIKELY
                    ],
                }
            )
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
