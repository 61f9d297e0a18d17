"""What is to be read, and which number each page gets when its turn comes.

How many pages a frame shows is known once it is read, so numbers are counted while frames come
in. All frames count, those that are known or failed too: a second run after an interruption gives
each page the number that the first would have given.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from formbook.errors import FormbookError
from formbook.imaging.files import opened, sha256_of
from formbook.imaging.scan import probe
from formbook.ingest.job import Failure, ReadJob
from formbook.ingest.numbering import Numbering
from formbook.model import PageReading
from formbook.store import Store


@dataclass(frozen=True, slots=True)
class FileState:
    """Differs once a file has been written to."""

    bytes: int
    modified_ns: int

    @classmethod
    def of(cls, file: BinaryIO) -> Self:
        """The state of an open file."""
        status = os.fstat(file.fileno())
        return cls(status.st_size, status.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class Planned(ReadJob):
    """A frame to be read.

    `named` is the number that the file's name gives its first page. `passed` says how many pages
    each frame shows that comes after the last planned one and is not read, None of those that
    cannot be; `passed_in_file` are those of the same file.
    """

    state: FileState
    sha256: str
    notebook: str
    named: int | None
    passed: tuple[int | None, ...]
    passed_in_file: tuple[int | None, ...]


@dataclass(slots=True)
class Plan:
    """The frames that are not held yet; how many are, and which files cannot be used."""

    pieces: list[Planned]
    known: int
    failed: list[Failure]


def plan_run(
    store: Store,
    files: Sequence[Path],
    numbering: Numbering,
    *,
    recognizer: str,
    time_limit_s: float,
    until: int,
) -> Plan:
    """Find out which frames are not held yet.

    Args:
        store: the register.
        files: in the order in which their pages are numbered.
        numbering: how pages get their numbers.
        recognizer: name of the engine.
        time_limit_s: how long reading one frame may take, in seconds.
        until: the year in which marks are dated at the latest.

    Raises:
        BadPatternError: the file-name pattern cannot be used.
    """
    plan = Plan([], 0, [])
    held = {
        (row["sha256"], row["frame"]): row["pages"]
        for row in store.rows(
            "select sha256, frame, count(*) as pages from scans group by sha256, frame"
        )
    }
    shown: dict[tuple[str, int], int | None] = dict(held)
    passed: list[int | None] = []
    for path in files:
        try:
            with opened(path) as file:
                state = FileState.of(file)
            sha256, info = sha256_of(path), probe(path)
        except FormbookError as error:
            plan.failed.append(Failure(path, None, error))
            passed.append(None)
            continue
        notebook, named = numbering.of_name(path)
        in_file: list[int | None] = []
        for frame in range(1, info.frames + 1):
            if (sha256, frame) in shown:
                plan.known += 1
                passed.append(shown[sha256, frame])
                in_file.append(shown[sha256, frame])
                continue
            shown[sha256, frame] = None
            plan.pieces.append(
                Planned(
                    path,
                    frame,
                    recognizer,
                    time_limit_s,
                    until,
                    compare=numbering.first_page is None and named is None,
                    state=state,
                    sha256=sha256,
                    notebook=notebook,
                    named=named,
                    passed=tuple(passed),
                    passed_in_file=tuple(in_file),
                )
            )
            passed, in_file = [], []
    return plan


class Counter:
    """Counts pages in the order of the files, and says what number each has.

    A frame that cannot be read counts as many pages as the last one that could.

    Args:
        first_page: the number of the first file's first page, if a person gave it.
    """

    def __init__(self, first_page: int | None) -> None:
        self._first_page = first_page
        self._in_run = 0
        self._in_file = 0
        self._last = 1
        self._path: Path | None = None

    def number(self, piece: Planned, pages: Sequence[PageReading] | None) -> list[Numbered]:
        """Count the pages of a frame and number them; None for a frame that could not be read."""
        if piece.path != self._path:
            self._path, self._in_file = piece.path, 0
        last = self._last
        for shown in piece.passed_in_file:
            self._in_file += last if shown is None else shown
            last = last if shown is None else shown
        for shown in piece.passed:
            self._last = self._last if shown is None else shown
            self._in_run += self._last
        in_run, in_file = self._in_run, self._in_file
        if pages is not None:
            self._last = len(pages)
        self._in_run += self._last
        self._in_file += self._last
        if pages is None:
            return []
        if self._first_page is not None:
            first, how = self._first_page + in_run, "option"
        elif piece.named is not None:
            first, how = piece.named + in_file, "name"
        else:
            return list(_on_paper([page.page_number for page in pages]))
        return [Numbered(first + index, how) for index in range(len(pages))]


@dataclass(frozen=True, slots=True)
class Numbered:
    """A page's number, None where only the order can give it; and what gave it."""

    number: int | None
    by: str


def _on_paper(read: Sequence[int | None]) -> Iterator[Numbered]:
    """The numbers that stand on the pages of a frame, none where they contradict each other.

    One of two facing pages that bears none is numbered by the other.
    """
    firsts = {number - index for index, number in enumerate(read) if number is not None}
    first = firsts.pop() if len(firsts) == 1 else None
    for index in range(len(read)):
        yield Numbered(None, "order") if first is None else Numbered(first + index, "paper")
