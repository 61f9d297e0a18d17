"""The READMEs' transcripts, made by running what they show.

    python tests/transcripts.py    write them and the picture anew; `make docs` does

In a README, `<!-- typed by ACCOUNT at TIME -->` stands above a block of commands: who types them,
and when in Hanoi; each command after the first comes a minute later. All blocks of a README work
on one register, in a folder that holds scans/. A line `…` stands for lines left out: as many as
stand above and below it are shown anew.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, chdir, contextmanager
from pathlib import Path
from unittest import mock

from sample_reader import SampleReader
from typer.testing import CliRunner

from formbook.cli import app
from formbook.dates import HANOI
from formbook.ingest.job import FrameRead, ReadJob

ROOT = Path(__file__).resolve().parents[1]
READMES = {"en": ROOT / "README.md", "vi": ROOT / "README.vi.md"}
LOCALES = {"en": "en_US.UTF-8", "vi": "vi_VN.UTF-8"}
FOLDER = "/srv/nghia-do"
"""Where the register is, as transcripts show it."""
COLUMNS = 80
LEFT_OUT = "…"

BLOCK = re.compile(
    r"(<!-- typed by (\w+) at ([\d: -]+) -->\n+```console\n)(.*?)(?=^```$)",
    re.MULTILINE | re.DOTALL,
)
COMMAND = re.compile(r"((?:[^\n]*\\\n)*[^\n]*)\n?(.*)", re.DOTALL)


class Desk:
    """A folder with scans/, and somebody who types on a terminal of their language."""

    def __init__(self, folder: Path, language: str) -> None:
        self.folder = folder.resolve()
        self.language = language
        shutil.copytree(ROOT / "scans", self.folder / "scans")

    def type(
        self,
        command: str,
        account: str,
        now: dt.datetime,
        *,
        columns: int = COLUMNS,
        colour: bool = False,
    ) -> str:
        """Run a command line and return what the terminal shows."""
        environment = {
            "LANG": LOCALES[self.language],
            "COLUMNS": str(columns),
            "FORCE_COLOR" if colour else "NO_COLOR": "1",
        }
        with sitting_there(account, now), chdir(self.folder):
            typed = shlex.split(command.replace("\\\n", " "))
            with mock.patch.dict(os.environ, environment, clear=True):
                result = CliRunner().invoke(app, typed[1:], prog_name=typed[0])
        if not isinstance(result.exception, SystemExit | None):
            raise result.exception
        return result.output.replace(str(self.folder), FOLDER)


@contextmanager
def sitting_there(account: str, now: dt.datetime) -> Iterator[None]:
    """Set clock, account and terminal, and have an engine that knows the samples."""
    with ExitStack() as stack:
        for name, stand_in in (
            ("formbook.cli.clock.now", lambda: now.astimezone(dt.UTC)),
            ("formbook.cli.clock.account", lambda: account),
            # a progress bar, on stderr, would leave nothing behind
            ("formbook.cli.output.is_terminal", lambda stream: stream is sys.stdout),
            ("formbook.cli.batch.is_terminal", lambda _stream: False),
            ("formbook.ingest.in_order", in_this_process),
        ):
            stack.enter_context(mock.patch(name, stand_in))
        yield


def in_this_process(
    jobs: Iterable[ReadJob], read: Callable[[ReadJob], FrameRead], **_limits: float
) -> Iterator[tuple[ReadJob, FrameRead]]:
    """Read frames, and all but the engine's part as formbook does."""
    for job in jobs:
        engine = SampleReader(job.frame)
        with mock.patch("formbook.ingest.job._engine", return_value=engine):
            yield job, read(job)


def made_anew(readme: str, desk: Desk) -> str:
    """Run a README's commands, and put what they print in place of what stands there."""

    def block(found: re.Match[str]) -> str:
        head, account, time, body = found.groups()
        now = dt.datetime.fromisoformat(time).replace(tzinfo=HANOI)
        lines = []
        for command, before in commands(body):
            printed = [line.rstrip() for line in desk.type(command, account, now).splitlines()]
            lines += [f"$ {command}", *shortened(printed, before)]
            now += dt.timedelta(minutes=1)
        return head + "\n".join(lines) + "\n"

    return BLOCK.sub(block, readme)


def commands(body: str) -> list[tuple[str, list[str]]]:
    """The command lines of a block, each with the lines that stand below it."""
    found = []
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command, printed = COMMAND.fullmatch(part).groups()
        found.append((command, printed.splitlines()))
    return found


def all_commands(readme: str) -> list[str]:
    """All command lines that are run for a README."""
    return [command for block in BLOCK.finditer(readme) for command, _ in commands(block[4])]


def shortened(printed: list[str], before: list[str]) -> list[str]:
    """Leave out what was left out before."""
    if LEFT_OUT not in before:
        return printed
    above = before.index(LEFT_OUT)
    below = len(before) - above - 1
    if len(printed) <= above + below:
        return printed
    return [*printed[:above], LEFT_OUT, *printed[len(printed) - below :]]


def write() -> None:
    """Write the transcripts of both READMEs anew, and the picture of each."""
    from picture import PICTURES, draw

    for language, readme in READMES.items():
        with tempfile.TemporaryDirectory() as folder:
            desk = Desk(Path(folder), language)
            text = made_anew(readme.read_text(encoding="utf-8"), desk)
            readme.write_text(text, encoding="utf-8")
            PICTURES[language].write_text(draw(desk), encoding="utf-8")


if __name__ == "__main__":
    write()
