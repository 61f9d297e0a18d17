"""Every message of the program is there in every language, with the same fields."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import formbook

PACKAGE = Path(formbook.__file__).parent
CATALOGUES = sorted(PACKAGE.glob("locale/*/LC_MESSAGES/formbook.po"))


@pytest.fixture(scope="module")
def messages() -> set[str]:
    """All that the code marks with `_()`."""
    return {message for _, _, message, _, _ in extract_from_dir(PACKAGE)}


def translations(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3], abort_invalid=True)


def fields(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text)} - {None}


def code(text: str) -> list[str]:
    """The commands and options that a text shows, in any order."""
    return sorted(re.findall(r"`[^`]*`|--[a-z-]+", text))


def test_no_message_hides_in_an_f_string() -> None:
    """What Babel does not find there, nobody translates."""
    hidden = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in PACKAGE.rglob("*.py")
        for whole in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(whole, ast.JoinedStr)
        for node in ast.walk(whole)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_"
    ]
    assert hidden == []


def test_there_is_a_vietnamese_catalogue() -> None:
    assert "vi" in {path.parts[-3] for path in CATALOGUES}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_a_catalogue_holds_each_message_of_the_code_and_no_other(path, messages) -> None:
    held = {message.id for message in translations(path) if message.id}
    assert (messages - held, held - messages) == (set(), set()), "run `make catalogues`"


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_each_message_is_translated(path) -> None:
    assert [m.id for m in translations(path) if m.id and (m.fuzzy or not m.string)] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_a_translation_keeps_fields_and_commands(path) -> None:
    assert {
        m.id: m.string
        for m in translations(path)
        if m.id and (fields(m.id), code(m.id)) != (fields(m.string), code(m.string))
    } == {}
