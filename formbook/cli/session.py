"""What every command on a register has at hand, and the options that go with it."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import inspect
import os
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from formbook.cli import clock, config
from formbook.cli.language import say
from formbook.cli.options import As, Json, Lang, Quiet, Register
from formbook.cli.output import Output
from formbook.errors import _

if TYPE_CHECKING:
    from formbook.permissions import Actor
    from formbook.settings import Settings
    from formbook.store import Store

_READING = {"json": Json, "quiet": Quiet, "lang": Lang, "register": Register}
_DEFAULTS = {"json": False, "quiet": False}
_CLOCK_SLACK = dt.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Session:
    """One run of a command.

    Args:
        folder: the register's folder.
        person: who acts, if the command line or the environment says.
        out: where to print.
    """

    folder: Path
    person: str | None
    out: Output

    @property
    def settings(self) -> Settings:
        """The register's settings.

        Raises:
            SettingsError: as `config.read` says.
        """
        return config.read(self.folder)

    @contextlib.contextmanager
    def store(self) -> Iterator[Store]:
        """Open the register.

        Raises:
            StoreError: it cannot be opened.
        """
        from formbook.store import Store

        with Store(self.folder) as store:
            yield store

    @contextlib.contextmanager
    def acting(self) -> Iterator[tuple[Store, Actor]]:
        """Open the register to write in it, and say who does; warn of a clock that runs behind.

        Raises:
            StoreError: it cannot be opened.
            UnknownPersonError: it does not know the person.
        """
        from formbook.office import acting

        with self.store() as store:
            actor = acting(store, self.person, clock.account())
            last = store.value("select at from events order by seq desc limit 1")
            now = clock.now()
            if now + _CLOCK_SLACK < dt.datetime.fromisoformat(last):
                self.out.warn(
                    say(
                        _(
                            "The clock of this machine says {now}, but the register's last act "
                            "was at {last}. What is done now bears a wrong date: set the clock, "
                            "and take it back with `formbook undo`."
                        ),
                        now=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
                        last=last,
                    )
                )
            yield store, actor


Decorator = Callable[[Callable[..., None]], Callable[..., None]]


def reads(text: str) -> Decorator:
    """Give a command its help, its session and the options of all commands on a register."""
    return lambda command: _with_options(command, text, _READING)


def writes(text: str) -> Decorator:
    """Give a command its help, its session and the options of one that acts for somebody."""
    return lambda command: _with_options(command, text, _READING | {"as": As})


def _with_options(
    command: Callable[..., None], text: str, options: dict[str, Any]
) -> Callable[..., None]:
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    shared = [
        inspect.Parameter(
            f"{name}_",
            inspect.Parameter.KEYWORD_ONLY,
            default=_DEFAULTS.get(name),
            annotation=annotation,
        )
        for name, annotation in options.items()
    ]

    @functools.wraps(command)
    def run(ctx: typer.Context, **values: Any) -> None:
        chosen = {name: values.pop(f"{name}_") for name in options}
        command(_session(chosen, ctx.find_root().params), **values)

    context = inspect.Parameter(
        "ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
    )
    signature = inspect.Signature([context, *own, *shared])
    run.__doc__ = text
    run.__signature__ = signature  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in signature.parameters.values()}
    return run


def _session(chosen: dict[str, Any], given: dict[str, Any]) -> Session:
    """Put together what the command and, before it, the program itself was given."""
    either = {name: chosen.get(name) or given.get(f"{name}_") for name in (*_READING, "as")}
    return Session(
        folder=config.register_folder(either["register"]),
        person=either["as"] or _filled(os.environ.get("FORMBOOK_PERSON", "")),
        out=Output(as_json=bool(either["json"]), quiet=bool(either["quiet"])),
    )


def _filled(text: str) -> str | None:
    return unicodedata.normalize("NFC", text).strip() or None
