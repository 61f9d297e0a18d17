"""The anchors that stand in the log."""

from __future__ import annotations

from collections.abc import Iterator

from formbook.errors import StoreError, _
from formbook.permissions import Act
from formbook.proof.anchor import Anchor, read_anchor
from formbook.store import Store


class NoAnchorError(StoreError):
    """No anchor was made yet."""

    message = _(
        "{register} holds no anchor yet.\nNothing was changed. `formbook anchor` makes one."
    )


def anchors(store: Store) -> Iterator[Anchor]:
    """The anchors that stand in the log, the newest first.

    Raises:
        AnchorUnreadableError: one was not written by formbook.
    """
    for row in store.stream(
        "select seq, body ->> 'anchor' as anchor from events where kind = ? order by seq desc",
        Act.ANCHORED.value,
    ):
        yield read_anchor(str(row["anchor"]).encode(), f"event {row['seq']}")


def newest(store: Store) -> Anchor:
    """The anchor that was made last.

    Raises:
        NoAnchorError: none was made yet.
        AnchorUnreadableError: it was not written by formbook.
    """
    for anchor in anchors(store):
        return anchor
    raise NoAnchorError(register=store.folder)
