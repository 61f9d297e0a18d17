"""Whether an act is signed, in words: never left unsaid."""

from __future__ import annotations

from formbook.cli.language import say, tr
from formbook.errors import _


def signature(key: str | None) -> str:
    """By which key an act is signed, or that it is not; `formbook verify` checks it."""
    if key is None:
        return tr(_("not signed"))
    from formbook.proof.keys import in_groups

    return say(_("signed with {key}"), key=in_groups(key, short=True))
