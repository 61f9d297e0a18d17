"""Judge an event by the register as it stood before it.

Whether the person held a role that allows the act, whether it is signed by the key that it needs
and no other, whether what it says was marked is what stood there, and whether the clock ran on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from formbook.permissions import ALLOWED, MARKING, REVOKING_FOR_OTHERS, UNDOING, Act
from formbook.proof.keys import is_key, is_signed
from formbook.store import Store
from formbook.store.finding import Finding, finding
from formbook.store.log import (
    CLOCK_SLACK,
    SIGNED,
    Event,
    as_time,
    sha256_of_text,
    statement_of,
    time_of,
)
from formbook.store.marked import as_it_stands, marking_acts
from formbook.store.signatures import key_needed


class Clock:
    """Follows the times of a log, and names each that lies before those that came before it."""

    def __init__(self) -> None:
        self._latest: dt.datetime | None = None

    def judge(self, row: dict[str, Any]) -> Iterator[Finding]:
        """Judge the time of the next event.

        After a time that went back the later ones are compared with it, so that one wrong clock is
        named once.
        """
        try:
            at = time_of(row["at"])
        except ValueError:
            yield finding("event_time_unreadable", event=row["seq"], stored=row["at"])
            return
        if self._latest is not None and at + CLOCK_SLACK < self._latest:
            latest = as_time(self._latest)
            yield finding("clock_went_back", event=row["seq"], stored=row["at"], expected=latest)
            self._latest = at
        self._latest = max(at, self._latest or at)


def judge(replay: Store, event: Event) -> Iterator[Finding]:
    """Name what an act should not have been, though its hashes are right.

    Args:
        replay: all events before it, and nothing else.
        event: the next one.
    """
    yield from judge_right(replay, event)
    if event.kind in MARKING:
        yield from _judge_marked(replay, event)


def judge_right(replay: Store, event: Event) -> Iterator[Finding]:
    """Name an act that the person's roles did not allow when it was done.

    The log's first event makes its person a clerk. To undo takes the right to what is undone (of
    a taking back, the right to mark), to take a mark back the right to what made it, and to settle
    no mark that stands on the paper is to make one. Not everybody may revoke another's key.
    """
    if event.seq == 1 and event.kind is Act.REGISTER_CREATED:
        first = event.body["person"]
        roles = set(first["roles"]) if first["name"] == event.person else set()
    else:
        held = replay.value("select roles from people where name = ?", event.person) or ""
        roles = set(held.split(","))
    rights = [ALLOWED[act] for act in _acts(replay, event)]
    if event.kind is Act.KEY_REVOKED and event.body["person"] != event.person:
        rights.append(REVOKING_FOR_OTHERS)
    for right in rights:
        if not right & roles:
            yield finding(
                "event_not_allowed",
                event=event.seq,
                table="people",
                row=event.person,
                stored=",".join(sorted(roles)),
                expected=" / ".join(sorted(right)),
            )


def _acts(replay: Store, event: Event) -> list[Act]:
    """The acts that an event amounts to."""
    if event.kind is Act.MARK_SETTLED and not event.body["marks"]:
        return [Act.SEEN]
    if event.kind is Act.UNSEEN:
        return [event.kind, *marking_acts(replay, event.body["marks"], event.body["entries"])]
    if event.kind is Act.UNDONE and (undone := replay.event(event.body["seq"])) is not None:
        return [event.kind, UNDOING.get(undone.kind, undone.kind)]
    return [event.kind]


def _judge_marked(replay: Store, event: Event) -> Iterator[Finding]:
    body = event.body
    if event.kind is Act.RESPONDED:
        entries = [body["entry"]]
        page = replay.value("select page_id from entries where id = ?", body["entry"])
    else:
        entries, page = body["entries"], body["page"]
    stood = as_it_stands(replay, page, entries)
    if body.get("marked") != stood:
        yield finding(
            "marked_otherwise", event=event.seq, stored=body.get("marked"), expected=stood
        )


def judge_signature(replay: Store, event: Event, register: str) -> Iterator[Finding]:
    """Name a signature that is missing, wrong, or of a key that was not the person's then.

    Args:
        replay: all events before it, and nothing else.
        event: the event; of any content, as long as it is one.
        register: the hash of the log's first event.
    """
    needed = key_needed(replay, event.person, event.kind, event.body)
    if event.kind is Act.KEY_ADDED and not is_key(event.body["key"]):
        yield finding("key_weak", event=event.seq, stored=event.body["key"])
    if event.key is None:
        if needed is not None:
            yield finding("signature_missing", event=event.seq, row=event.person, expected=needed)
        return
    if event.key != needed:
        ended = replay.row(
            "select until_seq from keys where key = ? and person = ?", event.key, event.person
        )
        kind = "signature_of_unknown_key" if ended is None else "signature_of_ended_key"
        yield finding(
            kind,
            event=event.seq,
            table="keys",
            row=event.person,
            stored=event.key,
            expected=needed,
        )
    fields = {name: getattr(event, name) for name in SIGNED}
    if not is_signed(statement_of(fields, register), event.signature):
        yield finding("signature_wrong", event=event.seq, row=event.person, stored=event.key)


def holds_signature(store: Store, seq: int) -> bool:
    """Whether an event is signed as it stands, with a key that was in force for its person then."""
    row = store.row("select * from events where seq = ?", seq) or {}
    known = store.value(
        "select count(*) from keys where person = ? and key = ? and from_seq <= ?3"
        " and coalesce(until_seq, ?3) >= ?3",
        row.get("person"),
        row.get("key"),
        seq,
    )
    return bool(
        known
        and sha256_of_text(row["body"]) == row["body_sha256"]
        and is_signed(statement_of(row, store.identity()), row["signature"])
    )
