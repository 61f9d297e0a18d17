"""Bags: folders of files that prove themselves whole, as RFC 8493 (BagIt 1.0) has them.

    bagit.txt  bag-info.txt  manifest-sha256.txt  tagmanifest-sha256.txt  data/…

Any archive's own tool can check one, years later and without formbook. Written here and not by
the kept library `bagit` (Library of Congress): it turns a folder into a bag in place by changing
the process's working folder, reads all files once more, syncs nothing to the disk, and cannot
take over files that an earlier bag holds. The tests check our bags with it.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from formbook.errors import AuditFailedError, StoreError, _
from formbook.store.folder import private, sync_folders

PAYLOAD = "data"
_MANIFEST, _TAG_MANIFEST = "manifest-sha256.txt", "tagmanifest-sha256.txt"
_DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_LINE = re.compile(r"([0-9a-fA-F]{64})[ \t]+\*?(.+)")
_CHUNK = 1 << 20
_LARGEST_TAG_FILE = 1 << 28
# A file system without hard links says so in one of these ways.
_NO_LINKS = frozenset(
    (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.ENOSYS, errno.EACCES)
)


class NotABagError(StoreError):
    """The folder is something else."""

    message = _(
        "{path} is no backup: {reason}.\n"
        "Nothing was changed. Name the folder that `formbook backup` made, the one that holds "
        "bagit.txt."
    )


class BagDamagedError(AuditFailedError):
    """A file of a bag is no longer what was put there."""

    message = _(
        "{path} is damaged: {count} of its files are missing, changed or strange, the first of "
        "them {name}.\n"
        "Nothing was changed. Use another backup, or copy this one again from where it came."
    )


@dataclass(slots=True)
class BagWriter:
    """Fills a new folder as a bag, each file on the disk before the next begins.

    Args:
        folder: the bag; made, for its owner alone.
    """

    folder: Path
    _payload: dict[str, str] = field(default_factory=dict)
    _octets: int = 0

    def __post_init__(self) -> None:
        self.folder.mkdir(mode=0o700)
        (self.folder / PAYLOAD).mkdir(mode=0o700)

    def add(self, name: str, source: BinaryIO) -> str:
        """Copy a file into the payload and return its SHA-256."""
        with self.writing(name) as target:
            while chunk := source.read(_CHUNK):
                target.write(chunk)
        return self._payload[name]

    def take_over(self, name: str, sha256: str, held: Path, source: Path) -> bool:
        """Link a file that an earlier bag holds; copy it where there is none or links are not.

        Args:
            name: in the payload.
            sha256: what the file must have; believed of what is linked, since reading the bag
                again tells.
            held: the file in the earlier bag, on the same disk.
            source: where to copy it from.

        Returns:
            Whether it was linked.
        """
        target = self._place(name)
        try:
            if held != source and held.stat().st_size == source.stat().st_size:
                os.link(held, target)
                self._payload[name] = sha256
                self._octets += target.stat().st_size
                return True
        except FileNotFoundError:
            pass
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
        with source.open("rb") as file:
            self.add(name, file)
        return False

    @contextlib.contextmanager
    def writing(self, name: str) -> Iterator[BinaryIO]:
        """Open a new file of the payload for writing; it is hashed as it is written."""
        with private(self._place(name)) as target:
            hashed = _Hashed(target)
            yield cast("BinaryIO", hashed)
            _settle(target)
        self._payload[name] = hashed.sha256.hexdigest()
        self._octets += hashed.octets

    def close(self, info: Mapping[str, str]) -> None:
        """Write the manifests; with them it is a bag."""
        oxum = f"{self._octets}.{len(self._payload)}"
        told = {**info, "Payload-Oxum": oxum}
        tags = {
            "bagit.txt": _DECLARATION,
            "bag-info.txt": "".join(f"{name}: {_one_line(text)}\n" for name, text in told.items()),
            _MANIFEST: _manifest({f"{PAYLOAD}/{name}": sha for name, sha in self._payload.items()}),
        }
        tags[_TAG_MANIFEST] = _manifest(
            {name: hashlib.sha256(text.encode()).hexdigest() for name, text in tags.items()}
        )
        for name, text in tags.items():
            with private(self.folder / name) as target:
                target.write(text.encode())
                _settle(target)
        sync_folders(self.folder)

    def _place(self, name: str) -> Path:
        target = self.folder / PAYLOAD / name
        for above in reversed(Path(name).parents[:-1]):
            (self.folder / PAYLOAD / above).mkdir(mode=0o700, exist_ok=True)
        return target


class _Hashed(io.RawIOBase):
    """Hashes and counts what is written through it."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self.sha256 = hashlib.sha256()
        self.octets = 0

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self.sha256.update(content)
        self.octets += len(content)
        return self._target.write(content)


