"""Bringing scans into the register: read in several processes, kept one by one in order.

Each frame is one event. What was kept stays kept, whatever ends the run; the next run finds it
known and goes on. Nothing is locked while images are read.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from formbook.dates import today_in_hanoi
from formbook.errors import FormbookError, ScanError
from formbook.imaging.files import find_scan_files, opened, sha256_of
from formbook.imaging.likeness import Look
from formbook.imaging.scan import open_frame, probe
from formbook.ingest.job import (
    GRACE_S,
    Clock,
    Failure,
    FrameRead,
    Progress,
    ReadJob,
    look_of,
    read_frame,
)
from formbook.ingest.matching import (
    Known,
    PageFinder,
    is_page,
    known_on_page,
    last_move,
    look_name,
)
from formbook.ingest.numbering import Numbering
from formbook.ingest.years import with_years
from formbook.model import PageRef
from formbook.permissions import Act, Actor, require
from formbook.reading import reading_to_body
from formbook.store import Store, views
from formbook.store.folder import OriginalChangedError, is_part_of
from formbook.workers import in_order


@dataclass(frozen=True, slots=True)
class Held:
    """A scan that waits for a person to say which page it shows."""

    scan: int
    path: Path
    frame: int
    why: str
    like: PageRef | None


@dataclass(slots=True)
class IngestReport:
    """What a run did; counts of entries and marks are those newly found.

    `new_there` are the entries that later scans show beyond those of their page.
    """

    pages_added: list[PageRef] = field(default_factory=list)
    pages_joined: list[PageRef] = field(default_factory=list)
    new_there: list[int] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    known: int = 0
    failed: list[Failure] = field(default_factory=list)
    ignored: list[Path] = field(default_factory=list)
    entries: int = 0
    marks: int = 0


@dataclass(frozen=True, slots=True)
class _FileState:
    """Differs once a file has been written to."""

    bytes: int
    modified_ns: int

    @classmethod
    def of(cls, file: BinaryIO) -> _FileState:
        status = os.fstat(file.fileno())
        return cls(status.st_size, status.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class _Planned(ReadJob):
    state: _FileState
    sha256: str
    notebook: str
    number: int | None
    numbered_by: str


@dataclass(frozen=True, slots=True)
class _Decision:
    """Where a frame goes: `page_id` of a page that is there, None for a new one."""

    page_id: int | None = None
    held: str | None = None
    looks_like: int | None = None
    known: Known = field(default_factory=Known)


def ingest(
    store: Store,
    paths: Sequence[Path],
    *,
    by: Actor,
    clock: Clock,
    numbering: Numbering,
    recognizer: str,
    workers: int,
    time_limit_s: float,
    progress: Progress,
    read: Callable[[ReadJob], FrameRead] = read_frame,
) -> IngestReport:
    """Bring files and folders of scans into the register.

    A frame that is held already is left alone. A later scan of a page, told by its number and
    by looking like it, is joined to the page; one that only looks like a page, or has the number
    of a page that it does not look like, is kept and held for a person to place.

    Args:
        store: the register; a rehearsal keeps nothing.
        paths: files and folders.
        by: who imports; a clerk.
        clock: gives the time of each event.
        numbering: how pages get their numbers.
        recognizer: name of the engine.
        workers: how many processes read at once.
        time_limit_s: how long reading one frame may take, in seconds.
        progress: told about each frame.
        read: reads one frame, in another process; tests inject faults here.

    Returns:
        The report; files that failed are in it, and stop nothing.

    Raises:
        NotAllowedError: the actor is no clerk.
        WorkersEndedError: no process can be had to read in; what was kept before stays.
        ScanError: a path is not there, or there is nothing to import.
        BadPatternError: the file-name pattern cannot be used.
        StoreError: the register refuses; what was kept before stays.
    """
    require(by, Act.SCAN_ADDED)
    found = find_scan_files(paths)
    # Its own originals have no names to number pages by, and are known or were taken back.
    own = [path for path in found.files if is_part_of(store.folder, path)]
    files = [path for path in found.files if path not in own]
    report = IngestReport(ignored=[*found.ignored, *own])
    report.failed += [Failure(_path_of(error), None, error) for error in found.failed]
    store.drop_parts()
    plan = list(_plan(store, files, numbering, recognizer, time_limit_s, report))
    progress.begin(len(plan))
    finder = PageFinder(store)
    reads = in_order(plan, read, workers=workers, time_limit_s=time_limit_s + GRACE_S)
    with contextlib.closing(reads):
        for piece, outcome in reads:
            if isinstance(outcome, FormbookError):
                report.failed.append(Failure(piece.path, piece.frame, outcome))
            else:
                try:
                    _keep(store, piece, outcome, finder, by, clock, report)
                except (ScanError, OriginalChangedError) as error:
                    report.failed.append(Failure(piece.path, piece.frame, error))
            progress.step(entries=report.entries, failed=len(report.failed))
    return report


def _path_of(error: FormbookError) -> Path:
    return Path(str(error.fields.get("path", "")))


def _plan(
    store: Store,
    files: Sequence[Path],
    numbering: Numbering,
    recognizer: str,
    time_limit_s: float,
    report: IngestReport,
) -> Iterator[_Planned]:
    """The frames that are not held yet, with what is known of their numbers.

    Numbers given by option count all frames, those that are known or failed too: a second run
    after an interruption gives each the number that the first would have given.
    """
    known = {(row["sha256"], row["frame"]) for row in store.rows("select sha256, frame from scans")}
    place = 0
    for path in files:
        try:
            with opened(path) as file:
                state = _FileState.of(file)
            sha256, info = sha256_of(path), probe(path)
        except FormbookError as error:
            report.failed.append(Failure(path, None, error))
            place += 1
            continue
        notebook, named = numbering.of_name(path)
        for frame in range(1, info.frames + 1):
            number, how = None, "order"
            if numbering.first_page is not None:
                number, how = numbering.first_page + place, "option"
            elif named is not None:
                number, how = named + frame - 1, "name"
            place += 1
            if (sha256, frame) in known:
                report.known += 1
                continue
            known.add((sha256, frame))
            yield _Planned(
                path,
                frame,
                recognizer,
                time_limit_s,
                compare=number is None,
                state=state,
                sha256=sha256,
                notebook=notebook,
                number=number,
                numbered_by=how,
            )


def _keep(
    store: Store,
    piece: _Planned,
    read: FrameRead,
    finder: PageFinder,
    by: Actor,
    clock: Clock,
    report: IngestReport,
) -> None:
    """Keep a frame as one event; decide again if another process kept one meanwhile.

    Raises:
        OriginalChangedError: the file is no longer what it was when it was planned.
    """
    with opened(piece.path) as file:
        if _FileState.of(file) != piece.state:
            raise OriginalChangedError(path=piece.path)
        original = store.keep_original(piece.path, file, piece.sha256)
    while True:
        move = last_move(store)
        if _is_known(store, piece):
            report.known += 1
            return
        decision = _decide(store, piece, read, finder)
        with store.writing():
            if last_move(store) != move:
                continue
            _append(store, piece, read, decision, original, by, clock(), report)
            return


def _is_known(store: Store, piece: _Planned) -> bool:
    found = store.value(
        "select 1 from scans where sha256 = ? and frame = ?", piece.sha256, piece.frame
    )
    return found is not None


def _decide(store: Store, piece: _Planned, read: FrameRead, finder: PageFinder) -> _Decision:
    """A number that a name or an option gives is believed; one by order is first looked for."""
    if piece.number is None:
        like = finder.find(read.fingerprint, _look(store, piece, read))
        return _Decision() if like is None else _Decision(held="looks_like", looks_like=like)
    page_id = views.find_page(store, PageRef(piece.notebook, piece.number))
    if page_id is None:
        return _Decision()
    look = _look(store, piece, read)
    if not is_page(store, page_id, look):
        return _Decision(held="number_taken", looks_like=page_id)
    turn = open_frame(piece.path, piece.frame).turn
    known = known_on_page(store, page_id, read.reading, look, turn)
    return _Decision(page_id=page_id, known=known)


def _look(store: Store, piece: _Planned, read: FrameRead) -> Look:
    """What the frame is compared with others by, kept for the comparisons to come."""
    look = read.look or look_of(open_frame(piece.path, piece.frame))
    store.cache(look_name(piece.sha256, piece.frame), look.to_bytes())
    return look


def _append(
    store: Store,
    piece: _Planned,
    read: FrameRead,
    decision: _Decision,
    original: str,
    by: Actor,
    now: dt.datetime,
    report: IngestReport,
) -> None:
    today = today_in_hanoi(now)
    number = piece.number
    if number is None:
        number = 0 if decision.held else views.next_number(store, piece.notebook)
    ref = PageRef(piece.notebook, number)
    reading = with_years(store, ref, read.reading, today)
    body = {
        "sha256": piece.sha256,
        "frame": piece.frame,
        "name": str(piece.path),
        "original": original,
        "bytes": piece.state.bytes,
        "fingerprint": read.fingerprint.hex(),
        "numbered_by": piece.numbered_by,
        "notebook": piece.notebook,
        "number": number,
        "held": decision.held,
        "looks_like": decision.looks_like,
        "on": today.isoformat(),
        "reading": reading_to_body(reading),
        **decision.known.as_body(),
    }
    store.append(Act.SCAN_ADDED, body, by=by, at=now)
    _count(store, piece, decision, ref, report)


def _count(
    store: Store, piece: _Planned, decision: _Decision, ref: PageRef, report: IngestReport
) -> None:
    seq, _ = store.head()
    scan_id = store.value("select max(id) from scans")
    found = store.rows("select id from entries where first_seq = ? order by id", seq)
    entries = [row["id"] for row in found]
    if decision.held:
        like = None if decision.looks_like is None else views.ref_of(store, decision.looks_like)
        report.held.append(Held(scan_id, piece.path, piece.frame, decision.held, like))
    elif decision.page_id is None:
        report.pages_added.append(ref)
    else:
        report.pages_joined.append(ref)
        report.new_there += entries
    report.entries += len(entries)
    report.marks += store.value("select count(*) from marks where seq = ?", seq)
