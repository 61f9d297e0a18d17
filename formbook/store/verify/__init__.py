"""Prove that the register was not altered: hash the log, replay it, compare everything.

The log is read in one snapshot, bytes that are no text included. Each event's hashes are computed
again and its link to the event before is checked (`chain`); all events are projected into a fresh
database, and each is judged by the register as it stood then (`replay`); then every table, the
schema and the search index of the register are compared with the fresh ones (`tables`), every
original with its hash (`originals`), and the log with the anchors that were kept (`anchors`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from formbook.store import RegisterDamagedError, Store
from formbook.store import folder as folders
from formbook.store.finding import Finding
from formbook.store.log import GENESIS
from formbook.store.verify.anchors import Anchored, Kept, check_anchor
from formbook.store.verify.chain import Chain
from formbook.store.verify.originals import check_originals
from formbook.store.verify.replay import Progress, beside, replay_log
from formbook.store.verify.tables import check_search, compare_tables, damaged

__all__ = ["Anchored", "Finding", "Kept", "Verification", "verify"]


_REPLAYING = 55
"""Times as long as hashing an event takes replaying it; benchmarks/verify.py measures both."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What was checked and what was found.

    `head` is the hash of the last event, `root` that of the tree over all events; `anchors` are
    those that were given, each with what became of it.
    """

    events: int
    originals: int
    head: str
    root: str
    anchors: tuple[Anchored, ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    @property
    def anchored(self) -> int:
        """How many events, from the first one on, a kept anchor vouches for."""
        return max((each.size for each in self.anchors if each.holds), default=0)


def verify(
    store: Store,
    progress: Progress = lambda _done, _total: None,
    *,
    anchors: Sequence[Kept] = (),
) -> Verification:
    """Compare a register with its own log, and with anchors that were kept elsewhere.

    Args:
        store: the register.
        progress: told how much of how much work is done.
        anchors: what was kept.

    Returns:
        The findings in the order of chain, events, anchors, tables, schema, index, originals; none
        on an untouched register.

    Raises:
        RegisterTooNewError: a newer formbook wrote an event that this one does not know.
        RegisterFullError, RegisterDiskError: there is no room for the replay, or the disk fails.
    """
    total, head = 0, GENESIS
    chain = Chain(kept.anchor.size for kept in anchors)
    findings: list[Finding] = []
    originals: dict[str, Finding | None] = {}
    anchored: list[Anchored] = []
    try:
        with (
            beside(store) as replay,
            _any_bytes(store),
            store.attached(replay.folder / folders.DATABASE, "replayed"),
            store.snapshot(),
        ):
            total, head = store.head()
            work = total * (1 + _REPLAYING)
            findings += chain.check(store, lambda seq: progress(min(seq, total), work))
            findings += replay_log(
                store,
                replay,
                chain.altered,
                lambda seq: progress(total + _REPLAYING * min(seq, total), work),
            )
            for kept in anchors:
                became, found = check_anchor(store, chain, kept)
                anchored.append(became)
                findings += found
            findings += compare_tables(store)
            originals = dict(check_originals(store))
        findings += check_search(store)
    except RegisterDamagedError as error:
        findings.append(damaged(error))
    findings += filter(None, originals.values())
    return Verification(
        total, len(originals), head, chain.tree.root().hex(), tuple(anchored), tuple(findings)
    )


@contextlib.contextmanager
def _any_bytes(store: Store) -> Iterator[None]:
    """Read what is no UTF-8 as well, so that it can be compared and named."""
    connection = store._connection  # noqa: SLF001 - no other reader wants such text
    connection.text_factory = lambda raw: raw.decode(errors="surrogateescape")
    try:
        yield
    finally:
        connection.text_factory = str
