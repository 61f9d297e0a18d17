from __future__ import annotations

import dataclasses
import datetime as dt
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from registers import (
    AUDITOR,
    CHAIRMAN,
    CLERK,
    NOW,
    TODAY,
    add_scan,
    contents,
    make_register,
    reading,
    seen_body,
)

from formbook import keys
from formbook.keys import (
    KeyNotHereError,
    KeyNotKeptError,
    KeyOpenToOthersError,
    KeysInRegisterError,
    NoKeyError,
    all_keys,
    new_key,
    revoke_key,
    unlocked,
)
from formbook.model import PageRef, Role, Status
from formbook.office import add_person
from formbook.permissions import Act, Actor, NotAllowedError
from formbook.proof.keys import KeyDamagedError, Passphrase, PrivateKey, WrongPassphraseError
from formbook.respond import respond
from formbook.seen import mark_seen, take_back
from formbook.store import RegisterDamagedError, Store
from formbook.store.finding import Finding
from formbook.store.log import Event
from formbook.store.signatures import SignatureNeededError, key_in_force
from formbook.store.verify import verify
from formbook.undo import NotUndoableError, undo

PASSPHRASE = Passphrase("bốn từ không liên quan")
PAGE = PageRef("1", 1)

pytestmark = pytest.mark.usefixtures("cheap_keys")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with make_register(tmp_path) as register:
        add_scan(register, reading([("một", 0), ("hai", 1)]))
        yield register


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home" / "keys"


def _new(store: Store, folder: Path, by: Actor = CHAIRMAN) -> Actor:
    """The same person, with a new key at hand."""
    new_key(store, folder, PASSPHRASE, by=by, now=NOW)
    return unlocked(store, by, folder, PASSPHRASE)


def _see(store: Store, by: Actor, on: dt.date = TODAY) -> Event:
    return mark_seen(store, PAGE, on=on, by=by, now=NOW, today=TODAY)


def _named(store: Store) -> list[tuple[str, int | None]]:
    return [(finding.kind, finding.event) for finding in verify(store).findings]


def _forged(store: Store, by: Actor, act: Act, body: dict[str, object], monkeypatch) -> Event:
    """Append past every check of formbook, as one could who changes the program."""
    with monkeypatch.context() as patch:
        patch.setattr("formbook.store.signer_of", lambda _store, by, *_rest: by.signer)
        forger = dataclasses.replace(by, roles=frozenset(Role))
        with store.writing():
            return store.append(act, body, by=forger, at=NOW)


# -- keys and their files ------------------------------------------------------


def test_a_key_lies_outside_the_register_for_its_owner_alone(store, folder):
    old = os.umask(0)
    try:
        event = new_key(store, folder, PASSPHRASE, by=CHAIRMAN, now=NOW)
    finally:
        os.umask(old)
    (file,) = folder.iterdir()
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (folder.parent, folder, file)]
    assert modes == [0o700, 0o700, 0o600]
    assert file.name == f"{event.body['key']}.key"
    assert key_in_force(store, CHAIRMAN.name) == event.body["key"]
    assert verify(store).findings == ()


def test_no_key_is_kept_in_the_register(store):
    with pytest.raises(KeysInRegisterError, match="lies in the register"):
        new_key(store, store.folder / "cache" / "keys", PASSPHRASE, by=CHAIRMAN, now=NOW)
    assert key_in_force(store, CHAIRMAN.name) is None
    assert not (store.folder / "cache" / "keys").exists()


