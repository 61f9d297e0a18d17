from __future__ import annotations

import io
import json
import pickle
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.traceback import Traceback

from formbook.proof import keys
from formbook.proof.keys import (
    KeyDamagedError,
    Passphrase,
    PrivateKey,
    WeakPassphraseError,
    WrongPassphraseError,
    in_groups,
    is_key,
    is_signed,
    unseal,
)
from formbook.proof.statement import canonical, signed_bytes

WORDS = "bốn từ không liên quan"
PASSPHRASE = Passphrase(WORDS)
# RFC 8032, section 7.1, test 2.
RFC_SECRET = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
RFC_KEY = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"

pytestmark = pytest.mark.usefixtures("cheap_keys")


@pytest.fixture(scope="module")
def private() -> PrivateKey:
    return PrivateKey(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(RFC_SECRET)))


def _statement(private: PrivateKey, **more: object) -> dict[str, object]:
    return {"schema": "formbook/test/1", "key": private.key, **more}


def test_the_public_half_is_that_of_the_standard(private):
    assert private.key == RFC_KEY


def test_what_is_signed_is_the_canonical_text_behind_its_schema(private):
    statement = _statement(private, text="Hoa\u0300", n=[1, None])
    body = f'{{"key":"{RFC_KEY}","n":[1,null],"schema":"formbook/test/1","text":"Hoà"}}'
    expected = f"formbook/signature/1\n{body}"
    assert signed_bytes(statement) == expected.encode()
    assert is_signed(statement, private.sign(statement))


@pytest.mark.parametrize("missing", ["schema", "key"])
def test_a_statement_says_what_it_is_and_who_signs_it(private, missing):
    statement = _statement(private)
    del statement[missing]
    with pytest.raises(ValueError, match="needs a schema and a key"):
        private.sign(statement)
    assert not is_signed(statement, "0" * 128)


def test_a_key_signs_nothing_in_the_name_of_another(private):
    with pytest.raises(ValueError, match="another key"):
        PrivateKey.generate().sign(_statement(private))


def test_a_signature_holds_for_one_statement_of_one_key(private):
    signature = private.sign(_statement(private, seq=1))
    other = PrivateKey.generate()
    assert is_signed(_statement(private, seq=1), signature)
    assert not is_signed(_statement(private, seq=2), signature)
    assert not is_signed({**_statement(private, seq=1), "schema": "formbook/other/1"}, signature)
    assert not is_signed(_statement(other, seq=1), signature)


