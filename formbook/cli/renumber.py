"""`formbook renumber`: a page gets the number that stands on the paper."""

from __future__ import annotations

from typing import Annotated

import typer

from formbook.cli import clock
from formbook.cli.language import say
from formbook.cli.options import Page, page
from formbook.cli.session import Session, writes
from formbook.errors import _
from formbook.model import PageRef


@writes(
    _(
        "Give a page the notebook and number that stand on the paper.\n\n"
        "All that stands on the page goes with it. To swap two pages, give one of them a free "
        "number first."
    )
)
def renumber(
    session: Session,
    ref: Page,
    to: Annotated[
        PageRef,
        typer.Argument(metavar="NEW", parser=page, help=_("Its right notebook and number: 1/13.")),
    ],
) -> None:
    from formbook.correct import renumber_page

    with session.acting() as (store, actor):
        event = renumber_page(store, ref, to, by=actor, now=clock.now())
    session.out.event(event, say(_("Page {page} is now page {new}."), page=ref, new=to))
