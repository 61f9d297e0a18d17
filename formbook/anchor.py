"""Anchoring the log: its head, signed and written down where the register's keeper has no hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from formbook.permissions import Act, Actor
from formbook.proof.anchor import Anchor
from formbook.proof.tree import Growing
from formbook.store import Store
from formbook.store.anchors import newest
from formbook.store.log import as_time
from formbook.store.signatures import signer_of


@dataclass(frozen=True, slots=True)
class Made:
    """An anchor that was made, and what a slip says beside it.

    `person` is whose key it is signed with, None where it is not signed.
    """

    anchor: Anchor
    ward: str
    person: str | None


def make_anchor(store: Store, *, by: Actor, now: dt.datetime) -> Made:
    """Take the head of the log, sign it if the person has a key, and note it in the log.

    Raises:
        NotAllowedError: the actor may not.
        SignatureNeededError: the person has a key, and it is not at hand.
    """
    tree = Growing()
    with store.snapshot():  # the long part, without keeping anybody from writing
        _grow(store, tree)
    with store.writing():
        _grow(store, tree)
        signer = signer_of(store, by, Act.ANCHORED, {})
        anchor = Anchor(
            register=store.identity(),
            size=tree.size,
            root=tree.root().hex(),
            at=as_time(now),
            key=None if signer is None else signer.key,
        )
        if signer is not None:
            anchor = replace(anchor, signature=signer.sign(anchor.statement))
        store.append(Act.ANCHORED, {"anchor": anchor.text}, by=by, at=now)
        return _made(store, anchor)


def _grow(store: Store, tree: Growing) -> None:
    """Put the events into the tree that it does not have yet."""
    for row in store.stream("select sha256 from events where seq > ? order by seq", tree.size):
        tree.append(bytes.fromhex(row["sha256"]))


def last_anchor(store: Store) -> Made:
    """The anchor that was made last, to write it down once more.

    Raises:
        NoAnchorError: none was made yet.
        AnchorUnreadableError: it was not written by formbook.
    """
    return _made(store, newest(store))


def _made(store: Store, anchor: Anchor) -> Made:
    return Made(
        anchor,
        ward=str(store.value("select ward from register") or ""),
        person=store.value("select person from keys where key = ?", anchor.key),
    )
