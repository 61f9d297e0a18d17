"""`formbook read`: read images, without a register."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from formbook.cli import clock
from formbook.cli.batch import Recognizer, TimeLimit, Workers, end_with, engine, progress
from formbook.cli.language import say
from formbook.cli.options import existing
from formbook.cli.session import Session, reads
from formbook.errors import FormbookError, _

if TYPE_CHECKING:
    from formbook.cli.output import Output
    from formbook.ingest.job import Failure
    from formbook.model import PageReading, Reading


@dataclass(frozen=True, slots=True)
class Job:
    """A frame to be read, by which engine, in how many seconds at most.

    No mark is dated later than in the year `until`.
    """

    path: Path
    frame: int
    recognizer: str
    time_limit_s: float
    until: int
    debug: Path | None


@reads(
    _(
        "Read images and print what is on them; no register is touched.\n\n"
        "With --json, one object a frame and a line: its lines, entries and marks. With --line, "
        "each image is a picture of one line of text."
    )
)
def read(
    session: Session,
    images: Annotated[
        list[Path],
        typer.Argument(metavar="IMAGE...", parser=existing, help=_("Files of images.")),
    ],
    line: Annotated[
        bool, typer.Option("--line", help=_("Each image is one line of text."))
    ] = False,
    debug: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help=_(
                "Write a picture after every step of seeing a page into this folder; they show "
                "what citizens wrote."
            ),
        ),
    ] = None,
    recognizer: Recognizer = None,
    workers: Workers = None,
    time_limit: TimeLimit = None,
) -> None:
    how = engine(session, recognizer, workers, time_limit)
    from formbook.imaging.scan import probe
    from formbook.ingest.job import Failure

    until = clock.today().year
    jobs: list[Job] = []
    failed: list[Failure] = []
    for image in images:
        try:
            frames = 1 if line else probe(image).frames
        except FormbookError as error:
            failed.append(Failure(image, None, error))
            continue
        jobs += [
            Job(image, frame, how["recognizer"], how["time_limit_s"], until, debug)
            for frame in range(1, frames + 1)
        ]
    done = entries = 0
    work = read_line_of if line else read_frame_of
    reads = _read(jobs, work, workers=how["workers"])
    with progress(session.out) as told, contextlib.closing(reads):
        told.begin(len(jobs))
        for job, found in reads:
            if isinstance(found, FormbookError):
                failed.append(Failure(job.path, job.frame, found))
            else:
                done += 1
                entries += 0 if line else sum(len(page.entries) for page in found)
                _print(session.out, job, found)
            told.step(entries=entries, failed=len(failed))
    if len(images) == 1 and len(failed) == 1 and not done:
        raise failed[0].error
    end_with(failed, session.out, done=done)


def _read(
    jobs: list[Job], work: Callable[[Job], Any], *, workers: int
) -> Generator[tuple[Job, Any], None, None]:
    """Do the work in several processes; a single piece here, where it need not wait for one."""
    from formbook.ingest.job import GRACE_S
    from formbook.workers import in_order

    if len(jobs) > 1:
        limit = jobs[0].time_limit_s + GRACE_S
        yield from in_order(jobs, work, workers=min(workers, len(jobs)), time_limit_s=limit)
        return
    for job in jobs:
        try:
            yield job, work(job)
        except FormbookError as error:
            yield job, error


def read_frame_of(job: Job) -> tuple[PageReading, ...]:
    """Read a frame, in a process of its own."""
    from formbook.imaging.scan import load_frame
    from formbook.reading import read_pages

    frame = load_frame(job.path, job.frame)
    if job.debug is not None:
        from formbook.imaging.debug import write_steps

        write_steps(frame, job.debug)
    return read_pages(frame, _engine(job.recognizer, job.time_limit_s, job.until))


def read_line_of(job: Job) -> Reading:
    """Read a picture of one line, in a process of its own."""
    from formbook.reading import read_line

    return read_line(job.path, _engine(job.recognizer, job.time_limit_s, job.until))


@cache
def _engine(recognizer: str, time_limit_s: float, until: int) -> Any:
    """One engine a process; each that there is reads pages and lines."""
    from formbook.reading import page_reader

    return page_reader(recognizer, timeout_s=time_limit_s, until=until)


def _print(out: Output, job: Job, found: Any) -> None:
    from formbook.model import Reading
    from formbook.reading import frame_reading_to_json, line_reading_to_json

    is_line = isinstance(found, Reading)
    if out.as_json:
        as_json = line_reading_to_json if is_line else frame_reading_to_json
        out.json_line(as_json(str(job.path), found))
    elif is_line:
        out.text(found.text)
    else:
        out.text(say(_("{path}, frame {frame}"), path=job.path, frame=job.frame), heading=True)
        for each in (line for page in found for line in page.lines):
            out.text(each.reading.text)
