from __future__ import annotations

import json
import os
import re
import resource
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from registers import CHAIRMAN, CLERK

from formbook.proof import keys
from formbook.store import Store
from formbook.store.verify import verify

WORDS = "bốn từ không liên quan"
OTHER = "năm từ khác hẳn nhau"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch, folder, cheap_keys) -> Path:
    """Keys are made fast, and lie in a folder of the test; dumps stay as they were."""
    monkeypatch.setenv("FORMBOOK_KEYS", str(tmp_path / "keys"))
    monkeypatch.delenv("FORMBOOK_PASSPHRASE_FILE", raising=False)
    monkeypatch.setattr(resource, "setrlimit", lambda *_limits: None)
    return tmp_path / "keys"


@pytest.fixture
def passphrase(tmp_path) -> Path:
    path = tmp_path / "passphrase"
    path.write_text(f"{WORDS}\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def key(run, passphrase) -> str:
    """The chairman's key, in digits."""
    made = run("key", "new", "--as", CHAIRMAN.name, "--new-passphrase-file", passphrase, "--json")
    assert made.exit_code == 0, made.stderr
    return json.loads(made.stdout)["body"]["key"]


def _see(run, *options, **how):
    return run("seen", "1/1", "--on", "27/2/2024", "--as", CHAIRMAN.name, *options, **how)


def test_a_key_is_made_and_its_digits_are_told(run, passphrase, home):
    result = run("key", "new", "--as", CHAIRMAN.name, "--new-passphrase-file", passphrase)
    (file,) = home.iterdir()
    digits = " ".join(re.findall("....", file.stem))
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == (
        f"{CHAIRMAN.name} signs with a new key from now on; it is kept in {home}:\n{digits}\n"
    )


def test_whoever_has_a_key_is_asked_for_the_passphrase(run, key, terminal, store):
    result = _see(run, typed=f"{WORDS}\n")
    assert result.exit_code == 0
    short = " ".join(re.findall("....", key[:16]))
    assert f"Passphrase of {CHAIRMAN.name}:" in result.stderr
    assert WORDS not in result.stdout + result.stderr
    assert (
        f"The mark is signed with {short}; it is recorded on 2024-03-01; days after the day on "
        "it: 3.\n"
    ) in result.stderr
    assert verify(store).findings == ()


def test_a_mark_without_a_key_says_that_it_is_not_signed(run):
    result = _see(run)
    assert "The mark is not signed; it is recorded on 2024-03-01; days after" in result.stderr
    answer = run("respond", "1", "answered", "--note", "xong", "--as", CHAIRMAN.name)
    assert answer.stderr.endswith("The answer is not signed.\n")


def test_nobody_acts_for_one_who_has_a_key(run, key, store, home):
    for file in home.iterdir():
        file.rename(file.with_suffix(".elsewhere"))
    result = _see(run, typed=f"{WORDS}\n")
    assert (result.exit_code, result.stdout) == (6, "")
    assert f"The key of {CHAIRMAN.name} is not in {home}." in result.stderr
    assert "Passphrase" not in result.stderr
    assert store.value("select count(*) from marks where state = 'settled'") == 0


def test_a_wrong_passphrase_changes_nothing(run, key, terminal, store):
    head = store.head()
    result = _see(run, typed=f"{OTHER}\n")
    assert (result.exit_code, store.head()) == (6, head)
    assert "This passphrase does not open the key." in result.stderr
    assert OTHER not in result.stderr


def test_without_a_terminal_a_file_is_asked_for(run, key):
    result = _see(run, typed=f"{WORDS}\n")
    assert result.exit_code == 6
    assert "--passphrase-file" in result.stderr


def test_a_script_gives_the_passphrase_by_a_file(run, key, passphrase, store, monkeypatch):
    assert _see(run, "--passphrase-file", passphrase).exit_code == 0
    monkeypatch.setenv("FORMBOOK_PASSPHRASE_FILE", str(passphrase))
    taken = run("seen", "1/1", "--withdraw", "--reason", "nhầm", "--as", CHAIRMAN.name)
    assert taken.exit_code == 0
    assert verify(store).findings == ()


def test_a_script_gives_the_passphrase_by_a_descriptor(run, key):
    reader, writer = os.pipe()
    os.write(writer, WORDS.encode() + b"\n")
    os.close(writer)
    assert _see(run, "--passphrase-file", f"/dev/fd/{reader}").exit_code == 0
    os.close(reader)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.chmod(0o644), "can be read or changed by others"),
        (lambda path: path.write_text("\n"), "its first line is empty"),
        (lambda path: (path.unlink(), path.mkdir()), "Is a directory"),
    ],
)
def test_a_file_that_gives_no_passphrase_is_named(run, key, passphrase, spoil, said):
    spoil(passphrase)
    result = _see(run, "--passphrase-file", passphrase)
    assert result.exit_code == 6
    assert said in result.stderr


