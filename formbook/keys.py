"""People's keys: made, replaced, revoked, and found again where they are kept.

The private half lies outside the register, sealed, in a file for its owner's eyes alone; the
register knows the public half, and from when until when it is whose.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
from pathlib import Path
from typing import Any

from formbook.errors import StoreError, _
from formbook.permissions import REVOKING_FOR_OTHERS, Act, Actor, NotAllowedError
from formbook.proof.keys import (
    KeyDamagedError,
    Passphrase,
    PrivateKey,
    unseal,
)
from formbook.store import Store
from formbook.store.folder import sync_folder
from formbook.store.log import Event
from formbook.store.signatures import key_in_force

_MOST_BYTES = 1 << 16


class KeyNotHereError(StoreError):
    """The private half lies elsewhere, or nowhere any more."""

    message = _(
        "The key of {person} is not in {path}.\n"
        "Nothing was changed. Act where the key is, name its folder with FORMBOOK_KEYS, or replace "
        "it by `formbook key revoke` and `formbook key new`."
    )


class KeyOpenToOthersError(StoreError):
    """A secret that others can read is none."""

    message = _(
        "{path} can be read or changed by others than its owner.\n"
        "Nothing was changed. Take those rights away: chmod go= {path}"
    )


class KeysInRegisterError(StoreError):
    """Who takes the register would have the keys as well."""

    message = _(
        "{path} lies in the register, and keys are kept apart from it.\n"
        "Nothing was changed. Name another folder with FORMBOOK_KEYS."
    )


class KeyNotKeptError(StoreError):
    """The disk or its rights refuse the key's file."""

    message = _(
        "The key cannot be kept in {path}: {reason}.\n"
        "Nothing was changed. Name with FORMBOOK_KEYS a folder that this account may write to."
    )


class NoKeyError(StoreError):
    """There is no key to revoke."""

    message = _(
        "{person} has no key in force.\nNothing was changed. `formbook key show` lists the keys."
    )


def unlocked(store: Store, actor: Actor, keys: Path, passphrase: Passphrase) -> Actor:
    """The same person, with the key in force at hand.

    Args:
        store: the register.
        actor: one who has a key in force.
        keys: the folder where keys are kept.
        passphrase: what the key is sealed under.

    Raises:
        NoKeyError: the person has none.
        KeyNotHereError, KeyOpenToOthersError, KeyDamagedError, WrongPassphraseError: as each says.
    """
    held = key_in_force(store, actor.name)
    if held is None:
        raise NoKeyError(person=actor.name)
    private = unseal(sealed_key(keys, held, actor.name), passphrase)
    if private.key != held:
        raise KeyDamagedError
    return dataclasses.replace(actor, signer=private)


def sealed_key(keys: Path, key: str, person: str) -> bytes:
    """The sealed private half of a key, as its file holds it.

    Raises:
        KeyNotHereError: there is no such file that this account can read.
        KeyOpenToOthersError: others can read or change it, or its folder.
    """
    path = _file(keys, key)
    try:
        for each in (keys, path):
            if each.stat().st_mode & 0o077:
                raise KeyOpenToOthersError(path=each)
        with path.open("rb") as file:
            return file.read(_MOST_BYTES)
    except OSError as error:
        raise KeyNotHereError(person=person, path=keys) from error


def new_key(
    store: Store, keys: Path, passphrase: Passphrase, *, by: Actor, now: dt.datetime
) -> Event:
    """Make a key for the one who acts, in the place of the last one, which must sign it.

    The file is on the disk before the register knows the key, and taken away again if it does not
    come to know it.

    Raises:
        WeakPassphraseError: the passphrase is too short.
        KeysInRegisterError, KeyNotKeptError: the folder, as each says.
        SignatureNeededError: there is a key already, and it is not at hand.
        NotAllowedError: the actor has no role.
    """
    if keys.resolve().is_relative_to(store.folder.resolve()):
        raise KeysInRegisterError(path=keys)
    private = PrivateKey.generate()
    held = key_in_force(store, by.name)
    signing = by if held is not None else dataclasses.replace(by, signer=private)
    path = _file(keys, private.key)
    with contextlib.ExitStack() as unless_added:
        try:
            _keep(path, private.sealed(passphrase), unless_added)
        except OSError as error:
            raise KeyNotKeptError(path=keys, reason=error.strerror or error) from error
        with store.writing():
            event = store.append(Act.KEY_ADDED, {"key": private.key}, by=signing, at=now)
        unless_added.pop_all()
    return event


def revoke_key(store: Store, person: str, *, reason: str, by: Actor, now: dt.datetime) -> Event:
    """End a person's key: what it signed stays good, what it signs from now on does not.

    Its owner needs the key for that; a clerk or a chairman can do it for one who lost it.

    Raises:
        NoKeyError: the person has none in force.
        NotAllowedError: another's key, and the actor is neither clerk nor chairman.
        SignatureNeededError: the actor has a key, and it is not at hand.
    """
    with store.writing():
        key = key_in_force(store, person)
        if key is None:
            raise NoKeyError(person=person)
        if person != by.name and not REVOKING_FOR_OTHERS & by.roles:
            raise NotAllowedError(
                person=by.name,
                act=Act.KEY_REVOKED.value,
                roles=", ".join(sorted(REVOKING_FOR_OTHERS)),
            )
        body = {"person": person, "key": key, "reason": reason}
        return store.append(Act.KEY_REVOKED, body, by=by, at=now)


def all_keys(store: Store, person: str | None = None) -> list[dict[str, Any]]:
    """The keys that the register knows, oldest first, with what each was added and ended by."""
    rows = store.rows(
        """
        select k.person, k.key, k.from_seq, a.at as from_at, a.account as from_account,
            a.key <> k.key as renewed, k.until_seq, e.at as until_at, k.ended_by,
            e.kind = 'key_revoked' as revoked, k.reason
        from keys k join events a on a.seq = k.from_seq left join events e on e.seq = k.until_seq
        where ?1 is null or k.person = ?1 order by k.id
        """,
        person,
    )
    return [
        {**row, "renewed": bool(row["renewed"]), "revoked": bool(row["revoked"])} for row in rows
    ]


def is_kept(keys: Path, key: str) -> bool:
    """Whether the private half of a key lies in a folder of keys."""
    return _file(keys, key).is_file()


def _file(keys: Path, key: str) -> Path:
    return keys / f"{key}.key"


def _keep(path: Path, content: bytes, unless_added: contextlib.ExitStack) -> None:
    """Write a new file that only its owner can read, whatever the umask, and onto the disk."""
    missing = [each for each in (path.parent, *path.parent.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
    if path.parent.stat().st_mode & 0o077:
        raise KeyOpenToOthersError(path=path.parent)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    unless_added.callback(path.unlink, missing_ok=True)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    sync_folder(path.parent)
