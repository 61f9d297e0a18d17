"""Anchors as text and as file, and what is no anchor."""

from __future__ import annotations

import dataclasses
import json

import pytest
from anchors import AT, KEY, an_anchor
from hypothesis import given
from hypothesis import strategies as st

from formbook.proof.anchor import Anchor, AnchorUnreadableError, read_anchor
from formbook.proof.keys import PrivateKey

SIGNED, UNSIGNED = an_anchor(), an_anchor(key=None)
STAMPED = dataclasses.replace(SIGNED, time_stamp=b"\0\xff stamp")


@pytest.mark.parametrize("anchor", [SIGNED, UNSIGNED])
def test_an_anchor_comes_back_from_its_text_however_it_was_broken(anchor) -> None:
    text = anchor.text
    lines = "\r\n".join(text[at : at + 60] for at in range(0, len(text), 60))
    for written in (text, f" {text}\n", lines, text.lower()):
        assert read_anchor(written.encode(), "slip") == anchor


@pytest.mark.parametrize("anchor", [SIGNED, UNSIGNED, STAMPED])
def test_an_anchor_comes_back_from_its_file(anchor) -> None:
    assert read_anchor(anchor.as_file(), "anchor.json") == anchor


def test_a_signature_holds_for_the_anchor_that_it_is_of() -> None:
    assert SIGNED.is_signed()
    assert not UNSIGNED.is_signed()
    for other in (
        {"size": SIGNED.size + 1},
        {"at": "2026-11-24T03:00:01Z"},
        {"root": "0" * 64},
        {"register": "0" * 64},
        {"key": PrivateKey.generate().key},
    ):
        assert not dataclasses.replace(SIGNED, **other).is_signed()


def test_a_text_is_packed_as_closely_as_a_qr_code_can() -> None:
    assert set(SIGNED.text) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
    assert len(SIGNED.text) < 370


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"FORMBOOK/1/",
        b"FORMBOOK/2/" + SIGNED.text.encode()[11:],
        SIGNED.text.encode()[:-1],
        SIGNED.text.encode() + b"0",
        SIGNED.text.encode() + b"/0",
        SIGNED.text.rpartition("/")[0].encode(),
        SIGNED.text.replace("/1234/", "/01234/").encode(),
        SIGNED.text.replace("/1234/", "/0/").encode(),
        SIGNED.text.replace("/1234/", f"/{'9' * 5000}/").encode(),
        SIGNED.text.replace("/1234/", "/\u0661\u0662/").encode(),
        b"[]",
        b"{}",
        b"[" * 100_000,
        b"x" * (1 << 21),
        json.dumps({**json.loads(SIGNED.as_file()), "schema": "formbook/act/1"}).encode(),
        json.dumps({**json.loads(SIGNED.as_file()), "note": 1}).encode(),
        json.dumps({**json.loads(SIGNED.as_file()), "signature": None}).encode(),
        json.dumps({**json.loads(SIGNED.as_file()), "time_stamp": "?"}).encode(),
        SIGNED.as_file().replace(b'"size":1234', b'"size":true'),
        SIGNED.as_file().replace(b'"size":1234', b'"size":1234.0'),
        SIGNED.as_file().replace(b'"size":1234', b'"size":"1234"'),
        SIGNED.as_file().replace(b'"formbook/anchor/1"', b'"formbook/act/1"'),
    ],
    ids=range(24),
)
def test_what_is_no_anchor_is_said_to_be_none(content) -> None:
    with pytest.raises(AnchorUnreadableError, match="slip"):
        read_anchor(content, "slip")


def read_or_refused(content: bytes) -> Anchor | None:
    try:
        return read_anchor(content, "it")
    except AnchorUnreadableError:
        return None


@given(st.binary(max_size=400), st.integers(0, 700), st.integers(0, 400))
def test_any_bytes_are_an_anchor_or_are_refused(foreign, at, cut) -> None:
    for whole in (SIGNED.text.encode(), STAMPED.as_file()):
        found = read_or_refused(whole[:at] + foreign + whole[at + cut :])
        assert found is None or read_anchor(found.as_file(), "it") == found
    read_or_refused(foreign)
    read_or_refused(b"FORMBOOK/1/" + foreign)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["schema", "statement", "signature", "time_stamp", "key", "size"]),
                inner,
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_is_an_anchor_or_is_refused(value) -> None:
    assert read_or_refused(json.dumps(value).encode()) is None


def test_every_change_of_one_character_of_a_text_is_seen() -> None:
    text = SIGNED.text
    for at in range(len(text)):
        other = "1" if text[at] != "1" else "2"
        found = read_or_refused((text[:at] + other + text[at + 1 :]).encode())
        assert found is None or (found != SIGNED and not found.is_signed())


def test_an_anchor_says_when_it_was_made_and_by_which_key() -> None:
    assert (SIGNED.statement["at"], SIGNED.statement["key"]) == (AT, KEY.key)
