"""A disk that fails, fills up, or loses its power: what a process does to it is watched.

`disk.c` is put between the process and the kernel, so the command line itself can be watched as it
is. A recorded run is replayed on a `Disk` that keeps apart what was synced and what was not; at any
moment it can lose any part of the rest, as a power cut does: writes to a file in any choice, the
last of them cut at a sector, names in a folder from some moment on.
"""

from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

_HEAD = struct.Struct("<cHHqI")
_SECTOR = 512
STDOUT = "="


def shim(folder: Path) -> Path:
    """Compile what stands between a process and the disk; skip the test where that cannot be."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler to build what stands between a process and the disk")
    made = folder / "disk.so"
    source = Path(__file__).with_name("disk.c")
    subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", made, source, "-ldl"], check=True)
    return made


def watched(shim: Path, under: Path, **how: object) -> dict[str, str]:
    """The environment of a process that is watched below a folder.

    Args:
        shim: what `shim` made.
        under: the folder, as an absolute path without links.
        how: `log`, `count`, `at`, `how`, `only`, `stays`, as disk.c says.
    """
    told = {f"DISK_{name.upper()}": str(value) for name, value in how.items()}
    return {**os.environ, "LD_PRELOAD": str(shim), "DISK_UNDER": str(under), **told}


@dataclass(frozen=True)
class Call:
    """One call that changed the disk; kinds are those of disk.c."""

    kind: str
    path: str
    second: str
    at: int
    data: bytes


def calls(log: Path) -> Iterator[Call]:
    """What a recorded run did, in order."""
    content = log.read_bytes()
    place = 0
    while place < len(content):
        kind, a, b, at, size = _HEAD.unpack_from(content, place)
        parts, place = [], place + _HEAD.size
        for length in (a, b, size):
            parts.append(content[place : place + length])
            place += length
        yield Call(kind.decode(), os.fsdecode(parts[0]), os.fsdecode(parts[1]), at, parts[2])


@dataclass
class _File:
    synced: bytes = b""
    since: list[Call] = field(default_factory=list)


@dataclass
class _Folder:
    names: dict[str, _File | _Folder] = field(default_factory=dict)
    synced: dict[str, _File | _Folder] = field(default_factory=dict)
    since: list[dict[str, _File | _Folder | None]] = field(default_factory=list)

    def change(self, **names: _File | _Folder | None) -> None:
        """Give and take names, all at once."""
        self.since.append(names)
        _rename(self.names, names)


def _rename(held: dict[str, _File | _Folder], names: dict[str, _File | _Folder | None]) -> None:
    for name, node in names.items():
        if node is None:
            held.pop(name, None)
        else:
            held[name] = node


def _written(content: bytes, call: Call, size: int | None = None) -> bytes:
    if call.kind == "T":
        return content[: call.at].ljust(call.at, b"\0")
    data = call.data[:size]
    return content[: call.at].ljust(call.at, b"\0") + data + content[call.at + len(data) :]


class Disk:
    """What lies below a folder, and what of it would outlive a power cut."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._top = _Folder()

    def do(self, call: Call) -> None:
        """Take one call of a recorded run."""
        if call.path == STDOUT:
            return
        folder, name = self._find(call.path or call.second)
        node = folder.names.get(name) if name else folder
        match call.kind:
            case "C":
                folder.change(**{name: _File()})
            case "M":
                folder.change(**{name: _Folder()})
            case "U":
                folder.change(**{name: None})
            case "R" | "L":
                self._name_anew(call, folder, name)
            case "S" if isinstance(node, _Folder):
                node.synced, node.since = dict(node.names), []
            case "S" if node is not None:
                node.synced, node.since = _whole(node), []
            case "W" | "T" if isinstance(node, _File):
                node.since.append(call)

    def _name_anew(self, call: Call, folder: _Folder, name: str) -> None:
        if not call.path or not call.second:
            return  # from or to where nothing is watched
        target, new = self._find(call.second)
        node = folder.names[name]
        gone = {name: None} if call.kind == "R" else {}
        if target is folder:
            folder.change(**gone, **{new: node})
        else:
            target.change(**{new: node})
            if gone:
                folder.change(**gone)

    def _find(self, path: str) -> tuple[_Folder, str]:
        """The folder of a path, and its name there; "" for the top itself."""
        folder = self._top
        parts = Path(path).relative_to(self._root).parts
        for part in parts[:-1]:
            below = folder.names[part]
            assert isinstance(below, _Folder)
            folder = below
        return folder, parts[-1] if parts else ""

    def lose_power(self, rng: random.Random, target: Path) -> None:
        """Write what may be left into a new folder."""
        self._write(self._top, target, rng)

    def _write(self, node: _File | _Folder, target: Path, rng: random.Random) -> None:
        if isinstance(node, _File):
            target.write_bytes(_left(node, rng))
            return
        target.mkdir()
        names = dict(node.synced)
        for change in node.since[
            : rng.choice((0, len(node.since), rng.randint(0, len(node.since))))
        ]:
            _rename(names, change)
        for name, below in names.items():
            if not name.endswith("-shm"):  # shared memory, made anew by whoever comes first
                self._write(below, target / name, rng)


def _whole(file: _File) -> bytes:
    content = file.synced
    for call in file.since:
        content = _written(content, call)
    return content


def _left(file: _File, rng: random.Random) -> bytes:
    """What was synced, and of the rest nothing, all, or any choice, one of it torn."""
    share = rng.choice((0.0, 1.0, rng.random()))
    content = file.synced
    for call in file.since:
        if rng.random() < share:
            torn = share < 1 and rng.random() < 0.2
            size = rng.randrange(0, len(call.data) + 1, _SECTOR) if torn and call.data else None
            content = _written(content, call, size)
    return content
