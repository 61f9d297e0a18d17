"""The error tree and the exit code of each branch.

    FormbookError            other      15
    ├── ScanError            scan        3
    ├── MissingToolError     tool        4
    ├── RecognitionError     recognize   5
    ├── StoreError           store       6
    └── AuditFailedError     audit       7   findings exist: scripts can test for it
    a batch of which some failed  partial  8
    wrong usage: Typer's own  2              Ctrl-C: Typer's own  130

A class words its message once, in English, with named fields; callers pass the fields. The
command line, and nothing below it, translates `message` and fills it in.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, ClassVar


def _(message: str) -> str:
    """Mark a message for the catalogues; the command line translates it."""
    return message


class ExitCode(IntEnum):
    """What the process says when it ends."""

    OK = 0
    USAGE = 2
    SCAN = 3
    TOOL = 4
    RECOGNIZE = 5
    STORE = 6
    AUDIT = 7
    PARTIAL = 8
    OTHER = 15


class FormbookError(Exception):
    """Anything that formbook expects to go wrong.

    Args:
        **fields: what `message` names in braces.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.OTHER
    message: ClassVar[str] = _("Something went wrong: {reason}")

    def __init__(self, **fields: Any) -> None:
        self.fields = fields
        super().__init__(self.message.format(**fields))

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.fields)


def _rebuild(kind: type[FormbookError], fields: dict[str, Any]) -> FormbookError:
    """Rebuild an error that came back from another process."""
    return kind(**fields)


class ScanError(FormbookError):
    """A file of scans cannot be used."""

    exit_code = ExitCode.SCAN
    message = _("{path} cannot be used as a scan: {reason}\nNothing was changed.")


class MissingToolError(FormbookError):
    """A program or its data is not installed."""

    exit_code = ExitCode.TOOL
    message = _("{tool} is not installed.\nNothing was changed. {remedy}")


class RecognitionError(FormbookError):
    """An engine failed on an image."""

    exit_code = ExitCode.RECOGNIZE
    message = _("{engine} could not read {path}: {reason}\nNothing was changed.")


class StoreError(FormbookError):
    """The register refuses."""

    exit_code = ExitCode.STORE
    message = _("{register}: {reason}\nNothing was changed.")


class AuditFailedError(FormbookError):
    """Findings exist."""

    exit_code = ExitCode.AUDIT
    message = _("{count} findings in {register}; each is listed above.")
