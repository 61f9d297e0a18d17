"""What can be wrong with the machine or the register, each fault with its remedy."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from formbook.errors import FormbookError, StoreError, _
from formbook.recognize import tesseract
from formbook.recognize.handwriting import Handwriting
from formbook.store import Store, views
from formbook.store import folder as folders
from formbook.store.copies import last_backup
from formbook.store.log import CLOCK_SLACK, as_time
from formbook.store.refusals import RegisterDamagedError, RegisterReadOnlyError

MIN_FREE_BYTES = 1 << 30
FIRST_YEAR = 2026
UNSAVED = dt.timedelta(days=7)


class LowDiskError(StoreError):
    """The disk is nearly full."""

    message = _(
        "The disk of {register} has {free} MiB free, less than {least}.\n"
        "Make room: scans are kept whole, and a full disk stops the work."
    )


class RegisterOpenError(StoreError):
    """Everybody with an account on the machine can read what citizens wrote."""

    message = _(
        "{path} can be read or changed by everybody who has an account on this machine.\n"
        "Take those rights away: chmod -R o= {register}"
    )


class ClockError(FormbookError):
    """The machine's clock is wrong."""

    message = _(
        "The clock says {now}, but the register's last act was at {last}.\n"
        "Set the clock of this machine; deadlines and the dates of acts depend on it."
    )


class HeldScansError(StoreError):
    """Scans wait for a person."""

    message = _(
        "{count} scans in {register} wait for a person to say which page they show.\n"
        "`formbook place` lists them; what is written there is in no list yet."
    )


class BackupOldError(StoreError):
    """Acts are in no backup for too long."""

    message = _(
        "What was done in {register} since {since} is in no backup that was found good.\n"
        "`formbook backup DIR` makes one on another disk; docs/backup.md says how to have it made "
        "every night."
    )


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what it is called, what was found, and the fault, if any."""

    name: str
    found: str
    fault: FormbookError | None = None


def examine(folder: Path, now: dt.datetime) -> Iterator[Check]:
    """Look at the machine and at the register in a folder; nothing is changed or raised.

    Args:
        folder: the register's folder.
        now: what the clock says, with its time zone.
    """
    yield _handwriting()
    yield from _tesseract()
    yield _file_system(folder)
    yield _rights(folder)
    yield _disk(folder)
    yield from _register(folder, now)


def _handwriting() -> Check:
    engine = Handwriting()
    try:
        engine.load()
        return Check("handwriting", engine.name)
    except FormbookError as error:
        return Check("handwriting", "", error)


def _tesseract() -> Iterator[Check]:
    try:
        yield Check("tesseract", tesseract.version())
        known = tesseract.languages()
    except FormbookError as error:
        yield Check("tesseract", "", error)
        return
    missing = tesseract.LanguageMissingError(language=tesseract.LANGUAGE)
    yield Check(
        "tesseract_language",
        ", ".join(known),
        None if tesseract.LANGUAGE in known else missing,
    )


def _file_system(folder: Path) -> Check:
    kind = folders.file_system_of(folder)
    try:
        folders.refuse_network(folder)
    except FormbookError as error:
        return Check("file_system", kind, error)
    return Check("file_system", kind)


def _rights(folder: Path) -> Check:
    fault: StoreError | None = None
    if not (folder.is_dir() and os.access(folder, os.R_OK | os.W_OK | os.X_OK)):
        fault = RegisterReadOnlyError(register=folder)
    elif (path := folders.open_to_all(folder)) is not None:
        fault = RegisterOpenError(path=path, register=folder)
    return Check("rights", str(folder), fault)


def _disk(folder: Path) -> Check:
    there = next(each for each in (folder, *folder.resolve().parents) if each.exists())
    free = folders.free_bytes(there)
    low = LowDiskError(register=folder, free=free >> 20, least=MIN_FREE_BYTES >> 20)
    return Check("disk", f"{free >> 20} MiB", low if free < MIN_FREE_BYTES else None)


def _register(folder: Path, now: dt.datetime) -> Iterator[Check]:
    try:
        with Store(folder) as store:
            seq, _sha256 = store.head()
            damage = store.value("pragma quick_check")
            last = store.value("select max(at) from events") or ""
            held = len(views.held_scans(store))
            backup = _backup(store, now)
    except FormbookError as error:
        yield Check("register", "", error)
        yield _clock(now, "")
        return
    damaged = RegisterDamagedError(register=folder, reason=damage)
    yield Check("register", str(seq), None if damage == "ok" else damaged)
    yield _clock(now, last)
    waiting = HeldScansError(register=folder, count=held)
    yield Check("held_scans", str(held), waiting if held else None)
    yield backup


def _backup(store: Store, now: dt.datetime) -> Check:
    """How old the last good backup is; too old is what holds no act that is days old."""
    good = last_backup(store.folder)
    found = "-" if good is None else f"{good.at} {good.path}"
    since = store.value(
        "select at from events where seq > ? order by seq limit 1", good.events if good else 0
    )
    old = since is not None and dt.datetime.fromisoformat(since) + UNSAVED < now
    fault = BackupOldError(register=store.folder, since=str(since)[:10]) if old else None
    return Check("backup", found, fault)


def _clock(now: dt.datetime, last: str) -> Check:
    said = as_time(now)
    before = bool(last) and now + CLOCK_SLACK < dt.datetime.fromisoformat(last)
    wrong = before or now.year < FIRST_YEAR
    return Check("clock", said, ClockError(now=said, last=last or "-") if wrong else None)