def test_a_key_that_the_register_refuses_leaves_no_file(store, folder):
    with pytest.raises(NotAllowedError):
        new_key(store, folder, PASSPHRASE, by=Actor("Kẻ lạ", frozenset(), "x"), now=NOW)
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(store, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(KeyNotKeptError, match="file"):
        new_key(store, tmp_path / "file" / "keys", PASSPHRASE, by=CHAIRMAN, now=NOW)
    assert all_keys(store) == []


@pytest.mark.parametrize("what", ["folder", "file"])
def test_a_key_that_others_can_read_is_not_used(store, folder, what):
    _new(store, folder)
    (file,) = folder.iterdir()
    (folder if what == "folder" else file).chmod(0o744)
    with pytest.raises(KeyOpenToOthersError, match="chmod go="):
        unlocked(store, CHAIRMAN, folder, PASSPHRASE)


def test_a_folder_that_others_can_read_takes_no_key(store, tmp_path):
    (tmp_path / "open").mkdir(mode=0o755)
    with pytest.raises(KeyOpenToOthersError, match="open"):
        new_key(store, tmp_path / "open", PASSPHRASE, by=CHAIRMAN, now=NOW)
    assert list((tmp_path / "open").iterdir()) == []


def test_a_key_that_is_elsewhere_is_said_to_be(store, folder, tmp_path):
    _new(store, folder)
    (tmp_path / "other").mkdir(mode=0o700)
    with pytest.raises(KeyNotHereError, match=CHAIRMAN.name):
        unlocked(store, CHAIRMAN, tmp_path / "other", PASSPHRASE)
    with pytest.raises(NoKeyError, match="Lan has no key"):
        unlocked(store, CLERK, folder, PASSPHRASE)


def test_another_key_under_its_name_is_not_taken_for_it(store, folder):
    key = _new(store, folder).signer.key
    (folder / f"{key}.key").write_bytes(PrivateKey.generate().sealed(PASSPHRASE))
    with pytest.raises(KeyDamagedError):
        unlocked(store, CHAIRMAN, folder, PASSPHRASE)


def test_a_wrong_passphrase_unlocks_nothing(store, folder):
    _new(store, folder)
    with pytest.raises(WrongPassphraseError):
        unlocked(store, CHAIRMAN, folder, Passphrase("bốn từ không liên quaN"))


# -- whoever has a key cannot be acted for without it ---------------------------


def test_every_act_of_one_who_has_a_key_is_signed(store, folder):
    chairman = _new(store, folder)
    event = _see(store, chairman)
    assert (event.key, len(event.signature)) == (chairman.signer.key, 128)
    answer = respond(
        *(store, 1, Status.ANSWERED),
        note="xong",
        due=None,
        to=None,
        duplicate_of=None,
        by=chairman,
        now=NOW,
        today=TODAY,
    )
    assert answer.key == chairman.signer.key
    assert verify(store).findings == ()


ACTS = {
    "seen": _see,
    "unseen": lambda store, by: take_back(store, PAGE, reason="nhầm", by=by, now=NOW),
    "respond": lambda store, by: respond(
        *(store, 2, Status.ANSWERED),
        note="xong",
        due=None,
        to=None,
        duplicate_of=None,
        by=by,
        now=NOW,
        today=TODAY,
    ),
    "undo": lambda store, by: undo(store, 6, reason="nhầm", by=by, now=NOW),
    "revoke": lambda store, by: revoke_key(store, by.name, reason="mất", by=by, now=NOW),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
@pytest.mark.parametrize("hand", [None, PrivateKey.generate()], ids=["no key", "another key"])
def test_nothing_is_done_in_the_name_of_one_whose_key_is_not_at_hand(store, folder, act, hand):
    chairman = _new(store, folder)
    if act is not ACTS["seen"]:
        _see(store, chairman)
    before = contents(store)
    with pytest.raises(SignatureNeededError, match=CHAIRMAN.name):
        act(store, dataclasses.replace(CHAIRMAN, signer=hand))
    assert contents(store) == before


def test_nobody_replaces_a_key_without_it(store, folder):
    _new(store, folder)
    before = sorted(folder.iterdir())
    with pytest.raises(SignatureNeededError):
        new_key(store, folder, PASSPHRASE, by=CHAIRMAN, now=NOW)
    assert sorted(folder.iterdir()) == before


def test_one_without_a_key_acts_unsigned(store, folder):
    _new(store, folder, by=AUDITOR)
    event = _see(store, CHAIRMAN)
    assert (event.key, event.signature) == (None, None)
    assert verify(store).findings == ()


def test_a_new_key_is_signed_by_the_one_before(store, folder):
    first = _new(store, folder)
    event = new_key(store, folder, PASSPHRASE, by=first, now=NOW)
    assert event.key == first.signer.key
    with pytest.raises(SignatureNeededError):
        _see(store, first)
    _see(store, unlocked(store, CHAIRMAN, folder, PASSPHRASE))
    assert verify(store).findings == ()
    assert [(row["renewed"], row["until_seq"], row["revoked"]) for row in all_keys(store)] == [
        *((False, event.seq, False), (True, None, False)),
    ]


# -- revoking -------------------------------------------------------------------


def test_what_a_key_signed_before_it_was_revoked_stays_good(store, folder):
    chairman = _new(store, folder)
    _see(store, chairman)
    event = revoke_key(store, CHAIRMAN.name, reason="máy hỏng", by=chairman, now=NOW)
    assert event.key == chairman.signer.key
    assert key_in_force(store, CHAIRMAN.name) is None
    take_back(store, PAGE, reason="nhầm", by=CHAIRMAN, now=NOW)
    assert verify(store).findings == ()


def test_a_lost_key_is_revoked_by_another_and_replaced(store, folder):
    lost = _new(store, folder)
    event = revoke_key(store, CHAIRMAN.name, reason="mất máy", by=CLERK, now=NOW)
    found = _new(store, folder)
    assert found.signer.key != lost.signer.key
    _see(store, found)
    assert verify(store).findings == ()
    (first, second) = all_keys(store, CHAIRMAN.name)
    told = (first["until_seq"], first["ended_by"], first["reason"], first["revoked"])
    assert told == (event.seq, CLERK.name, "mất máy", True)
    assert (second["renewed"], second["from_account"]) == (False, CHAIRMAN.account)


def test_not_everybody_revokes_anothers_key(store, folder):
    _new(store, folder)
    with pytest.raises(NotAllowedError, match="chairman, clerk"):
        revoke_key(store, CHAIRMAN.name, reason="-", by=AUDITOR, now=NOW)
    with pytest.raises(NoKeyError):
        revoke_key(store, AUDITOR.name, reason="-", by=CLERK, now=NOW)


def test_a_key_comes_and_goes_by_no_undoing(store, folder):
    chairman = _new(store, folder)
    revoke_key(store, CHAIRMAN.name, reason="mất", by=CLERK, now=NOW)
    for seq in (store.head()[0], store.head()[0] - 1):
        with pytest.raises(NotUndoableError):
            undo(store, seq, reason="-", by=CLERK, now=NOW)
    with pytest.raises(RegisterDamagedError), store.writing():
        store.append(Act.KEY_ADDED, {"key": chairman.signer.key}, by=chairman, at=NOW)
    assert key_in_force(store, CHAIRMAN.name) is None


# -- what verify says of those who can write the log, but have no key -----------------


def test_an_unsigned_act_of_one_who_had_a_key_is_named(store, folder, monkeypatch):
    key = _new(store, folder).signer.key
    event = _forged(store, CHAIRMAN, Act.SEEN, seen_body(store), monkeypatch)
    assert verify(store).findings == (
        Finding("signature_missing", event=event.seq, row=CHAIRMAN.name, expected=key),
    )


def test_an_act_signed_with_a_revoked_key_is_named(store, folder, monkeypatch):
    chairman = _new(store, folder)
    revoke_key(store, CHAIRMAN.name, reason="mất", by=CLERK, now=NOW)
    event = _forged(store, chairman, Act.SEEN, seen_body(store), monkeypatch)
    assert _named(store) == [("signature_of_ended_key", event.seq)]


def test_an_act_signed_with_a_replaced_key_is_named(store, folder, monkeypatch):
    first = _new(store, folder)
    new_key(store, folder, PASSPHRASE, by=first, now=NOW)
    event = _forged(store, first, Act.SEEN, seen_body(store), monkeypatch)
    assert _named(store) == [("signature_of_ended_key", event.seq)]


def test_an_act_signed_with_a_strangers_or_anothers_key_is_named(store, folder, monkeypatch):
    auditor = _new(store, folder, by=AUDITOR)
    for signer in (PrivateKey.generate(), auditor.signer):
        by = dataclasses.replace(CHAIRMAN, signer=signer)
        _forged(store, by, Act.PAGE_CHECKED, {"page": 1}, monkeypatch)
    head = store.head()[0]
    assert _named(store) == [
        *(("signature_of_unknown_key", head - 1), ("signature_of_unknown_key", head)),
    ]


class Liar:
    """Signs something else than it is asked for."""

    def __init__(self, private: PrivateKey, **changes: object) -> None:
        self.key = private.key
        self._private = private
        self._changes = changes

    def sign(self, statement):
        return self._private.sign({**statement, **self._changes})


@pytest.mark.parametrize(
    "changes",
    [
        *({"seq": 1}, {"at": "2020-01-01T00:00:00Z"}, {"person": "Lan"}, {"account": "x"}),
        *({"kind": "responded"}, {"body_sha256": "0" * 64}, {"previous": "0" * 64}),
        *({"register": "0" * 64}, {"schema": "formbook/anchor/1"}),
    ],
)
def test_a_signature_of_anything_else_is_named(store, folder, monkeypatch, changes):
    chairman = _new(store, folder)
    by = dataclasses.replace(CHAIRMAN, signer=Liar(chairman.signer, **changes))
    event = _forged(store, by, Act.SEEN, seen_body(store), monkeypatch)
    assert _named(store) == [("signature_wrong", event.seq)]


def test_a_key_added_in_anothers_name_must_be_the_one_that_signs(store, monkeypatch):
    mine, theirs = PrivateKey.generate(), PrivateKey.generate()
    by = dataclasses.replace(CHAIRMAN, signer=mine)
    event = _forged(store, by, Act.KEY_ADDED, {"key": theirs.key}, monkeypatch)
    assert _named(store) == [("signature_of_unknown_key", event.seq)]


def test_a_key_with_which_anybody_can_sign_is_named(store, monkeypatch):
    weak = "01" + "00" * 31
    by = dataclasses.replace(CHAIRMAN, signer=Liar(PrivateKey.generate()))
    by.signer.key = weak
    by.signer.sign = lambda _statement: "58" + "66" * 31 + "01" + "00" * 31
    event = _forged(store, by, Act.KEY_ADDED, {"key": weak}, monkeypatch)
    assert ("key_weak", event.seq) in _named(store)


def test_revoking_anothers_key_without_the_right_is_named(store, folder, monkeypatch):
    key = _new(store, folder).signer.key
    body = {"person": CHAIRMAN.name, "key": key, "reason": "-"}
    event = _forged(store, AUDITOR, Act.KEY_REVOKED, body, monkeypatch)
    assert _named(store) == [("event_not_allowed", event.seq)]


def test_a_mark_on_other_texts_than_stood_there_is_named(store, folder, monkeypatch):
    chairman = _new(store, folder)
    body = seen_body(store)
    body["marked"]["entries"][0]["text_sha256"] = "0" * 64
    event = _forged(store, chairman, Act.SEEN, body, monkeypatch)
    (found,) = verify(store).findings
    assert (found.kind, found.event) == ("marked_otherwise", event.seq)


def test_a_mark_that_does_not_say_what_was_marked_is_named(store, monkeypatch):
    body = seen_body(store)
    del body["marked"]
    event = _forged(store, CHAIRMAN, Act.SEEN, body, monkeypatch)
    assert _named(store) == [("marked_otherwise", event.seq)]


def test_a_clock_that_went_back_is_named_once(store):
    hour = dt.timedelta(hours=1)
    times = [NOW, NOW - hour, NOW - hour, NOW - hour / 2, NOW + 2 * hour, NOW]
    for at in times:
        with store.writing():
            last = store.append(Act.PAGE_CHECKED, {"page": 1}, by=CHAIRMAN, at=at).seq
    found = verify(store).findings
    assert [(f.kind, f.event) for f in found] == [
        *(("clock_went_back", last - 4), ("clock_went_back", last)),
    ]
    assert (found[1].stored, found[1].expected) == ("2024-03-01T03:00:00Z", "2024-03-01T05:00:00Z")


def test_a_clock_does_not_go_back_in_small_steps_unseen(store):
    for step in range(1, 5):
        with store.writing():
            at = NOW - step * dt.timedelta(minutes=4)
            last = store.append(Act.PAGE_CHECKED, {"page": 1}, by=CHAIRMAN, at=at).seq
    assert _named(store) == [("clock_went_back", last - 1)]


def test_a_register_with_keys_comes_back_as_it_was(store, folder, tmp_path):
    from formbook.export import Format, export
    from formbook.export.restore import import_register

    chairman = _new(store, folder)
    _see(store, chairman)
    add_person(store, "Thu", [Role.CLERK], account=None, by=CLERK, now=NOW)
    export(store, tmp_path / "out.json", Format.JSON)
    import_register(tmp_path / "out.json", tmp_path / "back", scans=store.folder)
    with Store(tmp_path / "back") as back:
        assert verify(back).findings == ()
        assert contents(back) == contents(store)


def test_what_holds_a_key_shows_none_of_it(store, folder):
    chairman = _new(store, folder)
    assert chairman == CHAIRMAN
    assert "signer" not in repr(chairman)
    assert keys.is_kept(folder, chairman.signer.key)
