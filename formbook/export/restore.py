"""Bring an exported register back: the log is replayed, the rows follow from it.

Only the events of the file are believed, and of them only what their hashes prove to follow from
one another up to the head that the file names. The register is made aside and put in its place
once it is whole; whatever goes wrong before leaves nothing behind. The file is read event by
event: memory holds one of them, whatever the file's size (one value may have 64 Mi characters).
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from formbook.errors import StoreError, _
from formbook.export.archive import EVENT_FIELDS, SCHEMA, VERSION, follows
from formbook.export.members import read_members
from formbook.permissions import KEEPING, Act
from formbook.proof.statement import canonical
from formbook.store import RegisterDamagedError, RegisterExistsError, RegisterFullError, Store
from formbook.store import folder as folders
from formbook.store.bag import sha256_of
from formbook.store.log import GENESIS, Event, time_of
from formbook.store.verify.replay import UNREPLAYABLE

Progress = Callable[[int], None]

_ORIGINAL = re.compile(r"originals/([0-9a-f]{2})/(\1[0-9a-f]{62})(\.[^/\x00]{1,20})?")


class RegisterFileUnreadableError(StoreError):
    """The file cannot be opened or read."""

    message = _(
        "{path} cannot be read: {reason}.\n"
        "Nothing was changed. Give the name of a file that `formbook export json` wrote."
    )


class NotARegisterFileError(StoreError):
    """The file is something else."""

    message = _(
        "{path} is not a whole file of `formbook export json`: it is of another kind, damaged or "
        "cut off.\n"
        "Nothing was changed. Export the register again, or copy the file again."
    )


class RegisterFileTooNewError(StoreError):
    """A newer formbook wrote the file."""

    message = _(
        "{path} was written by a newer formbook (it holds {unknown}).\n"
        "Nothing was changed. Update formbook on this machine and try again."
    )


class RegisterFileAlteredError(StoreError):
    """The events of the file do not prove one another."""

    message = _(
        "{path} was altered: event {event} does not match its hash, does not follow the event "
        "before, or is missing.\n"
        "Nothing was changed. Use the file as it was exported, or export the register again."
    )


class RegisterFileImpossibleError(StoreError):
    """An event says what cannot be done."""

    message = _(
        "{path}: event {event} says what cannot be done to a register, so formbook did not write "
        "it.\n"
        "Nothing was changed. Export the register again."
    )


class RegisterNotMadeError(StoreError):
    """The disk or its rights refuse."""

    message = _(
        "A register could not be made in {register}: {reason}.\n"
        "Nothing was changed. Choose a folder that this account may write to and that has room."
    )


@dataclass(frozen=True, slots=True)
class MissingOriginal:
    """A scan that the register names and that was not found: its name when imported, and now."""

    name: str
    original: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What came back; `head` is the hash of the last event, `originals` those that are there."""

    events: int
    head: str
    originals: int
    missing: tuple[MissingOriginal, ...]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An original that the log names."""

    sha256: str
    name: str
    bytes: int


def import_register(
    file: Path,
    folder: Path,
    *,
    scans: Path | None = None,
    progress: Progress = lambda _events: None,
) -> Imported:
    """Make a register in `folder` with the very log that an export holds.

    Args:
        file: what `export` wrote as JSON.
        folder: where the register is to be; made if it is not there. Originals that lie in its
            `originals` already are kept.
        scans: a folder, looked through with all below it for the originals, by SHA-256 and
            whatever their names; those not found are reported.
        progress: told how many events are replayed.

    Raises:
        RegisterExistsError: the folder holds a register.
        NetworkFileSystemError: the folder lies on a network file system.
        RegisterFileUnreadableError, NotARegisterFileError, RegisterFileTooNewError,
        RegisterFileAlteredError, RegisterFileImpossibleError: the file, as each says.
        OriginalChangedError: a scan changed while it was copied.
        RegisterNotMadeError, RegisterFullError: the disk, as each says.
    """
    folders.refuse_network(folder)
    _refuse_existing(folder)
    try:
        with _new_folder(folder), tempfile.TemporaryDirectory(".part", ".import-", folder) as part:
            aside = Path(part)
            with Store.create(aside) as store:
                wanted = _replay(file, store, progress)
                events, head = store.head()
            missing = _gather(wanted, folder, aside, scans)
            _refuse_existing(folder)
            _put_in_place(aside, folder)
    except RegisterFullError as error:
        raise RegisterFullError(register=folder) from error
    except OSError as error:
        raise RegisterNotMadeError(register=folder, reason=error.strerror or error) from error
    return Imported(events, head, len(wanted) - len(missing), missing)


def _refuse_existing(folder: Path) -> None:
    if (folder / folders.DATABASE).exists():
        raise RegisterExistsError(register=folder)


@contextlib.contextmanager
def _new_folder(folder: Path) -> Iterator[None]:
    """Make a folder with those above it, and take away again what was made if all fails."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        for path in made:
            with contextlib.suppress(OSError):
                path.rmdir()
        raise


# -- the log ------------------------------------------------------------------


