"""The register for others: a table for people (csv, xlsx), everything for programs (json).

`comma` and `workbook` write the rows of `table`; `archive` writes the rows in full and the whole
log, which `restore` brings back as a register; `bagit` writes both, with the scans. Exports hold
citizens' words by design: a file is made readable by its owner alone, and appears under its name
only once it is whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from formbook.export import archive, bagit, comma, workbook
from formbook.export.table import Translate
from formbook.export.target import ExportIntoRegisterError, whole_file
from formbook.store import Store, folder


class Format(StrEnum):
    """What a register can be exported as, in one file."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Exported:
    """What went out: how many entries, and how many events (none in a table)."""

    entries: int
    events: int


def export(
    store: Store,
    target: Path,
    form: Format,
    *,
    force: bool = False,
    translate: Translate | None = None,
) -> Exported:
    """Write one state of the register to a file, whole or not at all.

    Args:
        store: the register.
        target: the file to make.
        form: csv, xlsx or json.
        force: replace a file that is there.
        translate: turns headings and status words into the reader's language; without it they
            are the keys that programs rely on. JSON is never translated.

    Raises:
        ExportIntoRegisterError: the target is a part of the register, `force` or not.
        ExportExistsError: there is such a file, and no `force`.
        ExportNotWrittenError: the file cannot be written.
        TooManyRowsError: xlsx only: more entries than a sheet has rows.
        LogAlteredError: json only: the log does not hold together, so it could not come back.
    """
    if folder.is_part_of(store.folder, target):
        raise ExportIntoRegisterError(path=target)
    with whole_file(target, force=force) as stream:
        return write(store, stream, form, translate=translate)


def export_bag(store: Store, target: Path, *, translate: Translate | None = None) -> Exported:
    """Write one state of the register, with its scans, into a new folder, whole or not at all.

    Raises:
        ExportIntoRegisterError: the target is a part of the register.
        ExportExistsError: there is something of that name.
        ExportNotWrittenError: the folder cannot be written.
        LogAlteredError: the log does not hold together.
        OriginalNotWholeError: a scan is missing or was changed.
    """
    if folder.is_part_of(store.folder, target):
        raise ExportIntoRegisterError(path=target)
    with store.snapshot():
        return Exported(*bagit.write_bag(store, target, translate))


def write(
    store: Store, stream: BinaryIO, form: Format, *, translate: Translate | None = None
) -> Exported:
    """Write one state of the register to an open stream, which stays open.

    Raises:
        TooManyRowsError, LogAlteredError: as `export` says; the stream may hold a part.
    """
    with store.snapshot():
        if form is Format.JSON:
            return Exported(*archive.write(store, stream))
        if form is Format.XLSX:
            return Exported(workbook.write(store, stream, translate), 0)
        return Exported(comma.write(store, stream, translate), 0)
