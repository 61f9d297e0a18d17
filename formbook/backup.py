"""Backups: made while others work, restored and verified before they are called good.

A backup is a bag (RFC 8493) of the database, the settings and every original that the log names.
It appears under its name only once it was brought back in a place for a while, by the way in which
a person would bring it back, and found whole; until then, and where anything fails, nothing of
that name is there. An earlier backup is never touched before a new one is good.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from formbook.dates import today_in_hanoi
from formbook.errors import AuditFailedError, StoreError, _
from formbook.store import RegisterDamagedError, RegisterExistsError, Store
from formbook.store import folder as folders
from formbook.store.bag import PAYLOAD, Bag, BagDamagedError, BagWriter, NotABagError, read_bag
from formbook.store.copies import GoodBackup, copy_database, note_backup, originals_of
from formbook.store.finding import Finding
from formbook.store.log import as_time
from formbook.store.verify import Verification, verify

Progress = Callable[[int, int], None]

_TAKEN_BACK = re.compile(
    rf"{folders.DATABASE}|{folders.SETTINGS}|{folders.ORIGINALS}/[0-9a-f]{{2}}/[0-9a-f]{{64}}[^/]*"
)


class BackupInsideRegisterError(StoreError):
    """What takes the register takes the backup as well."""

    message = _(
        "{path} lies inside the register.\nNothing was changed. Choose a folder on another disk."
    )


class BackupNotWrittenError(StoreError):
    """The disk or its rights refuse."""

    message = _(
        "No backup could be made in {path}: {reason}.\n"
        "The register is as it was, and so are earlier backups. Make room there or choose another "
        "folder, then try again."
    )


class BackupNotGoodError(AuditFailedError):
    """What came back is not what the log says."""

    message = _(
        "The copy in {path} was brought back and is not good: {count} findings.\n"
        "It was not kept; the register is as it was, and so are earlier backups. `formbook verify` "
        "tells whether the register itself is at fault; if it is not, distrust that disk."
    )


class PlaceTakenError(StoreError):
    """Something is there."""

    message = _(
        "{path} is not empty.\n"
        "Nothing was changed. Name a folder that is not there yet; nothing is ever overwritten."
    )


class NotRestoredError(StoreError):
    """The disk or its rights refuse."""

    message = _(
        "The register could not be brought back to {path}: {reason}.\n"
        "Nothing was changed. Choose a folder that this account may write to and that has room."
    )


@dataclass(frozen=True, slots=True)
class Backup:
    """A good backup; `linked` originals were there already and take no room again."""

    path: Path
    events: int
    head: str
    originals: int
    linked: int
    same_disk: bool


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back; findings only where damage was asked to be taken along."""

    events: int
    head: str
    originals: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Copied:
    """One state of a register, near it: the database, the originals it names, what it is."""

    register: Path
    near: Path
    originals: dict[str, str]
    info: dict[str, str]

    @classmethod
    def of(cls, store: Store, near: Path, now: dt.datetime) -> _Copied:
        copy_database(store, near / folders.DATABASE)
        with Store(near) as copy:
            seq, sha256 = copy.head()
            info = {
                "Source-Organization": str(copy.value("select ward from register")),
                "External-Description": "Register of suggestion notebooks, with all its scans",
                "External-Identifier": f"event {seq} {sha256}",
                "Bagging-Date": today_in_hanoi(now).isoformat(),
                "Bag-Software-Agent": f"formbook {version('formbook')}",
            }
            return cls(store.folder, near, originals_of(copy), info)


