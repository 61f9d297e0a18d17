"""Keys: made, sealed under a passphrase, and used to sign and to check statements.

A sealed key is a JSON object. Its 32 secret bytes are encrypted with AES-256-GCM under a key that
scrypt makes of the passphrase; all else in the object is bound to them as associated data. PKCS#8
as `BestAvailableEncryption` of cryptography 50 writes it has 2,048 rounds of PBKDF2 and nothing
that tells a changed file from a whole one.

No passphrase and no secret byte is ever the value of a variable in a frame that can fail, nor
part of any object's `repr`: whatever prints a traceback with its variables prints neither.

Source:
    RFC 8032 (Ed25519), RFC 7914 (scrypt), NIST SP 800-38D (GCM). Cost of scrypt: OWASP, Password
    Storage Cheat Sheet (N = 2^17, r = 8, p = 1). Points of small order: libsodium,
    ed25519_ref10.c, `ge25519_has_small_order`.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, NoReturn, Self

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from formbook.errors import StoreError, _
from formbook.proof.statement import canonical, signed_bytes

SHORTEST_PASSPHRASE = 12
COST = 1 << 17
"""scrypt's N; with r = 8 it takes 128 MiB, and half a second of an office computer."""

_SCHEMA = "formbook/key/1"
_KEY = re.compile("[0-9a-f]{64}")
_SIGNATURE = re.compile("[0-9a-f]{128}")
_MOST_COST = 1 << 20
_BLOCK = 8
_SALT_BYTES = 16
_NONCE_BYTES = 12
# With such a key anybody's signature holds. The last bit of a key is a sign.
_SMALL_ORDER = frozenset(
    {
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        *(low + "ff" * 30 + "7f" for low in ("ec", "ed", "ee")),
    }
)


class WrongPassphraseError(StoreError):
    """The passphrase does not open the key."""

    message = _(
        "This passphrase does not open the key.\n"
        "Nothing was changed. Try again; a key whose passphrase is lost is replaced by "
        "`formbook key revoke` and `formbook key new`."
    )


class KeyDamagedError(StoreError):
    """A file holds no sealed key, or no longer the one that was written."""

    message = _(
        "The key's file is damaged.\n"
        "Nothing was changed. Bring the file back from a copy, or replace the key by "
        "`formbook key revoke` and `formbook key new`."
    )


class WeakPassphraseError(StoreError):
    """A passphrase that can be guessed protects nothing."""

    message = _(
        "The passphrase is too short.\n"
        "Nothing was changed. Take at least {least} characters, for example four words that do "
        "not belong together."
    )


class Passphrase:
    """A passphrase that no print and no traceback shows.

    Args:
        text: as typed; in NFC, whichever keyboard typed it.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = unicodedata.normalize("NFC", text)

    def __repr__(self) -> str:
        return "Passphrase(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Passphrase) and self._text == other._text

    __hash__ = None  # type: ignore[assignment] # a secret is no key of a table

    def __len__(self) -> int:
        return len(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a passphrase stays in its process")

    def reveal(self) -> bytes:
        """Its bytes; to be used where they are asked for, and kept in no variable."""
        return self._text.encode(errors="surrogateescape")


class PrivateKey:
    """The half of a key that signs; no print and no traceback shows it.

    Args:
        secret: Ed25519's, from `generate` or `unseal`.
    """

    __slots__ = ("_secret", "key")

    def __init__(self, secret: Ed25519PrivateKey) -> None:
        self._secret = secret
        self.key = secret.public_key().public_bytes_raw().hex()

    @classmethod
    def generate(cls) -> Self:
        """A new key, from the operating system's random numbers."""
        return cls(Ed25519PrivateKey.generate())

    def __repr__(self) -> str:
        return f"PrivateKey({self.key[:16]}…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key stays in its process")

    def sign(self, statement: Mapping[str, Any]) -> str:
        """The signature of a statement that names this key, in 128 hexadecimal digits.

        Raises:
            ValueError: the statement names another key, or none, or does not say what it is.
        """
        message = signed_bytes(statement)
        if statement["key"] != self.key:
            raise ValueError("the statement names another key")
        return self._secret.sign(message).hex()

    def sealed(self, passphrase: Passphrase) -> bytes:
        """The key as a file may hold it.

        Raises:
            WeakPassphraseError: the passphrase is shorter than `SHORTEST_PASSPHRASE`.
        """
        if len(passphrase) < SHORTEST_PASSPHRASE:
            raise WeakPassphraseError(least=SHORTEST_PASSPHRASE)
        head: dict[str, Any] = {
            "schema": _SCHEMA,
            "key": self.key,
            "kdf": {"name": "scrypt", "n": COST, "r": _BLOCK, "p": 1},
            "salt": os.urandom(_SALT_BYTES).hex(),
            "cipher": "aes-256-gcm",
            "nonce": os.urandom(_NONCE_BYTES).hex(),
        }
        sealed = _cipher(head, passphrase).encrypt(
            bytes.fromhex(head["nonce"]),
            self._secret.private_bytes_raw(),
            canonical(head).encode(),
        )
        return (canonical({**head, "sealed": sealed.hex()}) + "\n").encode()


