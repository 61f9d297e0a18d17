"""`formbook import`: bring an exported register back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from formbook.cli.language import say, tr
from formbook.cli.options import existing
from formbook.cli.session import Session, reads
from formbook.errors import _


@reads(
    _(
        "Make a register of a file that `formbook export json` wrote.\n\n"
        "The log comes back as it was, with its hashes. The register's folder must not hold a "
        "register yet. Scans are not in the file: --originals names a folder to take them from."
    )
)
def import_(
    session: Session,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", parser=existing, help=_("What was exported as json."))
    ],
    originals: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", parser=existing, help=_("Where to look for the scans, by their content.")
        ),
    ] = None,
) -> None:
    from formbook.export.restore import import_register

    with session.out.progress(tr(_("Replaying the log"))) as progress:
        done = import_register(
            file,
            session.folder,
            scans=originals,
            progress=lambda events: progress(events, None),
        )
    missing = [{"name": each.name, "original": each.original} for each in done.missing]
    if session.out.as_json:
        session.out.json(
            "import",
            events=done.events,
            head=done.head,
            originals=done.originals,
            missing=missing,
        )
    session.out.note(
        say(
            _("{folder} now holds {events} events and {originals} originals; the head is {head}."),
            folder=session.folder,
            events=done.events,
            originals=done.originals,
            head=done.head,
        )
    )
    for each in missing:
        session.out.warn(
            say(
                _("Missing original: {name} ({original}); copy it there."),
                name=each["name"],
                original=each["original"],
            )
        )
