"""Imports a folder with the scripted reader as a process of its own, to be stopped from outside.

    python driver.py REGISTER FOLDER            says on stdout how far it is
    python driver.py REGISTER FOLDER PLAN LINE  is killed when it comes to that line

Lines are those that Python runs in `formbook.ingest` and `formbook.store`, counted from 1; that is
every moment at which an import can be stopped, but for those inside SQLite and the kernel. PLAN is
where the count of an uninterrupted run is written.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import scripted
from registers import CLERK, NOW

import formbook.ingest
from formbook.errors import FormbookError
from formbook.ingest.numbering import Numbering
from formbook.store import Store

PACKAGE = Path(formbook.__file__).parent
WATCHED = tuple(str(PACKAGE / part) for part in ("ingest", "store"))


class Spoken:
    """Says each step aloud."""

    def begin(self, frames: int) -> None:
        print("begin", frames, flush=True)

    def step(self, *, entries: int, failed: int) -> None:
        print("step", entries, failed, flush=True)


def bring_in(register: Path, folder: Path, *, workers: int = 2) -> formbook.ingest.IngestReport:
    """Import a folder, always at the same time of day."""
    with Store(register) as store:
        return formbook.ingest.ingest(
            store,
            [folder],
            by=CLERK,
            clock=lambda: NOW,
            numbering=Numbering(),
            recognizer="scripted",
            workers=workers,
            time_limit_s=60,
            progress=Spoken(),
            read=scripted.read,
        )


def in_this_process(pieces: Any, work: Callable[[Any], Any], **_how: Any) -> Any:
    """Read here what the import would have read by workers."""
    for piece in pieces:
        try:
            yield piece, work(piece)
        except FormbookError as error:
            yield piece, error


class Lines:
    """Counts the lines run, and ends the process at one of them."""

    def __init__(self, last: int) -> None:
        self.count = 0
        self._last = last

    def __call__(self, frame: FrameType, event: str, _arg: object) -> Any:
        if not frame.f_code.co_filename.startswith(WATCHED):
            return None
        if event == "line":
            self.count += 1
            if self.count == self._last:
                os.kill(os.getpid(), signal.SIGKILL)
        return self


if __name__ == "__main__":
    register, folder, *rest = sys.argv[1:]
    if not rest:
        bring_in(Path(register), Path(folder))
    else:
        formbook.ingest.in_order = in_this_process
        lines = Lines(int(rest[1]))
        sys.settrace(lines)
        bring_in(Path(register), Path(folder))
        sys.settrace(None)
        Path(rest[0]).write_text(str(lines.count))
