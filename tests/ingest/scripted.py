"""Reads frames as their files' names say, in another process as the real reader does."""

from __future__ import annotations

import os
import re
import threading

from formbook.errors import RecognitionError
from formbook.imaging.likeness import fingerprint
from formbook.imaging.scan import Frame, load_frame
from formbook.ingest.job import FrameRead, PageRead, ReadJob, look_of
from formbook.model import (
    EntryReading,
    LineReading,
    MarkReading,
    PageReading,
    Reading,
    Side,
    WrittenDate,
)

ENGINE = "scripted 1"


def box(row: int, width: float = 400, left: float = 0) -> tuple[tuple[float, float], ...]:
    """Where the n-th row of `papers.draw` stands, on a page that begins at `left`."""
    top, start, end = 100.0 + 60 * row, left + 60, left + 60 + width
    return ((start, top - 10), (end, top - 10), (end, top + 34), (start, top + 34))


def read(job: ReadJob) -> FrameRead:
    """One line and one entry a row that is named; other words in the name do as they say.

    "open" shows two facing pages, "bears12-" one or two pages on which such numbers stand.
    """
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
    width = frame.width
    spans = ((0, width // 2), (width // 2, width)) if "open" in stem else ((0, width),)
    numbers = re.findall(r"\d+|-", stem.partition("bears")[2]) or ["-"] * len(spans)
    pages = [
        _page(job, frame, stem, span, side, int(number) if number != "-" else None)
        for span, side, number in zip(spans, Side.of(len(spans)), numbers, strict=False)
    ]
    return FrameRead(tuple(pages))


def _page(
    job: ReadJob, frame: Frame, stem: str, span: tuple[int, int], side: Side, number: int | None
) -> PageRead:
    left, right = span
    rows = int(stem.partition("rows")[2][:1] or 2)
    lines = tuple(
        LineReading(box(row, left=left), _reading(f"dòng {row + 1} của {stem}"), row)
        for row in range(rows)
    )
    entries = tuple(
        EntryReading(box(row, left=left), "", 0.9, _written(stem, row)) for row in range(rows)
    )
    mark = MarkReading(
        box(9, left=left), "Đã xem 5/3", WrittenDate("5/3", (), None), False, True, 0.8, None
    )
    outline = ((left, 0), (right, 0), (right, frame.height), (left, frame.height))
    reading = PageReading(
        frame=job.frame,
        width=frame.width,
        height=frame.height,
        dpi=frame.dpi,
        engine=ENGINE,
        side=side,
        outline=outline,
        page_number=number,
        lines=lines,
        entries=entries,
        marks=(mark,) if "mark" in stem else (),
    )
    look = look_of(frame, side, outline) if job.compare else None
    return PageRead(reading, fingerprint(frame.grey[:, left:right]), look)


def _reading(text: str) -> Reading:
    return Reading(text, (0.9,) * len(text), ENGINE)


def _written(stem: str, row: int) -> WrittenDate | None:
    return WrittenDate("12/3", (), None) if "dated" in stem and row == 0 else None
