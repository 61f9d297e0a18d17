"""`formbook lines`: the lines of a page or of an entry."""

from __future__ import annotations

from formbook.cli.options import Target
from formbook.cli.output import Column
from formbook.cli.session import Session, reads
from formbook.errors import _

_COLUMNS = (
    Column(_("Line"), "line", right=True),
    Column(_("Entry"), "entry", right=True),
    Column(_("Confidence"), lambda row: f"{row['confidence']:.2f}", right=True),
    Column(_("Corrected by"), "corrected_by"),
    Column(_("Text"), "text"),
)


@reads(_("List the lines of a page or of an entry, in reading order."))
def lines(session: Session, target: Target) -> None:
    from formbook.store import views

    with session.store() as store:
        if isinstance(target, int):
            views.live_entry(store, target)
            rows = views.lines(store, entry_id=target)
        else:
            rows = views.lines(store, page_id=views.page_id_of(store, target))
    session.out.rows("lines", rows, _COLUMNS)
