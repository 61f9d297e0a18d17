"""`formbook correct`: say what a line or an entry really says."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer

from formbook.cli import clock
from formbook.cli.language import say, tr
from formbook.cli.options import WrittenOn, number
from formbook.cli.session import Session, writes
from formbook.errors import _


@writes(
    _(
        "Correct a line, or a whole entry, or the day that it was written.\n\n"
        "formbook correct ENTRY TEXT; formbook correct --line LINE TEXT; formbook correct "
        "ENTRY --written-on DATE, or --no-date. What the machine read is kept beside it. "
        "Correct line by line where you can: a corrected line with its picture can later teach "
        "the recognizer.\n\n"
        "What somebody else changed is never replaced unseen: both texts are printed, and exit "
        "code 6 says that nothing was changed. Programs give --was, the version that `formbook "
        "show` and `formbook lines` tell with --json."
    )
)
def correct(
    session: Session,
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ENTRY] [TEXT]",
            help=_(
                "The entry and its text, one line a line; - reads the text from standard input."
            ),
        ),
    ] = None,
    line: Annotated[
        int | None,
        typer.Option("--line", metavar="LINE", parser=number, help=_("Correct this one line.")),
    ] = None,
    written_on: WrittenOn = None,
    was: Annotated[
        str | None,
        typer.Option(
            metavar="VERSION",
            help=_("Correct only what still says what it said in this version."),
        ),
    ] = None,
    no_date: Annotated[
        bool, typer.Option("--no-date", help=_("What was taken for the entry's date is none."))
    ] = False,
) -> None:
    words = what or []
    if line is not None:
        if len(words) != 1 or written_on is not None or no_date:
            raise typer.BadParameter(tr(_("A line is corrected by: --line LINE TEXT.")))
        from formbook.correct import correct_line

        with _conflicts(session), session.acting() as (store, actor):
            said = _text(words[0])
            event = correct_line(store, line, said, was=was, by=actor, now=clock.now())
        session.out.event(event, say(_("Line {line} is corrected."), line=line))
        return
    if no_date and written_on is not None:
        raise typer.BadParameter(tr(_("Give one of --written-on and --no-date.")))
    text = words[1] if len(words) == 2 else None  # noqa: PLR2004 - ENTRY and TEXT
    if len(words) not in (1, 2) or (text is None and written_on is None and not no_date):
        raise typer.BadParameter(
            tr(
                _(
                    "An entry is corrected by: ENTRY TEXT, or ENTRY --written-on DATE or "
                    "--no-date, or both."
                )
            )
        )
    entry = number(words[0])
    from formbook.correct import correct_entry

    with _conflicts(session), session.acting() as (store, actor):
        event = correct_entry(
            store,
            entry,
            text=None if text is None else _text(text),
            written_on=written_on,
            no_date=no_date,
            was=was,
            by=actor,
            now=clock.now(),
        )
    session.out.event(event, say(_("Entry {entry} is corrected."), entry=entry))


@contextlib.contextmanager
def _conflicts(session: Session) -> Iterator[None]:
    """Show both texts of a conflict, as data."""
    from formbook.correct import ConflictError

    try:
        yield
    except ConflictError as conflict:
        theirs, yours = conflict.theirs, conflict.yours
        if session.out.as_json:
            session.out.json(
                "conflict",
                **{conflict.fields["what"].lower(): int(conflict.fields["name"])},
                person=conflict.fields["person"],
                version=conflict.fields["version"],
                theirs=asdict(theirs),
                yours=asdict(yours),
            )
        else:
            for title, said in ((_("What stands there"), theirs), (_("Yours"), yours)):
                session.out.text(tr(title), heading=True)
                session.out.text("\n".join(filter(None, (said.text, said.written_on))))
                session.out.text()
        raise


def _text(said: str) -> str:
    return sys.stdin.read() if said == "-" else said
