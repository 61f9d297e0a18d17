"""How often a comment that runs on to the next page is linked, and how often a wrong one is.

    python -m formbook.training.sets FOLDER --set run-on --pages 40 --data ../shared/data
    python benchmarks/running.py FOLDER/run-on

The drawn pages come in twos, the last comment of the first running on to the second. Each is read
as `ingest` reads it. Right are links within a pair; wrong is any link from the end of a page whose
last comment is whole to the first page of any pair: there, too, a comment begins. The hardest
there is, another pair's second page after a first one, as if the pages between were missing, is
counted apart.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from itertools import permutations, product
from pathlib import Path

from formbook.imaging.scan import open_frame
from formbook.model import PageReading
from formbook.reading import judge_run_on, page_reader, read_pages


def main() -> None:
    """Read the pages and print what is judged."""
    pages = sorted(Path(sys.argv[1]).glob("*.jpg"))
    engine = page_reader("handwriting", timeout_s=60)
    read = [read_pages(open_frame(page, 1), engine)[0] for page in pages]
    pairs = [
        pair
        for pair, page in zip(zip(read[::2], read[1::2], strict=False), pages[::2], strict=False)
        if json.loads(page.with_suffix(".json").read_text("utf-8"))["entries"][-1]["ends_later"]
    ]
    whole = [second for _first, second in pairs]
    fresh = [first for first, _second in pairs]
    tell("run on", pairs)
    tell("do not", product(whole, fresh))
    tell("pages missing between", ((a[0], b[1]) for a, b in permutations(pairs, 2)))


def tell(name: str, pairs: Iterable[tuple[PageReading, PageReading]]) -> None:
    """Print how many pairs are judged how."""
    found = Counter(judge_run_on(before, after).value for before, after in pairs)
    print(f"{name}: {found.total()} pairs, {dict(found)}")


if __name__ == "__main__":
    main()
