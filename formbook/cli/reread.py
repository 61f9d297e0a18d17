"""`formbook reread`: read old pages with a better engine."""

from __future__ import annotations

from typing import Annotated

import typer

from formbook.cli import clock
from formbook.cli.batch import (
    Recognizer,
    TimeLimit,
    Workers,
    end_with,
    failures_as_rows,
    progress,
    taught_engine,
)
from formbook.cli.language import say, tr
from formbook.cli.options import page
from formbook.cli.session import Session, writes
from formbook.errors import _
from formbook.model import PageRef


@writes(
    _(
        "Read pages again, beside what stands.\n\n"
        "Corrected text stays as it is; other text follows the new reading, and what is newly "
        "found becomes new entries."
    )
)
def reread(
    session: Session,
    pages: Annotated[
        list[PageRef] | None,
        typer.Argument(metavar="[PAGE...]", parser=page, help=_("Pages, as in 1/12.")),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help=_("All pages."))] = False,
    recognizer: Recognizer = None,
    workers: Workers = None,
    time_limit: TimeLimit = None,
) -> None:
    if bool(pages) == every:
        raise typer.BadParameter(tr(_("Give pages, or --all.")))
    how = taught_engine(session, recognizer, workers, time_limit)
    from formbook.ingest.reread import reread as read_again

    with session.acting() as (store, actor), progress(session.out) as told:
        report = read_again(store, pages or None, by=actor, clock=clock.now, progress=told, **how)
    if session.out.as_json:
        session.out.json(
            "reread",
            pages=[str(ref) for ref in report.pages],
            failed=failures_as_rows(report.failed),
            entries=report.entries,
            marks=report.marks,
        )
    session.out.note(
        say(
            _("Read {n} pages again. New entries: {m}, new marks: {k}."),
            n=len(report.pages),
            m=report.entries,
            k=report.marks,
        )
    )
    end_with(report.failed, session.out, done=len(report.pages))
