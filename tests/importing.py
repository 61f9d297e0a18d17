"""Bringing scans into a register, as the command line does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from registers import CLERK, NOW

from formbook.ingest import IngestReport, ingest
from formbook.ingest.numbering import Numbering
from formbook.store import Store


class Steps:
    """Remembers what progress was told."""

    def __init__(self) -> None:
        self.frames = 0
        self.done = 0

    def begin(self, frames: int) -> None:
        self.frames = frames

    def step(self, *, entries: int, failed: int) -> None:
        self.done += 1
        self.last = (entries, failed)


def bring_in(store: Store, *paths: Path, numbering: dict[str, Any], **how: Any) -> IngestReport:
    """Import files and folders; the clerk does, in one process, unless `how` says otherwise."""
    usual: dict[str, Any] = {
        "by": CLERK,
        "clock": lambda: NOW,
        "recognizer": "scripted",
        "workers": 1,
        "time_limit_s": 60.0,
        "progress": Steps(),
    }
    return ingest(store, paths, numbering=Numbering(**numbering), **usual | how)
