"""`formbook search`: find entries by their words."""

from __future__ import annotations

from typing import Annotated

import typer

from formbook.cli.entries import COLUMNS
from formbook.cli.language import say
from formbook.cli.options import number
from formbook.cli.session import Session, reads
from formbook.errors import _


@reads(_("Find entries by their words, typed with or without marks; exact ones come first."))
def search(
    session: Session,
    text: Annotated[str, typer.Argument(metavar="TEXT", help=_("Words that must all occur."))],
    limit: Annotated[
        int, typer.Option(metavar="N", parser=number, help=_("How many entries at most."))
    ] = 50,
) -> None:
    from formbook.store import views

    with session.store() as store:
        rows = views.search(store, text, limit=limit)
    session.out.rows("search", rows, COLUMNS, whole=True)
    if not rows:
        session.out.note(say(_("No entry matches “{text}”."), text=text))
    elif len(rows) == limit:
        session.out.note(say(_("These are the first {n}; --limit N shows more."), n=limit))
