"""What the register says when it cannot do what is asked."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

from formbook.errors import StoreError, _
from formbook.store.folder import free_bytes

_CRAMPED_BYTES = 1 << 16
"""Two parts of the index of the write-ahead log, each of 32 KiB."""


class RegisterNotFoundError(StoreError):
    """There is no register in the folder."""

    message = _(
        "{register} holds no register.\n"
        "Nothing was changed. `formbook init --ward NAME` makes one here; --register DIR names "
        "one elsewhere."
    )


class RegisterExistsError(StoreError):
    """There is a register already."""

    message = _(
        "{register} already holds a register.\n"
        "Nothing was changed. Use it as it is, or choose another folder with --register DIR."
    )


class RegisterTooNewError(StoreError):
    """A newer formbook wrote the register."""

    message = _(
        "{register} was written by a newer formbook (it knows {unknown}).\n"
        "Nothing was changed. Update formbook on this machine and try again."
    )


class RegisterLockedError(StoreError):
    """Another process holds the register."""

    message = _(
        "{register} is in use by another program that did not finish in {seconds} seconds.\n"
        "Nothing was changed. Close the other program or wait for it, then try again."
    )


class RegisterFullError(StoreError):
    """No room is left on the disk."""

    message = _(
        "The disk of {register} is full.\n"
        "What was acknowledged before is kept, the last act was not done. Make room and try again."
    )


class RegisterReadOnlyError(StoreError):
    """The register cannot be written."""

    message = _(
        "{register} cannot be written by this account.\n"
        "Nothing was changed. Ask for the right to write in that folder; `formbook doctor` shows "
        "the rights."
    )


class RegisterDamagedError(StoreError):
    """The file is no longer a whole database."""

    message = _(
        "{register} is damaged: {reason}.\n"
        "Nothing was changed. Keep the file, bring the register back from a backup, and run "
        "`formbook verify`."
    )


class RegisterDiskError(StoreError):
    """The disk refused to read, or to say that what was written is there.

    What was written may be there all the same, so that nothing can be said of the last act.
    """

    message = _(
        "The disk of {register} fails: {reason}.\n"
        "What was acknowledged before is kept; whether the last act was, shows once the disk works "
        "again: look before you do it again. Make a backup on another disk."
    )


class NotFoundError(StoreError):
    """The register holds no such thing."""

    message = _(
        "{register} holds no {what} {name}.\nNothing was changed. `formbook {listing}` lists them."
    )


class EntryDroppedError(NotFoundError):
    """The entry was said to be none."""

    message = _(
        "Entry {name} was dropped by {person} on {date}: {why}\n"
        "Nothing was changed. `formbook entries --dropped` lists all that were; `formbook undo` "
        "brings one back."
    )


class EntryJoinedError(NotFoundError):
    """The entry is a part of another."""

    message = _(
        "Entry {name} was joined to entry {into} by {person} on {date}.\n"
        "Nothing was changed. `formbook show {into}` shows the whole."
    )


class FutureDateError(StoreError):
    """Nothing that stands on a page was written on a day that has not come."""

    message = _(
        "{date} has not come yet; today is {today}.\n"
        "Nothing was changed. Give the date that stands on the page."
    )


class EmptyTextError(StoreError):
    """An entry needs words."""

    message = _(
        "An entry without a text is none.\n"
        "Nothing was changed. Give its text; what is no entry is taken out by `formbook drop`."
    )


def refusal(error: sqlite3.DatabaseError, register: Path, lock_timeout_s: float) -> StoreError:
    """What an error of SQLite's means to a person."""
    extended = getattr(error, "sqlite_errorcode", 0)
    code = extended & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return RegisterLockedError(register=register, seconds=f"{lock_timeout_s:g}")
    if code == sqlite3.SQLITE_IOERR:
        # without room for its index of the write-ahead log, SQLite only says that the disk fails
        unsure = extended in (sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC)
        if unsure or free_bytes(register) >= _CRAMPED_BYTES:
            return RegisterDiskError(register=register, reason=str(error))
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return RegisterFullError(register=register)
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return RegisterReadOnlyError(register=register)
    return RegisterDamagedError(register=register, reason=str(error))


def refusal_of_disk(error: OSError, register: Path) -> StoreError:
    """What an error of the disk's means to a person."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return RegisterFullError(register=register)
    if error.errno == errno.EIO:
        return RegisterDiskError(register=register, reason=error.strerror)
    return RegisterReadOnlyError(register=register)
