"""`formbook prove`: the proof of one entry, for whoever has neither formbook nor the register."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from formbook.cli.language import say, tr
from formbook.cli.options import Force, anchor_of, number
from formbook.cli.session import Session, reads
from formbook.errors import _


@reads(
    _(
        "Prove what was marked or answered about one entry, to whoever kept an anchor.\n\n"
        "The file holds the entry's texts as they stood, by whom, when and with which key it was "
        "marked, the hashes of its scans, and the way to the head of the last anchor. An entry "
        "that nobody marked is proved to have come in, with all that was read on its scan. The "
        "small program verify_one.py, which comes with formbook, checks it alone. With --since, "
        "prove instead that the log under the last anchor begins with that under an earlier one; "
        "verify_growth.py checks it with the two slips."
    )
)
def prove(
    session: Session,
    file: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FILE", parser=Path, help=_("The file to write.")),
    ],
    entry: Annotated[
        int | None,
        typer.Argument(metavar="[ENTRY]", parser=number, help=_("Number of an entry.")),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|TEXT",
            help=_("An anchor that was kept: its file, or the text of its slip's QR code."),
        ),
    ] = None,
    force: Force = False,
) -> None:
    from formbook.export.target import whole_file
    from formbook.prove import GROWTH_VERIFIER, VERIFIER, prove_entry, prove_growth

    if (entry is None) == (since is None):
        raise typer.BadParameter(tr(_("Give one of: ENTRY; --since FILE|TEXT.")))
    if since is not None:
        name, anchor = anchor_of(since)
        with session.store() as store, whole_file(file, force=force) as stream:
            stream.write(prove_growth(store, anchor, name))
        said = _("{file} proves that the log grew. To check it: python {verifier} {file} OLD NEW")
        verifier = GROWTH_VERIFIER
    elif entry is not None:
        with session.store() as store, whole_file(file, force=force) as stream:
            stream.write(prove_entry(store, entry))
        said = _("{file} proves entry {entry}. To check it: python {verifier} {file}")
        verifier = VERIFIER
    if session.out.as_json:
        session.out.json("proof", file=str(file), entry=entry, verifier=str(verifier))
    session.out.note(say(said, file=file, entry=entry, verifier=verifier))
