"""Passphrases: asked for at the terminal, or read from a file or descriptor; never an argument.

An argument stands in the list of processes, and the environment is handed to every program that
is started.
"""

from __future__ import annotations

import resource
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from formbook.cli import output
from formbook.cli.language import tr
from formbook.errors import StoreError, _

if TYPE_CHECKING:
    from formbook.proof.keys import Passphrase

_MOST_BYTES = 1 << 12


class PassphraseNeededError(StoreError):
    """There is nobody to ask."""

    message = _(
        "A passphrase is needed, and there is no terminal to ask for it.\n"
        "Nothing was changed. Name a file with {option}, of which the first line is taken; "
        "/dev/fd/3 names the descriptor 3."
    )


class PassphrasesDifferError(StoreError):
    """One of the two has a slip of the finger in it."""

    message = _("The two passphrases differ.\nNothing was changed. Try again.")


class PassphraseUnreadableError(StoreError):
    """The file or descriptor gives no passphrase."""

    message = _(
        "No passphrase could be read from {path}: {reason}.\n"
        "Nothing was changed. The first line of the file is taken."
    )


def ask(title: str, file: Path | None, *, option: str, twice: bool = False) -> Passphrase:
    """Get a passphrase, and leave no memory of this process behind should it crash.

    Args:
        title: what is asked for, in the language in use.
        file: where to read it instead.
        option: the option that names such a file.
        twice: whether it is a new one, in which nobody would see a slip.

    Raises:
        PassphraseNeededError: no file is named, and nobody sits at a terminal.
        PassphrasesDifferError: what was typed twice was not the same.
        PassphraseUnreadableError, KeyOpenToOthersError: the file, as each says.
    """
    # Limit 1, not 0: a dump that the system pipes to a program is made whatever the limit, save 1.
    resource.setrlimit(resource.RLIMIT_CORE, (1, 1))
    if file is not None:
        return _of_file(file)
    if not output.is_terminal(sys.stdin):
        raise PassphraseNeededError(option=option)
    typed = _typed(title)
    if twice and typed != _typed(tr(_("The same once more"))):
        raise PassphrasesDifferError
    return typed


def _typed(title: str) -> Passphrase:
    from formbook.proof.keys import Passphrase

    try:
        return Passphrase(typer.prompt(title, hide_input=True, err=True))
    except typer.Abort as error:
        raise KeyboardInterrupt from error


def _of_file(path: Path) -> Passphrase:
    from formbook.keys import KeyOpenToOthersError
    from formbook.proof.keys import Passphrase

    try:
        with path.open("rb") as file:
            mode = path.stat().st_mode
            if stat.S_ISREG(mode) and mode & 0o077:
                raise KeyOpenToOthersError(path=path)
            found = Passphrase(
                file.readline(_MOST_BYTES).rstrip(b"\r\n").decode(errors="surrogateescape")
            )
    except OSError as error:
        raise PassphraseUnreadableError(path=path, reason=error.strerror or error) from error
    if not len(found):
        raise PassphraseUnreadableError(path=path, reason=_("its first line is empty"))
    return found
