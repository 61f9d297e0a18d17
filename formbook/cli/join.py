"""`formbook join`: several entries become one."""

from __future__ import annotations

from typing import Annotated

import typer

from formbook.cli import clock
from formbook.cli.language import say
from formbook.cli.options import Entry, number
from formbook.cli.session import Session, writes
from formbook.errors import _


@writes(
    _(
        "Make several entries one: the lines of the others go to the first.\n\n"
        "If the first was seen and another was not, it is received again: the chairman has not "
        "seen all of it."
    )
)
def join(
    session: Session,
    entry: Entry,
    others: Annotated[
        list[int],
        typer.Argument(metavar="OTHER...", parser=number, help=_("Entries that belong to it.")),
    ],
) -> None:
    from formbook.regroup import join_entries

    with session.acting() as (store, actor):
        before = store.value("select status from entries where id = ?", entry)
        event = join_entries(store, entry, others, by=actor, now=clock.now())
    session.out.event(
        event,
        say(
            _("Entry {entry} now holds also: {others}."),
            entry=entry,
            others=", ".join(str(other) for other in others),
        ),
    )
    if event.body["status"] != before:
        session.out.warn(
            say(
                _(
                    "Entry {entry} is received again, since the chairman has not seen all of it; "
                    "`formbook seen {entry} --on DATE` marks it."
                ),
                entry=entry,
            )
        )
