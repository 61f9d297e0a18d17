"""`formbook people`: who acts in the register."""

from __future__ import annotations

from typing import Annotated

import typer

from formbook.cli import clock
from formbook.cli.language import say, tr
from formbook.cli.options import Roles, filled
from formbook.cli.output import Column
from formbook.cli.session import Session, writes
from formbook.cli.words import ROLES, words
from formbook.errors import _

_COLUMNS = (
    Column(_("Name"), "name"),
    Column(_("Roles"), lambda row: words(ROLES, row["roles"]) or tr(_("has left"))),
    Column(_("Account"), "account"),
)


@writes(
    _(
        "List the people who act in the register, add one, or say that one has left.\n\n"
        "A clerk imports and corrects, a chairman marks pages as seen, both record answers, "
        "and an auditor reads. A person can have several roles."
    )
)
def people(
    session: Session,
    add: Annotated[
        str | None,
        typer.Option(
            "--add", metavar="NAME", parser=filled, help=_("Add a person, or change one's roles.")
        ),
    ] = None,
    left: Annotated[
        str | None,
        typer.Option(
            "--left",
            metavar="NAME",
            parser=filled,
            help=_("Say that a person has left and acts no more; what was done stays."),
        ),
    ] = None,
    role: Roles = None,
    account: Annotated[
        str | None,
        typer.Option(metavar="ACCOUNT", help=_("The person's account on this machine.")),
    ] = None,
) -> None:
    if left is not None:
        if add is not None or role or account:
            raise typer.BadParameter(tr(_("--left NAME goes without other options.")))
        from formbook.office import person_left

        with session.acting() as (store, actor):
            event = person_left(store, left, by=actor, now=clock.now())
        session.out.event(event, say(_("{person} no longer acts in this register."), person=left))
        return
    if add is None:
        if role or account:
            raise typer.BadParameter(tr(_("--role and --account go with --add NAME.")))
        from formbook.store import views

        with session.store() as store:
            session.out.rows("people", views.people(store), _COLUMNS)
        return
    if not role:
        raise typer.BadParameter(tr(_("--add NAME needs at least one --role ROLE.")))
    from formbook.office import add_person

    with session.acting() as (store, actor):
        event = add_person(store, add, role, account=account, by=actor, now=clock.now())
    session.out.event(
        event, say(_("{person} now acts as: {roles}."), person=add, roles=words(ROLES, role))
    )
