"""How often the number on a drawn page is read right, wrong or not at all.

python -m formbook.training.sets FOLDER --set facing --set run-on --data ../shared/data
python benchmarks/page_numbers.py FOLDER/facing FOLDER/run-on
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from formbook.imaging.scan import open_frame
from formbook.reading import page_reader, read_pages


def main() -> None:
    """Read the pages of each folder and print the counts."""
    engine = page_reader("handwriting", timeout_s=60)
    for folder in map(Path, sys.argv[1:]):
        found: Counter[str] = Counter()
        for path in sorted(folder.glob("*.jpg")):
            truth = json.loads(path.with_suffix(".json").read_text("utf-8"))
            borne = [side["page_number"] for side in truth.get("sides", [truth])]
            read = [page.page_number for page in read_pages(open_frame(path, 1), engine)]
            if len(read) != len(borne):
                found["sides not told apart"] += 1
                continue
            for number, was_read in zip(borne, read, strict=True):
                found["none" if was_read is None else _name(number, was_read)] += 1
        print(f"{folder.name}: {dict(found)}")


def _name(number: int | None, read: int) -> str:
    return "right" if number == read else "wrong"


if __name__ == "__main__":
    main()
