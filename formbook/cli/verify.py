"""`formbook verify`: prove that the register was not altered."""

from __future__ import annotations

from formbook.cli.language import say, tr
from formbook.cli.output import Column
from formbook.cli.session import Session, reads
from formbook.cli.words import FINDINGS, word
from formbook.errors import AuditFailedError, _

_COLUMNS = (
    Column(_("Finding"), lambda row: word(FINDINGS, row["kind"])),
    Column(_("Event"), "event", right=True),
    Column(_("Table"), "table"),
    Column(_("Row"), "row"),
    Column(_("Column"), "column"),
    Column(_("File"), "file"),
    Column(_("Stored"), "stored"),
    Column(_("Expected"), "expected"),
)


@reads(
    _(
        "Replay the log and compare it with every table and every original.\n\n"
        "Each difference is named. Write down the head: it changes with every act, and "
        "stands for the whole log up to it."
    )
)
def verify(session: Session) -> None:
    from formbook.store.verify import verify as compare

    with session.store() as store, session.out.progress(tr(_("Replaying the log"))) as progress:
        found = compare(store, progress)
    rows = [finding.as_row() for finding in found.findings]
    if rows or session.out.as_json:
        session.out.rows(
            "verify",
            rows,
            _COLUMNS,
            events=found.events,
            originals=found.originals,
            head=found.head,
        )
    else:
        session.out.note(tr(_("No difference found.")))
    session.out.note(
        say(
            _("{events} events and {originals} originals compared; the head is {head}."),
            events=found.events,
            originals=found.originals,
            head=found.head,
        )
    )
    if rows:
        raise AuditFailedError(count=len(rows), register=session.folder)
