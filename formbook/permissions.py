"""Who may do what: one table, asked by the register at every write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from formbook.errors import StoreError, _
from formbook.model import Role


class Act(StrEnum):
    """What can be done to a register; each is a kind of event."""

    REGISTER_CREATED = "register_created"
    PERSON_ADDED = "person_added"
    WARD_NAMED = "ward_named"
    RULE_SET = "rule_set"
    HOLIDAY_SET = "holiday_set"
    SCAN_ADDED = "scan_added"
    SCAN_PLACED = "scan_placed"
    PAGE_REREAD = "page_reread"
    PAGE_RENUMBERED = "page_renumbered"
    PAGE_CHECKED = "page_checked"
    ENTRY_ADDED = "entry_added"
    ENTRY_DROPPED = "entry_dropped"
    ENTRY_CORRECTED = "entry_corrected"
    ENTRY_SPLIT = "entry_split"
    ENTRIES_JOINED = "entries_joined"
    SEEN = "seen"
    MARK_SETTLED = "mark_settled"
    MARK_REJECTED = "mark_rejected"
    UNSEEN = "unseen"
    RESPONDED = "responded"
    WEIGHTS_LEARNED = "weights_learned"
    KEY_ADDED = "key_added"
    KEY_REVOKED = "key_revoked"
    ANCHORED = "anchored"
    UNDONE = "undone"


MARKING = (Act.SEEN, Act.MARK_SETTLED, Act.UNSEEN, Act.RESPONDED)
"""What says on which texts and scans it stands."""

KEEPING = (Act.SCAN_ADDED, Act.WEIGHTS_LEARNED)
"""What names a file that is kept among the originals, as `original` with its `sha256`."""

_OFFICE = frozenset({Role.CLERK, Role.CHAIRMAN})

UNDOING = {Act.UNSEEN: Act.SEEN}
"""What undoing an act takes the right to, where that is not the act itself."""

REVOKING_FOR_OTHERS = _OFFICE
"""Whoever lost a key cannot revoke it alone."""

ALLOWED: dict[Act, frozenset[Role]] = {
    Act.REGISTER_CREATED: frozenset({Role.CLERK}),
    Act.PERSON_ADDED: frozenset({Role.CLERK}),
    Act.WARD_NAMED: frozenset({Role.CLERK}),
    Act.RULE_SET: _OFFICE,
    Act.HOLIDAY_SET: _OFFICE,
    Act.SCAN_ADDED: frozenset({Role.CLERK}),
    Act.SCAN_PLACED: frozenset({Role.CLERK}),
    Act.PAGE_REREAD: frozenset({Role.CLERK}),
    Act.PAGE_RENUMBERED: frozenset({Role.CLERK}),
    Act.PAGE_CHECKED: _OFFICE,
    Act.ENTRY_ADDED: frozenset({Role.CLERK}),
    Act.ENTRY_DROPPED: frozenset({Role.CLERK}),
    Act.ENTRY_CORRECTED: frozenset({Role.CLERK}),
    Act.ENTRY_SPLIT: frozenset({Role.CLERK}),
    Act.ENTRIES_JOINED: frozenset({Role.CLERK}),
    Act.SEEN: frozenset({Role.CHAIRMAN}),
    Act.MARK_SETTLED: _OFFICE,
    Act.MARK_REJECTED: _OFFICE,
    Act.UNSEEN: _OFFICE,
    Act.RESPONDED: _OFFICE,
    Act.WEIGHTS_LEARNED: frozenset({Role.CLERK}),
    Act.KEY_ADDED: frozenset(Role),
    Act.KEY_REVOKED: frozenset(Role),
    Act.ANCHORED: frozenset(Role),
    Act.UNDONE: _OFFICE,
}


class Signer(Protocol):
    """The half of a person's key that signs."""

    @property
    def key(self) -> str:
        """The other half, which everybody may know, in 64 hexadecimal digits."""
        ...

    def sign(self, statement: Mapping[str, Any]) -> str:
        """The signature of a statement that names this key, in 128 hexadecimal digits."""
        ...


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who acts, and the operating-system account that the act comes from.

    `signer` is the person's key, unlocked; None for one who has none, or not at hand.
    """

    name: str
    roles: frozenset[Role]
    account: str
    signer: Signer | None = field(default=None, compare=False, repr=False)


class NotAllowedError(StoreError):
    """The person's roles do not include this act."""

    message = _(
        "{person} may not do this ({act}); it is for: {roles}.\n"
        "Nothing was changed. `formbook people` lists who may; act as one of them with --as NAME."
    )


def require(actor: Actor, act: Act) -> None:
    """Refuse an act that none of the actor's roles allows.

    Raises:
        NotAllowedError: naming the roles that may.
    """
    if not ALLOWED[act] & actor.roles:
        raise NotAllowedError(
            person=actor.name, act=act.value, roles=", ".join(sorted(ALLOWED[act]))
        )
