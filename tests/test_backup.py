"""A backup is good, or there is none of that name; what comes back is the very register."""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import json
import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import bagit
import pytest
from registers import CLERK, NOW, TODAY, add_scan, contents, make_register, reading

from formbook import backup as backups
from formbook.backup import (
    BackupInsideRegisterError,
    BackupNotGoodError,
    BackupNotWrittenError,
    NotRestoredError,
    PlaceTakenError,
    backup,
    restore,
)
from formbook.office import set_rule
from formbook.store import RegisterExistsError, Store
from formbook.store import bag as bags
from formbook.store import folder as folders
from formbook.store.bag import BagDamagedError, NotABagError
from formbook.store.copies import last_backup
from formbook.store.verify import verify

LATER = NOW + dt.timedelta(days=1)
NAME = "formbook-????????-20240301T030000Z"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A register of two pages and a setting."""
    with make_register(tmp_path) as made:
        add_scan(made, reading(["Đường tối"]), content=b"one")
        add_scan(made, reading(["Đèn hỏng"]), number=2, content=b"two")
        (made.folder / "formbook.toml").write_text('language = "vi"\n')
        yield made


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    return tmp_path / "disk"


def original(store: Store, content: bytes) -> str:
    return folders.original_name(hashlib.sha256(content).hexdigest(), ".jpg")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_comes_back_is_the_register_row_for_row_and_byte_for_byte(store, disk, tmp_path):
    made = backup(store, disk, now=NOW)
    back = restore(made.path, tmp_path / "back")
    assert (back.events, back.head) == store.head() == (made.events, made.head)
    assert (back.originals, back.findings) == (2, ())
    with Store(tmp_path / "back") as restored:
        assert contents(restored) == contents(store)
        assert verify(restored).findings == ()
        set_rule(restored, "r", from_date=TODAY, working_days=5, source="-", by=CLERK, now=NOW)
    for name in (original(store, b"one"), original(store, b"two"), "formbook.toml"):
        assert (tmp_path / "back" / name).read_bytes() == (store.folder / name).read_bytes()


def test_a_backup_is_a_bag_that_an_independent_tool_finds_whole(store, disk):
    made = backup(store, disk, now=NOW)
    assert made.path.match(f"disk/{NAME}")
    bag = bagit.Bag(str(made.path))
    assert bag.validate()
    assert bag.info["Source-Organization"] == "Nghĩa Đô"
    assert bag.info["External-Identifier"] == "event {} {}".format(*store.head())
    (made.path / "data" / original(store, b"one")).write_bytes(b"One")
    with pytest.raises(bagit.BagValidationError):
        bag.validate()


def test_only_the_owner_can_read_a_backup(store, disk):
    made = backup(store, disk, now=NOW)
    modes = {stat.S_IMODE(path.lstat().st_mode) for path in made.path.rglob("*")}
    assert modes | {stat.S_IMODE(made.path.stat().st_mode)} == {0o600, 0o700}


def test_a_later_backup_takes_no_room_for_scans_that_an_earlier_one_holds(store, disk):
    first = backup(store, disk, now=NOW)
    add_scan(store, reading(["Rác"]), number=3, content=b"three")
    second = backup(store, disk, now=LATER)
    assert (first.linked, second.linked, second.originals) == (0, 2, 3)
    held, linked = (made.path / "data" / original(store, b"one") for made in (first, second))
    assert held.stat().st_ino == linked.stat().st_ino
    shutil.rmtree(first.path)
    assert bagit.Bag(str(second.path)).validate()


@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOTSUP, errno.EXDEV])
def test_a_disk_without_links_gets_copies(store, disk, monkeypatch, code):
    def no_link(*_paths):
        raise OSError(code, "no")

    backup(store, disk, now=NOW)
    monkeypatch.setattr(os, "link", no_link)
    second = backup(store, disk, now=LATER)
    assert (second.linked, second.originals) == (0, 2)


def test_what_has_rotted_in_an_earlier_backup_is_copied_anew(store, disk):
    first = backup(store, disk, now=NOW)
    (first.path / "data" / original(store, b"one")).write_bytes(b"eno")
    second = backup(store, disk, now=LATER)
    assert second.linked == 0
    assert bagit.Bag(str(second.path)).validate()


def test_others_write_while_a_backup_is_made_and_it_holds_one_state(store, disk, tmp_path):
    def write_more(_done: int, _total: int) -> None:
        set_rule(store, "r", from_date=TODAY, working_days=5, source="-", by=CLERK, now=NOW)

    before = store.head()
    made = backup(store, disk, now=NOW, progress=write_more)
    assert (made.events, made.head) == before
    assert store.head()[0] == before[0] + 2
    assert restore(made.path, tmp_path / "back").findings == ()


def test_old_backups_of_this_register_alone_are_dropped_once_a_new_one_is_good(
    store, disk, tmp_path
):
    with make_register(tmp_path / "other") as other:
        set_rule(other, "r", from_date=TODAY, working_days=5, source="-", by=CLERK, now=NOW)
    for day in range(3):
        backup(store, disk, now=NOW + dt.timedelta(days=day), keep=2)
    stranger = disk / "formbook-00000000-20200101T000000Z"
    stranger.mkdir()
    assert [name[-16:] for name in names(disk)] == [
        "20200101T000000Z",
        "20240302T030000Z",
        "20240303T030000Z",
    ]


def test_a_backup_of_the_same_second_is_refused_and_the_first_one_stays(store, disk):
    made = backup(store, disk, now=NOW)
    with pytest.raises(BackupNotWrittenError, match="not empty"):
        backup(store, disk, now=NOW)
    assert names(disk) == [made.path.name]
    assert bagit.Bag(str(made.path)).validate()


def test_a_backup_beside_what_it_is_to_save_is_refused(store):
    with pytest.raises(BackupInsideRegisterError, match="lies inside the register"):
        backup(store, store.folder / "backups", now=NOW)
    assert not (store.folder / "backups").exists()


@pytest.mark.parametrize(
    ("harm", "count"),
    [
        (lambda store: (store.folder / original(store, b"one")).unlink(), 1),
        (lambda store: (store.folder / original(store, b"one")).write_bytes(b"eno"), 1),
        (lambda store: tamper(store.folder, "update pages set number = 9 where id = 1"), 1),
    ],
)
def test_a_register_that_is_not_sound_gives_no_backup(store, disk, harm, count):
    harm(store)
    with pytest.raises(BackupNotGoodError, match=f"{count} findings"):
        backup(store, disk, now=NOW)
    assert names(disk) == []
    assert last_backup(store.folder) is None


def tamper(register: Path, sql: str) -> None:
    with sqlite3.connect(register / "formbook.db") as connection:
        connection.execute(sql)
    connection.close()


def test_a_disk_that_loses_what_it_was_given_is_found_out(store, disk, monkeypatch):
    settle = bags._settle

    def lose(target) -> None:
        settle(target)
        if Path(f"/proc/self/fd/{target.fileno()}").readlink().match("data/formbook.db"):
            os.pwrite(target.fileno(), b"?", 5000)

    monkeypatch.setattr(bags, "_settle", lose)
    with pytest.raises(BackupNotGoodError):
        backup(store, disk, now=NOW)
    assert names(disk) == []


@pytest.mark.parametrize("fails", ["fsync", "mkdir", "replace"])
def test_a_disk_that_refuses_leaves_the_register_and_earlier_backups_as_they_were(
    store, disk, monkeypatch, fails
):
    first = backup(store, disk, now=NOW)
    before = contents(store)

    def refuse(*_values, **_more):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        if fails == "fsync":
            patch.setattr(os, "fsync", refuse)
        else:
            patch.setattr(Path, fails, refuse)
        with pytest.raises(BackupNotWrittenError, match="No space left"):
            backup(store, disk, now=LATER)
    assert names(disk) == [first.path.name]
    assert contents(store) == before
    assert names(store.folder / "cache") == []
    assert last_backup(store.folder).path == str(first.path)


def test_what_an_interrupted_backup_left_is_dropped_by_the_next(store, disk):
    first = backup(store, disk, now=NOW)
    ended = 2**22 + 1  # more than Linux gives to any process
    part = disk / f".{first.path.name}.{ended}.part"
    room = store.folder / "cache" / f"tmp.{ended}.part"
    for left in (part, room):
        shutil.copytree(first.path, left)
    backup(store, disk, now=LATER)
    assert not part.exists()
    assert not room.exists()


# -- how old it is -------------------------------------------------------------


def test_the_last_good_backup_is_remembered(store, disk):
    made = backup(store, disk, now=NOW)
    good = last_backup(store.folder)
    assert (good.at, good.path) == ("2024-03-01T03:00:00Z", str(made.path))
    assert (good.events, good.head) == store.head()


def test_a_backup_that_was_removed_is_none(store, disk):
    shutil.rmtree(backup(store, disk, now=NOW).path)
    assert last_backup(store.folder) is None


def test_a_backup_on_a_disk_that_is_not_plugged_in_still_counts(store, disk):
    backup(store, disk, now=NOW)
    shutil.rmtree(disk)
    assert last_backup(store.folder) is not None


@pytest.mark.parametrize("note", ["", "[]", '{"at": 1}', '{"at": "x", "path": "/", "events": "y"}'])
def test_a_note_that_cannot_be_read_is_none(store, note):
    (store.folder / folders.BACKUP_NOTE).write_text(note)
    assert last_backup(store.folder) is None


# -- bringing back -------------------------------------------------------------


@pytest.fixture
def saved(store, disk) -> Path:
    return backup(store, disk, now=NOW).path


def test_nothing_is_ever_written_over(store, saved, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").write_text("a")
    (tmp_path / "file").write_text("a")
    (tmp_path / "dangling").symlink_to("nowhere")
    with pytest.raises(RegisterExistsError):
        restore(saved, store.folder)
    for place in ("full", "file", "dangling"):
        with pytest.raises(PlaceTakenError, match="is not empty"):
            restore(saved, tmp_path / place)
    assert names(tmp_path) == ["dangling", "disk", "file", "full", "register"]


def test_an_empty_folder_is_filled(saved, tmp_path):
    (tmp_path / "empty").mkdir()
    assert restore(saved, tmp_path / "empty").events == 5


def test_what_appears_meanwhile_is_not_written_over(saved, tmp_path, monkeypatch):
    def appear(_done: int, _total: int) -> None:
        (tmp_path / "back").mkdir(exist_ok=True)
        (tmp_path / "back" / "mine").write_text("mine")

    with pytest.raises(PlaceTakenError):
        restore(saved, tmp_path / "back", progress=appear)
    assert names(tmp_path / "back") == ["mine"]


def spoil_original(saved: Path) -> None:
    next(saved.glob("data/originals/*/*")).write_bytes(b"eno")


def drop_original(saved: Path) -> None:
    next(saved.glob("data/originals/*/*")).unlink()


def spoil_database(saved: Path) -> None:
    with (saved / "data" / "formbook.db").open("r+b") as file:
        file.seek(5000)
        file.write(b"?")


def spoil_info(saved: Path) -> None:
    (saved / "bag-info.txt").write_text("Source-Organization: Hanoi\n")


def add_file(saved: Path) -> None:
    (saved / "data" / "more").write_text("more")


def rebuild(saved: Path) -> None:
    """Change the register and make the manifests fit: the log still tells."""
    tamper(saved / "data", "update pages set number = 9 where id = 1")
    manifest = saved / "manifest-sha256.txt"
    made = bags.sha256_of(saved / "data" / "formbook.db")
    held = next(li for li in manifest.read_text().splitlines() if li.endswith("formbook.db"))
    manifest.write_text(manifest.read_text().replace(held[:64], made))
    tags = saved / "tagmanifest-sha256.txt"
    lines = [li for li in tags.read_text().splitlines() if not li.endswith("  " + manifest.name)]
    lines.append(f"{bags.sha256_of(manifest)}  {manifest.name}")
    tags.write_text("\n".join(lines) + "\n")


HARMS = [spoil_original, drop_original, spoil_database, spoil_info, add_file, rebuild]


@pytest.mark.parametrize("harm", HARMS)
def test_a_backup_that_is_not_whole_is_refused_and_nothing_is_made(saved, tmp_path, harm):
    harm(saved)
    before = names(tmp_path)
    with pytest.raises(BagDamagedError, match="Use another backup"):
        restore(saved, tmp_path / "back")
    assert names(tmp_path) == before


@pytest.mark.parametrize("harm", [spoil_original, drop_original, rebuild])
def test_what_there_is_of_a_damaged_backup_comes_back_when_asked_for(saved, tmp_path, harm):
    harm(saved)
    back = restore(saved, tmp_path / "back", damaged=True)
    assert len(back.findings) == 1
    with Store(tmp_path / "back") as restored:
        assert restored.head() == (back.events, back.head)


def test_a_register_that_comes_back_is_for_its_owner_alone(saved, tmp_path):
    restore(saved, tmp_path / "back")
    made = [tmp_path / "back", *(tmp_path / "back").rglob("*")]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in made if path.name != "formbook.db-shm"}
    assert modes == {0o600, 0o700}


def test_a_folder_that_is_no_backup_is_named(saved, tmp_path):
    for place in (tmp_path, saved / "data", tmp_path / "none"):
        with pytest.raises(NotABagError, match="is no backup"):
            restore(place, tmp_path / "back")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.txt").write_text("a")
    bagit.make_bag(str(tmp_path / "mine"))
    with pytest.raises(NotABagError, match="it holds no register"):
        restore(tmp_path / "mine", tmp_path / "back")


@pytest.mark.parametrize("line", ["../x", "/etc/passwd", "data/../../x", "data/a\0b"])
def test_a_manifest_that_leads_out_of_the_bag_is_refused(saved, tmp_path, line):
    with (saved / "manifest-sha256.txt").open("a") as manifest:
        manifest.write(f"{'0' * 64}  {line}\n")
    with pytest.raises(NotABagError, match="manifest cannot be read"):
        restore(saved, tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_a_disk_that_refuses_while_a_register_is_brought_back_leaves_nothing(
    saved, tmp_path, monkeypatch
):
    def full(*_values):
        raise OSError(errno.ENOSPC, "No space left on device")

    before = names(tmp_path)
    monkeypatch.setattr(backups.os, "fsync", full)
    with pytest.raises(NotRestoredError, match="No space left"):
        restore(saved, tmp_path / "back")
    assert names(tmp_path) == before


def test_names_with_line_ends_and_percent_signs_survive_a_bag(tmp_path):
    for name in ("two\n\rlines.txt", "100%0A.txt"):  # bagit 1.9 leaves % as it is, the RFC does not
        bag = bags.BagWriter(tmp_path / str(len(name)))
        with bag.writing(name) as file:
            file.write(b"x")
        bag.close({"Source-Organization": "two\nlines"})
        read = bags.read_bag(bag.folder)
        assert (list(read.payload), read.strange) == ([name], ())
        if "%" not in name:
            assert bagit.Bag(str(bag.folder)).validate()


def test_the_note_of_a_backup_is_plain_json(store, disk):
    backup(store, disk, now=NOW)
    note = json.loads((store.folder / folders.BACKUP_NOTE).read_text())
    assert sorted(note) == ["at", "events", "head", "path"]