def backup(
    store: Store,
    place: Path,
    *,
    now: dt.datetime,
    keep: int | None = None,
    progress: Progress = lambda _done, _total: None,
) -> Backup:
    """Make a backup of one state of the register.

    Args:
        store: the register; others may write to it meanwhile.
        place: the folder of all backups, best on another disk; made if it is not there.
        now: names the backup.
        keep: how many good backups of this register to keep there, this one among them; all if
            not given.
        progress: told how many originals of how many are copied.

    Raises:
        BackupInsideRegisterError: the place is a part of the register.
        BackupNotWrittenError: the place cannot be written.
        BackupNotGoodError: what came back differs from its own log; nothing was kept.
        StoreError: the register cannot be read, or there is no room for a copy of its database.
    """
    if place.resolve().is_relative_to(store.folder.resolve()):
        raise BackupInsideRegisterError(path=place)
    store.drop_parts()
    name = f"formbook-{_identity(store)}"
    made = f"{name}-{now.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"
    try:
        with folders.room(store.folder) as near:
            copied = _Copied.of(store, Path(near), now)
            with _part(place, name, made) as part:
                proved, linked = _proved(copied, part, _backups(place, name), progress)
                part.replace(place / made)
                folders.sync_folder(place)
        good = GoodBackup(as_time(now), str((place / made).resolve()), proved.events, proved.head)
        note_backup(store.folder, good)
        if keep is not None:
            _forget(_backups(place, name)[keep:])
    except OSError as error:
        raise BackupNotWrittenError(path=place, reason=error.strerror or str(error)) from error
    same_disk = place.stat().st_dev == store.folder.stat().st_dev
    return Backup(place / made, proved.events, proved.head, proved.originals, linked, same_disk)


def restore(
    backup_path: Path,
    folder: Path,
    *,
    damaged: bool = False,
    progress: Progress = lambda _done, _total: None,
) -> Restored:
    """Bring a register back from a backup, verified, into a folder of its own.

    Args:
        backup_path: a folder that `backup` made.
        folder: where the register is to be; not there yet, or empty.
        damaged: bring back what there is of a damaged backup; its findings are returned.
        progress: told how many files of how many are copied.

    Raises:
        PlaceTakenError, RegisterExistsError: something is there.
        NetworkFileSystemError: the folder lies on a network file system.
        NotABagError: the backup is none.
        BagDamagedError: the backup is not whole, or not what its own log says.
        NotRestoredError: the folder cannot be written.
        StoreError: the database cannot be opened.
    """
    folder = folder.absolute()
    folders.refuse_network(folder)
    _refuse_taken(folder)
    bag = read_bag(backup_path)
    if folders.DATABASE not in bag.payload:
        raise NotABagError(path=backup_path, reason=_("it holds no register"))
    aside = folder.parent / f".{folder.name}{folders.part_suffix()}"
    try:
        folders.make_folder(folder.parent)
        folders.drop_parts(folder.parent, [f".{folder.name}.*.part"])
        strange = [*bag.strange, *_bring(bag, aside, _copy, progress)]
        if strange and not damaged:
            raise BagDamagedError(path=backup_path, count=len(strange), name=strange[0])
        with Store(aside) as store:
            found = verify(store)
        if found.findings and not damaged:
            first = found.findings[0]
            raise BagDamagedError(
                path=backup_path, count=len(found.findings), name=first.file or first.kind
            )
        _refuse_taken(folder)
        folders.sync_folders(aside)
        aside.replace(folder)
        folders.sync_folder(folder.parent)
    except OSError as error:
        raise NotRestoredError(path=folder, reason=error.strerror or str(error)) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return Restored(found.events, found.head, found.originals, found.findings)


# -- making ------------------------------------------------------------------------


def _identity(store: Store) -> str:
    """What all backups of one register share: the beginning of its first event's hash."""
    return store.identity()[:8]


def _backups(place: Path, name: str) -> list[Path]:
    """The backups of one register, newest first."""
    return sorted((path for path in place.glob(f"{name}-*Z") if path.is_dir()), reverse=True)


