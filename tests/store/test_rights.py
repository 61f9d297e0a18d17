"""Who can read a register: its owner, or the accounts of an office, whatever the umask."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from registers import CLERK, NOW

from formbook.errors import StoreError
from formbook.office import create_register, name_ward
from formbook.store import Store
from formbook.store import folder as folders
from formbook.store.verify import verify

CONTENT = b"scan"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "scan.jpg"
    path.write_bytes(CONTENT)
    return path


def _keep(store: Store, source: Path) -> str:
    with source.open("rb") as file:
        return store.keep_original(source, file, SHA256)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o177])
def test_no_umask_opens_or_closes_a_register(tmp_path: Path, source: Path, umask: int):
    old = os.umask(umask)
    try:
        with Store.create(tmp_path) as store:
            store.cache("deep/there", b"x")
            name = _keep(store, source)
            files = [folders.DATABASE, f"{folders.DATABASE}-wal", f"{folders.DATABASE}-shm"]
            found = {_mode(tmp_path / each) for each in (*files, name, "cache/deep/there")}
            inner = [tmp_path / each for each in ("originals", "cache", "cache/deep")]
            folders_found = {_mode(each) for each in (*inner, (tmp_path / name).parent)}
    finally:
        os.umask(old)
    assert (found, folders_found) == ({0o600}, {0o700})
    assert folders.open_to_all(tmp_path) is None


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_an_office_shares_a_register_and_nobody_else_does(tmp_path: Path, source: Path, umask: int):
    register = tmp_path / "office"
    old = os.umask(umask)
    try:
        with Store.create(register, group=os.getgid()) as store:
            store.cache("deep/there", b"x")
            name = _keep(store, source)
            files = [folders.DATABASE, f"{folders.DATABASE}-wal", f"{folders.DATABASE}-shm"]
            found = {_mode(register / each) for each in (*files, name, "cache/deep/there")}
            inner = [register / each for each in ("", "originals", "cache", "cache/deep")]
            folders_found = {_mode(each) for each in (*inner, (register / name).parent)}
    finally:
        os.umask(old)
    assert (found, folders_found) == ({0o660}, {0o2770})
    assert folders.open_to_all(register) is None


def _as_account(user: int, groups: list[int], work: Callable[[], object]) -> int:
    """Do something in a process of another account; its exit code."""
    child = os.fork()
    if not child:  # pragma: no cover - another process
        code = 1
        try:
            os.setgroups(groups)
            os.setresgid(groups[0], groups[0], groups[0])
            os.setresuid(user, user, user)
            os.umask(0o022)
            work()
            code = 0
        except StoreError as error:
            code = int(error.exit_code)
        except PermissionError:
            code = 77
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as other accounts")
def test_people_with_accounts_of_their_own_write_in_one_register(source: Path):
    """Two accounts of a group write, one after the other and beside each other; a third cannot."""
    office, stranger = 54_321, 54_322
    content = source.read_bytes()
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    scan = folder / "scan.jpg"
    scan.write_bytes(content)
    register = folder / "office"
    try:
        with create_register(
            *(register,),
            ward="Nghĩa Đô",
            ward_code=None,
            ward_as_of=None,
            person="Lan",
            account="lan",
            now=NOW,
            group=office,
        ):
            pass

        def write(name: str) -> None:
            with Store(register) as store:
                name_ward(store, name, ward_code=None, ward_as_of=None, by=CLERK, now=NOW)
                sha256 = hashlib.sha256(content + name.encode()).hexdigest()
                store.keep_original(scan, io.BytesIO(content + name.encode()), sha256)
                store.cache(f"{name}/x", b"x")

        codes = [
            _as_account(user, [group, *more], lambda user=user: write(f"Phường {user}"))
            for user, group, more in (
                *((50_001, 50_001, [office]), (50_002, 50_002, [office])),
                *((50_001, 50_001, [office]), (50_003, stranger, [])),
            )
        ]
        with Store(register) as store:
            assert store.value("select ward from register") == "Phường 50001"
            assert verify(store).findings == ()
        kept = [path for path in (register / "originals").rglob("*") if path.is_file()]
        groups = {path.stat().st_gid for path in register.rglob("*")}
        owners = {path.stat().st_uid for path in kept}
    finally:
        shutil.rmtree(folder)
    assert codes[:3] == [0, 0, 0]
    assert codes[3] in (6, 77)
    assert (groups, owners) == ({office}, {50_001, 50_002})
