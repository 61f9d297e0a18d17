"""`formbook undo`: take back an act."""

from __future__ import annotations

from typing import Annotated

import typer

from formbook.cli import clock
from formbook.cli.language import say, tr
from formbook.cli.options import Reason, number
from formbook.cli.output import Column, Row
from formbook.cli.session import Session, writes
from formbook.cli.words import ACTS, word
from formbook.errors import _


def _page(row: Row) -> str | None:
    return None if row["page"] is None else f"{row['notebook']}/{row['page']}"


_COLUMNS = (
    Column(_("Act"), "act", right=True),
    Column(_("At"), lambda row: clock.shown(row["at"])),
    Column(_("Person"), "person"),
    Column(_("Kind"), lambda row: word(ACTS, row["kind"])),
    Column(_("Page"), _page),
    Column(_("Entry"), "entry", right=True),
)


@writes(_("Undo one of the last 50 acts; both the act and its undoing stay in the log."))
def undo(
    session: Session,
    act: Annotated[
        int | None,
        typer.Argument(
            metavar="[ACT]", parser=number, help=_("Number of the act; otherwise your last one.")
        ),
    ] = None,
    reason: Reason = None,
    list_: Annotated[
        bool, typer.Option("--list", help=_("List the acts that can be undone."))
    ] = False,
) -> None:
    if list_:
        if act is not None or reason is not None:
            raise typer.BadParameter(tr(_("--list goes without ACT and --reason.")))
        from formbook.undo import undoable

        with session.store() as store:
            session.out.rows("acts", undoable(store), _COLUMNS)
        return
    from formbook.undo import undo as take_back

    with session.acting() as (store, actor):
        event = take_back(store, act, reason=reason, by=actor, now=clock.now())
        kind = store.value("select kind from events where seq = ?", event.body["seq"])
    session.out.event(
        event,
        say(_("Act {act} is undone: {kind}."), act=event.body["seq"], kind=word(ACTS, kind)),
    )
