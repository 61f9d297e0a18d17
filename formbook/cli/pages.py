"""`formbook pages`: the pages of the notebook."""

from __future__ import annotations

from formbook.cli.language import say
from formbook.cli.options import Notebook
from formbook.cli.output import Column
from formbook.cli.session import Session, reads
from formbook.errors import _

_COLUMNS = (
    Column(_("Page"), lambda row: f"{row['notebook']}/{row['page']}"),
    Column(_("Scans"), "scans", right=True),
    Column(_("Entries"), "entries", right=True),
    Column(_("Marks to settle"), "marks_found", right=True),
    Column(_("Seen on"), "seen"),
    Column(_("Checked by"), "checked_by"),
)


@reads(_("List the pages in the order of the paper, each with what stands on it."))
def pages(session: Session, notebook: Notebook = None) -> None:
    from formbook.store import views

    with session.store() as store:
        rows = views.pages(store, notebook)
        held = views.held_scans(store)
    session.out.rows("pages", rows, _COLUMNS, held=held)
    if held:
        session.out.warn(
            say(
                _("Scans that wait to be placed on their page by a person: {n} (formbook place)."),
                n=len(held),
            )
        )