def _settle(target: BinaryIO) -> None:
    """Bring a file to the disk, and out of memory: what is read back then comes from the disk."""
    target.flush()
    os.fsync(target.fileno())
    with contextlib.suppress(OSError):
        os.posix_fadvise(target.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _manifest(files: Mapping[str, str]) -> str:
    return "".join(f"{sha256}  {_encoded(name)}\n" for name, sha256 in sorted(files.items()))


def _encoded(name: str) -> str:
    return name.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")


def _decoded(name: str) -> str:
    return re.sub("%(0A|0D|25)", lambda code: chr(int(code[1], 16)), name, flags=re.IGNORECASE)


# -- reading -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bag:
    """A bag as its manifests have it; `payload` gives each file's SHA-256 by its name in `data/`.

    `strange` are tag files that do not match the tag manifest, and files that no manifest names.
    """

    folder: Path
    payload: dict[str, str]
    strange: tuple[str, ...]

    def path(self, name: str) -> Path:
        """Where a file of the payload lies."""
        return self.folder / PAYLOAD / name


def read_bag(folder: Path) -> Bag:
    """Read a bag's manifests; the payload's bytes are not looked at.

    Raises:
        NotABagError: there is no bag, or one that cannot be read.
    """
    if not (folder / "bagit.txt").is_file() or not (folder / _MANIFEST).is_file():
        raise NotABagError(path=folder, reason=_("it holds no bagit.txt with a manifest"))
    try:
        payload = _read_manifest(folder / _MANIFEST)
        tags = _read_manifest(folder / _TAG_MANIFEST)
        wrong = [name for name, sha in tags.items() if sha256_of(_inside(folder, name)) != sha]
        there = {
            str(path.relative_to(folder))
            for path in (folder / PAYLOAD).rglob("*")
            if not path.is_dir()
        }
    except OSError as error:
        raise NotABagError(path=folder, reason=error.strerror or str(error)) from error
    except ValueError as error:
        raise NotABagError(path=folder, reason=_("its manifest cannot be read")) from error
    files = {
        name.removeprefix(f"{PAYLOAD}/"): sha
        for name, sha in payload.items()
        if name.startswith(f"{PAYLOAD}/")
    }
    strange = (*sorted(wrong), *sorted(there ^ payload.keys()))
    return Bag(folder, files, tuple(dict.fromkeys(strange)))


def _read_manifest(path: Path) -> dict[str, str]:
    if path.stat().st_size > _LARGEST_TAG_FILE:
        raise ValueError(path)
    found: dict[str, str] = {}
    for line in filter(None, re.split("\r\n|\r|\n", path.read_bytes().decode("utf-8-sig"))):
        parts = _LINE.fullmatch(line)
        if parts is None:
            raise ValueError(line)
        name = _decoded(parts[2]).removeprefix("./")
        if name in found or Path(name).is_absolute() or ".." in Path(name).parts or "\0" in name:
            raise ValueError(line)
        found[name] = parts[1].lower()
    return found


def _inside(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ValueError(name)
    return path


def sha256_of(path: Path) -> str | None:
    """A file's SHA-256; None of what is no file or cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
