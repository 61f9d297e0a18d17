"""`formbook drop`: an entry that is none."""

from __future__ import annotations

from typing import Annotated

import typer

from formbook.cli import clock
from formbook.cli.language import say
from formbook.cli.options import Entry, filled
from formbook.cli.session import Session, writes
from formbook.errors import _


@writes(
    _(
        "Take away an entry that is none: a smudge, a heading, ink showing through.\n\n"
        "It leaves every list, but not the log, and `formbook undo` brings it back."
    )
)
def drop(
    session: Session,
    entry: Entry,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", parser=filled, help=_("Why, for the log."))
    ],
) -> None:
    from formbook.regroup import drop_entry

    with session.acting() as (store, actor):
        event = drop_entry(store, entry, reason=reason, by=actor, now=clock.now())
    session.out.event(event, say(_("Entry {entry} is dropped."), entry=entry))
