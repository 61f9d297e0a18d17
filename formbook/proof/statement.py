"""The one text of a value, and the bytes of a statement that are signed."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

SCHEMA = "formbook/signature/1"

_SURROGATES = re.compile("[\ud800-\udfff]")


def canonical(value: Any) -> str:
    """The one JSON text of a value: keys sorted, strings `as_stored`, no spaces.

    Raises:
        ValueError: a number is not finite.
    """
    return json.dumps(
        _normalised(value),
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
        allow_nan=False,
    )


def as_stored(text: str) -> str:
    """A text in NFC; half a surrogate pair, which no file can hold, becomes U+FFFD."""
    return unicodedata.normalize("NFC", _SURROGATES.sub("\ufffd", text))


def _normalised(value: Any) -> Any:
    if isinstance(value, str):
        return as_stored(value)
    if isinstance(value, dict):
        return {_normalised(key): _normalised(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_normalised(item) for item in value]
    return value


def signed_bytes(statement: Mapping[str, Any]) -> bytes:
    """What a signature of a statement is made over.

    Raises:
        ValueError: the statement does not say what it is and whose key signs it.
    """
    if not {"schema", "key"} <= statement.keys():
        raise ValueError("a statement needs a schema and a key")
    return f"{SCHEMA}\n{canonical(dict(statement))}".encode()
