"""Where neither a key nor a passphrase may stand, in a real process and in its ruins."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest
from processes import FORMBOOK, ended, start
from registers import CHAIRMAN
from rich.console import Console
from rich.traceback import Traceback

from formbook.cli import passphrase as asking
from formbook.proof import keys
from formbook.proof.keys import Passphrase, unseal
from formbook.store import Store

WORDS = "bốn từ không liên quan"
TEXT = "Vỉa hè bị lấn chiếm"


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    for name in ("FORMBOOK_KEYS", "FORMBOOK_PASSPHRASE_FILE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def _run(folder: Path, *arguments: object, **more: object) -> tuple[int, str, str]:
    """Run the program with the passphrase in a pipe, and every file open to all by the umask."""
    reader, writer = os.pipe()
    os.write(writer, f"{WORDS}\n".encode())
    os.close(writer)
    old = os.umask(0)
    try:
        command = [FORMBOOK, "--register", folder, *arguments, f"/dev/fd/{reader}"]
        return ended(start(*command, pass_fds=[reader], **more))
    finally:
        os.umask(old)
        os.close(reader)


def test_no_secret_is_left_anywhere_and_nothing_is_open_to_all(folder, home):
    who = ("--as", CHAIRMAN.name)
    made = _run(folder, "key", "new", *who, "--new-passphrase-file")
    seen = _run(folder, "seen", "1/1", "--on", "27/2/2024", *who, "--passphrase-file")
    assert (made[0], seen[0]) == (0, 0), made[2] + seen[2]
    (file,) = (home / "settings" / "formbook" / "keys").iterdir()
    raw = unseal(file.read_bytes(), Passphrase(WORDS))._secret.private_bytes_raw()
    secrets = (WORDS.encode(), raw, raw.hex().encode())
    told = "".join(made[1:] + seen[1:]).encode()
    for path in (each for each in home.rglob("*") if each.is_file()):
        content = path.read_bytes() + str(path).encode() + told
        assert not [each for each in secrets if each in content], path
        if TEXT.encode() in content or path == file:
            assert path.stat().st_mode & 0o077 == 0, path
    assert list((home / "temporary").iterdir()) == []


def test_a_crash_after_the_question_leaves_no_memory_behind():
    """Limit 1, as a dump that is piped to a program is made at any limit but that."""
    code = (
        "import resource, sys; from pathlib import Path;"
        "from formbook.cli.passphrase import ask;"
        "ask('', Path('/dev/stdin'), option='');"
        "print(*resource.getrlimit(resource.RLIMIT_CORE))"
    )
    reader, writer = os.pipe()
    os.write(writer, f"{WORDS}\n".encode())
    os.close(writer)
    assert ended(start(sys.executable, "-c", code, stdin=reader))[:2] == (0, "1 1\n")
    os.close(reader)


@pytest.mark.usefixtures("cheap_keys")
@pytest.mark.parametrize("place", ["store.append", "unseal", "signing", "asking"])
def test_no_fault_shows_a_secret_even_with_every_variable(
    folder, run, tmp_path, monkeypatch, place
):
    monkeypatch.setattr("resource.setrlimit", lambda *_limits: None)
    monkeypatch.setenv("FORMBOOK_KEYS", str(tmp_path / "keys"))
    file = tmp_path / "passphrase"
    file.write_text(WORDS)
    file.chmod(0o600)
    run("key", "new", "--as", CHAIRMAN.name, "--new-passphrase-file", file)
    (sealed,) = (tmp_path / "keys").iterdir()
    raw = unseal(sealed.read_bytes(), Passphrase(WORDS))._secret.private_bytes_raw()

    def fail(*_arguments: object, **_options: object) -> None:
        raise RuntimeError(place)

    target, name = {
        "store.append": (Store, "append"),
        "unseal": (keys, "AESGCM"),
        "signing": (keys.PrivateKey, "sign"),
        "asking": (asking, "_of_file"),
    }[place]
    monkeypatch.setattr(target, name, fail)
    mark = ("seen", "1/1", "--on", "27/2/2024", "--as", CHAIRMAN.name)
    result = run(*mark, "--passphrase-file", file)
    assert isinstance(result.exception, RuntimeError)
    out = io.StringIO()
    shown = Traceback.from_exception(
        *result.exc_info, show_locals=True, locals_max_string=None, locals_max_length=None
    )
    Console(file=out, width=300).print(shown)
    told = out.getvalue() + result.stdout + result.stderr
    for secret in (WORDS, raw.hex(), repr(raw)[2:-1], repr(WORDS.encode())[2:-1]):
        assert secret not in told
