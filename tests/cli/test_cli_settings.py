from __future__ import annotations

import datetime as dt
import os
import pwd

import pytest

from formbook import reading
from formbook.cli import clock, config
from formbook.cli.language import of_arguments, of_environment
from formbook.cli.usage import translated_error
from formbook.cli.words import SOURCES, explain
from formbook.deadlines import rules_in_force
from formbook.settings import Settings


def write(folder, text: str) -> None:
    (folder / "formbook.toml").write_text(text, encoding="utf-8")


@pytest.fixture
def environment(monkeypatch):
    for key in ("LANGUAGE", "RECOGNIZER", "WORKERS", "PAGE_TIME_LIMIT_S"):
        monkeypatch.delenv(f"FORMBOOK_{key}", raising=False)
    return monkeypatch


def test_without_settings_the_defaults_hold(tmp_path, environment) -> None:
    assert config.read(tmp_path) == Settings()


def test_the_template_sets_nothing(tmp_path, environment) -> None:
    write(tmp_path, config.TEMPLATE)
    assert config.read(tmp_path) == Settings()


def test_the_template_names_every_setting(tmp_path, environment) -> None:
    write(tmp_path, config.TEMPLATE.replace("# language", "language").replace("# rec", "rec"))
    write(
        tmp_path,
        "\n".join(
            line.removeprefix("# ") for line in config.TEMPLATE.splitlines() if " = " in line
        ),
    )
    assert config.read(tmp_path) == Settings("vi", "handwriting", 4, 120, "https://...", "tsa.pem")


def test_the_environment_comes_before_the_file(tmp_path, environment) -> None:
    write(tmp_path, 'language = "vi"\nworkers = 2\n')
    environment.setenv("FORMBOOK_WORKERS", "3")
    environment.setenv("FORMBOOK_PAGE_TIME_LIMIT_S", "7.5")
    assert config.read(tmp_path) == Settings("vi", "handwriting", 3, 7.5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("workres = 4", "there is no setting workres."),
        ("workers = 0", "workers cannot be 0.\nNothing was changed. Write a whole number from 1 "),
        ('workers = "4"', "workers cannot be '4'."),
        ("workers = true", "workers cannot be True."),
        ('language = "fa"', "language cannot be 'fa'.\nNothing was changed. Write vi or en "),
        ('recognizer = "eyes"', "recognizer cannot be 'eyes'."),
        ("page_time_limit_s = -1", "page_time_limit_s cannot be -1."),
        ("workers =", "Invalid value (at end of document)"),
    ],
)
def test_a_setting_that_cannot_be_names_file_and_key(tmp_path, environment, text, said) -> None:
    write(tmp_path, text)
    with pytest.raises(config.SettingsError) as raised:
        config.read(tmp_path)
    assert explain(raised.value).startswith(f"{tmp_path}/formbook.toml: {said}")


def test_a_wrong_variable_of_the_environment_is_named(tmp_path, environment) -> None:
    environment.setenv("FORMBOOK_WORKERS", "many")
    with pytest.raises(config.SettingsError) as raised:
        config.read(tmp_path)
    assert str(raised.value).startswith("environment: FORMBOOK_WORKERS cannot be 'many'.")


def test_wrong_settings_end_a_command_that_needs_them(store, folder, run) -> None:
    write(folder, "speed = 9\n")
    result = run("ingest", folder)
    assert (result.exit_code, result.stdout) == (15, "")
    assert result.stderr.startswith(f"Error: {folder}/formbook.toml: there is no setting speed.\n")
    assert run("pages").exit_code == 0


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({"LANG": "vi_VN.UTF-8"}, "vi"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANG": "vi_VN", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "en_US", "LC_MESSAGES": "vi"}, "vi"),
        ({}, "en"),
    ],
)
def test_the_locale_chooses_the_language(variables, language) -> None:
    assert of_environment(variables) == language


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("--lang vi pages", "vi"),
        ("pages --lang=en", "en"),
        ("pages --lang vi --lang en", "en"),
        ("search -- --lang vi", None),
        ("pages --lang", None),
        ("pages", None),
    ],
)
def test_the_option_is_found_wherever_it_stands(line, language) -> None:
    assert of_arguments(line.split()) == language


def test_option_comes_before_settings_and_these_before_the_locale(store, folder, run) -> None:
    write(folder, 'language = "vi"\n')
    assert run("pages", lang="en").stdout.startswith("Trang\t")
    assert run("--register", folder, "pages", "--help").stdout.startswith("Cách dùng: ")
    assert run("pages", "--lang", "en", lang="vi").stdout.startswith("Page\t")
    assert run("--lang", "en", "pages", lang="vi").stdout.startswith("Page\t")


def test_the_engines_are_those_that_reading_knows() -> None:
    assert config.RECOGNIZERS == reading.RECOGNIZERS


def test_the_sources_of_shipped_rules_can_be_translated(store) -> None:
    assert {rule.source for rule in rules_in_force(store)} == set(SOURCES)


def test_the_account_is_asked_of_the_system_and_not_of_the_environment(monkeypatch) -> None:
    monkeypatch.setenv("USER", "somebody else")
    assert clock.account() == pwd.getpwuid(os.getuid()).pw_name
    monkeypatch.setattr(clock.os, "getuid", lambda: 123_456_789)
    assert clock.account() == "123456789"


def test_now_is_in_utc() -> None:
    assert clock.now().utcoffset() == dt.timedelta(0)


def test_a_usage_error_that_is_new_is_said_as_it_is() -> None:
    assert translated_error("Something of a later Typer.") == "Something of a later Typer."
