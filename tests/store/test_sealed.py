"""A register on a disc that nobody can write: an auditor reads and verifies it all the same."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from registers import CLERK, NOW, add_scan, make_register, reading

from formbook.correct import check_page
from formbook.model import PageRef
from formbook.store import RegisterReadOnlyError, Store, views
from formbook.store import folder as folders
from formbook.store.verify import verify


@pytest.fixture
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A register that was closed in good order and burnt on a disc."""
    with make_register(tmp_path / "register") as store:
        add_scan(store, reading(["Đường Trần Bình tối quá"]))
        folder = store.folder
    sealed = SimpleNamespace(f_flag=os.ST_RDONLY)
    monkeypatch.setattr(
        os, "statvfs", lambda path: sealed if path == folder else SimpleNamespace(f_flag=0)
    )
    return folder


def held(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_sealed_register_is_read_and_verified_and_stays_as_it_is(register: Path) -> None:
    before = held(register)
    with Store(register) as store:
        assert [row["entry"] for row in views.search(store, "duong", limit=9)] == [1]
        found = verify(store)
        assert held(register) == before
    assert (found.findings, found.events) == ((), 4)
    assert held(register) == before


def test_nothing_is_written_in_a_sealed_register(register: Path) -> None:
    with Store(register) as store, pytest.raises(RegisterReadOnlyError):
        check_page(store, PageRef("1", 1), by=CLERK, now=NOW)


def test_a_sealed_register_with_a_damaged_index_is_found_out(register: Path, monkeypatch) -> None:
    with monkeypatch.context() as open_again:
        open_again.setattr(folders, "is_sealed", lambda _register: False)
        with Store(register) as store, store.writing():
            store.rows("delete from entry_search_data where id > 10")
    with Store(register) as store:
        kinds = {finding.kind for finding in verify(store).findings}
    assert "search_index_damaged" in kinds


def test_a_register_whose_last_acts_lie_beside_the_database_is_not_whole(register: Path) -> None:
    (register / "formbook.db-wal").touch()
    assert folders.is_sealed(register)
    (register / "formbook.db-wal").write_bytes(b"acts")
    assert not folders.is_sealed(register)
