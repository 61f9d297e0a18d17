"""Whose key an act needs: whoever has a key cannot be acted for without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from formbook.errors import StoreError, _
from formbook.permissions import Act, Actor, Signer

if TYPE_CHECKING:
    from formbook.store import Store


class SignatureNeededError(StoreError):
    """Only who has the key can act for one who has a key."""

    message = _(
        "{person} has a key, and nothing is done in that name without it.\n"
        "Nothing was changed. Do it where the key is; one that is lost is replaced by "
        "`formbook key revoke` and `formbook key new`."
    )


def key_in_force(store: Store, person: str) -> str | None:
    """A person's public key, None of one who has none."""
    key = store.value("select key from keys where person = ? and until_seq is null", person)
    return None if key is None else str(key)


def key_needed(store: Store, person: str, act: Act, body: dict[str, Any]) -> str | None:
    """The key that must sign an act, None where it can have no signature.

    It is the one in force before the act; a first key signs that it is added, so that nobody adds
    a key that is another's.
    """
    held = key_in_force(store, person)
    if held is None and act is Act.KEY_ADDED:
        return str(body["key"])
    return held


def signer_of(store: Store, by: Actor, act: Act, body: dict[str, Any]) -> Signer | None:
    """The key at hand, if the act needs one.

    Raises:
        SignatureNeededError: the key that it needs is not at hand.
    """
    needed = key_needed(store, by.name, act, body)
    if needed is None:
        return None
    if by.signer is None or by.signer.key != needed:
        raise SignatureNeededError(person=by.name)
    return by.signer
