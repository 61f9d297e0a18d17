"""What the program loads when it starts, and what the shell completes."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest

from formbook.cli import options

SLOW = ("numpy", "cv2", "sqlite_utils", "holidays", "PIL", "rich", "pebble")


@pytest.mark.parametrize("arguments", [["--help"], ["ingest", "--help"], ["--version"]])
def test_help_loads_nothing_slow(arguments) -> None:
    code = (
        "import sys, formbook.cli\n"
        "try: formbook.cli.main()\n"
        "except SystemExit: pass\n"
        f"print([m for m in {SLOW!r} if m in sys.modules])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    assert ended.stdout.splitlines()[-1] == "[]"


def test_the_version_is_that_of_the_package(run) -> None:
    assert run("--version").stdout == f"formbook {version('formbook')}\n"


def complete(line: str, *, lang: str = "C.UTF-8") -> list[str]:
    code = "from formbook.cli import main; main()"
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env={
            "_FORMBOOK_COMPLETE": "complete_bash",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(line.split(" ")) - 1),
            "LANG": lang,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stdout.split()


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("formbook unan", ["unanswered"]),
        ("formbook respond 1 re", ["received", "reopened"]),
        ("formbook entries --status a", ["assigned", "answered"]),
        ("formbook people --add A --role c", ["clerk", "chairman"]),
        ("formbook pages --lang v", ["vi"]),
        ("formbook ingest --recognizer t", ["tesseract"]),
        ("formbook export x", ["xlsx"]),
    ],
)
def test_the_shell_completes_commands_statuses_and_roles(line, completed) -> None:
    assert complete(line) == completed


@pytest.mark.parametrize(
    ("complete", "incomplete", "completed"),
    [
        (options.complete_status, "re", [("received", "received"), ("reopened", "reopened")]),
        (options.complete_role, "a", [("auditor", "auditor")]),
        (options.complete_language, "e", ["en"]),
    ],
)
def test_what_is_completed_is_explained(complete, incomplete, completed) -> None:
    assert complete(incomplete) == completed


def test_the_script_for_the_shell_is_shown() -> None:
    ended = subprocess.run(
        [
            sys.executable,
            "-c",
            "from formbook.cli import main; main()",
            "--show-completion",
            "bash",
        ],
        env={"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "_FORMBOOK_COMPLETE=complete_bash" in ended.stdout
