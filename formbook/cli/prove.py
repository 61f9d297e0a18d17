"""`formbook prove`: the proof of one entry, for whoever has neither formbook nor the register."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from formbook.cli.language import say
from formbook.cli.options import Entry, Force
from formbook.cli.session import Session, reads
from formbook.errors import _


@reads(
    _(
        "Prove what was marked or answered about one entry, to whoever kept an anchor.\n\n"
        "The file holds the entry's texts as they stood, by whom, when and with which key it was "
        "marked, the hashes of its scans, and the way to the head of the last anchor. An entry "
        "that nobody marked is proved to have come in, with all that was read on its scan. The "
        "small program verify_one.py, which comes with formbook, checks it alone."
    )
)
def prove(
    session: Session,
    entry: Entry,
    file: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FILE", parser=Path, help=_("The file to write.")),
    ],
    force: Force = False,
) -> None:
    from formbook.export.target import whole_file
    from formbook.prove import VERIFIER, prove_entry

    with session.store() as store, whole_file(file, force=force) as stream:
        stream.write(prove_entry(store, entry))
    if session.out.as_json:
        session.out.json("proof", file=str(file), entry=entry, verifier=str(VERIFIER))
    session.out.note(
        say(
            _("{file} proves entry {entry}. To check it: python {verifier} {file}"),
            file=file,
            entry=entry,
            verifier=VERIFIER,
        )
    )
