"""Imports a folder with the scripted reader as a process of its own, to be stopped from outside.

    python driver.py REGISTER FOLDER            says on stdout how far it is
    python driver.py REGISTER FOLDER PLAN LINE  is killed when it comes to the LINEth line

Counted are the lines that Python runs in `formbook.ingest` and `formbook.store`, from 1: every
moment at which an import can be stopped, but for those inside SQLite and the kernel. A run that
comes to its end writes to PLAN which lines they were.
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
from formbook.ingest.job import Progress
from formbook.ingest.numbering import Numbering
from formbook.store import Store

PACKAGE = Path(formbook.__file__).parent
WATCHED = tuple(str(PACKAGE / part) for part in ("ingest", "store"))


class Spoken:
    """Says each step aloud."""

    def begin(self, frames: int) -> None:
        sys.stdout.write(f"begin {frames}\n")
        sys.stdout.flush()

    def step(self, *, entries: int, failed: int) -> None:
        sys.stdout.write(f"step {entries} {failed}\n")
        sys.stdout.flush()


def bring_in(
    store: Store, folder: Path, *, progress: Progress | None = None
) -> formbook.ingest.IngestReport:
    """Import a folder, always at the same time of day."""
    return formbook.ingest.ingest(
        store,
        [folder],
        by=CLERK,
        clock=lambda: NOW,
        numbering=Numbering(),
        recognizer="scripted",
        workers=2,
        time_limit_s=60,
        progress=progress or Spoken(),
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
    """Remembers the lines run, and ends the process at one of them."""

    def __init__(self, last: int) -> None:
        self.run: list[str] = []
        self._last = last

    def __call__(self, frame: FrameType, event: str, _arg: object) -> Any:
        if not frame.f_code.co_filename.startswith(WATCHED):
            return None
        if event == "line":
            self.run.append(f"{frame.f_code.co_filename}:{frame.f_lineno}")
            if len(self.run) == self._last:
                os.kill(os.getpid(), signal.SIGKILL)
        return self


def main(register: Path, folder: Path, plan: Path | None = None, last: str = "0") -> None:
    """Import, under watch if a plan is asked for."""
    if plan is None:
        with Store(register) as store:
            bring_in(store, folder)
        return
    formbook.ingest.in_order = in_this_process
    lines = Lines(int(last))
    sys.settrace(lines)
    with Store(register) as store:
        bring_in(store, folder)
    sys.settrace(None)
    plan.write_text("\n".join(lines.run))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]), *sys.argv[4:])
