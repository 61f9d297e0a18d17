"""`formbook place`: say which page a held scan shows."""

from __future__ import annotations

from typing import Annotated

import typer

from formbook.cli import clock
from formbook.cli.language import say, tr
from formbook.cli.options import number, page
from formbook.cli.output import Column
from formbook.cli.session import Session, writes
from formbook.cli.words import HELD, SIDES, word
from formbook.errors import _
from formbook.model import PageRef

_COLUMNS = (
    Column(_("Scan"), "scan", right=True),
    Column(_("File"), "name"),
    Column(_("Frame"), "frame", right=True),
    Column(_("Part"), lambda row: "" if row["side"] == "whole" else word(SIDES, row["side"])),
    Column(_("Why"), lambda row: word(HELD, row["held"])),
    Column(
        _("Looks like"),
        lambda row: (
            None if row["like_page"] is None else f"{row['like_notebook']}/{row['like_page']}"
        ),
    ),
)


@writes(
    _(
        "List the scans that wait for a person to say which page they show, or say it.\n\n"
        "Give the page that the scan shows, one that is there or a new one; or --new for the next "
        "new page of its notebook. Without a scan, --new places all that wait."
    )
)
def place(
    session: Session,
    scan: Annotated[
        int | None,
        typer.Argument(metavar="[SCAN]", parser=number, help=_("Number of a held scan.")),
    ] = None,
    shows: Annotated[
        PageRef | None,
        typer.Argument(metavar="[PAGE]", parser=page, help=_("The page that it shows: 1/12.")),
    ] = None,
    new: Annotated[
        bool, typer.Option("--new", help=_("It shows the next new page of its notebook."))
    ] = False,
) -> None:
    from formbook.store import views

    if (scan is None and shows is not None) or (scan is not None and (shows is None) != new):
        raise typer.BadParameter(tr(_("Give one of: SCAN PAGE; SCAN --new; --new.")))
    if scan is None and not new:
        with session.store() as store:
            session.out.rows("held", views.held_scans(store), _COLUMNS)
        return
    from formbook.ingest.place import place_scan

    with session.acting() as (store, actor):
        scans = [scan] if scan is not None else [row["scan"] for row in views.held_scans(store)]
        for each in scans:
            event = place_scan(store, each, shows, by=actor, now=clock.now())
            ref = PageRef(event.body["notebook"], event.body["number"])
            session.out.event(event, say(_("Scan {scan} shows page {page}."), scan=each, page=ref))
