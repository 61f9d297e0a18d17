from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from formbook.errors import ExitCode, FormbookError, MissingToolError, RecognitionError
from formbook.recognize import tesseract
from formbook.recognize.table import parse, place, put_together
from formbook.recognize.tesseract import (
    LanguageMissingError,
    Tesseract,
    TesseractCrashedError,
    TesseractFailedError,
    TesseractGarbledError,
    TesseractMissingError,
    TesseractTimeoutError,
)

HEADER = (
    "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"
)
PAGE_ROW = "1\t1\t0\t0\t0\t0\t0\t0\t1000\t800\t-1\t"


def table(*rows: str) -> str:
    return "\n".join([HEADER, PAGE_ROW, *rows]) + "\n"


def word(text: str, left: int, top: int, confidence: float = 90, line: int = 1) -> str:
    return f"5\t1\t1\t1\t{line}\t1\t{left}\t{top}\t80\t30\t{confidence}\t{text}"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Put a program named tesseract, which does what a shell script says, before the real one."""

    def program(script: str) -> None:
        folder = tmp_path / "bin"
        folder.mkdir()
        file = folder / "tesseract"
        version = 'if [ "$1" = --version ]; then echo "tesseract 5.9.9"; exit 0; fi\n'
        file.write_text(f"#!/bin/sh\n{version}{script}\n", encoding="utf-8")
        file.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    return program


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A page of two lines of print."""
    picture = Image.new("L", (900, 400), 255)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(size=40)
    pen.text((60, 60), "mot hai ba bon nam", fill=0, font=font)
    pen.text((60, 200), "sau bay tam chin", fill=0, font=font)
    path = tmp_path / "trang 1.png"
    picture.save(path)
    return path


# -- a whole page -------------------------------------------------------------


@pytest.mark.tesseract
def test_a_page_gives_its_lines_with_their_places(page: Path):
    first, second = Tesseract().read_page(page)

    assert first.reading.text.split()[:2] == ["mot", "hai"]
    assert second.reading.text.split()[0] == "sau"
    assert 50 <= first.polygon[0][0] <= 70
    assert first.polygon[3][1] < second.polygon[0][1]


@pytest.mark.tesseract
def test_a_picture_reads_like_the_file_that_holds_it(page: Path):
    pixels = np.asarray(Image.open(page))

    assert Tesseract().read_page(page, pixels) == Tesseract().read_page(page)


@pytest.mark.tesseract
def test_an_empty_page_has_no_lines(tmp_path: Path):
    path = tmp_path / "white.png"
    Image.new("L", (600, 800), 255).save(path)

    assert Tesseract().read_page(path) == []
    assert Tesseract().read_page(path, np.asarray(Image.open(path))) == []


@pytest.mark.tesseract
def test_nothing_is_left_in_the_temporary_folder(page: Path, temporary: Path):
    Tesseract().read_page(page)
    Tesseract().read_page(page, np.asarray(Image.open(page)))
    Tesseract().read([np.asarray(Image.open(page))[40:120]])

    assert list(temporary.iterdir()) == []


def test_the_file_itself_is_handed_over_and_one_thread_allowed(
    install, page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OMP_THREAD_LIMIT", "7")
    told = tmp_path / "told"
    install(f'echo "$1 $OMP_THREAD_LIMIT" >> "{told}"; printf "{table()}" > "$2.tsv"')

    assert Tesseract().read_page(page) == []
    assert told.read_text(encoding="utf-8") == f"{page} 1\n"


def test_the_program_is_asked_its_version_once(install, page: Path, tmp_path: Path):
    asked = tmp_path / "asked"
    install(f'printf "{table()}" > "$2.tsv"')
    program = tmp_path / "bin" / "tesseract"
    script = program.read_text(encoding="utf-8")
    program.write_text(script.replace("then", f'then echo asked >> "{asked}";'), encoding="utf-8")

    engine = Tesseract()
    for _ in range(3):
        engine.read_page(page)

    assert engine.name == "tesseract 5.9.9"
    assert asked.read_text(encoding="utf-8").count("asked") == 1


# -- faults -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("exec sleep 30", TesseractTimeoutError),
        ("kill -SEGV $$", TesseractCrashedError),
        ("echo 'Error in pixReadMem' >&2; exit 1", TesseractFailedError),
        ("exit 3", TesseractFailedError),
        (r"printf '\377\376' >&2; exit 1", TesseractGarbledError),
        ("exit 0", TesseractFailedError),
        ('printf "" > "$2.tsv"', TesseractGarbledError),
        ('printf "mot hai" > "$2.tsv"', TesseractGarbledError),
        (rf'printf "{HEADER}\n\377\376" > "$2.tsv"', TesseractGarbledError),
        (f'printf "{HEADER}\n" > "$2.tsv"', TesseractGarbledError),
        (f'printf "{table(PAGE_ROW)}" > "$2.tsv"', TesseractGarbledError),
    ],
    ids=[
        "hangs",
        "crashes",
        "fails",
        "fails silently",
        "fails in no known letters",
        "writes nothing",
        "writes an empty table",
        "writes prose",
        "writes no known letters",
        "writes no page",
        "writes two pages",
    ],
)
def test_a_fault_of_the_program_names_the_page_and_leaves_nothing_behind(
    install, page: Path, temporary: Path, script: str, error: type[FormbookError]
):
    install(script)
    with pytest.raises(RecognitionError) as caught:
        Tesseract(timeout_s=0.3).read_page(page)

    assert type(caught.value) is error
    assert str(page) in str(caught.value)
    assert "Nothing was changed." in str(caught.value)
    assert caught.value.exit_code is ExitCode.RECOGNIZE
    assert list(temporary.iterdir()) == []


