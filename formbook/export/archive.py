"""The whole register as JSON: its entries in full for other programs, and its log.

    {"schema": "formbook/register/1", "register": {ward…}, "head": {"event": …, "sha256": …},
     "entries": [{…}, …], "events": [{"seq": 1, …, "body": {…}, …}, …]}

One entry and one event a line, written as they are read: memory holds one of them at a time. The
same log always gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO

from formbook.deadlines import received_basis
from formbook.errors import AuditFailedError, _
from formbook.export.table import received, sources
from formbook.proof.statement import canonical
from formbook.store import Store, views
from formbook.store.log import GENESIS, event_sha256, sha256_of_text
from formbook.text import complaint_signs

SCHEMA = "formbook/register/"
VERSION = 1
EVENT_FIELDS = (
    "seq",
    "at",
    "person",
    "account",
    "kind",
    "body",
    "body_sha256",
    "previous",
    "key",
    "signature",
    "sha256",
)

_IDS = (
    "select e.id, e.written_candidates from entries e join pages p on p.id = e.page_id"
    " join notebooks n on n.id = p.notebook_id"
    " where e.gone is null order by n.sort_key, p.number, e.position, e.id"
)


class LogAlteredError(AuditFailedError):
    """The register's log does not hold together."""

    message = _(
        "The log of {register} was altered: event {event} does not match its hash, or does not "
        "follow the event before.\n"
        "No file was made, since it could not be imported. `formbook verify` names every "
        "difference; csv and xlsx can be exported as it stands."
    )


def write(store: Store, stream: BinaryIO) -> tuple[int, int]:
    """Write the register and return how many entries and events it holds; inside a snapshot.

    Raises:
        LogAlteredError: the log does not hold together; the stream holds a part.
    """
    seq, sha256 = store.head()
    top = {
        "schema": f"{SCHEMA}{VERSION}",
        "register": views.register(store),
        "head": {"event": seq, "sha256": sha256},
    }
    stream.write((_text(top)[:-1] + ',"entries":[').encode())
    entries = _write_lines(stream, _entries(store))
    stream.write(b'],"events":[')
    events = _write_lines(stream, _events(store))
    stream.write(b"]}\n")
    return entries, events


def follows(row: Mapping[str, Any], seq: int, previous: str) -> bool:
    """Whether an event is whole and follows the one before it.

    Args:
        row: the event's fields as they stand in the log, `body` as text.
        seq: the number it must have.
        previous: the hash of the event before.
    """
    try:
        return bool(
            row["seq"] == seq
            and row["previous"] == previous
            and row["body_sha256"] == sha256_of_text(row["body"])
            and row["body"] == canonical(json.loads(row["body"]))
            and row["sha256"]
            == event_sha256(
                seq=row["seq"],
                at=row["at"],
                person=row["person"],
                account=row["account"],
                kind=row["kind"],
                body_sha256=row["body_sha256"],
                previous=row["previous"],
                key=row["key"],
                signature=row["signature"],
            )
        )
    except (ValueError, RecursionError):  # no JSON, or half a surrogate pair in it
        return False


def _entries(store: Store) -> Iterator[dict[str, Any]]:
    for found in store.stream(_IDS):
        row = views.entry(store, found["id"])
        yield {
            **row,
            "received": received(row),
            "received_basis": received_basis({**row, **found}),
            "signs": list(complaint_signs(row["text"])),
            "sources": [
                {
                    "file": source.file,
                    "original": source.original,
                    "frame": source.frame,
                    "box": source.box,
                }
                for source in sources(store, found["id"])
            ],
        }


def _events(store: Store) -> Iterator[dict[str, Any]]:
    previous = GENESIS
    for seq, row in enumerate(store.stream("select * from events order by seq"), 1):
        if not follows(row, seq, previous):
            raise LogAlteredError(register=store.folder, event=seq)
        previous = row["sha256"]
        yield {name: row[name] for name in EVENT_FIELDS} | {"body": json.loads(row["body"])}


def _write_lines(stream: BinaryIO, rows: Iterable[dict[str, Any]]) -> int:
    count = 0
    for row in rows:
        stream.write((",\n" if count else "\n").encode() + _text(row).encode())
        count += 1
    return count


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
