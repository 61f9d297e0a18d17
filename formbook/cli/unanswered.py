"""`formbook unanswered`: what nobody answered, and who has it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from formbook.cli import clock
from formbook.cli.entries import signs
from formbook.cli.language import say
from formbook.cli.options import Notebook, date
from formbook.cli.output import Column
from formbook.cli.session import Session, reads
from formbook.cli.words import BASES, RULES, STATUSES, word
from formbook.errors import _

_COLUMNS = (
    Column(_("Entry"), "entry", right=True),
    Column(_("Page"), lambda row: f"{row['notebook']}/{row['page']}"),
    Column(_("Status"), lambda row: word(STATUSES, row["status"])),
    Column(_("Since"), "received"),
    Column(_("Waiting"), "waiting_working_days", right=True),
    Column(_("Deadline"), lambda row: f"{row['deadline']}{'?' if row['provisional'] else ''}"),
    Column(_("Overdue"), "overdue_working_days", right=True),
    Column(_("With"), "assigned_to"),
    Column(_("May be in law"), signs),
    Column(_("Basis"), lambda row: word(BASES, row["received_basis"])),
    Column(_("Rule"), lambda row: word(RULES, row["rule"])),
    Column(_("Text"), "text", long=True),
)


@reads(
    _(
        "List the entries that nobody answered, oldest first, in working days.\n\n"
        "The clock of an entry starts on the day written on it, else on the day it was seen, "
        "else on the day it was imported. A deadline with ? can still move: holidays before "
        "it have not been announced."
    )
)
def unanswered(
    session: Session,
    as_of: Annotated[
        dt.date | None,
        typer.Option(
            metavar="DATE", parser=date, help=_("As it stood on this day; otherwise today.")
        ),
    ] = None,
    overdue: Annotated[
        bool, typer.Option("--overdue", help=_("Only those past their deadline."))
    ] = False,
    notebook: Notebook = None,
) -> None:
    from formbook.deadlines import unanswered as waiting
    from formbook.store import views

    day = as_of or clock.today()
    with session.store() as store:
        rows = list(waiting(store, as_of=day, notebook=notebook, overdue_only=overdue))
        unchecked = views.unchecked_pages(store)
    session.out.rows("unanswered", rows, _COLUMNS, as_of=day.isoformat(), unchecked_pages=unchecked)
    if unchecked:
        session.out.warn(
            say(
                _(
                    "Pages that no person has checked yet: {n}. What was missed there is missing "
                    "here too."
                ),
                n=unchecked,
            )
        )