def _replay(file: Path, store: Store, progress: Progress) -> dict[str, _Wanted]:
    """Write the file's events into an empty register; return the originals that they name."""
    wanted: dict[str, _Wanted] = {}
    top: dict[str, Any] = {}
    seq, previous = 0, GENESIS
    with store.writing():
        for name, value in _members(file):
            if name == "events":
                seq += 1
                event, body = _checked(file, value, seq, previous)
                _write(file, store, event, body)
                if event.kind in KEEPING:
                    wanted[event.body["original"]] = _named(file, event)
                previous = event.sha256
                progress(seq)
            elif name != "entries":
                top[name] = value
                _check_schema(file, top)
        if "schema" not in top or store.value("select count(*) from register") != 1:
            raise NotARegisterFileError(path=file)
        if top.get("head") != {"event": seq, "sha256": previous}:
            raise RegisterFileAlteredError(path=file, event=seq + 1)
    return wanted


def _members(file: Path) -> Iterator[tuple[str, Any]]:
    try:
        with file.open(encoding="utf-8-sig") as stream:
            yield from read_members(stream, ("entries", "events"))
    except OSError as error:
        raise RegisterFileUnreadableError(path=file, reason=error.strerror or error) from error
    except (ValueError, RecursionError) as error:
        raise NotARegisterFileError(path=file) from error


def _check_schema(file: Path, top: dict[str, Any]) -> None:
    schema = top.get("schema", f"{SCHEMA}{VERSION}")
    if not isinstance(schema, str) or not re.fullmatch(SCHEMA + "[1-9][0-9]{0,5}", schema):
        raise NotARegisterFileError(path=file)
    if int(schema.removeprefix(SCHEMA)) > VERSION:
        raise RegisterFileTooNewError(path=file, unknown=schema)


def _checked(file: Path, value: Any, seq: int, previous: str) -> tuple[Event, str]:
    """The event that a JSON value holds, and its body's text, if its hashes prove it."""
    if (
        not isinstance(value, dict)
        or set(value) != set(EVENT_FIELDS)
        or not all(isinstance(value[name], str) for name in ("person", "account", "at", "kind"))
        or not all(isinstance(value[name], str | None) for name in ("key", "signature"))
    ):
        raise NotARegisterFileError(path=file)
    try:
        body = canonical(value["body"])
    except (ValueError, RecursionError) as error:
        raise RegisterFileAlteredError(path=file, event=seq) from error
    if not follows({**value, "body": body}, seq, previous):
        raise RegisterFileAlteredError(path=file, event=seq)
    try:
        time_of(value["at"])
        kind = Act(value["kind"])
    except ValueError as error:
        raise RegisterFileTooNewError(path=file, unknown=f"event {seq}") from error
    return Event(**{**value, "kind": kind}), body


def _write(file: Path, store: Store, event: Event, body: str) -> None:
    try:
        with store.errors():
            store.write(event, body)
    except (*UNREPLAYABLE, RegisterDamagedError) as error:
        raise RegisterFileImpossibleError(path=file, event=event.seq) from error


def _named(file: Path, event: Event) -> _Wanted:
    """The original that an event names, which may lie among the originals and nowhere else."""
    name, sha256 = str(event.body["original"]), str(event.body["sha256"])
    found = _ORIGINAL.fullmatch(name)
    if found is None or found[2] != sha256:
        raise RegisterFileImpossibleError(path=file, event=event.seq)
    return _Wanted(sha256, event.body["name"], event.body["bytes"])


# -- the originals ------------------------------------------------------------


def _gather(
    wanted: dict[str, _Wanted], folder: Path, aside: Path, scans: Path | None
) -> tuple[MissingOriginal, ...]:
    """Copy the originals that are not there yet from the scans; return those not found."""
    lacking = {
        original: scan
        for original, scan in wanted.items()
        if sha256_of(folder / original) != scan.sha256
    }
    sizes = {scan.bytes for scan in lacking.values()}
    originals: dict[str, list[str]] = {}
    for original, scan in lacking.items():
        originals.setdefault(scan.sha256, []).append(original)
    for path in sorted(scans.rglob("*")) if scans and lacking else ():
        if not path.is_file() or path.stat().st_size not in sizes:
            continue
        sha256 = sha256_of(path) or ""
        for original in originals.pop(sha256, ()):
            with path.open("rb") as scanned:
                folders.keep_original(aside / original, path, scanned, sha256)
            del lacking[original]
    return tuple(MissingOriginal(scan.name, original) for original, scan in lacking.items())


def _put_in_place(aside: Path, folder: Path) -> None:
    """Move what was made into the folder, the database last: with it there is a register."""
    for name in (folders.ORIGINALS, folders.CACHE):
        (folder / name).mkdir(exist_ok=True, mode=0o700)
    for copy in sorted((aside / folders.ORIGINALS).glob("*/*")):
        kept = folder / copy.relative_to(aside)
        kept.parent.mkdir(exist_ok=True, mode=0o700)
        copy.replace(kept)
    (aside / folders.DATABASE).replace(folder / folders.DATABASE)
