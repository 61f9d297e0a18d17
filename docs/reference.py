"""Write commands.md and errors.md beside this file from the code; `make docs` runs it."""

from __future__ import annotations

import importlib
import inspect
import os
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import formbook
from formbook.errors import ExitCode, FormbookError

DOCS = Path(__file__).parent
MADE = "<!-- Made from the code by `make docs`. -->\n\n"
MEANINGS = {
    ExitCode.OK: "all went well",
    ExitCode.USAGE: "the command was written wrongly",
    ExitCode.SCAN: "a file of scans cannot be used",
    ExitCode.TOOL: "a program or its data is not installed",
    ExitCode.RECOGNIZE: "an engine failed on an image",
    ExitCode.STORE: "the register refuses",
    ExitCode.AUDIT: "findings exist: the command worked, and found something",
    ExitCode.PARTIAL: "a part of a batch failed, each named; the rest is done",
    ExitCode.OTHER: "anything else that formbook expects to go wrong",
}
INTERRUPTED = 130


def commands() -> str:
    """Describe every command and option, in English, the same at any terminal width."""
    made = subprocess.run(
        [sys.executable, "-m", "typer", "formbook.cli", "utils", "docs", "--name", "formbook"],
        check=True,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "LANG": "en_US.UTF-8", "LC_ALL": "C.UTF-8", "COLUMNS": "100"},
    )
    return MADE + _unshortened(made.stdout.strip()) + "\n"


def _unshortened(text: str) -> str:
    """Give the commands that a list names their whole first paragraph."""
    said = dict(re.findall(r"^#+ `formbook (.+)`\n\n((?:.+\n)+)", text, re.MULTILINE))

    def whole(item: re.Match[str]) -> str:
        summary = " ".join(said[item[1]].split())
        return f"* [`{item[1]}`](#formbook-{item[1].replace(' ', '-')}): {summary}"

    return re.sub(
        rf"^\* `({'|'.join(map(re.escape, said))})`: .*$", whole, text, flags=re.MULTILINE
    )


def errors() -> str:
    """Describe every exit code, and every error with what it says."""
    return MADE + "\n".join(
        ["# What formbook says when something goes wrong\n", *_exit_codes(), *_messages()]
    )


def error_classes() -> list[type[FormbookError]]:
    """Find every error class of the package, each below the one that it refines."""
    for module in pkgutil.walk_packages(formbook.__path__, "formbook."):
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            if error.name not in {"onnx", "torch"}:  # packages of the extra `train`
                raise
    return list(_family(FormbookError))


def _family(kind: type[FormbookError]) -> Iterator[type[FormbookError]]:
    yield kind
    refined = {child for child in kind.__subclasses__() if child.__module__.startswith("formbook")}
    for child in sorted(refined, key=lambda child: (child.exit_code, child.__name__)):
        yield from _family(child)


def _exit_codes() -> Iterator[str]:
    yield "Each message says what happened, whether anything was changed, and what to do next."
    yield "The exit code says the same to a script.\n"
    yield "| exit code | meaning |\n| --- | --- |"
    for code in ExitCode:
        yield f"| {code.value} | {MEANINGS[code]} |"
    yield f"| {INTERRUPTED} | Ctrl-C |"


def _messages() -> Iterator[str]:
    code = None
    for kind in sorted(error_classes(), key=lambda kind: kind.exit_code):
        if kind.exit_code != code:
            code = kind.exit_code
            yield f"\n## Exit code {code.value}: {MEANINGS[code]}"
        summary = (inspect.getdoc(kind) or "").partition("\n")[0]
        fields = {name: f"<{name}>" for _, name, _, _ in Formatter().parse(kind.message) if name}
        message = kind.message.format(**fields)
        yield f"\n### {kind.__name__}\n\n{summary}\n\n```text\n{message}\n```"
    yield ""


if __name__ == "__main__":
    (DOCS / "errors.md").write_text(errors(), encoding="utf-8")
    (DOCS / "commands.md").write_text(commands(), encoding="utf-8")
