"""A register and a way to run commands on it, as a person at a keyboard would."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from registers import CLERK, NOW, add_scan, entry, make_register, mark, reading, written
from typer.testing import CliRunner, Result

from formbook.cli import app, clock, language
from formbook.store import Store

Run = Callable[..., Result]


def pytest_configure() -> None:
    """Compile catalogues that are older than their source, so that no test sees old messages."""
    for source in language.LOCALE.glob("*/LC_MESSAGES/formbook.po"):
        compiled = source.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
            continue
        # Several test processes may do this at once.
        descriptor, name = tempfile.mkstemp(dir=source.parent)
        with source.open("rb") as po, os.fdopen(descriptor, "wb") as mo:
            write_mo(mo, read_po(po, locale=source.parts[-3]))
        Path(name).replace(compiled)


@pytest.fixture(autouse=True)
def english() -> None:
    """No test finds the language that an earlier one left in use."""
    language.use("en")


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> Path:
    """A register with two pages: entries 1 and 2 on page 1/1, entry 3 on page 1/2."""
    with make_register(tmp_path_factory.mktemp("made")) as register:
        add_scan(
            register,
            reading(
                [("Đường Trần Bình tối quá", 0), ("đèn hỏng", 0), ("Khen cán bộ", 1)],
                entries=[entry(written("26/2/2024", "2024-02-26", date="2024-02-26")), entry()],
                marks=[mark(written("27/2", "2024-02-27"))],
            ),
        )
        add_scan(register, reading(["Vỉa hè bị lấn chiếm"]), number=2)
        return register.folder


@pytest.fixture
def store(made, tmp_path) -> Iterator[Store]:
    """A copy of that register."""
    shutil.copytree(made, tmp_path / "register")
    with Store(tmp_path / "register") as register:
        yield register


@pytest.fixture
def folder(store) -> Path:
    """The register's folder."""
    return store.folder


@pytest.fixture
def run(tmp_path, monkeypatch) -> Run:
    """Run a command in the register's folder: `run("pages")`, `run("pages", lang="vi")`."""
    monkeypatch.setattr(clock, "now", lambda: NOW + dt.timedelta(hours=1))
    monkeypatch.setattr(clock, "account", lambda: CLERK.account)
    for name in ("FORMBOOK_REGISTER", "FORMBOOK_PERSON", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(tmp_path)
    if (tmp_path / "register").exists():
        monkeypatch.chdir(tmp_path / "register")

    def run(*arguments: object, lang: str = "en", typed: str | None = None) -> Result:
        monkeypatch.setenv("LANG", {"en": "en_US.UTF-8", "vi": "vi_VN.UTF-8"}[lang])
        return CliRunner().invoke(
            app, [str(each) for each in arguments], input=typed, prog_name="formbook"
        )

    return run


@pytest.fixture
def terminal(monkeypatch) -> None:
    """A person looks at the output."""
    monkeypatch.setattr("formbook.cli.output.is_terminal", lambda _stream: True)
