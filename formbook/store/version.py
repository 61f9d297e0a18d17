"""What an entry or a line says, in twelve letters, to tell whether it still says that."""

from __future__ import annotations

import hashlib

from formbook.proof.statement import canonical


def version_of(text: str, written_on: str | None = None) -> str:
    """The same for the same words and date, and for no others.

    A person who saves gives the version that was seen; so a change that was not seen is noticed,
    whoever made it and however, taking back included.
    """
    return hashlib.sha256(canonical([text, written_on]).encode()).hexdigest()[:12]
