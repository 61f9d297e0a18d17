"""Whether an act is signed, in words: never left unsaid."""

from __future__ import annotations

from formbook.cli.language import say, tr
from formbook.errors import _


def signature(key: str | None, *, holds: bool = True) -> str:
    """By which key an act is signed, that it is not, or that what stands there does not hold."""
    if key is None:
        return tr(_("not signed"))
    if not holds:
        return tr(_("its signature is false (formbook verify)"))
    from formbook.proof.keys import in_groups

    return say(_("signed with {key}"), key=in_groups(key, short=True))
