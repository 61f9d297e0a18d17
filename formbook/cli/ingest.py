"""`formbook ingest`: bring scans into the register."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from formbook.cli import clock
from formbook.cli.batch import (
    Recognizer,
    TimeLimit,
    Workers,
    end_with,
    failures_as_rows,
    positive,
    progress,
    taught_engine,
)
from formbook.cli.language import say
from formbook.cli.options import existing, volume
from formbook.cli.session import Session, writes
from formbook.errors import _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from formbook.cli.output import Output
    from formbook.ingest import IngestReport
    from formbook.model import PageRef


@writes(
    _(
        "Import scans: files and folders of JPEG, PNG, WebP, TIFF, PDF and HEIC.\n\n"
        "A page's number and volume come from the options, else from the file's name (q1-tr012, "
        "vol 2 page 7), else from the number on the paper where that can be read for sure, else "
        "from the order; two facing pages on one picture are two pages, the left one first. What "
        "is held already is left alone, so that an interrupted import goes on when it is run "
        "again. A later scan of a page is joined to it; where that is not certain, `formbook "
        "place` asks a person."
    )
)
def ingest(
    session: Session,
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", parser=existing, help=_("Files and folders of scans.")),
    ],
    notebook: Annotated[
        str | None,
        typer.Option(
            metavar="VOLUME", parser=volume, help=_("The volume that all these pages are of.")
        ),
    ] = None,
    first_page: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            parser=positive,
            help=_("Number of the first page; the others count on from it."),
        ),
    ] = None,
    pattern: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help=_("How files are named, with {page}, perhaps {notebook}, and * for the rest."),
        ),
    ] = None,
    recognizer: Recognizer = None,
    workers: Workers = None,
    time_limit: TimeLimit = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=_("Change nothing; say what would be done."))
    ] = False,
) -> None:
    how = taught_engine(session, recognizer, workers, time_limit)
    from formbook.ingest import ingest as bring_in
    from formbook.ingest.numbering import Numbering
    from formbook.store.rehearsal import Rehearsal

    with session.acting() as (store, actor), contextlib.ExitStack() as stack:
        register = stack.enter_context(Rehearsal(store)) if dry_run else store
        report = bring_in(
            register,
            paths,
            by=actor,
            clock=clock.now,
            numbering=Numbering(notebook=notebook, first_page=first_page, pattern=pattern),
            progress=stack.enter_context(progress(session.out)),
            **how,
        )
    _print(session.out, report, dry_run=dry_run)
    done = len(report.pages_added) + len(report.pages_joined) + len(report.held) + report.known
    end_with(report.failed, session.out, done=done)


def _print(out: Output, report: IngestReport, *, dry_run: bool) -> None:
    if out.as_json:
        out.json(
            "ingest",
            dry_run=dry_run,
            pages_added=[str(ref) for ref in report.pages_added],
            pages_joined=[str(ref) for ref in report.pages_joined],
            new_there=report.new_there,
            held=[
                {
                    "scan": held.scan,
                    "path": str(held.path),
                    "frame": held.frame,
                    "why": held.why,
                    "like": held.like and str(held.like),
                }
                for held in report.held
            ],
            number_differs=[
                {"page": str(each.page), "read": each.read} for each in report.differing
            ],
            run_on=report.linked,
            may_run_on=report.may_link,
            known=report.known,
            failed=failures_as_rows(report.failed),
            ignored=[str(path) for path in report.ignored],
            entries=report.entries,
            marks=report.marks,
        )
    if dry_run:
        out.note(say(_("Nothing was changed; this is what would be done.")))
    out.note(
        say(_("Imported {n} pages, {m} entries."), n=len(report.pages_added), m=report.entries)
    )
    for message, n, pages in (
        (_("Pages: {pages}."), len(report.pages_added), report.pages_added),
        (_("Marks found: {n}."), report.marks, ()),
        (
            _("Later scans joined to their page: {n} ({pages})."),
            len(report.pages_joined),
            report.pages_joined,
        ),
        (_("New there, entries: {entries}."), len(report.new_there), ()),
        (
            _("Entries that run on to another page: {linked} (formbook split)."),
            len(report.linked),
            (),
        ),
        (_("Known already: {n}."), report.known, ()),
    ):
        if n:
            new, linked = (", ".join(map(str, ids)) for ids in (report.new_there, report.linked))
            out.note(say(message, n=n, pages=_runs(pages), entries=new, linked=linked))
    if report.ignored:
        out.note(
            say(
                _("Ignored, being no scans: {n} ({endings})."),
                n=len(report.ignored),
                endings=", ".join(sorted({_ending(path) for path in report.ignored})),
            )
        )
    if report.differing:
        out.warn(
            say(
                _(
                    "Another number stands on the paper of: {pages}. Compare with the picture; "
                    "`formbook renumber` sets a page right, `formbook check` lets it stand."
                ),
                pages=", ".join(f"{each.page} ({each.read})" for each in report.differing),
            )
        )
    if report.may_link:
        out.warn(
            say(
                _(
                    "Entries that may run on to the next page: {pairs}. Compare with the picture; "
                    "`formbook join` makes one of two."
                ),
                pairs=", ".join(f"{pair['entry']} → {pair['other']}" for pair in report.may_link),
            )
        )
    if report.held:
        out.warn(
            say(
                _("Scans that wait to be placed on their page by a person: {n} (formbook place)."),
                n=len(report.held),
            )
        )


def _ending(path: Path) -> str:
    """How a file's name ends; the name itself where it does not, or is hidden."""
    return path.suffix.lower() or path.name


def _runs(pages: Iterable[PageRef]) -> str:
    """Pages in the order of the paper, those that follow each other as 1/3–9."""
    from formbook.text import sort_key

    runs: list[tuple[PageRef, int]] = []
    for ref in sorted(set(pages), key=lambda ref: (sort_key(ref.notebook), ref.number)):
        if runs and (runs[-1][0].notebook, runs[-1][1] + 1) == (ref.notebook, ref.number):
            runs[-1] = runs[-1][0], ref.number
        else:
            runs.append((ref, ref.number))
    return ", ".join(f"{first}" + f"–{last}" * (last > first.number) for first, last in runs)
