"""The whole register as a bag for an archive: open formats, and every scan byte for byte.

    data/register.json   everything with the whole log, as `formbook export json` writes it
    data/entries.csv     a row an entry
    data/originals/…     the scans, named by their SHA-256

Any tool for BagIt (RFC 8493) can check it, and `formbook import` makes it a register again.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from formbook.errors import AuditFailedError, _
from formbook.export import archive, comma
from formbook.export.table import Translate
from formbook.export.target import ExportExistsError, ExportNotWrittenError
from formbook.store import Store, views
from formbook.store import folder as folders
from formbook.store.bag import BagWriter
from formbook.store.copies import originals_of


class OriginalNotWholeError(AuditFailedError):
    """An archive without a scan is none."""

    message = _(
        "The original {original} of {register} is missing or was changed.\n"
        "No folder was made. `formbook verify` names every difference; bring the original back "
        "from a backup."
    )


def write_bag(store: Store, target: Path, translate: Translate | None) -> tuple[int, int]:
    """Write the register into a new folder, whole or not at all; inside a snapshot.

    Returns:
        How many entries and events it holds.

    Raises:
        ExportExistsError: there is something of that name.
        ExportNotWrittenError: the folder cannot be written.
        LogAlteredError: the log does not hold together.
        OriginalNotWholeError: a scan is missing or was changed.
    """
    target = target.absolute()
    if os.path.lexists(target):
        raise ExportExistsError(path=target)
    part = target.with_name(f".{target.name[:100]}{folders.part_suffix()}")
    try:
        bag = BagWriter(part)
        with bag.writing("register.json") as stream:
            entries, events = archive.write(store, stream)
        with bag.writing("entries.csv") as stream:
            comma.write(store, stream, translate)
        for name, sha256 in originals_of(store).items():
            _add(store, bag, name, sha256)
        register = views.register(store)
        bag.close(
            {
                "Source-Organization": register["ward"],
                "External-Description": "Suggestion notebooks: register, log and scans",
                "External-Identifier": "event {} {}".format(*store.head()),
            }
        )
        part.rename(target)
        folders.sync_folder(target.parent)
    except OSError as error:
        raise ExportNotWrittenError(path=target, reason=error.strerror or error) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return entries, events


def _add(store: Store, bag: BagWriter, name: str, sha256: str) -> None:
    source = store.original(name)
    if source.is_file():
        with source.open("rb") as file:
            if bag.add(name, file) == sha256:
                return
    raise OriginalNotWholeError(register=store.folder, original=name)
