"""Reading one frame in a process of its own, and how far a run of many is."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from formbook.errors import FormbookError
from formbook.imaging.likeness import WORKING_SIDE, Look, fingerprint, look_at
from formbook.imaging.scan import Frame, open_frame
from formbook.model import PageReading, Polygon, Side
from formbook.reading import page_reader, read_pages
from formbook.recognize import LineRecognizer, PageReader

Grey = npt.NDArray[np.uint8]

Clock = Callable[[], dt.datetime]

GRACE_S = 15.0
"""Seconds beyond the engine's own limit, for a decoder that hangs."""


class Progress(Protocol):
    """Told how far a run is."""

    def begin(self, frames: int) -> None:
        """There are so many frames to read."""

    def step(self, *, entries: int, failed: int) -> None:
        """One more frame is done; so many entries and failures there are by now."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A file or frame that could not be brought in, and why; `frame` is None for a whole file."""

    path: Path
    frame: int | None
    error: FormbookError


@dataclass(frozen=True, slots=True)
class ReadJob:
    """A frame to be read, by which engine, in how many seconds at most.

    No mark is dated later than in the year `until`. `compare` asks for what the frame is compared
    with others by.
    """

    path: Path
    frame: int
    recognizer: str
    time_limit_s: float
    until: int
    compare: bool


@dataclass(frozen=True, slots=True)
class FrameRead:
    """What came of it: the pages that the frame shows, the left one first."""

    pages: tuple[PageRead, ...]


@dataclass(frozen=True, slots=True)
class PageRead:
    """What came of one page; `look` is None unless the job asked for it."""

    reading: PageReading
    fingerprint: bytes
    look: Look | None


def read_frame(job: ReadJob) -> FrameRead:
    """Read one frame; a module's function, so that another process can be told to do it.

    Raises:
        ScanError: the frame cannot be used.
        RecognitionError, MissingToolError: the engine failed or is not there.
    """
    frame = open_frame(job.path, job.frame)
    engine = _engine(job.recognizer, job.time_limit_s, job.until, os.getpid())
    small, scale = frame.small_grey(WORKING_SIDE)  # before the pixels are decoded, which it spares
    pages = read_pages(frame, engine)
    if len(pages) > 1:
        small, scale = frame.grey, 1.0
    return FrameRead(tuple(_page_read(page, frame, small, scale, job) for page in pages))


def _page_read(
    reading: PageReading, frame: Frame, grey: Grey, scale: float, job: ReadJob
) -> PageRead:
    part, origin = _shown(frame, reading.side, reading.outline, grey, scale)
    look = look_at(part, scale, origin) if job.compare else None
    return PageRead(reading, fingerprint(part), look)


def look_of(frame: Frame, side: Side, outline: Polygon) -> Look:
    """What a page is compared with others by.

    Args:
        frame: that shows it.
        side: where on it.
        outline: the part of the frame that shows it, in pixels of the frame as stored.

    Raises:
        ScanError: the file is gone or broken.
    """
    whole = side is Side.WHOLE
    grey, scale = frame.small_grey(WORKING_SIDE) if whole else (frame.grey, 1.0)
    part, origin = _shown(frame, side, outline, grey, scale)
    return look_at(part, scale, origin)


def _shown(
    frame: Frame, side: Side, outline: Polygon, grey: Grey, scale: float
) -> tuple[Grey, tuple[float, float]]:
    """The part of an upright picture that shows a page, and where on the frame it begins."""
    if side is Side.WHOLE:
        return grey, (0.0, 0.0)
    upright = frame.turn.to_upright(outline)
    xs, ys = [max(0.0, x) for x, _ in upright], [max(0.0, y) for _, y in upright]
    left, top, right, bottom = (
        round(each * scale) for each in (min(xs), min(ys), max(xs), max(ys))
    )
    return np.ascontiguousarray(grey[top:bottom, left:right]), (left / scale, top / scale)


@cache
def _engine(
    recognizer: str, time_limit_s: float, until: int, _process: int
) -> PageReader | LineRecognizer:
    """One engine a process, since it may load weights."""
    return page_reader(recognizer, timeout_s=time_limit_s, until=until)
