from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from registers import CLERK, NOW, TODAY, add_scan, contents, make_register, reading

from formbook.office import set_rule
from formbook.store import (
    RegisterDamagedError,
    RegisterDiskError,
    RegisterFullError,
    RegisterLockedError,
    RegisterReadOnlyError,
    Store,
)
from formbook.store.folder import DATABASE
from formbook.store.refusals import refusal

HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("begin immediate")
print("held", flush=True)
sys.stdin.readline()
connection.execute("rollback")
connection.close()
print("free", flush=True)
sys.stdin.readline()
"""


@contextmanager
def _another_program_writes(register: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(register / DATABASE)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.stdin.close()


def _finish(process: subprocess.Popen[str]) -> None:
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.stdout.readline() == "free\n"


def _act(store: Store) -> None:
    set_rule(store, "r", from_date=TODAY, working_days=5, source="-", by=CLERK, now=NOW)


def test_a_second_writer_waits_and_then_says_so(tmp_path: Path):
    register = make_register(tmp_path)
    register.close()
    with Store(register.folder, lock_timeout_s=0.1) as store:
        before = contents(store)
        with _another_program_writes(store.folder) as other:
            with pytest.raises(RegisterLockedError) as refused:
                _act(store)
            assert contents(store) == before  # readers are not blocked
            with Store(store.folder) as reader:  # nor is opening
                assert reader.head() == store.head()
            _finish(other)
        _act(store)
        assert store.head()[0] == 4
    assert "did not finish in 0.1 seconds" in str(refused.value)
    assert "Nothing was changed" in str(refused.value)


def test_who_begins_to_write_is_overtaken_by_nobody(tmp_path: Path):
    """Even before the first write: what was read must still be true when it is written."""
    with make_register(tmp_path) as store, Store(store.folder, lock_timeout_s=0.05) as other:
        with store.writing():
            head = store.head()
            with pytest.raises(RegisterLockedError):
                _act(other)
            assert store.head() == head
        _act(other)


def test_a_reader_sees_one_state_whatever_is_written_meanwhile(tmp_path: Path):
    with make_register(tmp_path) as store, Store(store.folder) as writer:
        with store.snapshot():
            before = store.head()
            _act(writer)
            assert store.head() == before
        assert store.head() == writer.head()


def test_a_snapshot_of_a_broken_query_ends_all_the_same(tmp_path: Path):
    with make_register(tmp_path) as store:
        with pytest.raises(RegisterDamagedError, match="no such table"), store.snapshot():
            store.rows("select * from missing")
        _act(store)


def test_a_transaction_that_sqlite_ended_is_not_ended_again(tmp_path: Path):
    with make_register(tmp_path) as store:
        with store.snapshot():
            store.rows("rollback")
        with pytest.raises(RegisterDamagedError, match="no transaction is active"), store.writing():
            store.rows("rollback")
        _act(store)


def test_a_full_disk_is_named_and_nothing_is_changed(tmp_path: Path):
    with make_register(tmp_path) as store:
        before = contents(store)
        pages = store.value("pragma page_count")
        store.rows(f"pragma max_page_count = {pages}")
        with pytest.raises(RegisterFullError) as refused:
            add_scan(store, reading([("chữ " * 5000, group) for group in range(20)]))
        assert contents(store) == before
        store.rows("pragma max_page_count = 1000000")
        _act(store)
    assert "is full" in str(refused.value)
    assert "What was acknowledged before is kept" in str(refused.value)


@pytest.mark.parametrize(
    ("code", "free", "said"),
    [
        (sqlite3.SQLITE_IOERR_FSYNC, 0, RegisterDiskError),
        (sqlite3.SQLITE_IOERR_WRITE, 1 << 20, RegisterDiskError),
        (sqlite3.SQLITE_IOERR_SHMSIZE, 0, RegisterFullError),
        (sqlite3.SQLITE_FULL, 1 << 20, RegisterFullError),
        (sqlite3.SQLITE_CORRUPT, 1 << 20, RegisterDamagedError),
    ],
)
def test_a_disk_that_fails_is_told_from_one_that_is_full(monkeypatch, tmp_path, code, free, said):
    monkeypatch.setattr("formbook.store.refusals.free_bytes", lambda _folder: free)
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    assert type(refusal(error, tmp_path, 5)) is said


def test_a_register_that_may_only_be_read_is_named(tmp_path: Path):
    with make_register(tmp_path) as store:
        store.rows("pragma query_only = on")
        before = contents(store)
        with pytest.raises(RegisterReadOnlyError, match="cannot be written by this account"):
            _act(store)
        assert contents(store) == before


def test_a_database_that_cannot_be_opened_is_named(tmp_path: Path):
    with make_register(tmp_path) as store:
        path = store.folder / DATABASE
    path.unlink()
    path.mkdir()
    with pytest.raises(RegisterReadOnlyError):
        Store(path.parent)


def test_a_fault_of_our_own_keeps_its_traceback(tmp_path: Path):
    with make_register(tmp_path) as store, pytest.raises(sqlite3.ProgrammingError):
        store.rows("select ?")
