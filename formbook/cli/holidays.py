"""`formbook holidays`: the ward's own days off and make-up days."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from formbook.cli import clock
from formbook.cli.language import say, tr
from formbook.cli.options import date, filled
from formbook.cli.output import Column
from formbook.cli.session import Session, writes
from formbook.cli.words import DAYS, word
from formbook.errors import _

_COLUMNS = (
    Column(_("Date"), "date"),
    Column(_("Kind"), lambda row: word(DAYS, row["kind"])),
    Column(_("Name"), "name"),
)


@writes(
    _(
        "List the ward's own days off and make-up days, or add one.\n\n"
        "Public holidays need not be added: formbook knows them. The ward's own days come "
        "first."
    )
)
def holidays(
    session: Session,
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", parser=filled, help=_("What the day is called.")),
    ] = None,
    add: Annotated[
        dt.date | None,
        typer.Option("--add", metavar="DATE", parser=date, help=_("Add a day, or change one.")),
    ] = None,
    working: Annotated[
        bool, typer.Option("--working", help=_("The office works on that day."))
    ] = False,
) -> None:
    if add is None and name is None and not working:
        from formbook.store import views

        with session.store() as store:
            session.out.rows("holidays", views.holidays(store), _COLUMNS)
        return
    if add is None or name is None:
        raise typer.BadParameter(tr(_("A day needs both: --add DATE NAME.")))
    from formbook.office import set_holiday

    with session.acting() as (store, actor):
        event = set_holiday(store, add, working=working, name=name, by=actor, now=clock.now())
    kind = word(DAYS, event.body["kind"])
    session.out.event(
        event,
        say(_("{date} is now a {kind}: {name}."), date=add.isoformat(), kind=kind, name=name),
    )
