"""The register: one SQLite file, the log in it, and the rows projected from the log."""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Self

from sqlite_utils import Database

from formbook.errors import StoreError, _
from formbook.permissions import Act, Actor, require
from formbook.proof.statement import as_stored, canonical
from formbook.store import folder as folders
from formbook.store.log import (
    GENESIS,
    Event,
    as_time,
    chained,
    event_of,
)
from formbook.store.migrations import migrations
from formbook.store.projection import project
from formbook.store.refusals import (
    EmptyTextError,
    FutureDateError,
    NotFoundError,
    RegisterDamagedError,
    RegisterDiskError,
    RegisterExistsError,
    RegisterFullError,
    RegisterLockedError,
    RegisterNotFoundError,
    RegisterReadOnlyError,
    RegisterTooNewError,
    refusal,
    refusal_of_disk,
)
from formbook.store.rows import Rows
from formbook.store.signatures import signer_of

__all__ = [
    "EmptyTextError",
    "FutureDateError",
    "NotFoundError",
    "RegisterDamagedError",
    "RegisterDiskError",
    "RegisterExistsError",
    "RegisterFullError",
    "RegisterLockedError",
    "RegisterNotFoundError",
    "RegisterReadOnlyError",
    "RegisterTooNewError",
    "Store",
]

_PRAGMAS = (
    ("journal_mode", "wal", "wal"),
    ("synchronous", "full", 2),
    ("foreign_keys", "on", 1),
)
_LARGEST = 2**63 - 1


