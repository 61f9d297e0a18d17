"""The register: one SQLite file, the log in it, and the rows projected from the log."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from sqlite_utils import Database

from formbook.errors import StoreError, _
from formbook.permissions import Act, Actor, require
from formbook.store import folder as folders
from formbook.store.log import GENESIS, Event, canonical, event_sha256, sha256_of_text
from formbook.store.migrations import migrations
from formbook.store.projection import project
from formbook.store.rows import Rows


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


class NotFoundError(StoreError):
    """The register holds no such thing."""

    message = _(
        "{register} holds no {what} {name}.\nNothing was changed. `formbook {listing}` lists them."
    )


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

    def __init__(self, folder: Path, *, lock_timeout_s: float = 5.0) -> None:
        self.folder = folder
        self._lock_timeout_s = lock_timeout_s
        path = folder / folders.DATABASE
        folders.refuse_network(folder)
        if not path.is_file():
            raise RegisterNotFoundError(register=folder)
        with self.errors():
            self._connection = sqlite3.connect(path, timeout=lock_timeout_s, isolation_level=None)
            try:
                self._open()
            except BaseException:
                self._connection.close()
                raise

    @classmethod
    def create(cls, folder: Path, *, lock_timeout_s: float = 5.0) -> Store:
        """Make an empty register; the log's first event is the caller's to append.

        Raises:
            RegisterExistsError: there is one already.
            NetworkFileSystemError: the folder lies on a network file system.
            RegisterReadOnlyError: the folder cannot be written.
        """
        folders.refuse_network(folder)
        path = folder / folders.DATABASE
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name in (folders.ORIGINALS, folders.CACHE):
                (folder / name).mkdir(exist_ok=True, mode=0o700)
            path.touch(mode=0o600, exist_ok=False)
        except FileExistsError as error:
            raise RegisterExistsError(register=folder) from error
        except OSError as error:
            raise RegisterReadOnlyError(register=folder) from error
        return cls(folder, lock_timeout_s=lock_timeout_s)

    def _open(self) -> None:
        connection = self._connection
        connection.row_factory = sqlite3.Row
        self.db = Database(connection)
        for pragma, value, said in (
            ("journal_mode", "wal", "wal"),
            ("synchronous", "full", 2),
            ("foreign_keys", "on", 1),
        ):
            connection.execute(f"pragma {pragma} = {value}")
            found = connection.execute(f"pragma {pragma}").fetchone()[0]
            if found != said:
                reason = f"{pragma} is {found}, not {value}"
                raise RegisterDamagedError(register=self.folder, reason=reason)
        known = {migration.name for migration in migrations.pending(self.db)} | {
            migration.name for migration in migrations.applied(self.db)
        }
        ours = {migration.name for migration in migrations._migrations}  # noqa: SLF001 - 4.2 has no public list
        if known - ours:
            raise RegisterTooNewError(register=self.folder, unknown=", ".join(sorted(known - ours)))
        if migrations.pending(self.db):
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
            return [dict(row) for row in self._connection.execute(sql, values)]

    def stream(self, sql: str, *values: Any) -> Iterator[dict[str, Any]]:
        """The rows of a query, one at a time."""
        with self.errors():
            for row in self._connection.execute(sql, values):
                yield dict(row)

    def row(self, sql: str, *values: Any) -> dict[str, Any] | None:
        """The first row of a query, None where there is none."""
        with self.errors():
            row = self._connection.execute(sql, values).fetchone()
        return None if row is None else dict(row)

    def value(self, sql: str, *values: Any) -> Any:
        """The first column of the first row of a query, None where there is none."""
        with self.errors():
            row = self._connection.execute(sql, values).fetchone()
        return None if row is None else row[0]

    def head(self) -> tuple[int, str]:
        """Number and hash of the last event; `(0, GENESIS)` of an empty log."""
        row = self.row("select seq, sha256 from events order by seq desc limit 1")
        return (0, GENESIS) if row is None else (row["seq"], row["sha256"])

    def event(self, seq: int) -> Event | None:
        """One event of the log."""
        row = self.row("select * from events where seq = ?", seq)
        return None if row is None else event_of(row)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read one state of the register, whatever others write meanwhile."""
        with self.errors():
            self._connection.execute("begin")
            try:
                yield
            finally:
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
            ValueError: outside `writing`, or `at` has no time zone.
        """
        require(by, act)
        if not self._connection.in_transaction or at.tzinfo is None:
            raise ValueError("append needs a transaction and a time with its zone")
        seq, previous = self.head()
        text = canonical(body)
        event = _chained(
            seq=seq + 1,
            at=at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            by=by,
            act=act,
            text=text,
            previous=previous,
        )
        self.write(event, text)
        return event

    def write(self, event: Event, body: str) -> None:
        """Insert an event as it stands and project it; `append` and replays come here."""
        self._connection.execute(
            "insert into events (seq, at, person, account, kind, body, body_sha256, previous,"
            " sha256) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                event.seq,
                event.at,
                event.person,
                event.account,
                event.kind.value,
                body,
                event.body_sha256,
                event.previous,
                event.sha256,
            ),
        )
        project(Rows(self._connection, event.seq), event)

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Turn SQLite's and the disk's refusals into the register's own errors."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise self._refusal(error) from error

    def _refusal(self, error: sqlite3.DatabaseError) -> StoreError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return RegisterLockedError(register=self.folder, seconds=f"{self._lock_timeout_s:g}")
        if code == sqlite3.SQLITE_FULL:
            return RegisterFullError(register=self.folder)
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            return RegisterReadOnlyError(register=self.folder)
        return RegisterDamagedError(register=self.folder, reason=str(error))


def event_of(row: dict[str, Any]) -> Event:
    """The event that a row of the log holds."""
    return Event(
        seq=row["seq"],
        at=row["at"],
        person=row["person"],
        account=row["account"],
        kind=Act(row["kind"]),
        body=json.loads(row["body"]),
        body_sha256=row["body_sha256"],
        previous=row["previous"],
        sha256=row["sha256"],
    )


def _chained(*, seq: int, at: str, by: Actor, act: Act, text: str, previous: str) -> Event:
    body_sha256 = sha256_of_text(text)
    return Event(
        seq=seq,
        at=at,
        person=by.name,
        account=by.account,
        kind=act,
        body=json.loads(text),
        body_sha256=body_sha256,
        previous=previous,
        sha256=event_sha256(
            seq=seq,
            at=at,
            person=by.name,
            account=by.account,
            kind=act.value,
            body_sha256=body_sha256,
            previous=previous,
        ),
    )