def test_a_new_passphrase_is_typed_twice(run, terminal, home):
    result = run("key", "new", "--as", CHAIRMAN.name, typed=f"{WORDS}\n{OTHER}\n")
    assert result.exit_code == 6
    assert "The two passphrases differ." in result.stderr
    assert not home.exists()
    result = run("key", "new", "--as", CHAIRMAN.name, typed="ngắn\nngắn\n")
    assert (result.exit_code, "at least 12 characters" in result.stderr) == (6, True)
    assert run("key", "new", "--as", CHAIRMAN.name, typed=f"{WORDS}\n{WORDS}\n").exit_code == 0


def test_leaving_the_question_for_a_passphrase_ends_as_ctrl_c_does(run, key, terminal):
    result = _see(run, typed="")
    assert result.exit_code == 130
    assert result.stderr.endswith("Stopped. What was confirmed before is kept.\n")


def test_a_key_is_replaced_with_the_old_one_at_hand(run, key, passphrase, store, tmp_path):
    (tmp_path / "new").write_text(OTHER)
    (tmp_path / "new").chmod(0o600)
    options = ("--passphrase-file", passphrase, "--new-passphrase-file", tmp_path / "new")
    result = run("key", "new", "--as", CHAIRMAN.name, *options)
    assert result.exit_code == 0
    assert _see(run, "--passphrase-file", passphrase).exit_code == 6
    assert _see(run, "--passphrase-file", tmp_path / "new").exit_code == 0
    assert verify(store).findings == ()


def test_a_lost_key_is_revoked_by_the_clerk_and_listed_with_the_reason(run, key, home):
    result = run("key", "revoke", CHAIRMAN.name, "--reason", "mất máy")
    assert result.exit_code == 0
    assert "what is done in that name is not signed" in result.stderr
    (row,) = json.loads(run("key", "show", "--json").stdout)["rows"]
    told = {name: row[name] for name in ("person", "key", "ended_by", "reason", "revoked", "here")}
    assert told == {
        "person": CHAIRMAN.name,
        "key": key,
        "ended_by": CLERK.name,
        "reason": "mất máy",
        "revoked": True,
        "here": True,
    }
    shown = run("key", "show", CHAIRMAN.name).stdout.splitlines()
    assert shown[0] == (
        "Person\tSince\tFrom account\tSigned by the key before\tEnded\tReason\tKept here\tKey"
    )
    assert f"revoked by {CLERK.name}\tmất máy\tyes\t{key[:4]} {key[4:8]} " in shown[1]
    assert "The mark is not signed" in _see(run).stderr


def test_revoking_takes_a_reason(run, key):
    assert run("key", "revoke", CHAIRMAN.name).exit_code == 2


def test_signed_and_unsigned_marks_look_different_everywhere(run, key, passphrase, tmp_path):
    _see(run, "--passphrase-file", passphrase)
    run("key", "revoke", CHAIRMAN.name, "--reason", "mất máy")
    run("seen", "1/2", "--on", "1/3/2024", "--as", CHAIRMAN.name)
    short = " ".join(re.findall("....", key[:16]))
    for name in ("1", "1/1"):
        shown = run("show", name).stdout
        assert f"2024-02-27, recorded 2024-03-01 11:00, days later: 3, signed with {short}" in (
            shown.replace("2024-02-27  “Đã xem”  Nguyễn Văn Chủ  ", "2024-02-27, ")
        )
    assert "2024-03-01, recorded 2024-03-01 11:00, not signed" in run("show", "3").stdout
    listed = [line.split("\t") for line in run("entries").stdout.splitlines()]
    assert [line[4:6] for line in listed] == [
        *(["Seen on", "Mark signed"], ["2024-02-27 (recorded 2024-03-01)", "yes"]),
        *(["2024-02-27 (recorded 2024-03-01)", "yes"], ["2024-03-01", "no"]),
    ]
    rows = json.loads(run("entries", "--json").stdout)["rows"]
    assert [row["seen_key"] for row in rows] == [key, key, None]
    assert {row["seen_at"] for row in rows} == {"2024-03-01T04:00:00Z"}
    pages = json.loads(run("pages", "--json").stdout)["rows"]
    assert [row["unsigned"] for row in pages] == [0, 1]
    assert run("export", "csv", tmp_path / "out.csv").exit_code == 0
    header, *lines = (tmp_path / "out.csv").read_text("utf-8-sig").splitlines()
    assert "Seen recorded on" in header
    assert ["not signed" in line for line in lines if "2024-0" in line][-1] is True


