"""What `verify` finds: one difference each."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference between the register and what its log says.

    `kind` names the sort of difference; the other fields are None where they do not apply.
    `stored` is what the register holds, `expected` what the log makes of it.
    """

    kind: str
    event: int | None = None
    table: str | None = None
    row: str | None = None
    column: str | None = None
    file: str | None = None
    stored: Any = None
    expected: Any = None

    def as_row(self) -> dict[str, Any]:
        """The finding as a JSON object."""
        return asdict(self)


def finding(kind: str, *, stored: Any = None, expected: Any = None, **where: Any) -> Finding:
    """A finding whose values can be printed, whatever bytes were put in their place."""
    return Finding(kind, stored=printable(stored), expected=printable(expected), **where)


def printable(value: Any) -> Any:
    """A value with nothing in it that cannot be printed or put in JSON."""
    if isinstance(value, str):
        return value.encode(errors="surrogateescape").decode(errors="replace")
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: printable(item) for name, item in value.items()}
    return value
