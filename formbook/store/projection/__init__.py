"""What each event does to the projected tables.

Nothing here asks the clock, the files or chance: the same log always makes the same rows, which
is what `verify` relies on. What needs judgement (which line of a later scan is already known,
which entries a mark covers) was decided before the event and stands in its body.
"""

from __future__ import annotations

from collections.abc import Callable

from formbook.permissions import Act
from formbook.store.log import Event
from formbook.store.projection import entries, office, pages
from formbook.store.projection.texts import Body
from formbook.store.rows import Rows


def project(rows: Rows, event: Event) -> None:
    """Write the rows that an event stands for.

    Raises:
        LookupError: the event names a row that is not there; the log was not written by formbook.
    """
    _HANDLERS[event.kind](rows, event, event.body)
    rows.forget_old()


def _anchored(rows: Rows, event: Event, body: Body) -> None:  # noqa: ARG001 - one signature
    # what it says stands in its event; without a row, a log that lost it at its end would be whole
    rows.insert_for_good("anchors", seq=event.seq)


def _undone(rows: Rows, event: Event, body: Body) -> None:  # noqa: ARG001 - one signature
    rows.undo(body["seq"])


_HANDLERS: dict[Act, Callable[[Rows, Event, Body], None]] = {
    Act.REGISTER_CREATED: office.register_created,
    Act.PERSON_ADDED: office.person_added,
    Act.WARD_NAMED: office.ward_named,
    Act.RULE_SET: office.rule_set,
    Act.HOLIDAY_SET: office.holiday_set,
    Act.SCAN_ADDED: pages.scan_added,
    Act.SCAN_PLACED: pages.scan_placed,
    Act.PAGE_REREAD: pages.page_reread,
    Act.PAGE_RENUMBERED: pages.page_renumbered,
    Act.PAGE_CHECKED: pages.page_checked,
    Act.ENTRY_ADDED: entries.entry_added,
    Act.ENTRY_DROPPED: entries.entry_dropped,
    Act.ENTRY_CORRECTED: entries.entry_corrected,
    Act.ENTRY_SPLIT: entries.entry_split,
    Act.ENTRIES_JOINED: entries.entries_joined,
    Act.SEEN: entries.seen,
    Act.MARK_SETTLED: entries.seen,
    Act.UNSEEN: entries.unseen,
    Act.MARK_REJECTED: entries.mark_rejected,
    Act.RESPONDED: entries.responded,
    Act.WEIGHTS_LEARNED: office.weights_learned,
    Act.KEY_ADDED: office.key_added,
    Act.KEY_REVOKED: office.key_revoked,
    Act.ANCHORED: _anchored,
    Act.UNDONE: _undone,
}
