"""Commands that read many pages: their reports, failures and ends."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest
from PIL import Image

from formbook.cli import batch
from formbook.cli.output import Output
from formbook.errors import MissingToolError, RecognitionError, ScanError
from formbook.ingest import Differing, Held, IngestReport
from formbook.ingest.job import Failure
from formbook.ingest.reread import RereadReport
from formbook.model import LineReading, PageReading, PageRef, Reading, Side
from formbook.store import Store


@pytest.fixture
def told(monkeypatch) -> dict[str, object]:
    """What the use case was called with; it answers with the report under `report`."""
    said: dict[str, object] = {"report": IngestReport()}

    def use_case(store, paths, **options):
        said.update(options, store=store, paths=paths)
        return said["report"]

    monkeypatch.setattr("formbook.ingest.ingest", use_case)
    monkeypatch.setattr("formbook.ingest.reread.reread", use_case)
    return said


REPORT = IngestReport(
    pages_added=[PageRef("1", 3), PageRef("1", 4)],
    pages_joined=[PageRef("1", 1)],
    new_there=[12, 13],
    held=[Held(7, Path("d.jpg"), 1, "number_taken", PageRef("1", 2))],
    known=5,
    failed=[
        Failure(Path("a.jpg"), None, ScanError(path="a.jpg", reason="cut off")),
        Failure(Path("b.pdf"), 2, RecognitionError(engine="x 1", path="b.pdf", reason="no")),
    ],
    ignored=[Path("notes.txt")],
    entries=9,
    marks=2,
)


def test_an_import_reports_what_came_of_it_and_ends_as_partial(store, run, told) -> None:
    told["report"] = REPORT
    result = run("ingest", ".")
    assert (result.exit_code, result.stdout) == (8, "")
    assert result.stderr == (
        "Imported 2 pages, 9 entries.\n"
        "Pages: 1/3–4.\n"
        "Marks found: 2.\n"
        "Later scans joined to their page: 1 (1/1).\n"
        "New there, entries: 12, 13.\n"
        "Known already: 5.\n"
        "Ignored, being no scans: 1 (.txt).\n"
        "Scans that wait to be placed on their page by a person: 1 (formbook place).\n"
        "Failed: a.jpg cannot be used as a scan: cut off\n"
        "Nothing was changed.\n"
        "Failed, frame 2: x 1 could not read b.pdf: no\n"
        "Nothing was changed.\n"
    )
    assert run("ingest", ".", "--quiet", lang="vi").stderr.startswith(
        "Bản quét chờ người xếp vào trang: 1 (formbook place).\nKhông được: "
    )


def test_pages_that_follow_each_other_are_named_as_one_row(store, run, told) -> None:
    refs = [("2", 1), ("1", 12), ("1", 2), ("1", 3), ("2", 2), ("1", 1)]
    told["report"] = IngestReport(pages_added=[PageRef(*ref) for ref in refs])
    assert "Trang: 1/1–3, 1/12, 2/1–2.\n" in run("ingest", ".", lang="vi").stderr


def test_an_import_for_programs(store, run, told) -> None:
    told["report"] = REPORT
    assert json.loads(run("ingest", ".", "--json", "--dry-run").stdout) == {
        "schema": "formbook/ingest/1",
        "dry_run": True,
        "pages_added": ["1/3", "1/4"],
        "pages_joined": ["1/1"],
        "new_there": [12, 13],
        "held": [{"scan": 7, "path": "d.jpg", "frame": 1, "why": "number_taken", "like": "1/2"}],
        "number_differs": [],
        "run_on": [],
        "may_run_on": [],
        "known": 5,
        "failed": [
            {
                "path": "a.jpg",
                "frame": None,
                "error": "ScanError",
                "message": "a.jpg cannot be used as a scan: cut off\nNothing was changed.",
            },
            {
                "path": "b.pdf",
                "frame": 2,
                "error": "RecognitionError",
                "message": "x 1 could not read b.pdf: no\nNothing was changed.",
            },
        ],
        "ignored": ["notes.txt"],
        "entries": 9,
        "marks": 2,
    }


def test_a_number_on_the_paper_that_differs_is_told(store, run, told) -> None:
    told["report"] = IngestReport(differing=[Differing(PageRef("1", 5), 6)])
    assert "Another number stands on the paper of: 1/5 (6). " in run("ingest", ".").stderr
    found = json.loads(run("ingest", ".", "--json").stdout)["number_differs"]
    assert found == [{"page": "1/5", "read": 6}]


def test_what_runs_on_to_the_next_page_is_told(store, run, told) -> None:
    told["report"] = IngestReport(linked=[2, 5], may_link=[{"entry": 3, "other": 4}])
    said = run("ingest", ".").stderr
    assert "Entries that run on to another page: 2, 5 (formbook split).\n" in said
    assert "Entries that may run on to the next page: 3 → 4. Compare" in said
    found = json.loads(run("ingest", ".", "--json").stdout)
    assert (found["run_on"], found["may_run_on"]) == ([2, 5], [{"entry": 3, "other": 4}])


def test_what_is_ignored_is_told_by_its_endings(store, run, told) -> None:
    names = ("a.json", "b.JSON", "LIESMICH.md", ".DS_Store", "Makefile")
    told["report"] = IngestReport(ignored=[Path(name) for name in names])
    assert run("ingest", ".").stderr.splitlines()[1] == (
        "Ignored, being no scans: 5 (.DS_Store, .json, .md, Makefile)."
    )


def test_options_come_before_settings_and_these_before_what_formbook_does_anyway(
    store, folder, run, told
) -> None:
    (folder / "formbook.toml").write_text("workers = 3\npage_time_limit_s = 5\n", encoding="utf-8")
    told["report"] = IngestReport(pages_added=[PageRef("2", 7)], entries=1)
    result = run(
        "ingest", ".", "--notebook", 2, "--first-page", 7, "--pattern", "{page}", "--workers", 1
    )
    assert (result.exit_code, result.stderr) == (
        0,
        "Imported 1 pages, 1 entries.\nPages: 2/7.\n",
    )
    assert (told["workers"], told["time_limit_s"], told["recognizer"]) == (1, 5, "handwriting")
    numbering = told["numbering"]
    assert (numbering.notebook, numbering.first_page, numbering.pattern) == ("2", 7, "{page}")
    assert type(told["store"]) is Store


def test_a_rehearsal_works_on_a_copy_and_says_so(store, run, told) -> None:
    result = run("ingest", ".", "--dry-run")
    assert result.stderr.startswith("Nothing was changed; this is what would be done.\n")
    assert type(told["store"]).__name__ == "Rehearsal"


def test_an_engine_that_is_not_there_ends_an_import_as_that(store, run, told) -> None:
    missing = MissingToolError(tool="Tesseract", remedy="Install it.")
    told["report"] = IngestReport(failed=[Failure(Path("a.jpg"), 1, missing)] * 2)
    result = run("ingest", ".")
    assert result.exit_code == 4
    assert result.stderr.endswith(
        "Error: Tesseract is not installed.\nNothing was changed. Install it.\n"
    )


def test_pages_are_read_again(store, run, told) -> None:
    told["report"] = RereadReport(pages=[PageRef("1", 1)], entries=1)
    result = run("reread", "1/1", "--json")
    assert (result.exit_code, told["paths"]) == (0, [PageRef("1", 1)])
    assert result.stderr == "Read 1 pages again. New entries: 1, new marks: 0.\n"
    assert json.loads(result.stdout) == {
        "schema": "formbook/reread/1",
        "pages": ["1/1"],
        "failed": [],
        "entries": 1,
        "marks": 0,
    }
    run("reread", "--all")
    assert told["paths"] is None


def test_a_person_sees_how_far_reading_is(capsys, monkeypatch) -> None:
    monkeypatch.setattr(batch, "is_terminal", lambda _stream: True)
    with batch.progress(Output(as_json=False, quiet=False)) as told:
        told.begin(3)
        told.step(entries=4, failed=1)
    shown = capsys.readouterr().err
    assert "1/3" in shown
    assert "4 entries 1 failed" in shown


def test_nobody_is_told_who_does_not_look(capsys) -> None:
    with batch.progress(Output(as_json=False, quiet=False)) as told:
        told.begin(3)
        told.step(entries=4, failed=1)
    assert capsys.readouterr().err == ""


def test_a_file_that_cannot_be_read_ends_read_as_what_is_wrong_with_it(tmp_path, run) -> None:
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    result = run("read", "a.jpg")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith("Error: a.jpg holds no picture that formbook can read")


def test_an_engine_that_fails_on_each_image_is_named_each_time(tmp_path, run, monkeypatch) -> None:
    def broken(_job) -> None:
        raise RecognitionError(engine="x 1", path="b.png", reason="no")

    monkeypatch.setattr(importlib.import_module("formbook.cli.read"), "read_frame_of", broken)
    result = run("read", blank(tmp_path / "b.png"))
    assert (result.exit_code, result.stdout) == (5, "")
    (tmp_path / "a.jpg").touch()
    both = run("read", "b.png", "a.jpg")
    assert both.exit_code == 8
    assert "Failed, frame 1: x 1 could not read b.png: no\n" in both.stderr


def test_the_lines_of_a_page_are_printed_as_they_stand(tmp_path, run, monkeypatch) -> None:
    line = Reading("Đường tối", (0.9,) * 9, "x 1")
    lines = (LineReading((), line, 0),)
    page = PageReading(1, 600, 800, None, "x 1", Side.WHOLE, (), None, lines, (), ())
    module = importlib.import_module("formbook.cli.read")
    monkeypatch.setattr(module, "read_frame_of", lambda _job: (page,))
    blank(tmp_path / "b.png")
    assert run("read", "b.png", lang="vi").stdout == "b.png, khung hình 1\nĐường tối\n"


@pytest.mark.parametrize(
    ("options", "how"),
    [
        ((), ("handwriting", 120.0)),
        (("--recognizer", "tesseract", "--time-limit", "2.5"), ("tesseract", 2.5)),
    ],
)
def test_how_to_read_is_said_by_options(store, run, told, options, how) -> None:
    assert run("ingest", ".", *options).exit_code == 0
    assert (told["recognizer"], told["time_limit_s"]) == how


def blank(path: Path) -> Path:
    Image.new("L", (600, 800), 255).save(path)
    return path


@pytest.mark.tesseract
def test_read_prints_an_object_a_frame_and_goes_on_after_a_bad_file(tmp_path, run) -> None:
    (tmp_path / "a.jpg").write_bytes(b"")
    blank(tmp_path / "b.png")
    result = run("read", "a.jpg", "b.png", "--json")
    assert result.exit_code == 8
    assert result.stderr.startswith("Failed: a.jpg is empty (0 bytes).\n")
    printed = json.loads(result.stdout)
    assert {name: printed[name] for name in ("schema", "image", "frame", "width", "lines")} == {
        "schema": "formbook/read/1",
        "image": "b.png",
        "frame": 1,
        "width": 600,
        "lines": [],
    }
    assert run("read", "b.png").stdout == "b.png, frame 1\n"


@pytest.mark.tesseract
def test_read_reads_pictures_of_single_lines(tmp_path, run) -> None:
    blank(tmp_path / "b.png")
    assert json.loads(run("read", "--line", "b.png", "--json").stdout) == {
        "schema": "formbook/read-line/1",
        "image": "b.png",
        "text": "",
        "confidence": 0.0,
    }
    two = run("read", "--line", "b.png", "b.png", "--workers", 1)
    assert (two.exit_code, two.stdout) == (0, "\n\n")


@pytest.mark.tesseract
def test_a_page_is_imported_once(store, tmp_path, run) -> None:
    scans = tmp_path / "scans"
    scans.mkdir()
    blank(scans / "q1-tr009.png")
    first = run("ingest", scans, "--workers", 1, "--json")
    again = run("ingest", scans, "--workers", 1)
    assert json.loads(first.stdout)["pages_added"] == ["1/9"]
    assert again.stderr == "Imported 0 pages, 0 entries.\nKnown already: 1.\n"


@pytest.fixture
def quick_reading(monkeypatch) -> None:
    """Reading takes no engine; what is seen before it is real."""
    page = PageReading(1, 8, 8, None, "scripted 1", Side.WHOLE, (), None, (), (), ())
    monkeypatch.setattr("formbook.reading.read_pages", lambda _frame, _engine: (page,))


def test_read_draws_every_step_when_asked(scans, tmp_path, run, quick_reading) -> None:
    result = run("read", scans / "q1-tr001.jpg", "--debug", tmp_path / "steps")
    assert result.exit_code == 0
    drawn = sorted(path.name for path in (tmp_path / "steps").iterdir())
    assert len(drawn) >= 5
    assert drawn[0] == "q1-tr001-1-1-scan.png"
    for name in drawn:
        with Image.open(tmp_path / "steps" / name) as picture:
            assert min(picture.size) > 500


def test_steps_that_cannot_be_written_end_in_a_message(scans, tmp_path, run, quick_reading) -> None:
    (tmp_path / "file").touch()
    result = run("read", scans / "q1-tr001.jpg", "--debug", tmp_path / "file")
    assert (result.exit_code, result.stdout) == (15, "")
    assert result.stderr == (
        f"Error: The pictures of the steps cannot be written to {tmp_path / 'file'}: File exists\n"
        "No page was read. Name a folder that can be written, with room on its disk.\n"
    )