@contextlib.contextmanager
def _part(place: Path, name: str, made: str) -> Iterator[Path]:
    """A name in the place that shows it is not good yet; gone at the end, whatever it is."""
    folders.make_folder(place)
    folders.drop_parts(place, [f".{name}-*.part"])
    part = place / f".{made}{folders.part_suffix()}"
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _proved(
    copied: _Copied, part: Path, earlier: Sequence[Path], progress: Progress
) -> tuple[Verification, int]:
    """Fill the bag and prove it; copy everything anew if what an earlier bag holds has rotted.

    Returns:
        What was verified, and how many originals were linked.
    """
    linked = _fill(copied, part, earlier, progress)
    restored = copied.near / "restored"
    try:
        return _prove(part, restored), linked
    except BackupNotGoodError:
        if not linked:
            raise
    shutil.rmtree(part)
    shutil.rmtree(restored)
    _fill(copied, part, (), progress)
    return _prove(part, restored), 0


def _fill(copied: _Copied, part: Path, earlier: Sequence[Path], progress: Progress) -> int:
    """Write the bag; return how many originals an earlier one holds already."""
    bag = BagWriter(part)
    for path in (copied.near / folders.DATABASE, copied.register / folders.SETTINGS):
        with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
            bag.add(path.name, file)
    linked = 0
    for done, (name, sha256) in enumerate(copied.originals.items(), 1):
        source = copied.register / name
        held = next((path / PAYLOAD / name for path in earlier), source)
        if source.is_file():  # what is missing is found missing when the bag is proved
            linked += bag.take_over(name, sha256, held, source)
        progress(done, len(copied.originals))
    bag.close(copied.info)
    return linked


def _prove(part: Path, aside: Path) -> Verification:
    """Bring a backup back near the register and verify it; originals are read where they lie.

    The database is not opened on the disk of the backup, which may be a network's.

    Raises:
        BackupNotGoodError: it differs from its own log, or cannot be read.
    """
    bag = read_bag(part)
    strange = [*bag.strange, *_bring(bag, aside, _link)]
    try:
        with Store(aside) as store:
            found = verify(store)
    except RegisterDamagedError as error:
        raise BackupNotGoodError(path=part.parent, count=1) from error
    if strange or found.findings:
        raise BackupNotGoodError(path=part.parent, count=len(strange) or len(found.findings))
    return found


def _forget(old: Sequence[Path]) -> None:
    """Remove backups; one half removed no longer bears the name of a backup."""
    for path in old:
        dying = path.with_name(f".{path.name}{folders.part_suffix()}")
        path.replace(dying)
        shutil.rmtree(dying, ignore_errors=True)


# -- bringing back -----------------------------------------------------------------


def _refuse_taken(folder: Path) -> None:
    if (folder / folders.DATABASE).exists():
        raise RegisterExistsError(register=folder)
    if os.path.lexists(folder) and not (folder.is_dir() and not any(folder.iterdir())):
        raise PlaceTakenError(path=folder)


def _bring(
    bag: Bag,
    aside: Path,
    take: Callable[[Path, Path], str | None],
    progress: Progress = lambda _done, _total: None,
) -> Iterator[str]:
    """Lay out a register as its backup has it; give the names of what is missing or changed."""
    for path in (aside, aside / folders.ORIGINALS, aside / folders.CACHE):
        path.mkdir(mode=0o700)
    files = {name: sha for name, sha in bag.payload.items() if _TAKEN_BACK.fullmatch(name)}
    for done, (name, sha256) in enumerate(sorted(files.items()), 1):
        target = aside / name
        target.parent.mkdir(mode=0o700, exist_ok=True)
        source = bag.path(name)
        if not source.is_file() or take(source, target) not in (sha256, None):
            yield name
        progress(done, len(files))


def _copy(source: Path, target: Path) -> str:
    with source.open("rb") as file:
        return folders.copy_private(file, target)


def _link(source: Path, target: Path) -> str | None:
    """Copy what will be written to; let the rest lie where it is, for `verify` to hash."""
    if target.name in (folders.DATABASE, folders.SETTINGS):
        return _copy(source, target)
    target.symlink_to(source.resolve())
    return None
