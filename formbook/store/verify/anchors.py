"""Compare the log with anchors that were kept where its keeper has no hand.

A chain alone shows no cut tail and no history written anew from some event on: both are whole. An
anchor does, since it says how long the log was and what it was like then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.x509 import Certificate

from formbook.proof.anchor import Anchor
from formbook.proof.time_stamp import BadTimeStampError, said_at, stamped_at
from formbook.store import Store
from formbook.store.finding import Finding, finding
from formbook.store.log import as_time
from formbook.store.verify.chain import Chain


@dataclass(frozen=True, slots=True)
class Kept:
    """An anchor that was kept, what to call it, and the certificates that a stamp is checked by."""

    name: str
    anchor: Anchor
    roots: tuple[Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class Anchored:
    """What became of an anchor.

    `holds` says whether the first `size` events are those that it saw. `person` is whose key it
    is signed with, None where it is not signed. `stamped` is the time of its time stamp, and
    `stamp_checked` whether the stamp was checked by a certificate.
    """

    name: str
    size: int
    at: str
    holds: bool
    person: str | None
    stamped: str | None
    stamp_checked: bool


def check_anchor(store: Store, chain: Chain, kept: Kept) -> tuple[Anchored, list[Finding]]:
    """Compare one anchor with the log.

    Args:
        store: the register, with its replay attached as `replayed`.
        chain: what its log is, checked with the size of the anchor.
        kept: the anchor.
    """
    anchor = kept.anchor
    differences = list(_differences(store, chain, kept))
    person = _person(store, anchor)
    doubts = list(_doubts(kept, person))
    stamped = None
    if anchor.time_stamp is not None:
        try:
            if kept.roots:
                stamped = stamped_at(anchor.time_stamp, anchor.text, list(kept.roots))
            else:
                stamped = said_at(anchor.time_stamp, anchor.text)
        except BadTimeStampError as error:
            doubts.append(finding("time_stamp_wrong", file=kept.name, stored=str(error)))
    anchored = Anchored(
        name=kept.name,
        size=anchor.size,
        at=anchor.at,
        holds=not differences and not doubts,
        person=person,
        stamped=None if stamped is None else as_time(stamped),
        stamp_checked=bool(stamped and kept.roots),
    )
    return anchored, differences + doubts


def _differences(store: Store, chain: Chain, kept: Kept) -> Iterator[Finding]:
    anchor, size = kept.anchor, chain.tree.size
    register = store.identity()
    if anchor.register != register:
        yield finding(
            "anchor_of_other_register", file=kept.name, stored=register, expected=anchor.register
        )
    if size < anchor.size:
        yield finding(
            "log_cut", event=anchor.size, file=kept.name, stored=size, expected=anchor.size
        )
    elif chain.roots[anchor.size] != anchor.root:
        yield finding(
            "log_rebuilt",
            event=anchor.size,
            file=kept.name,
            stored=chain.roots[anchor.size],
            expected=anchor.root,
        )


def _person(store: Store, anchor: Anchor) -> str | None:
    """Whose key an anchor is signed with, as the log says of the time when it was made."""
    if anchor.key is None:
        return None
    person = store.value(
        "select person from replayed.keys where key = ? and from_seq <= ?"
        " and coalesce(until_seq > ?, 1)",
        *(anchor.key, anchor.size, anchor.size),
    )
    return None if person is None else str(person)


def _doubts(kept: Kept, person: str | None) -> Iterator[Finding]:
    anchor = kept.anchor
    if anchor.key is None:
        return
    if not anchor.is_signed():
        yield finding("anchor_signature_wrong", file=kept.name, stored=anchor.key)
    elif person is None:
        yield finding("anchor_of_unknown_key", file=kept.name, table="keys", stored=anchor.key)