@given(st.integers(0, 511))
def test_a_signature_with_another_bit_holds_for_nothing(private, bit):
    statement = _statement(private)
    changed = bytearray.fromhex(private.sign(statement))
    changed[bit // 8] ^= 1 << bit % 8
    assert not is_signed(statement, changed.hex())


@pytest.mark.parametrize("signature", [None, 1, "", "x" * 128, "0" * 128, "A" * 128])
def test_what_is_no_signature_holds_for_nothing(private, signature):
    assert not is_signed(_statement(private), signature)


def test_upper_case_is_no_second_way_to_write_a_signature(private):
    statement = _statement(private)
    assert not is_signed(statement, private.sign(statement).upper())


def test_a_key_with_which_anybodys_signature_holds_is_none():
    identity = "01" + "00" * 31
    base = "58" + "66" * 31  # the curve's base point, so that S = 1 makes R = B
    anybodys = base + "01" + "00" * 31
    statement = {"schema": "formbook/test/1", "key": identity}
    assert not is_key(identity)
    assert not is_signed(statement, anybodys)
    assert not is_key("01" + "00" * 30 + "80")
    assert is_key(RFC_KEY)


@pytest.mark.parametrize("text", [None, "", RFC_KEY.upper(), RFC_KEY[:-1], RFC_KEY + "0"])
def test_a_key_is_written_in_one_way(text):
    assert not is_key(text)


def test_a_key_is_read_aloud_in_groups():
    assert in_groups(RFC_KEY, short=True) == "3d40 17c3 e843 895a"
    assert len(in_groups(RFC_KEY).split()) == 16


def test_a_sealed_key_opens_with_its_passphrase(private):
    content = private.sealed(PASSPHRASE)
    assert unseal(content, PASSPHRASE).key == private.key
    assert RFC_SECRET.encode() not in content
    assert bytes.fromhex(RFC_SECRET) not in content


def test_a_passphrase_is_the_same_from_any_keyboard(private):
    composed, decomposed = Passphrase("mật khẩu dài"), Passphrase("mâ\u0323t khâ\u0309u da\u0300i")
    assert unseal(private.sealed(composed), decomposed).key == private.key


def test_no_two_files_of_a_key_are_alike(private):
    one, two = (json.loads(private.sealed(PASSPHRASE)) for _ in range(2))
    assert all(one[name] != two[name] for name in ("salt", "nonce", "sealed"))


def test_a_wrong_passphrase_is_said_to_be_one(private):
    with pytest.raises(WrongPassphraseError):
        unseal(private.sealed(PASSPHRASE), Passphrase("bốn từ không liên quaN"))


def test_a_short_passphrase_is_refused(private):
    with pytest.raises(WeakPassphraseError, match="12"):
        private.sealed(Passphrase("mật khẩu"))


@given(st.data())
def test_a_key_file_with_any_byte_changed_opens_no_other_key(private, data):
    content = bytearray(private.sealed(PASSPHRASE))
    at = data.draw(st.integers(0, len(content) - 2))
    content[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises((KeyDamagedError, WrongPassphraseError)):
        unseal(bytes(content), PASSPHRASE)


@given(st.binary(max_size=200) | st.text().map(str.encode))
def test_what_is_no_key_file_is_said_to_be_none(content):
    with pytest.raises(KeyDamagedError):
        unseal(content, PASSPHRASE)


@pytest.mark.parametrize(
    "kdf",
    [
        *({"n": 1 << 40}, {"n": 0}, {"n": True}, {"n": 3}, {"n": "2"}, {"r": 1 << 30}, {"p": 99}),
        *({"name": "none"}, {"more": 1}),
    ],
)
def test_a_file_cannot_ask_for_another_or_endless_work(private, kdf):
    head = json.loads(private.sealed(PASSPHRASE))
    head["kdf"] |= kdf
    with pytest.raises(KeyDamagedError):
        unseal(canonical(head).encode(), PASSPHRASE)


def test_the_public_half_beside_a_sealed_one_cannot_be_exchanged(private):
    head = json.loads(private.sealed(PASSPHRASE))
    head["key"] = PrivateKey.generate().key
    with pytest.raises(WrongPassphraseError):
        unseal(canonical(head).encode(), PASSPHRASE)


def test_secrets_are_not_printed_nor_pickled(private):
    for secret in (PASSPHRASE, private):
        assert WORDS not in repr(secret) + str(secret)
        assert RFC_SECRET not in repr(secret) + str(secret)
        with pytest.raises(TypeError, match="stays in its process"):
            pickle.dumps(secret)
    assert Passphrase("a") != Passphrase("b")


def _failing(private: PrivateKey, passphrase: Passphrase, monkeypatch, name: str) -> str:
    """A traceback with every variable, of a failure inside sealing, opening or signing."""

    def fail(*_args: object, **_named: object) -> None:
        raise RuntimeError(name)

    content = private.sealed(passphrase)
    out = io.StringIO()
    with monkeypatch.context() as patch:
        patch.setattr(keys, name, fail)
        try:
            private.sealed(passphrase) if name != "PrivateKey" else unseal(content, passphrase)
        except RuntimeError:
            kind, error, trace = sys.exc_info()
            shown = Traceback.from_exception(
                kind, error, trace, show_locals=True, locals_max_string=None
            )
            Console(file=out, width=200).print(shown)
    return out.getvalue()


@pytest.mark.parametrize("name", ["Scrypt", "AESGCM", "canonical", "PrivateKey"])
def test_a_traceback_with_all_its_variables_shows_no_secret(private, monkeypatch, name):
    shown = _failing(private, PASSPHRASE, monkeypatch, name)
    assert "RuntimeError" in shown
    assert "Passphrase(…)" in shown
    for secret in (WORDS, RFC_SECRET, repr(bytes.fromhex(RFC_SECRET))[2:-1], repr(WORDS.encode())):
        assert secret not in shown
