"""`formbook ward`: the ward that the register belongs to."""

from __future__ import annotations

from typing import Annotated

import typer

from formbook.cli import clock
from formbook.cli.language import say, tr
from formbook.cli.options import WardAsOf, WardCode, filled
from formbook.cli.output import Column
from formbook.cli.session import Session, writes
from formbook.errors import _

_COLUMNS = (
    Column(_("Ward"), "ward"),
    Column(_("Code"), "ward_code"),
    Column(_("As of"), "ward_as_of"),
)


@writes(_("Show the ward, or rename it, for example after a merger; the log keeps the old name."))
def ward(
    session: Session,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", parser=filled, help=_("The ward's new name."))
    ] = None,
    ward_code: WardCode = None,
    ward_as_of: WardAsOf = None,
) -> None:
    if name is None:
        if ward_code or ward_as_of:
            raise typer.BadParameter(tr(_("--ward-code and --ward-as-of go with a NAME.")))
        from formbook.store import views

        with session.store() as store:
            session.out.rows("ward", [views.register(store)], _COLUMNS)
        return
    from formbook.office import name_ward

    as_of = (ward_as_of or clock.today()).isoformat()
    with session.acting() as (store, actor):
        event = name_ward(
            store, name, ward_code=ward_code, ward_as_of=as_of, by=actor, now=clock.now()
        )
    session.out.event(event, say(_("The ward is now called {ward}."), ward=name))
