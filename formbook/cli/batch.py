"""What the commands that read many pages share: their options, progress and failures."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from formbook.cli.config import RECOGNIZERS
from formbook.cli.language import say, tr
from formbook.cli.options import number
from formbook.cli.output import console, is_terminal
from formbook.cli.words import explain
from formbook.errors import ExitCode, MissingToolError, _
from formbook.settings import LONGEST_PAGE_S

if TYPE_CHECKING:
    from formbook.cli.output import Output
    from formbook.cli.session import Session
    from formbook.ingest.job import Failure, Progress


def _recognizer(value: str) -> str:
    if value not in RECOGNIZERS:
        raise typer.BadParameter(
            say(
                _("{value} is no recognizer; there are: {known}."),
                value=value,
                known=", ".join(RECOGNIZERS),
            )
        )
    return value


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= LONGEST_PAGE_S:
        raise typer.BadParameter(
            say(_("{value} is not a number of seconds above 0, at most 86400."), value=value)
        )
    return seconds


def positive(value: str | int) -> int:
    """Read a number from 1."""
    if number(value) < 1:
        raise typer.BadParameter(say(_("{value} is less than 1."), value=value))
    return int(value)


Recognizer = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        parser=_recognizer,
        autocompletion=lambda incomplete: [r for r in RECOGNIZERS if r.startswith(incomplete)],
        help=_("The engine that reads; otherwise that of the settings."),
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        metavar="N", parser=positive, help=_("Pages read at once; otherwise one a processor core.")
    ),
]
TimeLimit = Annotated[
    float | None,
    typer.Option(metavar="SECONDS", parser=_seconds, help=_("How long reading one page may take.")),
]


def engine(
    session: Session, recognizer: str | None, workers: int | None, time_limit: float | None
) -> dict[str, Any]:
    """How to read: what the command line says, else the settings."""
    from formbook.workers import default_workers

    settings = session.settings
    return {
        "recognizer": recognizer or settings.recognizer,
        "workers": workers or settings.workers or default_workers(),
        "time_limit_s": time_limit or settings.page_time_limit_s,
    }


def taught_engine(
    session: Session, recognizer: str | None, workers: int | None, time_limit: float | None
) -> dict[str, Any]:
    """How to read a register's pages: with the weights that the ward taught, if it did."""
    how = engine(session, recognizer, workers, time_limit)
    if how["recognizer"] == "handwriting":
        from formbook.store.weights import weights_in_use

        with session.store() as store:
            how["recognizer"] = str(weights_in_use(store) or "handwriting")
    return how


class _Silent:
    def begin(self, frames: int) -> None:
        """Say nothing."""

    def step(self, *, entries: int, failed: int) -> None:
        """Say nothing."""


class _Bar:
    """Pages done of all, entries, failures and the time left."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar
        self._task = bar.add_task(tr(_("Reading")), total=None, entries=0, failed=0)

    def begin(self, frames: int) -> None:
        """There are so many pages."""
        self._bar.update(self._task, total=frames)

    def step(self, *, entries: int, failed: int) -> None:
        """One more is done."""
        self._bar.update(self._task, advance=1, entries=entries, failed=failed)


@contextlib.contextmanager
def progress(out: Output) -> Iterator[Progress]:
    """Show how far reading is, to a person who looks and wants to know."""
    if out.quiet or not is_terminal(sys.stderr):
        yield _Silent()
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    entries, failed = tr(_("entries")), tr(_("failed"))
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(f"{{task.fields[entries]}} {entries}"),
        TextColumn(f"{{task.fields[failed]}} {failed}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console(stderr=True)) as bar:
        yield _Bar(bar)


def failures_as_rows(failed: Sequence[Failure]) -> list[dict[str, Any]]:
    """Failures for `--json`."""
    return [
        {
            "path": str(failure.path),
            "frame": failure.frame,
            "error": type(failure.error).__name__,
            "message": explain(failure.error),
        }
        for failure in failed
    ]


def end_with(failed: Sequence[Failure], out: Output, *, done: int) -> None:
    """Name each failure, and end with "partial" if there are any.

    Raises:
        MissingToolError: nothing was done at all, since the engine is not there.
        typer.Exit: there are failures.
    """
    missing = [each.error for each in failed if isinstance(each.error, MissingToolError)]
    if missing and len(missing) == len(failed) and not done:
        raise missing[0]
    for failure in failed:
        message = _("Failed: {message}")
        if failure.frame is not None:
            message = _("Failed, frame {frame}: {message}")
        out.warn(say(message, frame=failure.frame, message=explain(failure.error)))
    if failed:
        raise typer.Exit(ExitCode.PARTIAL)
