"""A file that appears under its name only once it is whole."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from formbook.errors import FormbookError, _


class ExportExistsError(FormbookError):
    """There is something of that name already."""

    message = _(
        "{path} exists already.\n"
        "Nothing was changed. Choose another name, or replace the file with --force."
    )


class ExportIntoRegisterError(FormbookError):
    """The name is that of a part of the register."""

    message = _("{path} is a part of the register.\nNothing was changed. Choose another name.")


class ExportNotWrittenError(FormbookError):
    """The disk or its rights refuse."""

    message = _(
        "{path} could not be written: {reason}.\n"
        "No file was made and the register is as it was. Choose a folder that exists, that this "
        "account may write to and that has room."
    )


@contextlib.contextmanager
def whole_file(target: Path, *, force: bool) -> Iterator[BinaryIO]:
    """Open a file for writing, for its owner alone; any error leaves nothing behind.

    Args:
        target: the file's name; its folder exists.
        force: replace a file that is there; never a folder or a device.

    Raises:
        ExportExistsError: there is such a file, and no `force`.
        ExportNotWrittenError: the file cannot be written.
    """
    _refuse_existing(target, force=force)
    try:
        descriptor, name = tempfile.mkstemp(".part", f".{target.name[:100]}.", target.parent)
        part = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            _refuse_existing(target, force=force)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise ExportNotWrittenError(path=target, reason=error.strerror or error) from error


def _refuse_existing(target: Path, *, force: bool) -> None:
    if os.path.lexists(target) and not (force and target.is_file()):
        raise ExportExistsError(path=target)