class Store:
    """A register in a folder, open for reading and writing.

    Opening applies pending migrations. Use it as a context manager, or call `close`.

    Args:
        folder: the register's folder.
        lock_timeout_s: how long a write waits for another process's write, in seconds.

    Raises:
        RegisterNotFoundError, RegisterTooNewError, RegisterDamagedError, RegisterLockedError,
        RegisterReadOnlyError, NetworkFileSystemError: as each says.
    """

    def __init__(self, folder: Path, *, lock_timeout_s: float = 20.0) -> None:
        self.folder = folder
        self._lock_timeout_s = lock_timeout_s
        path = folder / folders.DATABASE
        folders.refuse_network(folder)
        try:
            if path.stat().st_size == 0:
                raise RegisterDamagedError(register=folder, reason=_("its database is empty"))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise RegisterNotFoundError(register=folder) from error
        except OSError as error:
            raise RegisterReadOnlyError(register=folder) from error
        sealed = folders.is_sealed(folder)
        with self.errors():
            self._connection = sqlite3.connect(
                f"{path.resolve().as_uri()}?immutable=1" if sealed else path,
                uri=sealed,
                timeout=lock_timeout_s,
                isolation_level=None,
            )
            try:
                self._open(sealed=sealed)
            except BaseException:
                self._connection.close()
                raise

    @classmethod
    def create(
        cls, folder: Path, *, group: int | None = None, lock_timeout_s: float = 20.0
    ) -> Store:
        """Make an empty register; the log's first event is the caller's to append.

        What an interrupted making left behind is used. The register is its owner's alone, or
        shared by a group of the operating system.

        Raises:
            RegisterExistsError: there is one already.
            NetworkFileSystemError: the folder lies on a network file system.
            RegisterFullError, RegisterReadOnlyError, RegisterDiskError: the folder cannot be
                written.
            StoreError: a file stands where the folder should be.
        """
        folders.refuse_network(folder)
        path = folder / folders.DATABASE
        try:
            folders.lay_out(folder, group)
        except (FileExistsError, NotADirectoryError) as error:
            raise StoreError(register=folder, reason=_("a file stands in its place")) from error
        except OSError as error:
            raise refusal_of_disk(error, folder) from error
        if not path.stat().st_size:
            try:
                _begin(path)
            except sqlite3.DatabaseError as error:
                raise refusal(error, folder, lock_timeout_s) from error
        store = cls(folder, lock_timeout_s=lock_timeout_s)
        if store.head()[0]:
            store.close()
            raise RegisterExistsError(register=folder)
        return store

    def _open(self, *, sealed: bool = False) -> None:
        connection = self._connection
        connection.row_factory = sqlite3.Row
        self.db = Database(connection)
        for pragma, value, said in _PRAGMAS[sealed:]:
            connection.execute(f"pragma {pragma} = {value}")
            found = connection.execute(f"pragma {pragma}").fetchone()[0]
            if found != said:
                reason = f"{pragma} is {found}, not {value}"
                raise RegisterDamagedError(register=self.folder, reason=reason)
        known = {str(migration.name) for migration in migrations.applied(self.db)}
        ours = {migration.name for migration in migrations._migrations}  # noqa: SLF001 - 4.2 has no public list
        if known - ours:
            raise RegisterTooNewError(register=self.folder, unknown=", ".join(sorted(known - ours)))
        if migrations.pending(self.db):
            with self.writing():  # another process may be at it
                migrations.apply(self.db)

    def close(self) -> None:
        """Close the database file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # -- reading --------------------------------------------------------------

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """All rows of a query, as dictionaries."""
        with self.errors():
            return [dict(row) for row in self._connection.execute(sql, _bound(values))]

    def stream(self, sql: str, *values: Any) -> Iterator[dict[str, Any]]:
        """The rows of a query, one at a time."""
        with self.errors():
            for row in self._connection.execute(sql, _bound(values)):
                yield dict(row)

    def row(self, sql: str, *values: Any) -> dict[str, Any] | None:
        """The first row of a query, None where there is none."""
        with self.errors():
            row = self._connection.execute(sql, _bound(values)).fetchone()
        return None if row is None else dict(row)

    def value(self, sql: str, *values: Any) -> Any:
        """The first column of the first row of a query, None where there is none."""
        with self.errors():
            row = self._connection.execute(sql, _bound(values)).fetchone()
        return None if row is None else row[0]

    def head(self) -> tuple[int, str]:
        """Number and hash of the last event; `(0, GENESIS)` of an empty log."""
        row = self.row("select seq, sha256 from events order by seq desc limit 1")
        return (0, GENESIS) if row is None else (row["seq"], row["sha256"])

    def identity(self) -> str:
        """What tells this register from any other: the hash of its log's first event."""
        return str(self.value("select sha256 from events where seq = 1") or "")

    def event(self, seq: int) -> Event | None:
        """One event of the log.

        Raises:
            RegisterTooNewError: this formbook knows no such kind of event.
        """
        row = self.row("select * from events where seq = ?", seq)
        return None if row is None else event_of(row, self.folder)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read one state of the register, whatever others write meanwhile."""
        with self.errors():
            self._connection.execute("begin")
            try:
                yield
            finally:
                if self._connection.in_transaction:  # a damaged file ends it by itself
                    self._connection.execute("rollback")

    @contextlib.contextmanager
    def attached(self, database: Path, name: str) -> Iterator[None]:
        """Make another database's tables readable as `name.table`."""
        with self.errors():
            self._connection.execute(f"attach database ? as {name}", (str(database),))
            try:
                yield
            finally:
                self._connection.execute(f"detach database {name}")

    # -- writing --------------------------------------------------------------

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the register's write lock from the first read on; all or nothing is kept.

        `BEGIN IMMEDIATE`, since a transaction that begins by reading and is overtaken by another
        writer cannot go on (SQLITE_BUSY_SNAPSHOT), whatever the time limit.
        """
        with self.errors():
            self._connection.execute("begin immediate")
            try:
                yield
                self._connection.execute("commit")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("rollback")
                raise

    @contextlib.contextmanager
    def replaying(self) -> Iterator[None]:
        """Take many events in one go, for a register that can be made again from its log."""
        self._connection.execute("pragma synchronous = off")
        with self.writing():
            yield
        self._connection.execute("pragma synchronous = full")

    def append(self, act: Act, body: dict[str, Any], *, by: Actor, at: dt.datetime) -> Event:
        """Append one event and project it; only inside `writing`.

        Args:
            act: what is done.
            body: what it is done with; JSON values only.
            by: who does it.
            at: when, with a time zone.

        Raises:
            NotAllowedError: none of the person's roles allows the act.
            SignatureNeededError: the person has a key, and it is not at hand.
            ValueError: outside `writing`, or `at` has no time zone.
        """
        require(by, act)
        if not self._connection.in_transaction or at.tzinfo is None:
            raise ValueError("append needs a transaction and a time with its zone")
        seq, previous = self.head()
        text = canonical(body)
        event = chained(
            seq=seq + 1,
            at=as_time(at),
            by=by,
            act=act,
            text=text,
            previous=previous,
            register=self.identity(),
            signer=signer_of(self, by, act, body),
        )
        with self.errors():
            self.write(event, text)
        return event

    def write(self, event: Event, body: str) -> None:
        """Insert an event as it stands and project it; `append` and replays come here."""
        self._connection.execute(
            "insert into events (seq, at, person, account, kind, body, body_sha256, previous,"
            " key, signature, sha256) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(event.seq, event.at, event.person, event.account, event.kind.value, body),
                *(event.body_sha256, event.previous, event.key, event.signature, event.sha256),
            ),
        )
        project(Rows(self._connection, event.seq), event)

    def keep_original(self, source: Path, file: BinaryIO, sha256: str) -> str:
        """Copy a scan's file into the register, if it is not there already.

        Args:
            source: the file's path.
            file: the same file, open at its start.
            sha256: what its bytes must give.

        Returns:
            The original's name, relative to the register.

        Raises:
            OriginalChangedError: the bytes are no longer those expected.
            RegisterNotFoundError: the register's folder was moved or removed meanwhile.
            RegisterFullError, RegisterReadOnlyError, RegisterDiskError: the copy cannot be written.
        """
        name = folders.original_name(sha256, source.suffix)
        try:
            folders.keep_original(self.folder / name, source, file, sha256)
        except FileNotFoundError as error:
            raise RegisterNotFoundError(register=self.folder) from error
        except OSError as error:
            raise refusal_of_disk(error, self.folder) from error
        return name

    def original(self, name: str) -> Path:
        """Where an original lies."""
        return self.folder / name

    def cached(self, name: str) -> bytes | None:
        """What was kept in the cache under a name; it may be deleted at any time."""
        path = self.folder / folders.CACHE / name
        return path.read_bytes() if path.is_file() else None

    def cache(self, name: str, content: bytes) -> None:
        """Keep what can be made again; that it cannot be kept is no failure."""
        with contextlib.suppress(OSError):
            folders.write_whole(self.folder / folders.CACHE / name, content)

    def drop_parts(self) -> None:
        """Remove what an interrupted copy of an original left behind."""
        folders.drop_parts(self.folder)

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Turn SQLite's and the disk's refusals into the register's own errors."""
        try:
            yield
        except sqlite3.ProgrammingError:  # ours, and no fault of the register
            raise
        except sqlite3.DatabaseError as error:
            raise refusal(error, self.folder, self._lock_timeout_s) from error


def _begin(path: Path) -> None:
    """Turn an empty file into a database; one found empty later has lost what it held."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma journal_mode = wal")


def _bound(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Values to look for, as the log would have stored them.

    A number that no row can have becomes the largest that one could.
    """
    return tuple(
        as_stored(value)
        if isinstance(value, str)
        else max(-_LARGEST, min(value, _LARGEST))
        if isinstance(value, int)
        else value
        for value in values
    )
