"""The command line: one file a command; the only place that reads settings and prints."""

from __future__ import annotations

import os
import signal
import sys
from typing import Annotated

import typer
from typer.main import get_command

from formbook.cli.add import add
from formbook.cli.anchor import anchor
from formbook.cli.backup import backup
from formbook.cli.check import check
from formbook.cli.correct import correct
from formbook.cli.doctor import doctor
from formbook.cli.drop import drop
from formbook.cli.entries import entries
from formbook.cli.export import export
from formbook.cli.group import Command, Group, end_when_asked, report_bug
from formbook.cli.holidays import holidays
from formbook.cli.import_ import import_
from formbook.cli.ingest import ingest
from formbook.cli.init import init
from formbook.cli.join import join
from formbook.cli.key import key
from formbook.cli.lines import lines
from formbook.cli.options import As, Json, Lang, Quiet, Register
from formbook.cli.pages import pages
from formbook.cli.people import people
from formbook.cli.place import place
from formbook.cli.prove import prove
from formbook.cli.read import read
from formbook.cli.renumber import renumber
from formbook.cli.reread import reread
from formbook.cli.respond import respond
from formbook.cli.restore import restore
from formbook.cli.rules import rules
from formbook.cli.search import search
from formbook.cli.seen import seen
from formbook.cli.show import show
from formbook.cli.split import split
from formbook.cli.train import train
from formbook.cli.unanswered import unanswered
from formbook.cli.undo import undo
from formbook.cli.verify import verify
from formbook.cli.ward import ward
from formbook.errors import _

# Plain help: it is there at once, reads the same at any width, and no bracket in it is markup.
app = typer.Typer(name="formbook", cls=Group, rich_markup_mode=None, pretty_exceptions_enable=False)

# In the order of the work, as help lists them.
for _command in (
    *(init, people, ward, rules, holidays),
    *(ingest, place, reread, read),
    *(pages, entries, lines, show, search),
    *(correct, check, add, drop, split, join, renumber, train),
    *(seen, respond, unanswered, undo),
    *(verify, anchor, prove, export, import_, backup, restore, doctor),
):
    app.command(_command.__name__.rstrip("_"), cls=Command)(_command)
app.add_typer(key)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"formbook {version('formbook')}")
        raise typer.Exit


@app.callback(
    invoke_without_command=True,
    help=_(
        "Keep a ward's suggestion notebook so that nothing in it gets lost.\n\n"
        "Import scans, correct what was misread, mark pages as seen, record answers, and list what "
        "nobody answered."
    ),
)
def formbook(
    ctx: typer.Context,
    *,
    version: Annotated[  # noqa: ARG001 - its callback answers
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help=_("Say the version.")
        ),
    ] = False,
    json_: Json = False,  # noqa: ARG001 - commands find these in the context
    quiet_: Quiet = False,  # noqa: ARG001
    lang_: Lang = None,  # noqa: ARG001
    register_: Register = None,  # noqa: ARG001
    as_: As = None,  # noqa: ARG001
) -> None:
    """Hold what is given before the command, where each command finds it."""
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help(), err=True)
        raise typer.Exit(2)


def _open_what_is_closed() -> None:
    """Take the place of a stream that the caller closed, before the register's file does.

    Data for a closed stdout then fails as on a full disk; messages for a closed stderr are lost.
    """
    for name, access, mode in (
        ("stdin", os.O_RDONLY, "r"),
        ("stdout", os.O_RDONLY, "w"),
        ("stderr", os.O_WRONLY, "w"),
    ):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, access)
            setattr(sys, name, os.fdopen(nowhere, mode, encoding="utf-8"))


def main() -> None:
    """Run the program."""
    sys.excepthook = report_bug
    _open_what_is_closed()
    signal.signal(signal.SIGTERM, end_when_asked)
    for stream in (sys.stdout, sys.stderr):
        # A file's name may hold bytes that are no text; JSON reads such an escape as it is meant.
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    get_command(app)(prog_name="formbook")
