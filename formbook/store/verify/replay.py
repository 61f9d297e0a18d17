"""Do again what the log says, in a database of its own, and judge each act as it is done."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from formbook.proof.statement import canonical
from formbook.store import RegisterDamagedError, RegisterTooNewError, Store
from formbook.store import folder as folders
from formbook.store.finding import Finding, finding
from formbook.store.judging import Clock, judge, judge_signature
from formbook.store.log import event_of

Progress = Callable[[int, int], None]

# What a body that formbook did not write can make of its replay.
UNREPLAYABLE = (
    *(ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError),
    sqlite3.DatabaseError,
)


@contextlib.contextmanager
def beside(store: Store) -> Iterator[Store]:
    """An empty register beside another, for as long as it is needed."""
    with (
        folders.room(store.folder) as room,
        Store.create(Path(room) / "replay") as replay,
    ):
        yield replay


def texts_before(store: Store, entry_id: int, seqs: Iterable[int]) -> Iterator[tuple[int, str]]:
    """What stood in an entry before each of some events, nothing where it was not there yet."""
    span, done = "select * from main.events where seq >= ? and seq < ? order by seq", 0
    with beside(store) as replay, replay.replaying():
        for seq in sorted(seqs):
            for row in store.stream(span, done, seq):
                replay.write(event_of(row, store.folder), row["body"])
            text = replay.value("select text from entries where id = ?", entry_id)
            yield seq, "" if text is None else str(text)
            done = seq


def replay_log(
    store: Store, replay: Store, altered: Collection[int], progress: Callable[[int], None]
) -> Iterator[Finding]:
    """Replay the log and name what is wrong with its events, whatever their hashes say.

    Args:
        store: the register.
        replay: an empty one.
        altered: numbers of events that were changed; what they say is not judged.
        progress: told which event is done.

    Raises:
        RegisterTooNewError: a newer formbook wrote an event that this one does not know.
        RegisterFullError, RegisterDiskError: there is no room for the replay, or the disk fails.
    """
    register, clock = store.identity(), Clock()
    broken = False
    with replay.replaying():
        for row in store.stream("select * from main.events order by seq"):
            seq, body = row["seq"], row["body"]
            if seq not in altered and not _is_canonical(body):
                yield finding("event_body_not_canonical", event=seq)
            yield from clock.judge(row)
            if not broken:
                try:
                    event = event_of(row, store.folder)
                    yield from judge_signature(replay, event, register)
                    if seq not in altered:
                        yield from judge(replay, event)
                    with store.errors():  # a disk that fails or is full is no finding
                        replay.write(event, body)
                except (RegisterTooNewError, RegisterDamagedError, *UNREPLAYABLE) as error:
                    if isinstance(error, RegisterTooNewError) and seq not in altered:
                        raise
                    broken = True
                    cause = type(error.__cause__ or error).__name__
                    yield finding("event_unreplayable", event=seq, stored=cause)
            progress(seq)


def _is_canonical(body: str) -> bool:
    try:
        return canonical(json.loads(body)) == body
    except (ValueError, RecursionError):
        return False
