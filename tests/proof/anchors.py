"""Anchors to test with."""

from __future__ import annotations

import dataclasses
from hashlib import sha256

from formbook.proof.anchor import Anchor
from formbook.proof.keys import PrivateKey

KEY = PrivateKey.generate()
AT = "2026-11-24T03:00:00Z"


def an_anchor(size: int = 1234, *, key: PrivateKey | None = KEY) -> Anchor:
    """An anchor of an invented log, signed unless there is no key."""
    anchor = Anchor(
        register=sha256(b"register").hexdigest(),
        size=size,
        root=sha256(b"root %d" % size).hexdigest(),
        at=AT,
        key=key and key.key,
    )
    return dataclasses.replace(anchor, signature=key and key.sign(anchor.statement))
