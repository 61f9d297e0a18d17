"""Bringing scans into the register: read in several processes, kept one by one in order.

Each frame is one event. What was kept stays kept, whatever ends the run; the next run finds it
known and goes on. Nothing is locked while images are read.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from formbook.dates import today_in_hanoi
from formbook.errors import FormbookError, ScanError
from formbook.imaging.files import find_scan_files, opened
from formbook.imaging.likeness import Look
from formbook.imaging.scan import open_frame
from formbook.ingest.job import (
    GRACE_S,
    Clock,
    Failure,
    FrameRead,
    PageRead,
    Progress,
    ReadJob,
    look_of,
    read_frame,
)
from formbook.ingest.linking import Arriving, find_links
from formbook.ingest.matching import (
    Known,
    PageFinder,
    is_page,
    known_on_page,
    last_move,
    look_name,
)
from formbook.ingest.numbering import Numbering
from formbook.ingest.plan import Counter, FileState, Numbered, Planned, plan_run
from formbook.ingest.years import with_years
from formbook.model import PageRef
from formbook.permissions import Act, Actor, require
from formbook.reading import reading_to_body
from formbook.store import Store, views
from formbook.store.folder import OriginalChangedError, is_part_of
from formbook.store.log import Event
from formbook.workers import in_order


@dataclass(frozen=True, slots=True)
class Held:
    """A scan that waits for a person to say which page it shows."""

    scan: int
    path: Path
    frame: int
    why: str
    like: PageRef | None


@dataclass(frozen=True, slots=True)
class Differing:
    """A page on which another number was read than the one that it got."""

    page: PageRef
    read: int


@dataclass(slots=True)
class IngestReport:
    """What a run did; counts of entries and marks are those newly found.

    `new_there` are the entries that later scans show beyond those of their page; `linked` those
    that run on to another page, `may_link` those that may be parts of one, for a person to say.
    """

    pages_added: list[PageRef] = field(default_factory=list)
    pages_joined: list[PageRef] = field(default_factory=list)
    new_there: list[int] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    differing: list[Differing] = field(default_factory=list)
    linked: list[int] = field(default_factory=list)
    may_link: list[dict[str, int]] = field(default_factory=list)
    known: int = 0
    failed: list[Failure] = field(default_factory=list)
    ignored: list[Path] = field(default_factory=list)
    entries: int = 0
    marks: int = 0


@dataclass(frozen=True, slots=True)
class _Decision:
    """Where a page goes: `page_id` of a page that is there, None for a new one."""

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

    A frame that is held already is left alone. Each of two facing pages is a page of its own. A
    later scan of a page, told by its number and by looking like it, is joined to the page; one
    that only looks like a page, or has the number of a page that it does not look like, is kept
    and held for a person to place.

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
    plan = plan_run(
        store,
        files,
        numbering,
        recognizer=recognizer,
        time_limit_s=time_limit_s,
        until=today_in_hanoi(clock()).year,
    )
    report.known = plan.known
    report.failed += plan.failed
    progress.begin(len(plan.pieces))
    finder, counter = PageFinder(store), Counter(numbering.first_page)
    reads = in_order(plan.pieces, read, workers=workers, time_limit_s=time_limit_s + GRACE_S)
    with contextlib.closing(reads):
        for piece, outcome in reads:
            if isinstance(outcome, FormbookError):
                counter.number(piece, None)
                report.failed.append(Failure(piece.path, piece.frame, outcome))
            else:
                numbers = counter.number(piece, [page.reading for page in outcome.pages])
                shown = list(zip(outcome.pages, numbers, strict=True))
                try:
                    _keep(store, piece, shown, finder, by, clock, report)
                except (ScanError, OriginalChangedError) as error:
                    report.failed.append(Failure(piece.path, piece.frame, error))
            progress.step(entries=report.entries, failed=len(report.failed))
    return report


def _path_of(error: FormbookError) -> Path:
    return Path(str(error.fields.get("path", "")))


_Shown = Sequence[tuple[PageRead, Numbered]]
"""The pages of a frame, the left one first, each with its number."""


def _keep(
    store: Store,
    piece: Planned,
    shown: _Shown,
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
        if FileState.of(file) != piece.state:
            raise OriginalChangedError(path=piece.path)
        original = store.keep_original(piece.path, file, piece.sha256)
    while True:
        move = last_move(store)
        if _is_known(store, piece):
            report.known += 1
            return
        decisions = [_decide(store, piece, page, number, finder) for page, number in shown]
        with store.writing():
            if last_move(store) != move:
                continue
            _append(store, piece, shown, decisions, original, by, clock(), report)
            return


def _is_known(store: Store, piece: Planned) -> bool:
    found = store.value(
        "select 1 from scans where sha256 = ? and frame = ?", piece.sha256, piece.frame
    )
    return found is not None


def _decide(
    store: Store, piece: Planned, page: PageRead, numbered: Numbered, finder: PageFinder
) -> _Decision:
    """Where a page goes.

    A number that a name or an option gives is believed. One that only stands on the paper may
    be misread: a page that is not there by it is first looked for, as is one without any.
    """
    page_id = None
    if numbered.number is not None:
        page_id = views.find_page(store, PageRef(piece.notebook, numbered.number))
    if page_id is None:
        if numbered.by not in ("paper", "order"):
            return _Decision()
        like = finder.find(page.fingerprint, _look(store, piece, page))
        return _Decision() if like is None else _Decision(held="looks_like", looks_like=like)
    look = _look(store, piece, page)
    if not is_page(store, page_id, look):
        return _Decision(held="number_taken", looks_like=page_id)
    turn = open_frame(piece.path, piece.frame).turn
    known = known_on_page(store, page_id, page.reading, look, turn)
    return _Decision(page_id=page_id, known=known)


def _look(store: Store, piece: Planned, page: PageRead) -> Look:
    """What the page is compared with others by, kept for the comparisons to come."""
    side, outline = page.reading.side, page.reading.outline
    look = page.look or look_of(open_frame(piece.path, piece.frame), side, outline)
    store.cache(look_name(piece.sha256, piece.frame, side), look.to_bytes())
    return look


def _append(
    store: Store,
    piece: Planned,
    shown: _Shown,
    decisions: Sequence[_Decision],
    original: str,
    by: Actor,
    now: dt.datetime,
    report: IngestReport,
) -> None:
    today = today_in_hanoi(now)
    refs = _refs(store, piece, shown, decisions)
    arriving = [
        None if decision.held else Arriving(ref, page.reading, decision.known)
        for (page, _number), decision, ref in zip(shown, decisions, refs, strict=True)
    ]
    pages = [
        {
            "fingerprint": page.fingerprint.hex(),
            "numbered_by": numbered.by,
            "notebook": ref.notebook,
            "number": ref.number,
            "held": decision.held,
            "looks_like": decision.looks_like,
            "reading": reading_to_body(with_years(store, ref, page.reading, today)),
            **decision.known.as_body(),
        }
        for (page, numbered), decision, ref in zip(shown, decisions, refs, strict=True)
    ]
    body = {
        "sha256": piece.sha256,
        "frame": piece.frame,
        "name": str(piece.path),
        "original": original,
        "bytes": piece.state.bytes,
        "on": today.isoformat(),
        "pages": pages,
        "links": find_links(store, arriving),
    }
    event = store.append(Act.SCAN_ADDED, body, by=by, at=now)
    _count(store, event, piece, shown, decisions, refs, report)


def _refs(
    store: Store, piece: Planned, shown: _Shown, decisions: Sequence[_Decision]
) -> list[PageRef]:
    """Which page each is; new ones without a number follow the last of the notebook."""
    following = itertools.count(views.next_number(store, piece.notebook))
    return [
        PageRef(piece.notebook, 0 if decision.held else next(following))
        if numbered.number is None
        else PageRef(piece.notebook, numbered.number)
        for (_page, numbered), decision in zip(shown, decisions, strict=True)
    ]


def _count(
    store: Store,
    event: Event,
    piece: Planned,
    shown: _Shown,
    decisions: Sequence[_Decision],
    refs: Sequence[PageRef],
    report: IngestReport,
) -> None:
    seq = event.seq
    scans = store.rows(
        "select id, held, looks_like, page_id from scans where seq = ? order by id", seq
    )
    for scan, (page, _number), decision, ref in zip(scans, shown, decisions, refs, strict=True):
        found = store.rows(
            "select id from entries where first_seq = ? and page_id = ? order by id",
            seq,
            scan["page_id"],
        )
        if decision.held:
            like = None if decision.looks_like is None else views.ref_of(store, decision.looks_like)
            report.held.append(Held(scan["id"], piece.path, piece.frame, decision.held, like))
        elif decision.page_id is None:
            report.pages_added.append(ref)
        else:
            report.pages_joined.append(ref)
            report.new_there += [row["id"] for row in found]
        read = page.reading.page_number
        if not decision.held and read not in (None, ref.number):
            report.differing.append(Differing(ref, read))
        report.entries += len(found)
    report.marks += store.value("select count(*) from marks where seq = ?", seq)
    report.linked += _linked(store, event)
    report.may_link += store.rows(
        "select first_id as entry, then_id as other from links where seq = ? order by id", seq
    )


def _linked(store: Store, event: Event) -> list[int]:
    """The entries of two pages that an event completed."""
    if not any(link["joined"] for link in event.body["links"]):
        return []
    found = store.rows(
        "select entry_id from lines where entry_id in (select l.entry_id from lines l"
        " join scans s on s.id = l.scan_id where s.seq = ?)"
        " group by entry_id having count(distinct page_id) > 1 order by entry_id",
        event.seq,
    )
    return [row["entry_id"] for row in found]
