"""Settings: read from `formbook.toml` and the environment, here and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from formbook.cli.language import LANGUAGES
from formbook.errors import FormbookError, _
from formbook.settings import LONGEST_PAGE_S, Settings

FILE = "formbook.toml"
RECOGNIZERS = ("handwriting", "letters", "tesseract")
_PREFIX = "FORMBOOK_"


class SettingsError(FormbookError):
    """A setting cannot be used."""

    message = _(
        "{path}: {reason}\nNothing was changed. Settings are language (vi, en), recognizer, "
        "workers (a number), page_time_limit_s (seconds), time_stamp_url and time_stamp_roots."
    )


class UnknownSettingError(SettingsError):
    """There is no such setting."""

    message = _(
        "{path}: there is no setting {key}.\nNothing was changed. Settings are language (vi, en), "
        "recognizer, workers (a number), page_time_limit_s (seconds), time_stamp_url and "
        "time_stamp_roots."
    )


class SettingValueError(SettingsError):
    """A setting has a value that it cannot have."""

    message = _(
        "{path}: {key} cannot be {value}.\nNothing was changed. Write {form} instead, or leave "
        "it out."
    )


def _choice(*allowed: str) -> Callable[[Any], bool]:
    return lambda value: value in allowed


def _is_workers(value: Any) -> bool:
    return type(value) is int and value >= 1


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://"))


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_seconds(value: Any) -> bool:
    return type(value) in (int, float) and 0 < value <= LONGEST_PAGE_S


_KEYS: dict[str, tuple[Callable[[Any], bool], Callable[[str], Any], str]] = {
    "language": (_choice(*LANGUAGES), str, _("vi or en")),
    "recognizer": (_choice(*RECOGNIZERS), str, "handwriting"),
    "workers": (_is_workers, int, _("a whole number from 1")),
    "page_time_limit_s": (_is_seconds, float, _("a number of seconds above 0, at most 86400")),
    "time_stamp_url": (_is_address, str, _("an address with http:// or https://")),
    "time_stamp_roots": (_is_name, str, _("the name of a PEM file")),
}

TEMPLATE = """\
# Settings of this register. Nothing here changes an answer: ward, people, rules and holidays
# stand in the register itself. The environment (FORMBOOK_LANGUAGE ...) and options come first.

# language = "vi"          # of messages: vi or en; otherwise that of the system
# recognizer = "handwriting" # the engine: handwriting, letters (by no lexicon), tesseract
# workers = 4              # pages read at once; otherwise one a core
# page_time_limit_s = 120  # seconds that reading one page may take
# time_stamp_url = "https://..." # a server that stamps anchors (RFC 3161); the only one ever asked
# time_stamp_roots = "tsa.pem"   # its root certificate, by which `verify --anchor` checks a stamp
"""


def register_folder(asked: Path | None) -> Path:
    """The register's folder: as asked, else FORMBOOK_REGISTER, else the current one."""
    return asked or Path(os.environ.get("FORMBOOK_REGISTER") or Path.cwd())


def keys_folder() -> Path:
    """Where keys are kept: FORMBOOK_KEYS, else the account's own folder of settings."""
    named = os.environ.get("FORMBOOK_KEYS")
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return Path(named) if named else home / "formbook" / "keys"


def language_of(folder: Path) -> str | None:
    """The language that settings ask for, None where they say none or cannot be read.

    What is wrong with them is said by `read`, in the language that this leads to.
    """
    try:
        return read(folder).language
    except FormbookError:
        return None


def read(folder: Path) -> Settings:
    """Read a register's settings; those of the environment come first.

    Raises:
        SettingsError, UnknownSettingError, SettingValueError: naming the file and the key.
    """
    values = _of_file(folder / FILE)
    for key, (is_allowed, convert, form) in _KEYS.items():
        name = _PREFIX + key.upper()
        text = os.environ.get(name)
        if text:
            values[key] = _converted(name, text, convert, is_allowed, form)
    return Settings(**values)


def _of_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    import tomllib

    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, RecursionError, ValueError) as error:
        raise SettingsError(path=path, reason=str(error)) from error
    for key, value in values.items():
        if key not in _KEYS:
            raise UnknownSettingError(path=path, key=key)
        is_allowed, _convert, form = _KEYS[key]
        if not is_allowed(value):
            raise SettingValueError(path=path, key=key, value=repr(value), form=form)
    return values


def _converted(
    name: str,
    text: str,
    convert: Callable[[str], Any],
    is_allowed: Callable[[Any], bool],
    form: str,
) -> Any:
    try:
        value = convert(text)
    except ValueError:
        value = None
    if not is_allowed(value):
        raise SettingValueError(path=_("environment"), key=name, value=repr(text), form=form)
    return value
