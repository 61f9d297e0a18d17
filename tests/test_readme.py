"""What the READMEs show is what the program prints."""

from __future__ import annotations

import re

import pytest
from picture import PICTURES, draw, without_pixels
from transcripts import BLOCK, LOCALES, READMES, Desk, all_commands, made_anew, shortened

HASH = re.compile(r"\b[0-9a-f]{64}\b")
"""The head of a log covers what a library made of a scan's pixels: machines differ in it."""

ANEW = "not what the program prints; `make docs` writes it anew"
READ = {language: path.read_text(encoding="utf-8") for language, path in READMES.items()}


@pytest.fixture(scope="module", params=LOCALES)
def made(request, tmp_path_factory) -> tuple[str, str, Desk]:
    """A README's language, its text made anew, and the desk at which that was done."""
    desk = Desk(tmp_path_factory.mktemp("desk"), request.param)
    return request.param, made_anew(READ[request.param], desk), desk


def test_the_transcripts_are_what_the_program_prints(made) -> None:
    language, text, _desk = made
    assert HASH.sub("", text) == HASH.sub("", READ[language]), ANEW


def test_the_picture_shows_what_the_program_prints(made) -> None:
    language, _text, desk = made
    before = PICTURES[language].read_text(encoding="utf-8")
    assert without_pixels(draw(desk)) == without_pixels(before), ANEW


def test_a_transcript_that_is_no_longer_true_is_noticed(made, tmp_path) -> None:
    language, _text, _desk = made
    first = next(BLOCK.finditer(READ[language]))[0]
    stale = re.sub("Nghĩa Đô(?=[^\n]*nghia-do)", "Nghĩa Tân", f"{first}```\n")
    assert stale != f"{first}```\n"
    assert made_anew(stale, Desk(tmp_path, language)) == f"{first}```\n"


@pytest.mark.parametrize("text", READ.values(), ids=READ)
def test_every_block_of_commands_is_a_transcript(text) -> None:
    assert len(BLOCK.findall(text)) == text.count("```console") > 0


def test_both_readmes_run_the_same_commands() -> None:
    assert all_commands(READ["en"]) == all_commands(READ["vi"])


@pytest.mark.parametrize(
    ("before", "shown"),
    [
        ([], "abcde"),
        (list("xyz"), "abcde"),
        (["x", "…"], "a…"),
        (["x", "…", "y", "z"], "a…de"),
        (list("xyzx…z"), "abcde"),
    ],
)
def test_as_many_lines_are_shown_as_were_before(before, shown) -> None:
    assert "".join(shortened(list("abcde"), before)) == shown
