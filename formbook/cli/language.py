"""The language of messages: which one, its catalogue, and filling messages in."""

from __future__ import annotations

import gettext
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from itertools import pairwise
from pathlib import Path
from typing import Any

DOMAIN = "formbook"
LOCALE = Path(__file__).resolve().parents[1] / "locale"
LANGUAGES = ("vi", "en")

_catalogue: ContextVar[gettext.NullTranslations] = ContextVar(
    "catalogue",
    default=gettext.NullTranslations(),  # noqa: B039 - never added to
)


def use(language: str) -> None:
    """Word all messages in a language from now on; as in the code where it has no catalogue."""
    _catalogue.set(gettext.translation(DOMAIN, LOCALE, [language], fallback=True))


def of_environment(environment: Mapping[str, str]) -> str:
    """The language that the locale asks for: Vietnamese, or English for every other one."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(name):
            return "vi" if environment[name].lower().startswith("vi") else "en"
    return "en"


def of_arguments(arguments: Sequence[str]) -> str | None:
    """What `--lang` says, wherever it stands; known before help or a usage error is worded."""
    return option(arguments, "--lang")


def option(arguments: Sequence[str], name: str) -> str | None:
    """The last value given to an option on a command line that is not parsed yet."""
    found = None
    for argument, following in pairwise([*arguments, None]):
        if argument is None or argument == "--":
            break
        if argument == name:
            found = following
        elif argument.startswith(f"{name}="):
            found = argument.partition("=")[2]
    return found


def tr(message: str) -> str:
    """A message in the language in use."""
    return _catalogue.get().gettext(message) if message else ""


def say(message: str, /, **fields: Any) -> str:
    """A message in the language in use, filled in."""
    return tr(message).format(**fields)
