"""Export, import, verify and doctor, as commands."""

from __future__ import annotations

import importlib
import json
import sqlite3

import pytest

from formbook.proof.tree import Growing
from formbook.recognize.handwriting import Handwriting
from formbook.store import Store


def test_a_register_goes_out_and_comes_back(store, folder, tmp_path, run) -> None:
    out = run("export", "json", tmp_path / "r.json", "--json")
    assert out.exit_code == 0
    assert out.stderr == f"{tmp_path / 'r.json'} holds 3 entries.\n"
    assert json.loads(out.stdout) == {
        "schema": "formbook/export/1",
        "file": str(tmp_path / "r.json"),
        "format": "json",
        "entries": 3,
        "events": 5,
    }
    again = tmp_path / "again"
    back = run("import", tmp_path / "r.json", "--register", again, "--originals", folder, "--json")
    head = store.head()[1]
    assert json.loads(back.stdout) == {
        "schema": "formbook/import/1",
        "events": 5,
        "head": head,
        "originals": 2,
        "missing": [],
    }
    assert back.stderr == (f"{again} now holds 5 events and 2 originals; the head is {head}.\n")
    with Store(again) as copy:
        assert copy.head() == store.head()


def test_originals_that_are_missing_after_an_import_are_named(store, tmp_path, run) -> None:
    run("export", "json", tmp_path / "r.json")
    back = run("import", tmp_path / "r.json", "--register", tmp_path / "again", lang="vi")
    assert back.exit_code == 0
    assert [line.split(" (")[0] for line in back.stderr.splitlines()[1:]] == [
        "Thiếu bản gốc: 1-1.jpg",
        "Thiếu bản gốc: 1-2.jpg",
    ]


def test_a_table_is_headed_in_the_readers_language_or_in_keys(store, run) -> None:
    vietnamese = run("export", "csv", lang="vi").stdout
    keys = run("export", "csv", "--keys").stdout
    assert run("export", "csv", "-", "--keys").stdout == keys
    assert vietnamese.startswith("\ufeffÝ kiến,Quyển,Trang,Nội dung,Trạng thái,")
    assert ",mới tiếp nhận," in vietnamese
    assert keys.startswith("\ufeffentry,notebook,page,text,status,")


def test_an_export_replaces_nothing_unasked(store, tmp_path, run) -> None:
    (tmp_path / "r.csv").write_text("mine", encoding="utf-8")
    assert run("export", "csv", tmp_path / "r.csv").exit_code == 15
    assert run("export", "csv", tmp_path / "r.csv", "--force", "--quiet").stderr == ""


def test_a_workbook_is_not_thrown_at_a_terminal(store, run, monkeypatch) -> None:
    module = importlib.import_module("formbook.cli.export")
    monkeypatch.setattr(module, "is_terminal", lambda _stream: True)
    assert run("export", "xlsx").exit_code == 2


def test_an_untouched_register_verifies(store, run) -> None:
    result = run("verify")
    head = store.head()[1]
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == (
        f"No difference found.\n5 events and 2 originals compared; the head is {head}.\n"
    )
    tree = Growing()
    for row in store.rows("select sha256 from events order by seq"):
        tree.append(bytes.fromhex(row["sha256"]))
    assert json.loads(run("verify", "--json").stdout) == {
        "schema": "formbook/verify/1",
        "events": 5,
        "originals": 2,
        "head": head,
        "root": tree.root().hex(),
        "anchored": 0,
        "anchors": [],
        "rows": [],
    }


def test_an_altered_register_is_found_out(store, folder, run) -> None:
    connection = sqlite3.connect(folder / "formbook.db")
    connection.execute("update entries set status = 'answered' where id = 2")
    connection.commit()
    connection.close()
    result = run("verify", lang="vi")
    assert result.exit_code == 7
    assert result.stdout.splitlines()[1:] == [
        "một hàng bị thay đổi\t\tentries\t2\tstatus\t\tanswered\treceived"
    ]
    assert result.stderr.splitlines()[-1] == (
        f"Lỗi: Có 1 phát hiện trong {folder}; từng phát hiện đã nêu ở trên."
    )


@pytest.fixture
def engine(monkeypatch) -> None:
    """A machine with all that formbook needs, whatever this one has."""
    monkeypatch.setattr("formbook.recognize.tesseract.version", lambda: "5.3.0")
    monkeypatch.setattr("formbook.recognize.tesseract.languages", lambda: ("eng", "vie"))
    monkeypatch.setattr("formbook.doctor.folders.file_system_of", lambda *_: "ext4")
    monkeypatch.setattr("formbook.doctor.folders.free_bytes", lambda _folder: 2 << 30)


def test_doctor_finds_all_well(store, folder, run, engine, monkeypatch) -> None:
    monkeypatch.setattr("formbook.doctor.FIRST_YEAR", 2024)
    result = run("doctor")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "Checked\tState\tFound\n"
        "settings\twell\thandwriting\n"
        f"handwriting recognizer, its weights for research only\twell\t{Handwriting().name}\n"
        "Tesseract\twell\t5.3.0\n"
        "languages of Tesseract\twell\teng, vie\n"
        "file system\twell\text4\n"
        f"rights\twell\t{folder}\n"
        "disk\twell\t2048 MiB\n"
        "register, number of acts\twell\t5\n"
        "clock\twell\t2024-03-01T04:00:00Z\n"
        "scans that wait\twell\t0\n"
        "last good backup\twell\t-\n"
        "who acts\twell\tLan\n"
    )


def test_doctor_names_each_fault_with_its_remedy(tmp_path, run, engine) -> None:
    (tmp_path / "formbook.toml").write_text("speed = 9\n", encoding="utf-8")
    result = run("doctor", "--json")
    assert result.exit_code == 7
    printed = json.loads(result.stdout)
    assert printed["schema"] == "formbook/doctor/1"
    assert {row["check"]: row["error"] for row in printed["rows"] if not row["ok"]} == {
        "settings": "UnknownSettingError",
        "register": "RegisterNotFoundError",
        "clock": "ClockError",
        "person": "RegisterNotFoundError",
    }
    assert result.stderr == f"Error: 4 findings in {tmp_path}; each is listed above.\n"