@pytest.mark.parametrize(
    "change",
    [
        "update events set signature = substr(signature, 2) || '0' where kind = 'seen'",
        "update events set body = replace(body, '2024-02-27', '2024-02-26') where kind = 'seen'",
        "update events set at = '2024-02-27T03:00:00Z' where kind = 'seen'",
        "update keys set key = replace(key, substr(key, 1, 8), '00000000')",
    ],
)
def test_a_signature_that_does_not_hold_is_not_shown_as_one(run, key, passphrase, folder, change):
    _see(run, "--passphrase-file", passphrase)
    assert "false" not in run("show", "1").stdout
    with closing(sqlite3.connect(folder / "formbook.db")) as database:
        database.execute("drop trigger events_are_not_changed")
        database.execute(change)
        database.commit()
    for name in ("1", "1/1"):
        shown = run("show", name).stdout
        assert ("its signature is false (formbook verify)" in shown, "signed with" in shown) == (
            *(True, False),
        )
    history = json.loads(run("show", "1", "--json").stdout)["history"]
    assert [act.get("signature_holds") for act in history] == [None, False]


def test_a_part_of_an_entry_that_was_split_later_shows_the_mark_of_the_whole(run, key, passphrase):
    _see(run, "--passphrase-file", passphrase)
    assert run("split", "1", "2").exit_code == 0
    short = " ".join(re.findall("....", key[:16]))
    told = f"recorded 2024-03-01 11:00, days later: 3, signed with {short}"
    changed = "the text was changed since"
    for name in ("1", "4"):
        assert f"Seen on: 2024-02-27, {told}; {changed}\n" in run("show", name).stdout


def test_a_text_that_was_corrected_after_the_mark_is_told(run, key, passphrase):
    _see(run, "--passphrase-file", passphrase)
    assert "changed since" not in run("show", "1").stdout
    run("correct", "1", "Đường sáng rồi")
    assert "; the text was changed since" in run("show", "1").stdout
    assert json.loads(run("show", "1", "--json").stdout)["changed_since_seen"] is True
    assert json.loads(run("show", "2", "--json").stdout)["changed_since_seen"] is False


def test_a_mark_is_taken_back_with_a_reason(run, store):
    _see(run)
    assert run("seen", "1/1", "--withdraw", "--as", CHAIRMAN.name).exit_code == 2
    result = run("seen", "1/1", "--withdraw", "--reason", "nhầm trang", "--as", CHAIRMAN.name)
    assert result.stderr == "Taken back. Entries that wait again: 2, marks: 1.\n"
    assert "mark taken back" in run("show", "1").stdout
    assert verify(store).findings == ()


def test_a_mark_is_not_undone_without_a_reason(run):
    _see(run)
    refused = run("undo", "--as", CHAIRMAN.name)
    assert (refused.exit_code, "--reason TEXT" in refused.stderr) == (6, True)
    assert run("undo", "--as", CHAIRMAN.name, "--reason", "nhầm").exit_code == 0


def test_keys_lie_in_the_accounts_own_settings(run, passphrase, monkeypatch, tmp_path):
    monkeypatch.delenv("FORMBOOK_KEYS")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    run("key", "new", "--new-passphrase-file", passphrase)
    assert len(list((tmp_path / "settings" / "formbook" / "keys").iterdir())) == 1
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert run("key", "show", "--json").exit_code == 0


def test_the_register_holds_nothing_of_a_key_but_its_public_half(
    run, key, passphrase, folder, home
):
    _see(run, "--passphrase-file", passphrase)
    with Store(folder) as store:
        store.rows("select 1")
    secret = keys.unseal(next(home.iterdir()).read_bytes(), keys.Passphrase(WORDS))
    raw = secret._secret.private_bytes_raw()
    for path in folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for each in (WORDS.encode(), raw, raw.hex().encode()):
            assert each not in content, path
