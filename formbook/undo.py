"""Undoing an act: a new event that puts back the rows as they stood before it."""

from __future__ import annotations

import datetime as dt

from formbook.errors import StoreError, _
from formbook.permissions import UNDOING, Act, Actor, require
from formbook.store import RegisterDamagedError, Store
from formbook.store.log import Event


class NotUndoableError(StoreError):
    """The act cannot be undone."""

    message = _(
        "Act {seq} cannot be undone: {reason}.\n"
        "Nothing was changed. `formbook undo --list` shows the acts that can."
    )


class NothingToUndoError(NotUndoableError):
    """The person did nothing that can be undone."""

    message = _(
        "{person} did nothing that can be undone.\n"
        "Nothing was changed. `formbook undo --list` shows the acts that can."
    )


class ReasonNeededError(NotUndoableError):
    """A mark is not taken back without a word."""

    message = _(
        "Act {seq} marked something as seen; that is not taken back without a reason.\n"
        "Nothing was changed. Give it with --reason TEXT."
    )


class LaterActError(NotUndoableError):
    """A later act changed the same rows."""

    message = _(
        "Act {seq} cannot be undone: act {later} came after it.\n"
        "Nothing was changed. Undo act {later} first, or correct the entry as it stands."
    )


_NEVER = (Act.REGISTER_CREATED, Act.UNDONE, Act.KEY_ADDED, Act.KEY_REVOKED, Act.ANCHORED)
_MARKING = (Act.SEEN, Act.MARK_SETTLED)


def undoable(store: Store) -> list[dict[str, object]]:
    """The acts that can be undone, the newest first, each with what it was about."""
    return store.rows(
        """
        with acts as (
            select seq, at, person, kind, body ->> 'page' as page_id,
                coalesce(body ->> 'scan', (select u.row_id from undo_rows u
                    where u.seq = events.seq and u.row_table = 'scans')) as scan_id,
                body ->> 'mark' as mark_id,
                coalesce(body ->> 'entry', case kind when 'entry_added' then
                    (select h.entry_id from entry_history h where h.seq = events.seq) end)
                    as entry_id
            from events
            where seq in (select seq from undo_rows) and kind <> 'register_created'
        )
        select a.seq as act, a.at, a.person, a.kind, a.entry_id as entry, n.volume as notebook,
            p.number as page
        from acts a
        left join pages p on p.id = coalesce(a.page_id,
            (select page_id from scans where id = a.scan_id),
            (select page_id from marks where id = a.mark_id),
            (select page_id from entries where id = a.entry_id))
        left join notebooks n on n.id = p.notebook_id
        order by a.seq desc
        """
    )


def undo(
    store: Store, seq: int | None, *, reason: str | None, by: Actor, now: dt.datetime
) -> Event:
    """Undo an act, the actor's own last one by default.

    Args:
        store: the register.
        seq: number of the act's event.
        reason: why, for the log.
        by: who undoes; must be allowed to do the act that is undone.
        now: when.

    Raises:
        NotUndoableError: it is not there, too old, undone already, or later acts stand on it.
        NothingToUndoError: no act is named, and the actor did none that can be undone.
        ReasonNeededError: it marked something as seen, and no reason is given.
        LaterActError: a later act changed the same rows.
        NotAllowedError: the actor may not do such an act.
    """
    with store.writing():
        if seq is None:
            mine = [act["act"] for act in undoable(store) if act["person"] == by.name]
            if not mine:
                raise NothingToUndoError(person=by.name)
            seq = int(str(mine[0]))
        event = store.event(seq)
        if event is None or event.kind in _NEVER:
            raise NotUndoableError(seq=seq, reason=_("there is no such act"))
        require(by, UNDOING.get(event.kind, event.kind))
        if event.kind in _MARKING and not reason:
            raise ReasonNeededError(seq=seq)
        if not store.value("select count(*) from undo_rows where seq = ?", seq):
            raise NotUndoableError(
                seq=seq, reason=_("it is undone already, or older than the last 50 acts")
            )
        later = store.value(
            "select min(later.seq) from undo_rows mine join undo_rows later"
            " on later.row_table = mine.row_table and later.row_id = mine.row_id"
            " and later.seq > mine.seq where mine.seq = ?",
            seq,
        )
        if later is not None:
            raise LaterActError(seq=seq, later=later)
        try:
            undone = store.append(Act.UNDONE, {"seq": seq, "reason": reason}, by=by, at=now)
        except RegisterDamagedError as error:
            raise NotUndoableError(seq=seq, reason=_("later acts stand on it")) from error
        if not store.value("select count(*) from people where ',' || roles like '%,clerk%'"):
            raise NotUndoableError(seq=seq, reason=_("nobody would be left who may add people"))
        return undone
