from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
from registers import NOW, add_scan, make_register, reading

from formbook import doctor
from formbook.recognize import tesseract
from formbook.recognize.handwriting import LEXICON, Handwriting
from formbook.store import Store
from formbook.store.copies import GoodBackup, note_backup

LATER = NOW.replace(year=2026) + dt.timedelta(days=400)


@pytest.fixture
def machine(monkeypatch):
    """A machine with all that formbook needs."""
    monkeypatch.setattr(tesseract, "version", lambda: "5.3.0")
    monkeypatch.setattr(tesseract, "languages", lambda: ("eng", "vie"))
    monkeypatch.setattr(doctor.folders, "file_system_of", lambda *_: "ext4")
    monkeypatch.setattr(doctor.folders, "free_bytes", lambda _folder: doctor.MIN_FREE_BYTES)
    return monkeypatch


@pytest.fixture
def folder(tmp_path) -> Path:
    """A register of which a backup holds all but what the tests add."""
    with make_register(tmp_path) as store:
        note_backup(store.folder, GoodBackup("2024-03-01T03:00:00Z", "/media/b/1", *store.head()))
        return store.folder


def faults(folder: Path, now: dt.datetime = LATER) -> dict[str, str]:
    return {
        check.name: type(check.fault).__name__
        for check in doctor.examine(folder, now)
        if check.fault is not None
    }


def test_a_whole_register_on_a_good_machine_has_no_fault(folder, machine) -> None:
    assert faults(folder) == {}


def test_a_missing_engine_is_found_and_its_languages_are_not_asked_for(folder, machine) -> None:
    def missing() -> str:
        raise tesseract.TesseractMissingError

    machine.setattr(tesseract, "version", missing)
    assert faults(folder) == {"tesseract": "TesseractMissingError"}


def test_missing_weights_are_found(folder, machine, tmp_path) -> None:
    machine.setattr(doctor, "Handwriting", lambda: Handwriting(tmp_path / "none.onnx"))
    assert faults(folder) == {"handwriting": "WeightsMissingError"}


def test_a_damaged_lexicon_is_found(folder, machine, tmp_path) -> None:
    spoilt = tmp_path / "lexicon.bin"
    spoilt.write_bytes(b"nothing")
    shutil.copy(LEXICON.with_suffix(".json"), tmp_path)
    machine.setattr(doctor, "Handwriting", lambda: Handwriting(lexicon=spoilt))
    assert faults(folder) == {"handwriting": "WeightsDamagedError"}


def test_a_missing_language_is_found(folder, machine) -> None:
    machine.setattr(tesseract, "languages", lambda: ("eng",))
    assert faults(folder) == {"tesseract_language": "LanguageMissingError"}


def test_a_network_file_system_is_found(folder, machine) -> None:
    machine.setattr(doctor.folders, "file_system_of", lambda *_: "nfs4")
    assert faults(folder) == {
        "file_system": "NetworkFileSystemError",
        "register": "NetworkFileSystemError",
    }


def test_a_full_disk_is_found_before_it_is_full(folder, machine) -> None:
    machine.setattr(doctor.folders, "free_bytes", lambda _folder: doctor.MIN_FREE_BYTES - 1)
    assert faults(folder) == {"disk": "LowDiskError"}


def test_a_folder_that_cannot_be_written_is_found(folder, machine) -> None:
    machine.setattr(doctor.os, "access", lambda *_: False)
    assert faults(folder) == {"rights": "RegisterReadOnlyError"}


@pytest.mark.parametrize("name", ["formbook.db", "originals"])
def test_a_register_that_everybody_can_read_is_found(folder, machine, name) -> None:
    (folder / name).chmod(0o705)
    assert faults(folder)["rights"] == "RegisterOpenError"


@pytest.mark.parametrize(
    "now", [dt.datetime(1970, 1, 1, tzinfo=dt.UTC), NOW - dt.timedelta(hours=1)]
)
def test_a_clock_that_lags_is_found(folder, machine, now) -> None:
    machine.setattr(doctor, "FIRST_YEAR", 2024)
    assert faults(folder, now) == {"clock": "ClockError"}


def test_a_clock_may_be_a_few_minutes_off(folder, machine) -> None:
    machine.setattr(doctor, "FIRST_YEAR", 2024)
    assert faults(folder, NOW - dt.timedelta(minutes=5)) == {}


def test_a_missing_register_is_found_where_even_its_folder_is_missing(tmp_path, machine) -> None:
    assert faults(tmp_path / "none" / "there") == {
        "rights": "RegisterReadOnlyError",
        "register": "RegisterNotFoundError",
    }


def test_a_damaged_register_is_found(folder, machine) -> None:
    (folder / "formbook.db").write_bytes(b"SQLite format 3\0" + b"x" * 4096)
    assert faults(folder) == {"register": "RegisterDamagedError"}


def test_scans_that_wait_are_found(tmp_path, folder, machine) -> None:
    with Store(folder) as store:
        add_scan(store, reading(["Bến xe"]), number=1)
        add_scan(store, reading(["Bến xe"]), number=1, held="number_taken", looks_like=1)
    assert faults(folder, NOW.replace(year=2026)) == {
        "held_scans": "HeldScansError",
        "backup": "BackupOldError",
    }


def test_acts_that_no_backup_holds_for_a_week_are_found(folder, machine) -> None:
    machine.setattr(doctor, "FIRST_YEAR", 2024)
    add_later = NOW + dt.timedelta(days=30)
    with Store(folder) as store:
        add_scan(store, reading(["Bến xe"]), now=add_later)
    assert faults(folder, add_later + dt.timedelta(days=7)) == {}
    late = add_later + dt.timedelta(days=7, seconds=1)
    assert faults(folder, late) == {"backup": "BackupOldError"}
    (found,) = [check for check in doctor.examine(folder, late) if check.name == "backup"]
    assert found.found == "2024-03-01T03:00:00Z /media/b/1"
    assert "since 2024-03-31 is in no backup" in str(found.fault)


def test_a_register_that_was_never_backed_up_is_found_after_a_week(tmp_path, machine) -> None:
    machine.setattr(doctor, "FIRST_YEAR", 2024)
    make_register(tmp_path).close()
    assert faults(tmp_path / "register", NOW + dt.timedelta(days=7)) == {}
    assert faults(tmp_path / "register", NOW + dt.timedelta(days=8)) == {"backup": "BackupOldError"}
