"""`formbook backup`: a copy of the register that was brought back and verified."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from formbook.cli import clock
from formbook.cli.batch import positive
from formbook.cli.language import say, tr
from formbook.cli.options import folder
from formbook.cli.session import Session, reads
from formbook.errors import _


@reads(
    _(
        "Copy the register with all its scans to another disk, while others go on working.\n\n"
        "The copy is brought back in a place for a while and verified; only then does it get its "
        "name in DIR, and exit code 0. Scans that an earlier backup there holds take no room "
        "again. It is a bag (RFC 8493) that any archive's tool can check; `formbook restore` "
        "brings it back. For use by cron, with --quiet: see docs/backup.md."
    )
)
def backup(
    session: Session,
    place: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", parser=folder, help=_("The folder of all backups, on another disk.")
        ),
    ],
    keep: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            parser=positive,
            help=_("Once this one is good, keep only the N newest of this register there."),
        ),
    ] = None,
) -> None:
    from formbook.backup import backup as back_up

    with session.store() as store, session.out.progress(tr(_("Copying"))) as progress:
        done = back_up(store, place, now=clock.now(), keep=keep, progress=progress)
    if session.out.as_json:
        session.out.json(
            "backup",
            path=str(done.path),
            events=done.events,
            head=done.head,
            originals=done.originals,
            linked=done.linked,
            same_disk=done.same_disk,
        )
    session.out.note(
        say(
            _(
                "{path} is good: it was brought back and verified, {events} events and "
                "{originals} originals; the head is {head}."
            ),
            path=done.path,
            events=done.events,
            originals=done.originals,
            head=done.head,
        )
    )
    if done.same_disk:
        session.out.warn(
            say(
                _(
                    "{place} is on the disk of the register: what breaks that disk takes both. "
                    "Back up to another one as well."
                ),
                place=place,
            )
        )
