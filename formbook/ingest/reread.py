"""Reading held pages again, with a better engine, beside what stands."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from formbook.dates import today_in_hanoi
from formbook.errors import FormbookError
from formbook.ingest.job import (
    GRACE_S,
    Clock,
    Failure,
    FrameRead,
    Progress,
    ReadJob,
    read_frame,
)
from formbook.ingest.matching import known_on_scan, polygon_of
from formbook.ingest.years import with_years
from formbook.model import PageRef, Polygon, Side
from formbook.permissions import Act, Actor, require
from formbook.reading import reading_to_body, reading_within
from formbook.store import NotFoundError, Store, views
from formbook.workers import in_order


@dataclass(slots=True)
class RereadReport:
    """What a run did; counts of entries and marks are those newly found."""

    pages: list[PageRef] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    entries: int = 0
    marks: int = 0


@dataclass(frozen=True, slots=True)
class _Again(ReadJob):
    scan: int
    side: Side
    outline: Polygon
    ref: PageRef


def reread(
    store: Store,
    refs: Sequence[PageRef] | None,
    *,
    by: Actor,
    clock: Clock,
    recognizer: str,
    workers: int,
    time_limit_s: float,
    progress: Progress,
) -> RereadReport:
    """Read the newest scan of pages again.

    Each line gets one more reading and its text follows, unless a person corrected it; what the
    new engine sees beyond the known lines becomes new entries.

    Args:
        store: the register.
        refs: the pages; None for all.
        by: who asks for it; a clerk.
        clock: gives the time of each event.
        recognizer: name of the engine.
        workers: how many processes read at once.
        time_limit_s: how long reading one page may take, in seconds.
        progress: told about each page.

    Raises:
        NotFoundError: no such page.
        NotAllowedError: the actor is no clerk.
        WorkersEndedError: no process can be had to read in; what was kept before stays.
    """
    require(by, Act.PAGE_REREAD)
    until = today_in_hanoi(clock()).year
    pieces = [
        _Again(
            store.original(scan["original"]),
            scan["frame"],
            recognizer,
            time_limit_s,
            until,
            compare=False,
            scan=scan["id"],
            side=Side(scan["side"]),
            outline=polygon_of(scan["outline"]),
            ref=PageRef(scan["volume"], scan["number"]),
        )
        for scan in _newest_scans(store, refs)
    ]
    progress.begin(len(pieces))
    report = RereadReport()
    reads = in_order(pieces, read_frame, workers=workers, time_limit_s=time_limit_s + GRACE_S)
    with contextlib.closing(reads):
        for piece, read in reads:
            if isinstance(read, FormbookError):
                report.failed.append(Failure(piece.path, piece.frame, read))
            else:
                try:
                    _keep(store, piece, read, by, clock, report)
                except NotFoundError as error:
                    report.failed.append(Failure(piece.path, piece.frame, error))
            progress.step(entries=report.entries, failed=len(report.failed))
    return report


def _newest_scans(store: Store, refs: Sequence[PageRef] | None) -> list[dict[str, Any]]:
    pages = None if refs is None else {views.page_id_of(store, ref) for ref in refs}
    scans = store.rows(
        "select max(s.id) as id, s.page_id, s.original, s.frame, s.side, s.outline, n.volume,"
        " p.number"
        " from scans s join pages p on p.id = s.page_id join notebooks n on n.id = p.notebook_id"
        " group by s.page_id order by n.sort_key, p.number"
    )
    return [scan for scan in scans if pages is None or scan["page_id"] in pages]


def _keep(
    store: Store,
    piece: _Again,
    read: FrameRead,
    by: Actor,
    clock: Clock,
    report: RereadReport,
) -> None:
    """Keep a reading as one event.

    Raises:
        NotFoundError: the scan was taken back while it was read.
    """
    now = clock()
    today = today_in_hanoi(now)
    with store.writing():
        if store.value("select page_id from scans where id = ?", piece.scan) is None:
            raise NotFoundError(
                register=store.folder, what="page", name=str(piece.ref), listing="pages"
            )
        reading = reading_within([page.reading for page in read.pages], piece.side, piece.outline)
        known = known_on_scan(store, piece.scan, reading)
        body = {
            "scan": piece.scan,
            "on": today.isoformat(),
            "reading": reading_to_body(with_years(store, piece.ref, reading, today)),
            **known.as_body(),
        }
        event = store.append(Act.PAGE_REREAD, body, by=by, at=now)
    report.pages.append(piece.ref)
    report.entries += store.value("select count(*) from entries where first_seq = ?", event.seq)
    report.marks += store.value("select count(*) from marks where seq = ?", event.seq)
