"""A person says which page a held scan shows."""

from __future__ import annotations

import datetime as dt

from formbook.dates import today_in_hanoi
from formbook.imaging.scan import open_frame
from formbook.ingest.matching import Known, held_look, known_on_page
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
    scan = store.row(
        "select seq, sha256, original, frame, notebook from scans"
        " where id = ? and held is not null",
        scan_id,
    )
    event = None if scan is None else store.event(scan["seq"])
    if scan is None or event is None:
        raise NotFoundError(
            register=store.folder, what="held scan", name=str(scan_id), listing="place"
        )
    reading = reading_from_body(event.body["reading"])
    known = Known()
    if ref is not None:
        page_id = store.value(
            "select p.id from pages p join notebooks n on n.id = p.notebook_id"
            " where n.volume = ? and p.number = ?",
            ref.notebook,
            ref.number,
        )
        if page_id is not None:
            turn = open_frame(store.original(scan["original"]), scan["frame"]).turn
            known = known_on_page(store, page_id, reading, held_look(store, scan), turn)
    with store.writing():
        page = ref or PageRef(scan["notebook"], views.next_number(store, scan["notebook"]))
        body = {
            "scan": scan_id,
            "notebook": page.notebook,
            "number": page.number,
            "on": today_in_hanoi(now).isoformat(),
            "reading": event.body["reading"],
            **known.as_body(),
        }
        return store.append(Act.SCAN_PLACED, body, by=by, at=now)
