"""`formbook check`: a page was compared with its picture."""

from __future__ import annotations

from formbook.cli import clock
from formbook.cli.language import say
from formbook.cli.options import Page
from formbook.cli.session import Session, writes
from formbook.errors import _


@writes(
    _(
        "Record that you compared a page's entries and marks with its picture.\n\n"
        "A comment that was missed is one that nobody answers: `formbook unanswered` ends "
        "with how many pages nobody has checked yet."
    )
)
def check(session: Session, page: Page) -> None:
    from formbook.correct import check_page
    from formbook.store import views

    with session.acting() as (store, actor):
        before = views.page(store, page)
        event = check_page(store, page, by=actor, now=clock.now())
    session.out.event(event, say(_("Page {page} is checked."), page=page))
    if before["number_read"] not in (None, page.number) and before["checked_by"] is None:
        session.out.warn(
            say(
                _("The number on its paper was read as {read}; it stays {page}."),
                read=before["number_read"],
                page=page,
            )
        )
    for entry in before["entries"]:
        if entry["may_go_on_in"] is not None:
            session.out.warn(
                say(
                    _("Entry {entry} may go on in entry {other}: `formbook join {entry} {other}`."),
                    entry=entry["entry"],
                    other=entry["may_go_on_in"],
                )
            )
