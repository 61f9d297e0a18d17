"""The documents say what the program does, all of it, and nothing else."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from formbook.errors import ExitCode

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
READMES = [ROOT / "README.md", ROOT / "README.vi.md"]
WRITTEN_BY_HAND = [*READMES, *sorted(set(DOCS.glob("*.md")) - {DOCS / "commands.md"})]
HEADING = re.compile(r"^#+ `formbook ?(.*)`$")
OPTION = re.compile(r"(?<![\w-])(--?[a-z][\w-]*)")
CODE = re.compile(r"`formbook( [^`]*)?`|^\$ formbook(.*)$", re.MULTILINE)


@pytest.fixture(scope="module")
def reference() -> dict[str, object]:
    """The generator's own functions."""
    return runpy.run_path(str(DOCS / "reference.py"))


def documented_commands() -> dict[str, set[str]]:
    """Each command of docs/commands.md, "" being formbook alone, with its options."""
    commands: dict[str, set[str]] = {}
    here = ""
    for line in (DOCS / "commands.md").read_text(encoding="utf-8").splitlines():
        if heading := HEADING.match(line):
            here = heading[1]
            commands[here] = set()
        elif line.startswith("* `-"):
            commands[here] |= set(OPTION.findall(line.split("`")[1]))
    return commands


def uses_of_formbook(text: str) -> list[list[str]]:
    """The words after `formbook` wherever a text shows it as code."""
    return [(inline or shown).split("  #")[0].split() for inline, shown in CODE.findall(text)]


def unknown_in(words: list[str], commands: dict[str, set[str]]) -> list[str]:
    """What of a command as written the program does not have."""
    path = ""
    unknown = []
    for before, word in zip(["", *words], words, strict=False):
        deeper = f"{path} {word}".strip()
        is_group = any(name.startswith(f"{path} ".lstrip()) for name in commands if name != path)
        if word.startswith("-"):
            continue
        if deeper in commands:
            path = deeper
        elif is_group and re.fullmatch("[a-z-]+", word) and not before.startswith("-"):
            unknown.append(word)
    allowed = commands[path] | commands[""]
    return unknown + [
        option
        for word in words
        for option in OPTION.findall(word.split("=")[0])
        if word.startswith("-") and option not in allowed
    ]


def test_the_list_of_errors_is_that_of_the_code(reference) -> None:
    assert (DOCS / "errors.md").read_text(encoding="utf-8") == reference["errors"]()


@pytest.mark.parametrize("columns", [40, 200])
def test_the_list_of_commands_is_that_of_the_code_at_any_width(reference, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERMINAL_WIDTH", str(columns))
    assert (DOCS / "commands.md").read_text(encoding="utf-8") == reference["commands"]()


@pytest.mark.parametrize("path", WRITTEN_BY_HAND, ids=lambda path: path.name)
def test_a_document_names_no_command_or_option_that_is_not_there(path) -> None:
    commands = documented_commands()
    text = path.read_text(encoding="utf-8")
    assert {
        " ".join(words): unknown
        for words in uses_of_formbook(text)
        if (unknown := unknown_in(words, commands))
    } == {}


def test_an_unknown_command_or_option_in_a_document_is_found() -> None:
    commands = {"": {"--lang"}, "show": {"--json"}, "people": set(), "people add": {"--role"}}
    text = "`formbook shwo 1`, `formbook show 1 --csv`, `formbook people ad Lan`\n$ formbook audit"
    assert [unknown_in(words, commands) for words in uses_of_formbook(text)] == [
        ["shwo"],
        ["--csv"],
        ["ad"],
        ["audit"],
    ]
    text = "`formbook`, `formbook --lang vi show E-1 --json`, `formbook people add Lan --role x`"
    assert [unknown_in(words, commands) for words in uses_of_formbook(text)] == [[], [], []]


def test_what_cron_and_systemd_are_told_to_run_is_there() -> None:
    commands = documented_commands()
    text = (DOCS / "backup.md").read_text(encoding="utf-8")
    lines = re.findall(
        r"^(?:[\d*]+ +){5}formbook (.+)|^ExecStart=\S*/formbook (.+)", text, re.MULTILINE
    )
    told = [(cron or systemd).split() for cron, systemd in lines]
    assert [words[0] for words in told] == ["backup", "verify", "doctor", "backup"]
    assert [unknown_in(words, commands) for words in told] == [[]] * 4


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_a_readme_lists_every_exit_code(path) -> None:
    text = path.read_text(encoding="utf-8")
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
    assert codes == {*map(int, ExitCode), 130}


def test_both_readmes_show_the_same_commands() -> None:
    english, vietnamese = (path.read_text(encoding="utf-8") for path in READMES)
    assert {tuple(words[:1]) for words in uses_of_formbook(english)} == {
        tuple(words[:1]) for words in uses_of_formbook(vietnamese)
    }


@pytest.mark.parametrize("path", WRITTEN_BY_HAND, ids=lambda path: path.name)
def test_every_link_inside_the_project_leads_somewhere(path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_every_test_that_the_page_on_trust_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", (DOCS / "trust.md").read_text(encoding="utf-8")))
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
    there = set(re.findall(r"^def (test_\w+)", tests, re.MULTILINE))
    assert len(named) > 30
    assert named - there == set()


def test_every_promise_on_the_page_on_trust_names_a_test() -> None:
    text = (DOCS / "trust.md").read_text(encoding="utf-8")
    promises = text.partition("## Promised")[2].partition("## Not promised")[0]
    rows = [line for line in promises.splitlines() if line.startswith("| ")][2:]
    assert len(rows) > 10
    assert [row for row in rows if "`test_" not in row.rpartition(" | ")[2]] == []