def test_lines_that_are_not_all_answered_are_a_fault(install):
    install(f'printf "{table()}" > "$2.tsv"')
    line = np.zeros((40, 200), np.uint8)
    line[10:20] = 255
    with pytest.raises(TesseractGarbledError):
        Tesseract().read([line, line])


def test_a_program_that_may_not_be_run_is_a_fault(install, page, tmp_path, monkeypatch):
    install("exit 0")
    engine = Tesseract()
    assert engine.name == "tesseract 5.9.9"
    folder = tmp_path / "bin"
    monkeypatch.setenv("PATH", str(folder))
    (folder / "tesseract").chmod(0o644)
    with pytest.raises(TesseractFailedError, match="Permission denied"):
        engine.read_page(page)


def test_a_full_disk_is_a_fault(install, page: Path, tmp_path: Path, monkeypatch):
    install(f'printf "{table()}" > "$2.tsv"')
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(TesseractFailedError, match="No such file"):
        Tesseract().read_page(page, np.asarray(Image.open(page)))


def test_a_missing_program_is_named_with_its_remedy(page: Path, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(MissingToolError) as caught:
        Tesseract().read_page(page)

    assert type(caught.value) is TesseractMissingError
    assert "sudo apt install tesseract-ocr tesseract-ocr-vie" in str(caught.value)
    assert not tesseract.available()
    with pytest.raises(TesseractMissingError):
        tesseract.languages()


def test_a_program_that_vanishes_between_two_pages_is_named(install, page: Path, monkeypatch):
    install(f'printf "{table()}" > "$2.tsv"')
    engine = Tesseract()
    engine.read_page(page)
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(TesseractMissingError):
        engine.read_page(page)


def test_missing_vietnamese_data_is_named_with_its_remedy(install, page: Path):
    install("echo \"Failed loading language 'vie'\" >&2; exit 1")
    with pytest.raises(LanguageMissingError) as caught:
        Tesseract().read_page(page)

    assert "sudo apt install tesseract-ocr-vie" in str(caught.value)
    assert caught.value.exit_code is ExitCode.TOOL


@pytest.mark.tesseract
def test_the_real_program_says_so_when_its_vietnamese_data_is_missing(
    page: Path, tmp_path: Path, monkeypatch
):
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    with pytest.raises(LanguageMissingError):
        Tesseract().read_page(page)


def test_a_program_without_a_version_counts_as_missing(install, tmp_path: Path):
    install("exit 0")
    (tmp_path / "bin" / "tesseract").write_text("#!/bin/sh\necho hello\n", encoding="utf-8")

    assert not tesseract.available()


@pytest.mark.tesseract
def test_doctor_can_ask_without_reading():
    assert tesseract.available()
    assert tesseract.version()[0].isdigit()
    assert "vie" in tesseract.languages()


# -- the table ----------------------------------------------------------------


def test_a_character_has_its_words_confidence_and_a_space_the_smaller_one():
    (page_read,) = parse(table(word("ab", 0, 0, 91.5), word("c", 100, 0, 40)))
    (words,) = page_read.lines.values()

    read = put_together(words, "tesseract 5")
    assert read.text == "ab c"
    assert read.confidences == (0.92, 0.92, 0.4, 0.4)


def test_words_are_stored_in_nfc_and_blank_ones_are_none():
    (page_read,) = parse(table(word("u\u031bo\u031b\u0300", 0, 0), word(" ", 100, 0, 95)))
    (words,) = page_read.lines.values()

    assert [each.text for each in words] == ["ươ\u0300".replace("ơ\u0300", "ờ")]


def test_confidences_outside_0_and_100_are_cut():
    (page_read,) = parse(table(word("a", 0, 0, -1), word("b", 0, 0, 200)))
    (words,) = page_read.lines.values()

    assert [each.confidence for each in words] == [0.0, 1.0]


@pytest.mark.parametrize(
    "rows",
    [
        [word("a", 0, 0).replace("\t80\t", "\t-80\t")],
        [word("a", 0, 0, float("nan"))],
        [word("a", 0, 0).replace("\t80\t", "\twide\t")],
        [word("a", 0, 0) + "\tb"],
    ],
    ids=["negative width", "no confidence", "letters for a number", "one cell too many"],
)
def test_a_table_that_makes_no_sense_is_refused(rows: list[str]):
    with pytest.raises(ValueError, match=r".+"):
        parse(table(*rows))


def test_a_word_before_any_page_is_refused():
    with pytest.raises(ValueError, match="before any page"):
        parse(f"{HEADER}\n{word('a', 0, 0)}\n")


def test_the_corners_of_a_line_follow_the_slope_of_its_words():
    rows = [word("chữ", left, 100 + left // 10) for left in range(0, 900, 100)]
    (page_read,) = parse(table(*rows))
    (line,) = place(page_read, "tesseract 5")

    (left, top), (right, top_right), (_, bottom_right), (_, bottom) = line.polygon
    assert (left, right) == (0, 880)
    assert top_right - top == pytest.approx(88, abs=2)
    assert bottom - top == pytest.approx(bottom_right - top_right)
    assert 18 <= bottom - top <= 31


def test_no_corner_leaves_the_page():
    (page_read,) = parse(table(word("chữ", 990, 790)))
    (line,) = place(page_read, "tesseract 5")

    assert all(0 <= x <= 1000 and 0 <= y <= 800 for x, y in line.polygon)
