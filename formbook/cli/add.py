"""`formbook add`: an entry that no engine found."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from formbook.cli import clock
from formbook.cli.language import say
from formbook.cli.options import Page, WrittenOn
from formbook.cli.session import Session, writes
from formbook.errors import _


@writes(_("Add an entry that stands on a page and was not found."))
def add(
    session: Session,
    page: Page,
    text: Annotated[
        str,
        typer.Argument(
            metavar="TEXT", help=_("What the entry says; - reads it from standard input.")
        ),
    ],
    written_on: WrittenOn = None,
) -> None:
    from formbook.regroup import add_entry

    said = sys.stdin.read() if text == "-" else text
    with session.acting() as (store, actor):
        event = add_entry(
            store,
            page,
            said,
            written_on=written_on,
            by=actor,
            now=clock.now(),
            today=clock.today(),
        )
        entry = store.value("select max(id) from entries where first_seq = ?", event.seq)
    session.out.event(
        event, say(_("Entry {entry} is added to page {page}."), entry=entry, page=page)
    )
