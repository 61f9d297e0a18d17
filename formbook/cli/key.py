"""`formbook key`: with which people sign what they do."""

from __future__ import annotations

from typing import Annotated

import typer

from formbook.cli import clock, config
from formbook.cli.group import Command, HelpfulGroup
from formbook.cli.language import say, tr
from formbook.cli.options import NewPassphraseFile, filled
from formbook.cli.output import Column, Row
from formbook.cli.passphrase import ask
from formbook.cli.session import Session, reads, writes
from formbook.errors import _

key = typer.Typer(
    name="key",
    cls=HelpfulGroup,
    rich_markup_mode=None,
    help=_(
        "Make, show and revoke the keys with which people sign what they do.\n\n"
        "Whoever has a key cannot be acted for without it: every act in that name is signed, the "
        "passphrase is asked for each time, and `formbook verify` checks it years later. A key "
        "is for whoever wants one: the chairman first of all."
    ),
)


def _ended(row: Row) -> str:
    if row["until_at"] is None:
        return ""
    how = _("revoked by {person}") if row["revoked"] else _("replaced by {person}")
    return f"{clock.shown(row['until_at'])}, {say(how, person=row['ended_by'])}"


def _digits(row: Row) -> str:
    from formbook.proof.keys import in_groups

    return in_groups(row["key"])


_COLUMNS = (
    Column(_("Person"), "person"),
    Column(_("Since"), lambda row: clock.shown(row["from_at"])),
    Column(_("From account"), "from_account"),
    Column(_("Signed by the key before"), lambda row: tr(_("yes")) if row["renewed"] else ""),
    Column(_("Ended"), _ended),
    Column(_("Reason"), "reason"),
    Column(_("Kept here"), lambda row: tr(_("yes")) if row["here"] else ""),
    Column(_("Key"), _digits, long=True),
)


@writes(
    _(
        "Make a key for the one who acts, or replace the last one.\n\n"
        "The private half is kept apart from the register, under a passphrase, in "
        "~/.config/formbook/keys or where FORMBOOK_KEYS says: copy that file to a second place. "
        "Write the key's digits into the paper notebook, by hand, so that nobody can say later "
        "that it was another. A key that is lost is revoked first."
    )
)
def new(session: Session, new_passphrase_file: NewPassphraseFile = None) -> None:
    from formbook.keys import new_key
    from formbook.proof.keys import in_groups

    with session.acting() as (store, actor):
        passphrase = ask(
            tr(_("New passphrase, at least 12 characters")),
            new_passphrase_file,
            option="--new-passphrase-file",
            twice=True,
        )
        folder = config.keys_folder()
        event = new_key(store, folder, passphrase, by=actor, now=clock.now())
    session.out.event(
        event,
        say(
            _("{person} signs with a new key from now on; it is kept in {folder}:\n{key}"),
            person=actor.name,
            folder=folder,
            key=in_groups(event.body["key"]),
        ),
    )


@reads(_("List the keys: whose, since when, and until when. Compare the digits with the paper."))
def show(
    session: Session,
    person: Annotated[
        str | None,
        typer.Argument(metavar="[PERSON]", parser=filled, help=_("Only this person's.")),
    ] = None,
) -> None:
    from formbook.keys import all_keys, is_kept

    with session.store() as store:
        rows = all_keys(store, person)
    folder = config.keys_folder()
    rows = [{**row, "here": is_kept(folder, row["key"])} for row in rows]
    session.out.rows("keys", rows, _COLUMNS, whole=True)


@writes(
    _(
        "End a key: yours, or that of somebody who lost it.\n\n"
        "What it signed before stays good; what it signs from now on is a finding of `formbook "
        "verify`. Your own takes the key itself; a clerk or a chairman can revoke another's, "
        "which `formbook key show` lists with the reason."
    )
)
def revoke(
    session: Session,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", parser=filled, help=_("Why, for the log."))
    ],
    person: Annotated[
        str | None,
        typer.Argument(metavar="[PERSON]", parser=filled, help=_("Whose key; otherwise yours.")),
    ] = None,
) -> None:
    from formbook.keys import revoke_key

    with session.acting() as (store, actor):
        whose = person or actor.name
        event = revoke_key(store, whose, reason=reason, by=actor, now=clock.now())
    session.out.event(
        event,
        say(
            _(
                "The key of {person} is revoked. Until there is a new one, what is done in that "
                "name is not signed."
            ),
            person=whose,
        ),
    )


for _command in (new, show, revoke):
    key.command(_command.__name__, cls=Command)(_command)
