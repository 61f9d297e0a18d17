"""`formbook restore`: bring a register back from a backup."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from formbook.cli.language import say, tr
from formbook.cli.options import existing, folder
from formbook.cli.session import Session, reads
from formbook.errors import AuditFailedError, _


@reads(
    _(
        "Bring a register back from a backup, into a folder that is not there yet.\n\n"
        "Every file is compared with the backup's list of hashes and the register with its own "
        "log; if anything differs, nothing is made. Nothing is ever overwritten."
    )
)
def restore(
    session: Session,
    backup: Annotated[
        Path,
        typer.Argument(
            metavar="BACKUP", parser=existing, help=_("The folder that holds bagit.txt.")
        ),
    ],
    place: Annotated[
        Path,
        typer.Argument(metavar="DIR", parser=folder, help=_("Where the register is to be.")),
    ],
    damaged: Annotated[
        bool,
        typer.Option("--damaged", help=_("Bring back what there is of a backup that is damaged.")),
    ] = False,
) -> None:
    from formbook.backup import restore as bring_back

    with session.out.progress(tr(_("Copying"))) as progress:
        done = bring_back(backup, place, damaged=damaged, progress=progress)
    if session.out.as_json:
        session.out.json(
            "restore",
            folder=str(place),
            events=done.events,
            head=done.head,
            originals=done.originals,
            findings=[finding.as_row() for finding in done.findings],
        )
    session.out.note(
        say(
            _("{folder} now holds {events} events and {originals} originals; the head is {head}."),
            folder=place,
            events=done.events,
            originals=done.originals,
            head=done.head,
        )
    )
    if done.findings:
        raise AuditFailedError(count=len(done.findings), register=place)
