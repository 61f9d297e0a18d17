"""The log: canonical bodies, and the chain that ties each event to the one before.

An event's hash covers everything but the body itself, of which it covers the hash: a body may
one day be erased by law, and the chain still holds. A signature covers the same, but itself, and
the hash of the log's first event, which tells one register from another.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from formbook.permissions import Act, Actor, Signer
from formbook.proof.statement import as_stored, canonical
from formbook.store.refusals import RegisterTooNewError

GENESIS = "0" * 64
CLOCK_SLACK = dt.timedelta(minutes=10)
"""What two processes that wait for each other, or a clock that is being set, may differ by."""

SIGNED = ("seq", "at", "person", "account", "kind", "body_sha256", "previous", "key")
"""The fields of an event that a signature covers."""

_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Event:
    """One act, as it stands in the log.

    `at` is UTC, ISO 8601 to the second; hashes are SHA-256 in lower-case hexadecimal. `key` and
    `signature` are those of the person who acted, None of an act that is not signed.
    """

    seq: int
    at: str
    person: str
    account: str
    kind: Act
    body: dict[str, Any]
    body_sha256: str
    previous: str
    key: str | None
    signature: str | None
    sha256: str


def as_time(at: dt.datetime) -> str:
    """A time with its zone as the log has it."""
    return at.astimezone(dt.UTC).strftime(_TIME)


def time_of(text: str) -> dt.datetime:
    """The time that a text of the log says.

    Raises:
        ValueError: it is not written as the log has times.
    """
    return dt.datetime.strptime(text, _TIME).replace(tzinfo=dt.UTC)


def sha256_of_text(text: str) -> str:
    """SHA-256 of a text's UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def event_sha256(
    *,
    seq: int,
    at: str,
    person: str,
    account: str,
    kind: str,
    body_sha256: str,
    previous: str,
    key: str | None,
    signature: str | None,
) -> str:
    """The hash that the next event names as the one before it."""
    return sha256_of_text(
        canonical(
            {
                "account": account,
                "at": at,
                "body_sha256": body_sha256,
                "key": key,
                "kind": kind,
                "person": person,
                "previous": previous,
                "seq": seq,
                "signature": signature,
            }
        )
    )


def statement_of(event: Mapping[str, Any], register: str) -> dict[str, Any]:
    """What is signed of an event.

    Args:
        event: its fields, `key` among them.
        register: the hash of the log's first event.
    """
    return {
        "schema": "formbook/act/1",
        "register": register,
        **{name: event[name] for name in SIGNED},
    }


def chained(
    *,
    seq: int,
    at: str,
    by: Actor,
    act: Act,
    text: str,
    previous: str,
    register: str,
    signer: Signer | None,
) -> Event:
    """The event that follows the one whose hash is `previous`; `text` is its canonical body."""
    head: dict[str, Any] = {
        "seq": seq,
        "at": at,
        "person": as_stored(by.name),
        "account": as_stored(by.account),
        "kind": act.value,
        "body_sha256": sha256_of_text(text),
        "previous": previous,
        "key": None,
        "signature": None,
    }
    if signer is not None:
        head["key"] = signer.key
        head["signature"] = signer.sign(statement_of(head, register))
    return Event(**{**head, "kind": act}, body=json.loads(text), sha256=event_sha256(**head))


def event_of(row: dict[str, Any], register: Path) -> Event:
    """The event that a row of a register's log holds.

    Raises:
        RegisterTooNewError: this formbook knows no such kind of event.
        ValueError: the body is no JSON.
    """
    if row["kind"] not in set(Act):
        raise RegisterTooNewError(register=register, unknown=row["kind"])
    return Event(
        seq=row["seq"],
        at=row["at"],
        person=row["person"],
        account=row["account"],
        kind=Act(row["kind"]),
        body=json.loads(row["body"]),
        body_sha256=row["body_sha256"],
        previous=row["previous"],
        key=row["key"],
        signature=row["signature"],
        sha256=row["sha256"],
    )
