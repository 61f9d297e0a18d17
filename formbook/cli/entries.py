"""`formbook entries`: what citizens wrote."""

from __future__ import annotations

from typing import Annotated

import typer

from formbook.cli import clock
from formbook.cli.language import say, tr
from formbook.cli.options import Notebook, StatusFilter, page
from formbook.cli.output import Column, Row
from formbook.cli.session import Session, reads
from formbook.cli.words import GONE, SIGNS, STATUSES, word, words
from formbook.errors import _
from formbook.model import PageRef


def signs(row: Row) -> str:
    """What an entry may be in law, in words."""
    from formbook.text import complaint_signs

    return words(SIGNS, complaint_signs(row["text"]))


def _seen(row: Row) -> str | None:
    """The day on paper, and that of the record where it is another."""
    recorded = row["seen_at"] and clock.shown(row["seen_at"])[:10]
    if recorded in (None, row["seen"]):
        return None if row["seen"] is None else str(row["seen"])
    return say(_("{day} (recorded {recorded})"), day=row["seen"], recorded=recorded)


def _signed(row: Row) -> str:
    return "" if row["seen"] is None else tr(_("yes") if row["seen_key"] else _("no"))


COLUMNS = (
    Column(_("Entry"), "entry", right=True),
    Column(_("Page"), lambda row: f"{row['notebook']}/{row['page']}"),
    Column(_("Written on"), "written_on"),
    Column(_("Status"), lambda row: word(STATUSES, row["status"])),
    Column(_("Seen on"), _seen),
    Column(_("Mark signed"), _signed),
    Column(_("With"), "assigned_to"),
    Column(_("May go on in"), "may_go_on_in", right=True),
    Column(_("May be in law"), signs),
    Column(_("Text"), "text", long=True),
)


def _why(row: Row) -> str | None:
    return row["reason"] if row["joined_into"] is None else str(row["joined_into"])


_GONE_COLUMNS = (
    Column(_("Entry"), "entry", right=True),
    Column(_("Page"), lambda row: f"{row['notebook']}/{row['page']}"),
    Column(_("Was"), lambda row: word(GONE, row["gone"])),
    Column(_("Reason, or to which"), _why),
    Column(_("Person"), "person"),
    Column(_("At"), lambda row: clock.shown(row["at"])),
    Column(_("Text"), "text", long=True),
)


@reads(
    _(
        "List the entries in the order of the paper.\n\n"
        "--status received lists what the chairman has not seen yet; --dropped lists what is "
        "in no list any more, since it was dropped or joined to another entry: by whom, when "
        "and why."
    )
)
def entries(
    session: Session,
    notebook: Notebook = None,
    on_page: Annotated[
        PageRef | None,
        typer.Option("--page", metavar="PAGE", parser=page, help=_("Only this page, as in 1/12.")),
    ] = None,
    status: StatusFilter = None,
    dropped: Annotated[
        bool,
        typer.Option("--dropped", help=_("Those that were dropped or joined to another instead.")),
    ] = False,
) -> None:
    if dropped and status is not None:
        raise typer.BadParameter(tr(_("--dropped goes without --status.")))
    from formbook.store import views

    with session.store() as store:
        page_id = views.page_id_of(store, on_page) if on_page else None
        if dropped:
            rows = views.gone_entries(store, notebook=notebook, page_id=page_id)
            session.out.rows("dropped", rows, _GONE_COLUMNS)
            return
        rows = views.entries(store, notebook=notebook, page_id=page_id, status=status)
    session.out.rows("entries", rows, COLUMNS)
