"""An anchor: the head of the log at one time, kept where the register's keeper cannot change it.

It says how many events the log had and the root of their tree, and is signed where the person who
made it has a key. It is carried as a text, short enough for a QR code on paper, or as a file,
which can hold a time stamp as well. The text is

    FORMBOOK/1/REGISTER/SIZE/ROOT/TIME[/KEY/SIGNATURE]

in capitals, which a QR code packs closest; REGISTER is the hash of the log's first event.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

from formbook.errors import StoreError, _
from formbook.proof.keys import is_signed
from formbook.proof.statement import SCHEMA as SIGNED
from formbook.proof.statement import canonical

SCHEMA = "formbook/anchor/1"

_HASH = "[0-9a-f]{64}"
_FIELDS = {
    "register": re.compile(_HASH),
    "size": re.compile("[1-9][0-9]{0,17}"),
    "root": re.compile(_HASH),
    "at": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"),
    "key": re.compile(_HASH),
    "signature": re.compile("[0-9a-f]{128}"),
}
_HEAD = "FORMBOOK/1/"
_LONGEST = 1 << 20
"""Bytes; no anchor comes near it, with all certificates of a time stamp."""


class AnchorUnreadableError(StoreError):
    """What was given is no anchor."""

    message = _(
        "{name} is no anchor of formbook, or not all of it.\n"
        "Nothing was changed. Give the file that `formbook anchor` wrote, or the whole text of the "
        "QR code on the slip, which begins with FORMBOOK/1/."
    )


@dataclass(frozen=True, slots=True)
class Anchor:
    """The head of a log at one time.

    `register` is the hash of the log's first event, `size` the number of events, `root` that of
    their tree, `at` when it was made (UTC, to the second); hashes, `key` and `signature` are
    lower-case hexadecimal. `time_stamp` is an RFC 3161 response over the text.
    """

    register: str
    size: int
    root: str
    at: str
    key: str | None = None
    signature: str | None = None
    time_stamp: bytes | None = None

    @property
    def statement(self) -> dict[str, Any]:
        """What is signed."""
        return {
            "schema": SCHEMA,
            "register": self.register,
            "size": self.size,
            "root": self.root,
            "at": self.at,
            "key": self.key,
        }

    @property
    def text(self) -> str:
        """What the QR code holds, and what a time stamp is over."""
        fields = [self.register, str(self.size), self.root, self.at]
        if self.key and self.signature:
            fields += [self.key, self.signature]
        return _HEAD + "/".join(fields).upper()

    def is_signed(self) -> bool:
        """Whether the signature is that of the key that the anchor names."""
        return is_signed(self.statement, self.signature)

    def as_file(self) -> bytes:
        """The anchor as a file holds it."""
        stamp = self.time_stamp and base64.b64encode(self.time_stamp).decode()
        value = {
            "schema": SIGNED,
            "statement": self.statement,
            "signature": self.signature,
            "time_stamp": stamp,
        }
        return (canonical(value) + "\n").encode()


def read_anchor(content: bytes, name: str) -> Anchor:
    """Read an anchor from the text of a QR code, in lines or not, or from a file.

    Args:
        content: UTF-8.
        name: what to call it where it is none.

    Raises:
        AnchorUnreadableError: it is neither.
    """
    try:
        if len(content) > _LONGEST:
            raise AnchorUnreadableError(name=name)
        text = "".join(content.decode().split())
        fields = _of_text(text) if text.upper().startswith(_HEAD) else _of_file(content)
        return Anchor(**fields)
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise AnchorUnreadableError(name=name) from error


def _of_text(text: str) -> dict[str, Any]:
    values = text[len(_HEAD) :].split("/")
    names = list(_FIELDS)[: len(values)]
    fields: dict[str, Any] = dict(zip(names, values, strict=True))
    if len(fields) not in (4, 6):
        raise ValueError("fields are missing")
    for field, value in fields.items():
        fields[field] = value.upper() if field == "at" else value.lower()
    return _checked({**fields, "size": _whole(fields["size"])})


def _of_file(content: bytes) -> dict[str, Any]:
    value = json.loads(content)
    statement = dict(value["statement"])
    if (value["schema"], statement.pop("schema")) != (SIGNED, SCHEMA):
        raise ValueError("it says that it is something else")
    if set(value) != {"schema", "statement", "signature", "time_stamp"}:
        raise ValueError("other fields")
    stamp = value["time_stamp"]
    fields = {**statement, "signature": value["signature"]}
    return {
        **_checked({name: each for name, each in fields.items() if each is not None}),
        "time_stamp": None if stamp is None else base64.b64decode(stamp, validate=True),
    }


def _whole(text: str) -> int:
    if not _FIELDS["size"].fullmatch(text):
        raise ValueError("no whole number")
    return int(text)


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    """The same fields, all of them well formed; a key and its signature come together."""
    signed = {"key", "signature"}
    if set(fields) - signed != set(_FIELDS) - signed or len(signed & set(fields)) == 1:
        raise ValueError("other fields")
    for name, value in fields.items():
        of_kind = type(value) is int if name == "size" else isinstance(value, str)
        if not of_kind or not _FIELDS[name].fullmatch(str(value)):
            raise ValueError(name)
    return fields
