from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
from pathlib import Path

import pytest
from registers import add_scan, make_register, reading

from formbook.errors import StoreError
from formbook.store import (
    RegisterDamagedError,
    RegisterDiskError,
    RegisterExistsError,
    RegisterFullError,
    RegisterNotFoundError,
    RegisterReadOnlyError,
    RegisterTooNewError,
    Store,
)
from formbook.store import folder as folders
from formbook.store.folder import NetworkFileSystemError, OriginalChangedError
from formbook.store.migrations import migrations

CONTENT = bytes(range(256)) * 9000  # more than one read
SHA256 = hashlib.sha256(CONTENT).hexdigest()

MOUNTS = """\
22 1 0:20 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 0:21 / /data rw - btrfs /dev/sdb1 rw
24 22 0:22 / /media/sách\\040góp rw master:2 shared:3 - cifs //may/sach rw
25 22 0:23 / /media/a\\134040b rw - nfs4 may:/b rw
26 22 0:24 / /media/over rw - nfs may:/c rw
27 26 0:25 / /media/over rw - xfs /dev/sdc1 rw
28 22 0:26 / /media/usb\\011stick rw - fuse.sshfs may:/d rw
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "scan.JPG"
    path.write_bytes(CONTENT)
    return path


def _keep(store: Store, source: Path, sha256: str = SHA256) -> str:
    with source.open("rb") as file:
        return store.keep_original(source, file, sha256)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# -- file systems ------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/srv/register", "ext4"),
        ("/data/lan/register", "btrfs"),
        ("/database/register", "ext4"),
        ("/media/over/register", "xfs"),
    ],
)
def test_a_disk_of_this_machine_is_taken(folder: str, kind: str):
    assert folders.file_system_of(Path(folder), MOUNTS) == kind
    folders.refuse_network(Path(folder), MOUNTS)


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/media/sách góp", "cifs"),
        ("/media/a\\040b/register", "nfs4"),
        ("/media/usb\tstick/r", "fuse.sshfs"),
    ],
)
def test_a_network_file_system_is_refused(folder: str, kind: str):
    with pytest.raises(NetworkFileSystemError) as refused:
        folders.refuse_network(Path(folder), MOUNTS)
    assert str(refused.value).startswith(f"{folder} lies on a network file system ({kind})")
    assert "Nothing was changed. Keep the register on this machine's own disk" in str(refused.value)


def test_a_machine_without_mountinfo_is_trusted(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(folders, "_MOUNTS", tmp_path / "missing")
    assert folders.file_system_of(tmp_path) == "unknown"
    folders.refuse_network(tmp_path)


def test_a_register_is_neither_made_nor_opened_on_a_network(tmp_path: Path, monkeypatch):
    with make_register(tmp_path) as store:
        register = store.folder
    mounts = tmp_path / "mountinfo"
    mounts.write_bytes(b"22 1 0:20 / / rw - nfs4 may:/\xff rw\n")
    monkeypatch.setattr(folders, "_MOUNTS", mounts)
    with pytest.raises(NetworkFileSystemError):
        Store(register)
    with pytest.raises(NetworkFileSystemError):
        Store.create(tmp_path / "new")
    assert not (tmp_path / "new").exists()


# -- making and opening ------------------------------------------------------


def test_only_its_owner_can_read_a_register(tmp_path: Path, source: Path):
    with make_register(tmp_path) as store:
        name = _keep(store, source)
        folder = store.folder
        assert _mode(folder / folders.DATABASE) == 0o600
        assert _mode(folder / f"{folders.DATABASE}-wal") == 0o600
        assert _mode(folder / folders.ORIGINALS) == 0o700
        assert _mode((folder / name).parent) == 0o700
        assert _mode(folder / name) == 0o600
        assert _mode(folder / folders.CACHE) == 0o700


def test_a_register_is_not_made_twice(tmp_path: Path):
    with make_register(tmp_path) as store:
        register = store.folder
    before = (register / folders.DATABASE).stat()
    with pytest.raises(RegisterExistsError, match="already holds a register"):
        make_register(tmp_path)
    assert (register / folders.DATABASE).stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize("left", ["folder", "empty file", "tables"])
def test_an_interrupted_making_can_be_done_again(tmp_path: Path, left: str):
    folder = tmp_path / "register"
    folder.mkdir()
    if left == "empty file":
        (folder / folders.DATABASE).touch()
    elif left == "tables":
        Store.create(folder).close()
    with make_register(tmp_path) as store:
        assert store.head()[0] == 3


def test_two_makings_at_once_leave_one_register(tmp_path: Path, monkeypatch):
    with Store.create(tmp_path / "register") as waiting, make_register(tmp_path) as store:
        monkeypatch.setattr(Store, "create", lambda _folder, **_options: waiting)
        with pytest.raises(RegisterExistsError):
            make_register(tmp_path)
        assert store.head()[0] == 3


def test_two_that_make_the_tables_at_once_get_them_once(tmp_path: Path, monkeypatch):
    pending, overtakers = migrations.pending, [lambda: Store.create(tmp_path / "new").close()]

    def overtaken(db):
        found = pending(db)
        if overtakers:
            overtakers.pop()()
        return found

    monkeypatch.setattr(migrations, "pending", overtaken)
    with Store.create(tmp_path / "new") as store:
        assert overtakers == []
        assert len(store.rows("select * from _sqlite_migrations")) == 1


def test_a_file_in_the_folders_place_is_named(tmp_path: Path, source: Path):
    for folder in (source, source / "below"):
        with pytest.raises(StoreError, match="a file stands in its place"):
            Store.create(folder)
        with pytest.raises(RegisterNotFoundError):
            Store(folder)
    assert source.read_bytes() == CONTENT


def test_a_folder_without_a_register_is_named(tmp_path: Path):
    with pytest.raises(RegisterNotFoundError, match="holds no register"):
        Store(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(RegisterReadOnlyError, match="cannot be written by this account"):
        Store.create(tmp_path / "new")


def test_a_folder_that_cannot_be_entered_is_named(tmp_path: Path, monkeypatch):
    stat_of = Path.stat

    def refuse(path, **options):
        if path.name == folders.DATABASE:
            raise PermissionError(errno.EACCES, "Permission denied")
        return stat_of(path, **options)

    monkeypatch.setattr(Path, "stat", refuse)
    with pytest.raises(RegisterReadOnlyError):
        Store(tmp_path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "its database is empty"),
        (b"no database at all, by far" * 99, "file is not a database"),
        (None, "malformed"),
    ],
)
def test_a_damaged_database_is_named_and_left_alone(tmp_path: Path, content, reason: str):
    with make_register(tmp_path) as store:
        path = store.folder / folders.DATABASE
    left = path.read_bytes()[:8192] if content is None else content
    path.write_bytes(left)
    with pytest.raises(RegisterDamagedError, match=reason), Store(path.parent) as store:
        store.head()
    assert path.read_bytes() == left


def test_a_setting_that_sqlite_does_not_take_is_named(tmp_path: Path):
    """A register in memory cannot keep a write-ahead log."""
    with make_register(tmp_path) as store:
        import sqlite3

        held = store._connection
        store._connection = sqlite3.connect(":memory:")
        with pytest.raises(RegisterDamagedError, match="journal_mode is memory, not wal"):
            store._open()
        store._connection.close()
        store._connection = held


def test_a_register_of_a_newer_program_is_left_alone(tmp_path: Path):
    with make_register(tmp_path) as store:
        store.rows(
            "insert into _sqlite_migrations (migration_set, name, applied_at)"
            " values ('formbook', 'm999_later', '2030-01-01')"
        )
        register = store.folder
    with pytest.raises(RegisterTooNewError) as refused:
        Store(register)
    assert "it knows m999_later" in str(refused.value)
    assert "Update formbook" in str(refused.value)


def test_what_was_written_is_there_when_opened_again(tmp_path: Path):
    with make_register(tmp_path) as store:
        add_scan(store, reading(["Đường"]))
        head = store.head()
    with Store(store.folder) as again:
        assert again.head() == head
        assert again.value("pragma journal_mode") == "wal"
        assert again.value("pragma synchronous") == 2
        assert again.value("pragma foreign_keys") == 1


# -- originals ---------------------------------------------------------------


def test_an_original_is_kept_byte_for_byte_under_its_hash(tmp_path: Path, source: Path):
    with make_register(tmp_path) as store:
        name = _keep(store, source)
        again = _keep(store, source)
        kept = store.folder / name
    assert name == again == f"originals/{SHA256[:2]}/{SHA256}.jpg"
    assert kept.read_bytes() == CONTENT
    assert store.original(name) == kept
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


@pytest.mark.parametrize(
    ("suffix", "kept"), [(".JPG", ".jpg"), ("", ""), (".", ""), (".jpé", ""), (".a\udcff", "")]
)
def test_a_suffix_that_cannot_be_kept_is_left_out(suffix: str, kept: str):
    assert folders.original_name("ab" * 32, suffix) == f"originals/ab/{'ab' * 32}{kept}"


def test_a_source_that_changed_while_it_was_read_leaves_nothing(tmp_path: Path, source: Path):
    with make_register(tmp_path) as store:
        with pytest.raises(OriginalChangedError, match=r"scan\.JPG changed while it was read"):
            store.keep_original(source, io.BytesIO(CONTENT + b"x"), SHA256)
        assert list(store.folder.glob("originals/*/*")) == []


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        (errno.ENOSPC, RegisterFullError),
        (errno.EACCES, RegisterReadOnlyError),
        (errno.EIO, RegisterDiskError),
    ],
)
def test_a_disk_that_takes_no_more_leaves_nothing(tmp_path: Path, source: Path, code, refusal):
    class Failing(io.BytesIO):
        def read(self, size=-1):
            if self.tell():
                raise OSError(code, "no")
            return super().read(size)

    with make_register(tmp_path) as store:
        with pytest.raises(refusal):
            store.keep_original(source, Failing(CONTENT), SHA256)
        assert list(store.folder.glob("originals/*/*")) == []


def test_an_original_and_its_new_folder_are_on_the_disk_before_they_are_named(
    tmp_path: Path, source: Path, monkeypatch
):
    synced = []
    monkeypatch.setattr(folders, "sync_folder", lambda folder: synced.append(folder.name))
    with make_register(tmp_path) as store:
        assert synced == [tmp_path.name, "register"]
        name = _keep(store, source)
    assert synced[2:] == ["originals", Path(name).parent.name]


def test_what_an_interrupted_copy_left_is_dropped(tmp_path: Path, source: Path):
    ended = 2**22 + 1  # more than Linux gives to any process
    with make_register(tmp_path) as store:
        name = _keep(store, source)
        store.cache("looks/a-1", b"look")
        kept = [store.folder / name, store.folder / "cache/looks/a-1"]
        parts = [
            path.with_suffix(f"{path.suffix}.{writer}.part")
            for path in kept
            for writer in (os.getpid(), ended, os.getppid())
        ]
        for part in parts:
            part.write_bytes(b"half")
        replay = store.folder / f"cache/tmp.{ended}.part/replay"
        replay.mkdir(parents=True)
        store.drop_parts()
        assert [part.exists() for part in parts] == [False, False, True] * 2
        assert not replay.parent.exists()
        assert all(path.exists() for path in kept)


def test_free_space_is_that_of_the_disk(tmp_path: Path):
    assert folders.free_bytes(tmp_path) > 0
