"""The top of the command line: the language of everything below, and how everything ends."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from formbook.cli import language
from formbook.cli.config import language_of, register_folder
from formbook.cli.language import say, tr
from formbook.cli.usage import translated_error, write_commands, write_options, write_usage
from formbook.errors import FormbookError, _

_INTERRUPTED = 130  # 128 + SIGINT
_TERMINATED = 143  # 128 + SIGTERM
_BROKEN_PIPE = 141  # 128 + SIGPIPE, what a shell reports of any program that ends so


class OperatingSystemError(FormbookError):
    """The machine refused something that formbook did not expect."""

    message = _(
        "The operating system refused: {reason}.\n"
        "What was confirmed before is kept. Remove the cause and try again; `formbook doctor` "
        "looks for known ones."
    )


class Terminated(KeyboardInterrupt):
    """Another program asks this one to end."""


def end_when_asked(_number: int, _frame: object) -> NoReturn:
    """End as on Ctrl-C."""
    raise Terminated


class Command(TyperCommand):
    """A command whose help is in the language in use."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write how it is called."""
        write_usage(self, ctx, formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write what its arguments and options mean."""
        write_options(self, ctx, formatter)

    def get_help_option(self, ctx: Any) -> Any:
        """The option `--help`."""
        return _translated(super().get_help_option(ctx))


class HelpfulGroup(TyperGroup):
    """Commands of one kind, whose help is in the language in use."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write how it is called."""
        write_usage(self, ctx, formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write what its options mean, and which commands there are."""
        write_options(self, ctx, formatter)
        write_commands(self, formatter)

    def get_help_option(self, ctx: Any) -> Any:
        """The option `--help`."""
        return _translated(super().get_help_option(ctx))


class Group(HelpfulGroup):
    """Chooses the language, and ends every expected failure in one message and its exit code."""

    def main(  # type: ignore[override] # the other parameters are Typer's, in `extra`
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> Any:
        """Run a command line and end the process.

        Usage errors come here, not to `invoke`, as they arise before it.
        """
        arguments = list(sys.argv[1:] if args is None else args)
        language.use(_language(arguments))
        for command in _all_of(self):
            command.help = tr(command.help or "")
            for parameter in command.params:
                _translated(parameter)
        extra["standalone_mode"] = False
        try:
            code = super().main(arguments, prog_name, **extra)
            sys.stdout.flush()
        except typer.TyperException as error:
            _show_usage(error)
            sys.exit(error.exit_code)
        except OSError as error:  # help and version are printed before `invoke`
            _let_go_of_stdout()
            typer.echo(_explained(_refused(error)), err=True)
            sys.exit(OperatingSystemError.exit_code)
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except FormbookError as error:
            _end(error)
        except KeyboardInterrupt as error:
            typer.echo(say(_("Stopped. What was confirmed before is kept.")), err=True)
            asked_to = isinstance(error, Terminated)
            raise typer.Exit(_TERMINATED if asked_to else _INTERRUPTED) from error
        except BrokenPipeError as error:
            _let_go_of_stdout()
            raise typer.Exit(_BROKEN_PIPE) from error
        except OSError as error:
            _let_go_of_stdout()
            _end(_refused(error))
        return result


def _refused(error: OSError) -> OperatingSystemError:
    where = f" ({error.filename})" if error.filename else ""
    return OperatingSystemError(reason=f"{error.strerror}{where}")


def _explained(error: FormbookError) -> str:
    from formbook.cli.words import explain

    return say(_("Error: {message}"), message=explain(error))


def _end(error: FormbookError) -> None:
    from formbook.cli.output import complain

    try:
        sys.stdout.flush()  # the message stands behind the data where both go to one place
    except OSError:
        _let_go_of_stdout()
    complain(_explained(error))
    raise typer.Exit(error.exit_code) from error


def _let_go_of_stdout() -> None:
    """Keep Python from writing once more, at its end, to where nothing can be written."""
    # Where stdout was replaced by something without a file, there is nothing to let go of.
    with contextlib.suppress(io.UnsupportedOperation), Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _language(arguments: list[str]) -> str:
    asked = language.of_arguments(arguments)
    if asked in language.LANGUAGES:
        return asked
    folder = language.option(arguments, "--register")
    chosen = language_of(register_folder(Path(folder) if folder else None))
    return chosen or language.of_environment(os.environ)


def _all_of(command: Any) -> Iterator[Any]:
    """A command, and all commands of a group, however deep."""
    yield command
    for each in getattr(command, "commands", {}).values():
        yield from _all_of(each)


def _translated(parameter: Any) -> Any:
    """The same parameter, with its help in the language in use."""
    parameter.help = tr(parameter.help or "")
    return parameter


def _show_usage(error: Any) -> None:
    context = getattr(error, "ctx", None)
    if context is not None:
        typer.echo(context.get_usage(), err=True)
        call = f"{context.command_path} --help"
        typer.echo(say(_("Try '{call}' for help."), call=call) + "\n", err=True)
    message = translated_error(error.format_message())
    typer.echo(say(_("Error: {message}"), message=message), err=True)


def report_bug(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """Say that formbook has a fault, without any word of the register.

    Neither the error's message nor any variable is shown: they may hold what citizens wrote.
    """
    if os.environ.get("FORMBOOK_TRACEBACK"):
        sys.__excepthook__(kind, error, traceback)
        return
    from importlib.metadata import version

    where = "?"
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if f"{os.sep}formbook{os.sep}" in code.co_filename:
            module = code.co_filename.rpartition(f"{os.sep}formbook{os.sep}")[2]
            where = f"formbook/{module}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    message = say(
        _(
            "formbook has a fault: {kind} at {where} (version {version}).\n"
            "What was confirmed before is kept. Please tell the makers of formbook this line and "
            "what you did; with FORMBOOK_TRACEBACK=1 set it says more."
        ),
        kind=kind.__name__,
        where=where,
        version=version("formbook"),
    )
    typer.echo(message, err=True)