def unseal(content: bytes, passphrase: Passphrase) -> PrivateKey:
    """Open a sealed key.

    Raises:
        KeyDamagedError: the content is no sealed key.
        WrongPassphraseError: the passphrase does not open it, or anything in it was changed.
    """
    try:
        head = json.loads(content)
        sealed = bytes.fromhex(head.pop("sealed"))
        nonce = bytes.fromhex(head["nonce"])
        if not _is_known(head):
            raise KeyDamagedError
        cipher = _cipher(head, passphrase)
        opened = PrivateKey(
            Ed25519PrivateKey.from_private_bytes(
                cipher.decrypt(nonce, sealed, canonical(head).encode())
            )
        )
    except InvalidTag as error:
        raise WrongPassphraseError from error
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise KeyDamagedError from error
    if opened.key != head["key"]:
        raise KeyDamagedError
    return opened


def _is_known(head: dict[str, Any]) -> bool:
    """Whether a sealed key is of the form written here, and does not cost more than it may."""
    cost = head["kdf"]["n"]
    form = {"name": "scrypt", "n": cost, "r": _BLOCK, "p": 1}
    return (
        (head["schema"], head["cipher"], head["kdf"]) == (_SCHEMA, "aes-256-gcm", form)
        and type(cost) is int
        and 1 < cost <= _MOST_COST
    )


def _cipher(head: dict[str, Any], passphrase: Passphrase) -> AESGCM:
    kdf = head["kdf"]
    scrypt = Scrypt(salt=bytes.fromhex(head["salt"]), length=32, n=kdf["n"], r=kdf["r"], p=kdf["p"])
    return AESGCM(scrypt.derive(passphrase.reveal()))


def is_key(text: object) -> bool:
    """Whether a text is a public key: 64 lower-case hexadecimal digits, and no weak point."""
    if not isinstance(text, str) or not _KEY.fullmatch(text):
        return False
    unsigned = text[:-2] + f"{int(text[-2:], 16) & 0x7F:02x}"
    return unsigned not in _SMALL_ORDER


def is_signed(statement: Mapping[str, Any], signature: object) -> bool:
    """Whether a signature is one of this statement, by the key that the statement names.

    Anything malformed is none.
    """
    key = statement.get("key")
    if not is_key(key) or not isinstance(signature, str) or not _SIGNATURE.fullmatch(signature):
        return False
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(str(key)))
        public.verify(bytes.fromhex(signature), signed_bytes(statement))
    except (InvalidSignature, ValueError):
        return False
    return True


def in_groups(key: str, *, short: bool = False) -> str:
    """A public key as people compare it: in groups of four digits, all or the first four."""
    return " ".join(key[at : at + 4] for at in range(0, 16 if short else len(key), 4))
