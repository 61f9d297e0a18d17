"""The options and arguments that commands share, each said once."""

from __future__ import annotations

import datetime as dt
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from formbook.cli.language import LANGUAGES, say, tr
from formbook.cli.words import ROLES, STATUSES, word
from formbook.errors import _
from formbook.model import LONGEST_NUMBER, PageRef, Role, Status

if TYPE_CHECKING:
    from formbook.proof.anchor import Anchor


def _language(value: str) -> str:
    if value not in LANGUAGES:
        raise typer.BadParameter(say(_("{value} is not vi or en."), value=value))
    return value


def date(value: str) -> dt.date:
    """Read a day as a person writes it."""
    from formbook.dates import parse_iso_or_written

    return parse_iso_or_written(value)


def number(value: str | int) -> int:
    """Read a number of the register."""
    if not str(value).isdecimal() or len(str(value)) > LONGEST_NUMBER:
        raise typer.BadParameter(
            say(_("{value} is not a number; give it as the lists show it."), value=value)
        )
    return int(value)


def filled(value: str) -> str:
    """Read words that must not be empty."""
    text = unicodedata.normalize("NFC", value).strip()
    if not text:
        raise typer.BadParameter(tr(_("it is empty.")))
    return text


def volume(value: str) -> str:
    """Read the volume of a notebook, which a page is named by."""
    text = " ".join(filled(value).split())
    if "/" in text:
        raise typer.BadParameter(say(_("{value} holds a stroke, as no volume does."), value=value))
    return text


def folder(value: str) -> Path:
    """Read the path of a folder; an empty one does not mean the current folder."""
    return Path(filled(value))


def existing(value: str) -> Path:
    """Read the path of something that is there."""
    path = Path(value)
    if not path.exists():
        raise typer.BadParameter(say(_("{path} is not there."), path=value))
    return path


def page(value: str) -> PageRef:
    """Read a page's notebook and number."""
    ref = PageRef.parse(value)
    if ref is None:
        raise typer.BadParameter(
            say(
                _("{value} is no page; a page is written NOTEBOOK/NUMBER, as in 1/12."), value=value
            )
        )
    return ref


def _target(value: str) -> int | PageRef:
    if value.isdecimal():
        return number(value)
    ref = PageRef.parse(value)
    if ref is None:
        raise typer.BadParameter(
            say(
                _(
                    "{value} is neither a page, written NOTEBOOK/NUMBER as in 1/12, nor an "
                    "entry, written as a plain number."
                ),
                value=value,
            )
        )
    return ref


def _status(value: str) -> Status:
    """Read a status by its code or by the word for it in the language in use."""
    from formbook.text import fold

    for status in Status:
        if fold(value.strip()) in (status.value, fold(word(STATUSES, status))):
            return status
    known = ", ".join(_with_word(status) for status in Status)
    raise typer.BadParameter(
        say(_("{value} is no status; there are: {known}."), value=value, known=known)
    )


def _with_word(status: Status) -> str:
    said = word(STATUSES, status)
    return status if said == status else f"{status} ({said})"


def _role(value: str) -> Role:
    try:
        return Role(value)
    except ValueError as error:
        raise typer.BadParameter(
            say(_("{value} is no role; there are: {known}."), value=value, known=", ".join(Role))
        ) from error


def _known(table: dict[str, str], incomplete: str) -> list[tuple[str, str]]:
    return [(code, word(table, code)) for code in table if code.startswith(incomplete)]


def complete_status(incomplete: str) -> list[tuple[str, str]]:
    """The statuses that begin so, in words."""
    return _known(STATUSES, incomplete)


def complete_role(incomplete: str) -> list[tuple[str, str]]:
    """The roles that begin so, in words."""
    return _known(ROLES, incomplete)


def complete_language(incomplete: str) -> list[str]:
    """The languages that begin so."""
    return [each for each in LANGUAGES if each.startswith(incomplete)]


