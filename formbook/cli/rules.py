"""`formbook rules`: how many working days an answer may take."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from formbook.cli import clock
from formbook.cli.language import say, tr
from formbook.cli.options import date, filled, number
from formbook.cli.output import Column
from formbook.cli.session import Session, writes
from formbook.cli.words import RULES, word
from formbook.errors import _

_COLUMNS = (
    Column(_("Rule"), lambda row: word(RULES, row["name"])),
    Column(_("From"), "from"),
    Column(_("Working days"), "working_days", right=True),
    Column(_("Source"), lambda row: tr(row["source"])),
)


@writes(
    _(
        "List the rules for deadlines, or set one.\n\n"
        "The rule that counts for an entry is the last one that was in force when its clock "
        "started."
    )
)
def rules(
    session: Session,
    set_: Annotated[
        str | None,
        typer.Option("--set", metavar="NAME", parser=filled, help=_("Set a rule of this name.")),
    ] = None,
    from_: Annotated[
        dt.date | None,
        typer.Option(
            "--from",
            metavar="DATE",
            parser=date,
            help=_("It holds for entries whose clock starts on this day or later."),
        ),
    ] = None,
    days: Annotated[
        int | None,
        typer.Option(metavar="N", parser=number, help=_("Working days that an answer may take.")),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", parser=filled, help=_("Where it is written: a decision, a law.")
        ),
    ] = None,
) -> None:
    given = (set_, from_, days, source)
    if not any(given):
        from formbook.deadlines import rules_in_force

        with session.store() as store:
            rows = [
                {
                    "name": rule.name,
                    "from": rule.from_date.isoformat(),
                    "working_days": rule.working_days,
                    "source": rule.source,
                }
                for rule in rules_in_force(store)
            ]
        session.out.rows("rules", rows, _COLUMNS)
        return
    from formbook.office import LONGEST_TERM, set_rule

    if (
        set_ is None
        or from_ is None
        or days is None
        or source is None
        or not (1 <= days <= LONGEST_TERM)
    ):
        raise typer.BadParameter(
            tr(_("A rule needs --set NAME, --from DATE, --days N (1 to 1000) and --source TEXT."))
        )

    with session.acting() as (store, actor):
        event = set_rule(
            store,
            set_,
            from_date=from_,
            working_days=days,
            source=source,
            by=actor,
            now=clock.now(),
        )
    session.out.event(
        event,
        say(
            _("Rule {rule}: {days} working days, from {date} on."),
            rule=set_,
            days=days,
            date=from_.isoformat(),
        ),
    )
