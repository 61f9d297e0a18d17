"""How the program ends: exit codes, pipes that close, interruptions and faults of its own."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys

import pytest

from formbook.cli import group
from formbook.errors import (
    AuditFailedError,
    ExitCode,
    FormbookError,
    MissingToolError,
    RecognitionError,
    ScanError,
    StoreError,
)


def program(*arguments: str, code: str = "", **options) -> subprocess.CompletedProcess[bytes]:
    start = f"{code}\nfrom formbook.cli import main\nmain()"
    environment = {**os.environ, "LC_ALL": "C.UTF-8", **options.pop("env", {})}
    return subprocess.run(
        [sys.executable, "-c", start, *arguments],
        env=environment,
        check=False,
        **{"capture_output": True, **options},
    )


def raising(monkeypatch, error: BaseException) -> None:
    def fail(*_arguments) -> None:
        raise error

    monkeypatch.setattr("formbook.store.views.pages", fail)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ScanError(path="a.jpg", reason="x"), ExitCode.SCAN),
        (MissingToolError(tool="x", remedy="y"), ExitCode.TOOL),
        (RecognitionError(engine="x", path="y", reason="z"), ExitCode.RECOGNIZE),
        (StoreError(register="r", reason="x"), ExitCode.STORE),
        (AuditFailedError(count=2, register="r"), ExitCode.AUDIT),
        (FormbookError(reason="x"), ExitCode.OTHER),
    ],
    ids=lambda value: value.name if isinstance(value, ExitCode) else "",
)
def test_each_branch_of_errors_has_its_exit_code(store, run, monkeypatch, error, code) -> None:
    raising(monkeypatch, error)
    result = run("pages")
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr == f"Error: {error}\n"


def test_an_error_is_printed_as_it_is_at_any_width(store, run, monkeypatch) -> None:
    raising(monkeypatch, ScanError(path="[red]a[/red]\x1b[2J" + "b" * 200, reason="x"))
    monkeypatch.setenv("COLUMNS", "20")
    first = run("pages").stderr.splitlines()[0]
    assert first == ("Error: [red]a[/red]\\x1b[2J" + "b" * 200 + " cannot be used as a scan: x")


def test_ctrl_c_ends_with_130_and_says_what_is_kept(store, run, monkeypatch) -> None:
    raising(monkeypatch, KeyboardInterrupt())
    result = run("pages", lang="vi")
    assert result.exit_code == 130
    assert result.stderr == "Đã dừng. Những gì đã xác nhận trước đó được giữ lại.\n"


def test_a_program_that_asks_for_the_end_gets_it(store, run, monkeypatch) -> None:
    def asked(*_arguments) -> None:
        group.end_when_asked(15, None)

    monkeypatch.setattr("formbook.store.views.pages", asked)
    result = run("pages")
    assert result.exit_code == 143
    assert result.stderr == "Stopped. What was confirmed before is kept.\n"


def test_a_fault_names_itself_and_no_word_of_a_citizen(store, folder) -> None:
    code = (
        "import formbook.store.views as v\n"
        "def pages(*a): secret = 'Nguyễn Văn A'; raise ZeroDivisionError(secret)\n"
        "v.pages = pages"
    )
    ended = program("pages", "--register", str(folder), code=code)
    said = ended.stderr.decode()
    assert (ended.returncode, ended.stdout) == (1, b"")
    assert said.startswith("formbook has a fault: ZeroDivisionError at formbook/cli/pages.py:")
    assert "Nguyễn" not in said
    assert "Traceback" not in said
    shown = program("pages", "--register", str(folder), code=code, env={"FORMBOOK_TRACEBACK": "1"})
    assert "Traceback (most recent call last)" in shown.stderr.decode()


def test_a_fault_outside_the_package_still_has_a_name(capsys, monkeypatch) -> None:
    monkeypatch.delenv("FORMBOOK_TRACEBACK", raising=False)
    group.report_bug(ValueError, ValueError("x"), None)
    assert capsys.readouterr().err.startswith("formbook has a fault: ValueError at ? (version ")


def test_a_reader_that_stops_reading_ends_the_program_quietly(folder) -> None:
    read, write = os.pipe()
    os.close(read)
    ended = program(
        "entries",
        "--register",
        str(folder),
        capture_output=False,
        stdout=write,
        stderr=subprocess.PIPE,
    )
    os.close(write)
    assert (ended.returncode, ended.stderr) == (141, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="/dev/full is not there")  # noqa: PTH110
@pytest.mark.parametrize("arguments", ["entries", "pages --json", "--help", "--version"])
def test_output_that_cannot_be_written_is_said(folder, arguments) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        ended = program(
            *("--register", str(folder)),
            *arguments.split(),
            capture_output=False,
            stdout=full,
            stderr=subprocess.PIPE,
        )
    assert ended.returncode == ExitCode.OTHER
    assert ended.stderr.decode().startswith(
        "Error: The operating system refused: No space left on device."
    )


@pytest.mark.parametrize("arguments", ["entries", "--help"])
def test_a_stdout_that_was_closed_fails_as_a_full_one(folder, arguments) -> None:
    ended = program(
        *("--register", str(folder), arguments),
        capture_output=False,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: os.close(1),
    )
    assert ended.returncode == ExitCode.OTHER
    assert ended.stderr.decode().startswith(
        "Error: The operating system refused: Bad file descriptor."
    )


def test_messages_for_a_closed_stderr_and_words_of_a_closed_stdin_are_none(folder) -> None:
    def close() -> None:
        os.close(0)
        os.close(2)

    ended = program(
        *("--register", str(folder), "add", "1/1", "-"),
        capture_output=False,
        stdout=subprocess.PIPE,
        preexec_fn=close,
    )
    assert (ended.returncode, ended.stdout) == (ExitCode.STORE, b"")


def test_vietnamese_is_written_whatever_the_locale(folder) -> None:
    ended = program(
        "entries", "--register", str(folder), env={"LC_ALL": "POSIX", "PYTHONIOENCODING": "ascii"}
    )
    assert "Đường Trần Bình" in ended.stdout.decode("utf-8")


def test_what_is_said_stands_behind_the_data_where_both_go_to_one_place(store, folder):
    store.close()
    one = {"capture_output": False, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    ended = program("search", "duong", "--limit", "1", cwd=folder, **one)
    shown = ended.stdout.decode().splitlines()
    assert [line.split("\t")[0] for line in shown] == [
        *("Entry", "1", "These are the first 1; --limit N shows more."),
    ]
    with contextlib.closing(sqlite3.connect(folder / "formbook.db")) as connection:
        connection.execute("update entries set status = 'answered' where id = 2")
        connection.commit()
    found = program("verify", cwd=folder, **one).stdout.decode().splitlines()
    assert found[0].startswith("Finding\t")
    assert found[-1].startswith("Error: 1 findings in ")