Json = Annotated[bool, typer.Option("--json", help=_("Print one JSON object, for programs."))]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help=_("Say nothing but data, warnings and errors."))
]
Lang = Annotated[
    str | None,
    typer.Option(
        "--lang",
        metavar="vi|en",
        parser=_language,
        autocompletion=complete_language,
        help=_("Language of messages; otherwise that of the settings, else of the system."),
    ),
]
Register = Annotated[
    Path | None,
    typer.Option(
        "--register",
        metavar="DIR",
        parser=folder,
        help=_("The register's folder; otherwise FORMBOOK_REGISTER, else the current folder."),
    ),
]
As = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="NAME",
        parser=filled,
        help=_("Who acts; otherwise FORMBOOK_PERSON, else whose account this is."),
    ),
]

PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        parser=existing,
        help=_("Take the passphrase of your key, if you have one, from a file's first line."),
    ),
]
NewPassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--new-passphrase-file",
        metavar="FILE",
        parser=existing,
        help=_("Take the new passphrase from a file's first line."),
    ),
]

_LONGEST_NAME = 40


def anchor_of(given: str) -> tuple[str, Anchor]:
    """An anchor that was kept, from its file or the text of its slip, and what to call it.

    Raises:
        AnchorUnreadableError: it is none.
    """
    from formbook.proof.anchor import read_anchor

    is_text = given.strip().upper().startswith("FORMBOOK/")
    name = given[:_LONGEST_NAME] + "…" if is_text else given
    try:
        content = given.encode(errors="replace") if is_text else Path(given).read_bytes()
    except (FileNotFoundError, ValueError) as error:  # no file can have some names
        raise typer.BadParameter(say(_("{path} is not there."), path=given)) from error
    return name, read_anchor(content, name)


Entry = Annotated[
    int, typer.Argument(metavar="ENTRY", parser=number, help=_("Number of an entry."))
]
Page = Annotated[
    PageRef,
    typer.Argument(metavar="PAGE", parser=page, help=_("A page, written NOTEBOOK/NUMBER: 1/12.")),
]
# A page or an entry; Typer knows no unions.
Target = Annotated[
    Any,
    typer.Argument(
        metavar="PAGE|ENTRY",
        parser=_target,
        help=_("A page, written NOTEBOOK/NUMBER (1/12), or an entry, a plain number."),
    ),
]
Line = Annotated[int, typer.Argument(metavar="LINE", parser=number, help=_("Number of a line."))]
NewStatus = Annotated[
    Status,
    typer.Argument(
        metavar="STATUS",
        parser=_status,
        autocompletion=complete_status,
        help=_("What the entry becomes."),
    ),
]
TargetOrNone = Annotated[
    Any,
    typer.Argument(
        metavar="[PAGE|ENTRY]",
        parser=_target,
        help=_("A page, written NOTEBOOK/NUMBER (1/12), or an entry, a plain number."),
    ),
]
Notebook = Annotated[
    str | None,
    typer.Option(
        "--notebook",
        metavar="VOLUME",
        parser=volume,
        help=_("Only this volume of the notebook."),
    ),
]
WardCode = Annotated[
    str | None,
    typer.Option("--ward-code", metavar="CODE", help=_("The ward's code on that day.")),
]
WardAsOf = Annotated[
    dt.date | None,
    typer.Option(
        "--ward-as-of",
        metavar="DATE",
        parser=date,
        help=_("The day that name and code are as of; otherwise today."),
    ),
]
Roles = Annotated[
    list[Role] | None,
    typer.Option(
        "--role",
        metavar="ROLE",
        parser=_role,
        autocompletion=complete_role,
        help=_("clerk, chairman or auditor; can be given several times."),
    ),
]
Force = Annotated[bool, typer.Option("--force", help=_("Replace a file that is there."))]
Reason = Annotated[
    str | None, typer.Option("--reason", metavar="TEXT", help=_("Why, for the log."))
]
WrittenOn = Annotated[
    dt.date | None,
    typer.Option(
        "--written-on", metavar="DATE", parser=date, help=_("The day that the entry was written.")
    ),
]
StatusFilter = Annotated[
    Status | None,
    typer.Option(
        "--status",
        metavar="STATUS",
        parser=_status,
        autocompletion=complete_status,
        help=_("Only entries of this status."),
    ),
]
