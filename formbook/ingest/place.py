"""A person says which page a held scan shows."""

from __future__ import annotations

import datetime as dt
from typing import Any

from formbook.dates import today_in_hanoi
from formbook.imaging.scan import open_frame
from formbook.ingest.linking import Arriving, find_links, reading_in
from formbook.ingest.matching import Known, held_look, known_on_page, last_move
from formbook.model import PageRef
from formbook.permissions import Act, Actor
from formbook.reading import reading_from_body
from formbook.store import NotFoundError, Store, views
from formbook.store.log import Event


def place_scan(
    store: Store, scan_id: int, ref: PageRef | None, *, by: Actor, now: dt.datetime
) -> Event:
    """Put a held scan on a page, one that is there or a new one.

    Args:
        store: the register.
        scan_id: the held scan.
        ref: the page that it shows; None for the next new page of its notebook.
        by: who says so; a clerk.
        now: when.

    Raises:
        NotFoundError: no such scan is held.
        ScanError: its original can no longer be read.
        NotAllowedError: the actor may not.
    """
    while True:
        move = last_move(store)
        scan = _held(store, scan_id)
        known = _known(store, scan, ref)
        with store.writing():
            if last_move(store) != move:
                continue
            page = ref or PageRef(scan["notebook"], views.next_number(store, scan["notebook"]))
            body = {
                "scan": scan_id,
                "notebook": page.notebook,
                "number": page.number,
                "on": today_in_hanoi(now).isoformat(),
                "reading": scan["reading"],
                **known.as_body(),
                "links": find_links(
                    store, [Arriving(page, reading_from_body(scan["reading"]), known)]
                ),
            }
            return store.append(Act.SCAN_PLACED, body, by=by, at=now)


def _held(store: Store, scan_id: int) -> dict[str, Any]:
    """A held scan, with its reading as it stands in the log."""
    scan = store.row(
        "select s.sha256, s.original, s.frame, s.side, s.outline, s.notebook, e.kind, e.body"
        " from scans s join events e on e.seq = s.seq where s.id = ? and s.held is not null",
        scan_id,
    )
    if scan is None:
        raise NotFoundError(
            register=store.folder, what="held scan", name=str(scan_id), listing="place"
        )
    return {**scan, "reading": reading_in(scan)}


def _known(store: Store, scan: dict[str, Any], ref: PageRef | None) -> Known:
    """What of a held scan the page holds already; nothing, where the page is new."""
    page_id = None if ref is None else views.find_page(store, ref)
    if page_id is None:
        return Known()
    turn = open_frame(store.original(scan["original"]), scan["frame"]).turn
    look = held_look(store, scan)
    return known_on_page(store, page_id, reading_from_body(scan["reading"]), look, turn)
