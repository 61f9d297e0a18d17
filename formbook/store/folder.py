"""The register's folder: where things lie, on what file system, and the originals in it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from formbook.errors import StoreError, _

DATABASE = "formbook.db"
SETTINGS = "formbook.toml"
ORIGINALS = "originals"
CACHE = "cache"
BACKUP_NOTE = "last-backup.json"

# What the accounts of an office share: new files belong to the folder's group.
_SHARED_FOLDER = 0o2770
_SHARED_FILE = 0o660

_MOUNTS = Path("/proc/self/mountinfo")
# SQLite's WAL needs memory shared by all its processes, which none of these gives.
_NETWORK_FILE_SYSTEMS = frozenset(
    {
        *("9p", "afs", "ceph", "cifs", "davfs", "gfs2", "glusterfs", "lustre", "ncpfs", "nfs"),
        *("nfs4", "ocfs2", "smb3", "smbfs", "fuse.curlftpfs", "fuse.davfs", "fuse.glusterfs"),
        *("fuse.rclone", "fuse.s3fs", "fuse.sshfs"),
    }
)


class NetworkFileSystemError(StoreError):
    """A register cannot be safe on a network file system."""

    message = _(
        "{register} lies on a network file system ({kind}), on which a power cut or a second "
        "computer can damage a register.\n"
        "Nothing was changed. Keep the register on this machine's own disk; `formbook export` "
        "makes copies for others."
    )


class OriginalChangedError(StoreError):
    """A file is no longer what it was when its import began."""

    message = _(
        "{path} changed while it was read.\n"
        "Nothing of it was kept. Wait until it is written to its end, then import it again."
    )


def refuse_network(folder: Path, mounts: str | None = None) -> None:
    """Refuse a folder that lies on a network file system.

    Args:
        folder: the register's folder; it need not exist yet.
        mounts: text of a mountinfo file, this machine's own by default.

    Raises:
        NetworkFileSystemError: naming the kind of file system.
    """
    kind = file_system_of(folder, mounts)
    if kind in _NETWORK_FILE_SYSTEMS:
        raise NetworkFileSystemError(register=folder, kind=kind)


def file_system_of(folder: Path, mounts: str | None = None) -> str:
    """The kind of file system that a folder lies on, "unknown" where it cannot be told."""
    if mounts is None:
        mounts = (
            _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
            if _MOUNTS.exists()
            else ""
        )
    where = folder.resolve()
    best, kind = -1, "unknown"
    for line in mounts.splitlines():
        left, _dash, right = line.partition(" - ")
        mount = Path(_unescaped(left.split()[4]))
        depth = len(mount.parts)
        if where.is_relative_to(mount) and depth >= best:
            best, kind = depth, right.split()[0]
    return kind


def _unescaped(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), text)


def original_name(sha256: str, suffix: str) -> str:
    """Where an original lies, relative to the register: by its SHA-256, in 256 folders.

    A suffix that not every file system and log would hold alike is left out.
    """
    plain = suffix.lower() if re.fullmatch(r"\.[0-9A-Za-z]+", suffix) else ""
    return f"{ORIGINALS}/{sha256[:2]}/{sha256}{plain}"


def keep_original(target: Path, source: Path, file: BinaryIO, sha256: str) -> None:
    """Copy an open file to its place byte for byte, if it is not there already.

    The copy appears under its name only once it is whole and on the disk. The folder of all
    originals is not made: where it is gone, the register has been moved away.

    Raises:
        OriginalChangedError: the bytes do not have the expected hash: the source changed while
            it was read.
        OSError: the copy cannot be written.
    """
    if target.exists():
        return
    if not target.parent.is_dir():
        private_folder(target.parent)
        sync_folder(target.parent.parent)
    part = target.with_suffix(target.suffix + part_suffix())
    try:
        if copy_private(file, part) != sha256:
            raise OriginalChangedError(path=source)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(target.parent)


def copy_private(file: BinaryIO, target: Path) -> str:
    """Copy an open file to a `private` one, onto the disk, and return the SHA-256 of its bytes."""
    digest = hashlib.sha256()
    with private(target) as writer:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
            writer.write(chunk)
        writer.flush()
        os.fsync(writer.fileno())
    return digest.hexdigest()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that can be made again into the cache, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    part = path.with_suffix(part_suffix())
    for folder in (path.parent.parent, path.parent):
        private_folder(folder)
    try:
        with private(part) as writer:
            writer.write(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def private(path: Path) -> BinaryIO:
    """Open a new file for writing that only its owner can read, or the office of its folder.

    Whatever the umask, which might as well take its owner's right.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(descriptor, _SHARED_FILE if _is_shared(path.parent) else 0o600)
    return os.fdopen(descriptor, "wb")


