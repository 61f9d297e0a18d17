"""What every command on a register has at hand, and the options that go with it."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import inspect
import os
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from formbook.cli import clock, config
from formbook.cli.language import say
from formbook.cli.options import As, Json, Lang, PassphraseFile, Quiet, Register
from formbook.cli.output import Output
from formbook.errors import _

if TYPE_CHECKING:
    from formbook.permissions import Actor
    from formbook.settings import Settings
    from formbook.store import Store

_READING = {"json": Json, "quiet": Quiet, "lang": Lang, "register": Register}
_ACTING = {"as": As, "passphrase_file": PassphraseFile}
_DEFAULTS = {"json": False, "quiet": False}


@dataclass(frozen=True, slots=True)
class Session:
    """One run of a command.

    Args:
        folder: the register's folder.
        person: who acts, if the command line or the environment says.
        passphrase_file: where the passphrase of that person's key is to be read.
        out: where to print.
    """

    folder: Path
    person: str | None
    passphrase_file: Path | None
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

        A person who has a key unlocks it.

        Raises:
            StoreError: it cannot be opened, or the key is not at hand.
            UnknownPersonError: it does not know the person.
        """
        from formbook.office import acting
        from formbook.store.log import CLOCK_SLACK, as_time

        with self.store() as store:
            actor = acting(store, self.person, clock.account())
            last = store.value("select at from events order by seq desc limit 1")
            now = clock.now()
            if now + CLOCK_SLACK < dt.datetime.fromisoformat(last):
                self.out.warn(
                    say(
                        _(
                            "The clock of this machine says {now}, but the register's last act "
                            "was at {last}. What is done now bears a wrong date: set the clock, "
                            "and take it back with `formbook undo`."
                        ),
                        now=as_time(now),
                        last=last,
                    )
                )
            yield store, self._unlocked(store, actor)

    def _unlocked(self, store: Store, actor: Actor) -> Actor:
        from formbook.store.signatures import key_in_force

        held = key_in_force(store, actor.name)
        if held is None:
            return actor
        from formbook.cli.passphrase import ask
        from formbook.keys import sealed_key, unlocked

        folder = config.keys_folder()
        sealed_key(folder, held, actor.name)  # nobody is asked for what can open nothing
        title = say(_("Passphrase of {person}"), person=actor.name)
        passphrase = ask(title, self.passphrase_file, option="--passphrase-file")
        return unlocked(store, actor, folder, passphrase)


Decorator = Callable[[Callable[..., None]], Callable[..., None]]


def reads(text: str) -> Decorator:
    """Give a command its help, its session and the options of all commands on a register."""
    return lambda command: _with_options(command, text, _READING)


def writes(text: str) -> Decorator:
    """Give a command its help, its session and the options of one that acts for somebody."""
    return lambda command: _with_options(command, text, _READING | _ACTING)


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
    either = {name: chosen.get(name) or given.get(f"{name}_") for name in (*_READING, *_ACTING)}
    return Session(
        folder=config.register_folder(either["register"]),
        person=either["as"] or _filled(os.environ.get("FORMBOOK_PERSON", "")),
        passphrase_file=either["passphrase_file"] or _file_of(os.environ),
        out=Output(as_json=bool(either["json"]), quiet=bool(either["quiet"])),
    )


def _file_of(environment: Mapping[str, str]) -> Path | None:
    name = environment.get("FORMBOOK_PASSPHRASE_FILE")
    return Path(name) if name else None


def _filled(text: str) -> str | None:
    return unicodedata.normalize("NFC", text).strip() or None
