"""Typer's own words: usage errors and the furniture of help, which it has in English only."""

from __future__ import annotations

import re
from typing import Any

from formbook.cli.language import say, tr
from formbook.errors import _

_ERRORS = (
    (r"No such command (?P<what>'.*')\. Did you mean (?P<names>.*)\?",
     _("No such command {what}. Did you mean {names}?")),
    (r"No such command (?P<what>'.*')\.", _("No such command {what}.")),
    (r"No such option: (?P<what>\S+) \(Possible options: (?P<names>.*)\)",
     _("No such option: {what}. Did you mean {names}?")),
    (r"No such option: (?P<what>.*)", _("No such option: {what}.")),
    (r"Option (?P<what>'.*') requires .*", _("Option {what} needs a value.")),
    (r"Option (?P<what>'.*') does not take a value\.", _("Option {what} takes no value.")),
    (r"Got unexpected extra argument\(s\) \((?P<what>.*)\)", _("Too many arguments: {what}.")),
    (r"Missing argument (?P<what>'.*')\..*", _("Argument {what} is missing.")),
    (r"Missing option (?P<what>'.*')\..*", _("Option {what} is missing.")),
    (r"Missing command\.", _("A command is missing.")),
    (r"Invalid value for (?P<what>'[^:]*'): (?P<why>.*)", _("Wrong value for {what}: {why}")),
    (r"Invalid value: (?P<why>.*)", _("Wrong value: {why}")),
)  # fmt: skip


# Help of Typer's own options; it stands here for the catalogues to find.
HELP = (
    _("Show this message and exit."),
    _("Install completion for the current shell."),
    _("Show completion for the current shell, to copy it or customize the installation."),
)


def translated_error(message: str) -> str:
    """A usage error of Typer's in the language in use; as it is where the pattern is new."""
    for pattern, ours in _ERRORS:
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found:
            return say(ours, **found.groupdict())
    return message


def write_usage(command: Any, ctx: Any, formatter: Any) -> None:
    """Write the line that says how a command is called."""
    arguments = [each.metavar for each in _arguments(command, ctx)]
    if hasattr(command, "commands"):
        arguments.append(tr(_("COMMAND ...")))
    formatter.write_usage(
        ctx.command_path,
        " ".join([tr(_("[OPTIONS]")), *arguments]),
        prefix=tr(_("Usage: ")),
    )


def write_options(command: Any, ctx: Any, formatter: Any) -> None:
    """Write what a command's arguments and options mean."""
    arguments = [(each.metavar, each.help) for each in _arguments(command, ctx)]
    options = [
        each.get_help_record(ctx)
        for each in command.get_params(ctx)
        if each.param_type_name == "option"
    ]
    for title, records in ((_("Arguments"), arguments), (_("Options"), options)):
        if records:
            with formatter.section(tr(title)):
                formatter.write_dl(records)


def write_commands(group: Any, formatter: Any) -> None:
    """Write which commands there are."""
    with formatter.section(tr(_("Commands"))):
        formatter.write_dl(
            [(name, _first_sentence(command.help)) for name, command in group.commands.items()]
        )


def _arguments(command: Any, ctx: Any) -> list[Any]:
    return [each for each in command.get_params(ctx) if each.param_type_name == "argument"]


def _first_sentence(text: str) -> str:
    return text.partition("\n\n")[0].replace("\n", " ").removesuffix(".")
