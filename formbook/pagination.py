"""Whether the pages of a notebook run on from 1, each once, as the numbers on the paper say.

A page that a person compared with its picture (`checked`) has the number that it should have,
whatever a machine read on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import groupby, pairwise
from typing import Any

from formbook.store import Store
from formbook.store.views import Row, held_scans, pages


class PageFault(StrEnum):
    """What is wrong with a run of pages."""

    MISSING = "missing"
    DIFFERS = "differs"
    REPEATED = "repeated"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True)
class PageFinding:
    """What is wrong with the pages `first` to `last` of a notebook.

    `missing`: the register holds none of them, though it holds a later one. `differs`: the paper
    says `read` on the first, and counts on from there. `repeated`: on `first` stands `read` as on
    a page before; where `scan` is not None, it is a held scan that has the number of `first`.
    `extra`: no number was read on it, and the pages before and after it follow each other.
    """

    kind: PageFault
    notebook: str
    first: int
    last: int
    read: int | None = None
    scan: int | None = None

    def as_row(self) -> dict[str, Any]:
        """The finding as a JSON object."""
        return asdict(self)


def find_page_faults(store: Store, notebook: str | None = None) -> list[PageFinding]:
    """Find the missing, repeated and extra pages, and those that bear another number.

    Args:
        store: the register.
        notebook: only this volume.

    Returns:
        The findings, by notebook, kind and number.
    """
    found: list[PageFinding] = []
    for volume, rows in groupby(pages(store, notebook), lambda row: str(row["notebook"])):
        held = list(rows)
        found += _missing(volume, [row["page"] for row in held])
        found += _differing(volume, held)
        found += _repeated(volume, held)
        found += _extra(volume, held)
    found += [
        PageFinding(
            PageFault.REPEATED, scan["notebook"], scan["number"], scan["number"], scan=scan["scan"]
        )
        for scan in held_scans(store)
        if scan["held"] == "number_taken" and notebook in (None, scan["notebook"])
    ]
    return found


def _missing(volume: str, numbers: Sequence[int]) -> Iterator[PageFinding]:
    for before, after in pairwise([0, *numbers]):
        if after > before + 1:
            yield PageFinding(PageFault.MISSING, volume, before + 1, after - 1)


def _differing(volume: str, held: Sequence[Row]) -> Iterator[PageFinding]:
    """Pages that bear another number; those that are off by as much, one after the other, as one.

    A page on which no number was read does not end such a run.
    """
    run: PageFinding | None = None
    for row in held:
        number, read = row["page"], _read(row)
        if run is not None and run.read is not None and read is not None:
            if read - number == run.read - run.first:
                run = PageFinding(run.kind, volume, run.first, number, run.read)
                continue
            yield run
            run = None
        if read not in (None, number):
            run = PageFinding(PageFault.DIFFERS, volume, number, number, read)
    if run is not None:
        yield run


def _repeated(volume: str, held: Sequence[Row]) -> Iterator[PageFinding]:
    borne: set[int] = set()
    for row in held:
        read = _read(row)
        if read in borne:
            yield PageFinding(PageFault.REPEATED, volume, row["page"], row["page"], read)
        elif read is not None:
            borne.add(read)


def _extra(volume: str, held: Sequence[Row]) -> Iterator[PageFinding]:
    for before, row, after in zip(held, held[1:], held[2:], strict=False):
        around = before["number_read"], after["number_read"]
        borne = row["number_read"] is not None or row["checked_by"] is not None
        if not borne and None not in around and around[0] + 1 == around[1]:
            yield PageFinding(PageFault.EXTRA, volume, row["page"], row["page"])


def _read(row: Row) -> int | None:
    """The number on the paper, as long as nobody compared the page with its picture."""
    return row["number_read"] if row["checked_by"] is None else None
