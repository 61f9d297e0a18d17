"""Finds the files of scans below what was named, and opens them."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from formbook.errors import ScanError
from formbook.imaging.faults import (
    AccessDeniedError,
    EmptyScanError,
    NoScansError,
    PathNotFoundError,
    UnknownEndingError,
)

ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".pdf", ".heic", ".heif")
_ENDINGS_TEXT = ", ".join(ENDINGS)


@dataclass(frozen=True, slots=True)
class FoundFiles:
    """What `find_scan_files` found.

    `files` stand in the order named, those of a folder as a person counts (page2 before page10);
    `ignored` are files of folders that are no scans, and what is hidden; `failed` says which
    folders and links below the named ones could not be followed, and which named files do not
    end like a scan.
    """

    files: tuple[Path, ...]
    ignored: tuple[Path, ...]
    failed: tuple[ScanError, ...]


def find_scan_files(paths: Sequence[Path]) -> FoundFiles:
    """Find the files of scans that were named or lie below the folders named.

    A file that is reached twice counts once. Links to folders are followed, each folder once. A
    file that does not end like a scan, named among others, is a failure and stops nothing.

    Raises:
        PathNotFoundError: a named path is not there.
        UnknownEndingError: the only path named is a file that does not end like a scan.
        AccessDeniedError: a named path may not be read.
        NoScansError: a named folder holds no scans.
    """
    search = _Search()
    for path in paths:
        try:
            search.add(path)
        except UnknownEndingError as error:
            if len(paths) == 1:
                raise
            search.failed.append(error)
    return FoundFiles(tuple(search.files.values()), tuple(search.ignored), tuple(search.failed))


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal.

    Raises:
        PathNotFoundError: it is not there.
        AccessDeniedError: it is no file, may not be read, or its disk fails.
        EmptyScanError: it has no bytes.
    """
    with opened(path) as file, _explained(path):
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """Open a file of scans, at its first byte.

    Raises:
        PathNotFoundError: it is not there.
        AccessDeniedError: it is no file, may not be read, or its disk fails.
        EmptyScanError: it has no bytes.
    """
    with _explained(path):
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            # a pipe would wait for a writer for ever
            raise AccessDeniedError(path=path, reason="it is not a file")
        if status.st_size == 0:
            raise EmptyScanError(path=path)
        file = path.open("rb")
    with file:
        yield file


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Tell the operating system's errors in our words."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise PathNotFoundError(path=path) from error
    except OSError as error:
        raise AccessDeniedError(path=path, reason=error.strerror) from error
    except ValueError as error:  # a NUL in the name
        raise PathNotFoundError(path=path) from error


class _Search:
    """One search: what was found and where it has been."""

    def __init__(self) -> None:
        self.files: dict[str, Path] = {}
        self.ignored: list[Path] = []
        self.failed: list[ScanError] = []

    def add(self, path: Path) -> None:
        """Add a named file or all below a named folder."""
        with _explained(path):
            is_folder = stat.S_ISDIR(path.stat().st_mode)
        if not is_folder:
            if not _has_scan_ending(path):
                raise UnknownEndingError(path=path, endings=_ENDINGS_TEXT)
            self._keep(path)
            return
        with _explained(path):
            list(os.scandir(path))
        kept, failed = len(self.files), len(self.failed)
        below = sorted(self._walk(path, set()), key=_counting_key)
        for file in below:
            self._keep(file)
        if not below and (kept, failed) == (len(self.files), len(self.failed)):
            raise NoScansError(path=path, endings=_ENDINGS_TEXT)

    def _keep(self, file: Path) -> None:
        self.files.setdefault(os.path.realpath(file), file)

    def _walk(self, folder: Path, been: set[str]) -> Iterator[Path]:
        """Yield the scans below a folder; note what is left out and what fails."""
        real = os.path.realpath(folder)
        if real in been:
            return
        been.add(real)
        try:
            with _explained(folder), os.scandir(folder) as entries:
                children = sorted((Path(entry.path) for entry in entries), key=_counting_key)
        except ScanError as error:
            self.failed.append(error)
            return
        for child in children:
            if child.name.startswith(".") or child.name == "__MACOSX":
                self.ignored.append(child)
                continue
            try:
                with _explained(child):
                    mode = child.stat().st_mode
            except ScanError as error:
                self.failed.append(error)
                continue
            if stat.S_ISDIR(mode):
                yield from self._walk(child, been)
            elif _has_scan_ending(child) and stat.S_ISREG(mode):
                yield child
            else:
                self.ignored.append(child)


def _has_scan_ending(path: Path) -> bool:
    return path.suffix.lower() in ENDINGS


def _counting_key(path: Path) -> tuple[list[list[tuple[int, int, str]]], str]:
    """Sort as a person counts: digits by value, letters by casefold, then the name itself."""
    return [
        [
            (0, int(piece), "") if piece.isdecimal() else (1, 0, piece.casefold())
            for piece in re.split(r"(\d+)", part)
            if piece
        ]
        for part in path.parts
    ], str(path)
