"""Reading one frame in a process of its own, and how far a run of many is."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from formbook.errors import FormbookError
from formbook.imaging.likeness import WORKING_SIDE, Look, fingerprint, look_at
from formbook.imaging.scan import Frame, open_frame
from formbook.model import PageReading
from formbook.reading import page_reader, read_page
from formbook.recognize import LineRecognizer, PageReader

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

    `compare` asks for what the frame is compared with others by.
    """

    path: Path
    frame: int
    recognizer: str
    time_limit_s: float
    compare: bool


@dataclass(frozen=True, slots=True)
class FrameRead:
    """What came of it; `look` is None unless the job asked for it."""

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
    engine = _engine(job.recognizer, job.time_limit_s, os.getpid())
    small, scale = frame.small_grey(WORKING_SIDE)
    look = look_at(small, scale) if job.compare else None
    return FrameRead(read_page(frame, engine), fingerprint(small), look)


def look_of(frame: Frame) -> Look:
    """What a frame is compared with others by.

    Raises:
        ScanError: the file is gone or broken.
    """
    return look_at(*frame.small_grey(WORKING_SIDE))


@cache
def _engine(recognizer: str, time_limit_s: float, _process: int) -> PageReader | LineRecognizer:
    """One engine a process, since it may load weights."""
    return page_reader(recognizer, timeout_s=time_limit_s)
