"""Read every line of a folder: errors, honesty of the confidences, speed, memory, and a sheet.

    python benchmarks/handwriting.py [../shared/data/lines/valid] [--sheet sheet.png]

All is read twice, without the lexicon and with it. Errors are shares of wrong characters; `plain`
leaves out case and punctuation, as the truth of kalapa does. Words are told apart by what they are:
known are those that stand in a text which the lexicon learned from. `caught` says how many of the
wrong characters are among the 15 % least sure ones. The sheet shows 50 lines, drawn by lot, each
with its truth and its reading with the lexicon, to be looked at.
"""

from __future__ import annotations

import argparse
import re
import resource
import time
from collections import Counter, defaultdict
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw

from formbook.model import Reading
from formbook.recognize.handwriting import Handwriting
from formbook.training.hands import PRINT_FONT, load_letters
from formbook.training.scoring import align, plain, share_wrong
from formbook.training.texts import read_sentences

FLAGGED = 0.15
BINS = (0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.01)
SHEET_LINES = 50
SHEET_WIDTH = 1100
ROW = 92


def draw_sheet(rows: list[tuple[np.ndarray, str, str]], path: Path) -> None:
    """Write picture, truth and reading of some lines, one below the other."""
    sheet = Image.new("L", (SHEET_WIDTH, ROW * len(rows)), 255)
    pen, letters = ImageDraw.Draw(sheet), load_letters(PRINT_FONT, 16)
    for index, (line, truth, reading) in enumerate(rows):
        width = min(SHEET_WIDTH, round(line.shape[1] * 44 / line.shape[0]))
        sheet.paste(Image.fromarray(cv2.resize(line, (width, 44))), (0, ROW * index))
        pen.text((4, ROW * index + 44), truth, fill=0, font=letters)
        pen.text((4, ROW * index + 65), reading, fill=90, font=letters)
    sheet.save(path)


def report(name: str, truths: list[str], readings: list[Reading]) -> None:
    """Print one set's figures."""
    pairs = [(truth, reading.text) for truth, reading in zip(truths, readings, strict=True)]
    folded = [(plain(truth), plain(text)) for truth, text in pairs]
    print(
        f"{name:12} {len(truths):4} lines   error {share_wrong(pairs):.4f}"
        f"   plain {share_wrong(folded):.4f}"
    )


def report_confidence(truths: list[str], readings: list[Reading]) -> None:
    """Print how honest the confidences are."""
    right = np.array(
        [r for t, got in zip(truths, readings, strict=True) for r in align(t, got.text)[1]]
    )
    sure = np.array([c for got in readings for c in got.confidences])
    least = np.argsort(sure, kind="stable")[: int(FLAGGED * len(sure))]
    print(
        f"caught among the least sure {FLAGGED:.0%}: {(~right[least]).sum() / (~right).sum():.3f}"
    )
    for low, high in pairwise(BINS):
        inside = (sure >= low) & (sure < high)
        if inside.any():
            print(
                f"  said {sure[inside].mean():.3f}   right {right[inside].mean():.3f}"
                f"   {inside.mean():6.1%} of characters"
            )


def read_words(data: Path) -> set[str]:
    """The words of the texts that the lexicon learned from."""
    rows = (data / "lines" / "train" / "lines.tsv").read_text("utf-8").splitlines()[1:]
    texts = read_sentences(data / "text") + [row.split("\t")[2] for row in rows]
    return {word for text in texts for word in re.findall(r"\w+", text.lower())}


def sort_word(word: str, known: set[str]) -> str:
    """What a word is."""
    bare = re.sub(r"\W", "", word)
    if not bare:
        return "signs"
    if any(map(str.isdigit, bare)):
        return "numbers"
    if bare.lower() not in known:
        return "unknown"
    return "abbreviations" if len(bare) > 1 and bare.isupper() else "known"


def report_words(truths: list[str], readings: list[Reading], known: set[str]) -> None:
    """Print how often words are wrong, by what they are."""
    total: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for truth, reading in zip(truths, readings, strict=True):
        words = truth.split()
        kinds = [sort_word(word, known) for word in words]
        total.update(kinds)
        matcher = SequenceMatcher(None, words, reading.text.split(), autojunk=False)
        for start, _, length in matcher.get_matching_blocks():
            right.update(kinds[start : start + length])
    for kind, count in sorted(total.items()):
        print(f"  wrong of {count:5} {kind:13} {1 - right[kind] / count:.3f}")


def measure(
    engine: Handwriting, rows: list[list[str]], lines: list[np.ndarray], known: set[str]
) -> list[Reading]:
    """Read all lines with one engine, and print its figures."""
    truths = [text for _, _, text in rows]
    began = time.process_time()
    engine.read(lines[:1])
    print(f"{engine.name}: first line {time.process_time() - began:.2f} s after start")
    began = time.process_time()
    readings = [r for i in range(0, len(lines), 64) for r in engine.read(lines[i : i + 64])]
    spent = time.process_time() - began
    print(f"{1000 * spent * 60 / sum(map(len, truths)):.0f} ms of one core a line of 60 characters")
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB, pictures too")
    sets: dict[str, list[int]] = defaultdict(list)
    for index, (name, _, _) in enumerate(rows):
        sets[name.split("/", maxsplit=1)[0]].append(index)
    for name, members in sets.items():
        report(name, [truths[i] for i in members], [readings[i] for i in members])
    marked = [i for name, members in sets.items() if name != "kalapa" for i in members]
    chosen = [truths[i] for i in marked], [readings[i] for i in marked]
    if known:
        report_words(*chosen, known)
    report_confidence(*chosen)
    return readings


def main() -> None:
    """Read the folder and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", default="../shared/data/lines/valid", type=Path)
    parser.add_argument("--sheet", type=Path)
    asked = parser.parse_args()
    if not asked.folder.is_dir():
        print(f"{asked.folder} is not there: nothing measured")
        return
    rows = [r.split("\t") for r in (asked.folder / "lines.tsv").read_text("utf-8").splitlines()[1:]]
    lines = [cv2.imread(str(asked.folder / name), cv2.IMREAD_GRAYSCALE) for name, _, _ in rows]
    truths = [text for _, _, text in rows]
    data = asked.folder.parent.parent
    known = read_words(data) if (data / "text").is_dir() else set()
    for engine in (Handwriting(lexicon=None), Handwriting()):
        readings = measure(engine, rows, lines, known)
    if asked.sheet:
        drawn = np.random.default_rng(0).choice(
            len(rows), min(SHEET_LINES, len(rows)), replace=False
        )
        draw_sheet([(lines[i], truths[i], readings[i].text) for i in drawn], asked.sheet)


if __name__ == "__main__":
    main()
