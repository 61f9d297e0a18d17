"""Reads frames as their files' names say, in another process as the real reader does."""

from __future__ import annotations

import os
import threading

from formbook.errors import RecognitionError
from formbook.imaging.likeness import fingerprint
from formbook.imaging.scan import load_frame
from formbook.ingest.job import FrameRead, ReadJob, look_of
from formbook.model import EntryReading, LineReading, MarkReading, PageReading, Reading, WrittenDate

ENGINE = "scripted 1"


def box(row: int, width: float = 400) -> tuple[tuple[float, float], ...]:
    """Where the n-th row of `pages.draw` stands."""
    top = 100.0 + 60 * row
    return ((60.0, top - 10), (60 + width, top - 10), (60 + width, top + 34), (60.0, top + 34))


def read(job: ReadJob) -> FrameRead:
    """One line and one entry a row that is named; other words in the name do as they say."""
    frame = load_frame(job.path, job.frame)
    stem = job.path.stem
    if "hang" in stem:
        threading.Event().wait()
    if "die" in stem:
        os._exit(3)
    if "vanish" in stem:
        job.path.unlink()
    if "grow" in stem:
        with job.path.open("ab") as file:
            file.write(b"more")
    if "fail" in stem:
        raise RecognitionError(engine=ENGINE, path=job.path, reason="told to")
    rows = int(stem.partition("rows")[2][:1] or 2)
    lines = tuple(
        LineReading(box(row), _reading(f"dòng {row + 1} của {stem}"), row) for row in range(rows)
    )
    entries = tuple(EntryReading(box(row), "", 0.9, _written(stem, row)) for row in range(rows))
    marks = (
        (MarkReading(box(9), "Đã xem 5/3", WrittenDate("5/3", (), None), False, True, 0.8, None),)
        if "mark" in stem
        else ()
    )
    reading = PageReading(
        frame=job.frame,
        width=frame.width,
        height=frame.height,
        dpi=frame.dpi,
        engine=ENGINE,
        page_number=None,
        lines=lines,
        entries=entries,
        marks=marks,
    )
    return FrameRead(reading, fingerprint(frame.grey), look_of(frame) if job.compare else None)


def _reading(text: str) -> Reading:
    return Reading(text, (0.9,) * len(text), ENGINE)


def _written(stem: str, row: int) -> WrittenDate | None:
    return WrittenDate("12/3", (), None) if "dated" in stem and row == 0 else None