def private_folder(folder: Path) -> None:
    """Make a folder that only its owner can enter, or the office of the folder above.

    One that is there stays as it is.

    Raises:
        OSError: it cannot be made, or a file stands in its place.
    """
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        if not folder.is_dir():
            raise
    else:
        folder.chmod(_SHARED_FOLDER if _is_shared(folder.parent) else 0o700)


def lay_out(register: Path, group: int | None) -> None:
    """Make a register's folders and its empty database, whatever of it is not there yet.

    Args:
        register: the register's folder.
        group: number of the operating system's group whose people share the register; None for
            one that only its owner can use.

    Raises:
        OSError: the folder cannot be made, or not be given to the group.
    """
    make_folder(register)
    if group is not None:
        os.chown(register, -1, group)
        register.chmod(_SHARED_FOLDER)
    for name in (ORIGINALS, CACHE):
        private_folder(register / name)
    if not (register / DATABASE).exists():
        private(register / DATABASE).close()
    sync_folder(register)


def open_to_all(register: Path) -> Path | None:
    """The first part of a register that has rights for every account; None where none has."""
    beside = (f"{DATABASE}{ending}" for ending in ("", "-wal", "-shm"))
    for path in (register / name for name in (*beside, ORIGINALS, CACHE)):
        if path.exists() and path.stat().st_mode & 0o007:
            return path
    return None


def _is_shared(folder: Path) -> bool:
    """Whether what lies in a folder is for all of its group.

    A folder tells by its rights and hands them down, so that no process has to know. SQLite gives
    the files beside its database the rights of that.
    """
    return folder.stat().st_mode & _SHARED_FOLDER == _SHARED_FOLDER


def make_folder(folder: Path) -> None:
    """Make a folder with those above it, if it is not there, and bring its name to the disk."""
    folder = folder.absolute()
    if not folder.parent.is_dir():
        make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    with contextlib.suppress(PermissionError):  # a folder may be passed through and not be read
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Bring a folder's list of names to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folders(folder: Path) -> None:
    """Bring the lists of names of a folder and of all below it to the disk, the lowest first."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            sync_folder(path)
    sync_folder(folder)


def part_suffix() -> str:
    """How the name of a file or folder ends that only this process needs, and not for long."""
    return f".{os.getpid()}.part"


def drop_parts(
    folder: Path,
    patterns: Sequence[str] = (
        f"{ORIGINALS}/*/*.part",
        f"{CACHE}/*/*.part",
        f"{CACHE}/*.part",
        "last-*.part",
    ),
) -> None:
    """Remove what interrupted processes left behind, but not what a running one is writing."""
    for part in (part for pattern in patterns for part in folder.glob(pattern)):
        writer = part.name.split(".")[-2]
        if writer != str(os.getpid()) and Path("/proc", writer).exists():
            continue
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)


def room(register: Path) -> tempfile.TemporaryDirectory[str]:
    """A folder for a while, in the register's own cache, so that no words leave it.

    Beside a register that cannot be written it is for its owner's eyes alone.
    """
    cache = register / CACHE
    there = cache.is_dir() and os.access(cache, os.W_OK) and not is_sealed(register)
    return tempfile.TemporaryDirectory(suffix=part_suffix(), dir=cache if there else None)


def is_part_of(register: Path, target: Path) -> bool:
    """Whether a path is that of the register's database, or lies among its originals or cache."""
    inside = target.resolve()
    home = register.resolve()
    if not inside.is_relative_to(home) or inside == home:
        return False
    first = inside.relative_to(home).parts[0]
    return first.startswith(DATABASE) or first in (ORIGINALS, CACHE)


def is_sealed(register: Path) -> bool:
    """Whether a register lies whole on a file system that nobody can write, as a copy on a disc.

    One with acts that are not yet in the database itself is not whole without its index, which
    has to be written.
    """
    log = register / f"{DATABASE}-wal"
    return bool(os.statvfs(register).f_flag & os.ST_RDONLY) and not (
        log.exists() and log.stat().st_size
    )


def free_bytes(folder: Path) -> int:
    """Free space on the folder's disk."""
    return shutil.disk_usage(folder).free
