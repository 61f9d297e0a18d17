"""`formbook respond`: what was done about an entry."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from formbook.cli import clock
from formbook.cli.language import say, tr
from formbook.cli.options import Entry, NewStatus, date, filled, number
from formbook.cli.session import Session, writes
from formbook.cli.signed import signature
from formbook.cli.words import STATUSES, word
from formbook.errors import _
from formbook.model import Status


@writes(
    _(
        "Record what was done about an entry.\n\n"
        "From seen or reopened it becomes assigned, answered, forwarded, declined or "
        "duplicate; an assigned one the same; one that is closed can only be reopened. An "
        "answer needs a --note, assigning and forwarding a --to, a duplicate a "
        "--duplicate-of."
    )
)
def respond(
    session: Session,
    entry: Entry,
    status: NewStatus,
    note: Annotated[
        str | None, typer.Option(metavar="TEXT", help=_("What was done or answered."))
    ] = None,
    due: Annotated[
        dt.date | None,
        typer.Option(metavar="DATE", parser=date, help=_("By when it must be done.")),
    ] = None,
    to: Annotated[
        str | None, typer.Option(metavar="NAME", parser=filled, help=_("Who has it from now on."))
    ] = None,
    duplicate_of: Annotated[
        int | None,
        typer.Option(metavar="ENTRY", parser=number, help=_("The entry that says the same.")),
    ] = None,
) -> None:
    if duplicate_of is not None and status is not Status.DUPLICATE:
        raise typer.BadParameter(tr(_("--duplicate-of goes with the status duplicate.")))
    from formbook.respond import respond as record

    with session.acting() as (store, actor):
        event = record(
            store,
            entry,
            status,
            note=note,
            due=due,
            to=to,
            duplicate_of=duplicate_of,
            by=actor,
            now=clock.now(),
            today=clock.today(),
        )
    session.out.event(
        event,
        say(_("Entry {entry} is now: {status}."), entry=entry, status=word(STATUSES, status)),
    )
    session.out.note(say(_("The answer is {signed}."), signed=signature(event.key)))
