"""`formbook export`: the register for others."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from formbook.cli.language import say, tr
from formbook.cli.options import Force
from formbook.cli.output import is_terminal
from formbook.cli.session import Session, reads
from formbook.errors import _

FORMATS = ("csv", "xlsx", "json", "bagit")


def _format(value: str) -> str:
    if value not in FORMATS:
        raise typer.BadParameter(
            say(
                _("{value} is no format; there are: {known}."),
                value=value,
                known=", ".join(FORMATS),
            )
        )
    return value


@reads(
    _(
        "Write the register to a file, or to standard output where none is named.\n\n"
        "csv and xlsx hold a row an entry, for people; json holds everything with the whole log, "
        "and comes back through `formbook import`; bagit makes a folder of these and all scans, "
        "which archives can check (RFC 8493). All hold what citizens wrote: the file can be read "
        "by you alone, and it is for you to say who else may."
    )
)
def export(
    session: Session,
    form: Annotated[
        str,
        typer.Argument(
            metavar="csv|xlsx|json|bagit",
            parser=_format,
            autocompletion=lambda incomplete: [f for f in FORMATS if f.startswith(incomplete)],
            help=_("What to write."),
        ),
    ],
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]", parser=Path, help=_("Where to write it; - is standard output.")
        ),
    ] = None,
    force: Force = False,
    keys: Annotated[
        bool,
        typer.Option("--keys", help=_("Headings and words of a table as programs rely on them.")),
    ] = False,
) -> None:
    if file == Path("-"):
        file = None
    if file is None and form == "xlsx" and is_terminal(sys.stdout):
        raise typer.BadParameter(tr(_("A workbook cannot be shown here; name a FILE.")))
    if file is None and form == "bagit":
        raise typer.BadParameter(tr(_("A bag is a folder; name one that is not there yet.")))
    from formbook.export import Format, export_bag, write
    from formbook.export import export as write_file

    translate = None if keys else tr
    with session.store() as store:
        if file is None:
            write(store, sys.stdout.buffer, Format(form), translate=translate)
            return
        if form == "bagit":
            done = export_bag(store, file, translate=translate)
        else:
            done = write_file(store, file, Format(form), force=force, translate=translate)
    if session.out.as_json:
        session.out.json(
            "export", file=str(file), format=form, entries=done.entries, events=done.events
        )
    session.out.note(say(_("{file} holds {n} entries."), file=file, n=done.entries))
