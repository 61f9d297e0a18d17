"""`formbook pages`: the pages of the notebook."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from formbook.cli.language import say
from formbook.cli.options import Notebook
from formbook.cli.output import Column
from formbook.cli.session import Session, reads
from formbook.cli.words import PAGE_FAULTS, word
from formbook.errors import _

if TYPE_CHECKING:
    from formbook.pagination import PageFinding

_COLUMNS = (
    Column(_("Page"), lambda row: f"{row['notebook']}/{row['page']}"),
    Column(_("On paper"), "number_read", right=True),
    Column(_("Scans"), "scans", right=True),
    Column(_("Entries"), "entries", right=True),
    Column(_("Marks to settle"), "marks_found", right=True),
    Column(_("Seen on"), "seen"),
    Column(_("Marks not signed"), lambda row: row["unsigned"] or None, right=True),
    Column(_("Checked by"), "checked_by"),
)


@reads(
    _(
        "List the pages in the order of the paper, each with what stands on it.\n\n"
        "Below stands which pages of the notebook are missing, and which bear another page's "
        "number, or none between two that follow each other. `formbook renumber` sets a page "
        "right; a page that a person checked is let be."
    )
)
def pages(session: Session, notebook: Notebook = None) -> None:
    from formbook.pagination import find_page_faults
    from formbook.store import views

    with session.store() as store:
        rows = views.pages(store, notebook)
        held = views.held_scans(store)
        faults = find_page_faults(store, notebook)
    found = [fault.as_row() for fault in faults]
    session.out.rows("pages", rows, _COLUMNS, held=held, findings=found)
    for kind, listed in groupby(faults, key=lambda fault: fault.kind):
        told = ", ".join(map(_told, listed))
        session.out.warn(
            say(_("{what}: {pages}."), what=word(PAGE_FAULTS, kind).capitalize(), pages=told)
        )
    if held:
        session.out.warn(
            say(
                _("Scans that wait to be placed on their page by a person: {n} (formbook place)."),
                n=len(held),
            )
        )


def _told(fault: PageFinding) -> str:
    """Pages as 1/3–9; with what was read on the first, or the scan that claims its number."""
    pages = f"{fault.notebook}/{fault.first}" + f"–{fault.last}" * (fault.last > fault.first)
    if fault.scan is not None:
        return say(_("{pages} (scan {scan})"), pages=pages, scan=fault.scan)
    return pages if fault.read is None else f"{pages} ({fault.read})"
