"""Time stamps of an office on loopback, and what is no time stamp."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from time_stamp_office import NOW, SHA256, Office, octets, oid, sequence, serving

from formbook.proof.time_stamp import (
    BadTimeStampError,
    RootsUnreadableError,
    TimeStampServerError,
    fetch,
    roots_of,
    said_at,
    stamped_at,
)

TEXT = "FORMBOOK/1/AB/7/CD/2026-11-24T03:00:00Z"
OFFICE = Office()
ROOTS = roots_of(OFFICE.root_pem, "root.pem")


@pytest.fixture(scope="module")
def response() -> bytes:
    with serving(OFFICE.stamp) as url:
        return fetch(url, TEXT)


def test_a_text_is_stamped_and_the_stamp_holds(response) -> None:
    assert stamped_at(response, TEXT, ROOTS) == NOW
    assert said_at(response, TEXT) == NOW


def test_bytes_at_which_the_library_panics_are_no_stamp(response, monkeypatch) -> None:
    class PanicException(BaseException):
        pass

    def panic(_content):
        raise PanicException("unwrap")

    def interrupt(_content):
        raise KeyboardInterrupt

    for end, said in ((panic, BadTimeStampError), (interrupt, KeyboardInterrupt)):
        monkeypatch.setattr("formbook.proof.time_stamp.decode_timestamp_response", end)
        with pytest.raises(said):
            said_at(response, TEXT)


def test_a_stamp_of_another_text_is_none(response) -> None:
    for read in (lambda text: stamped_at(response, text, ROOTS), lambda t: said_at(response, t)):
        with pytest.raises(BadTimeStampError, match="another text"):
            read(TEXT + "x")


def test_a_stamp_of_another_office_is_none(response) -> None:
    with pytest.raises(BadTimeStampError):
        stamped_at(response, TEXT, roots_of(Office().root_pem, "root.pem"))


def test_any_bit_of_a_stamp_that_matters_is_missed_where_it_flips(response) -> None:
    """What is left over: bits that no signature covers, and that change nothing of what is said."""
    survived = []
    for at in range(len(response)):
        changed = bytearray(response)
        changed[at] ^= 1
        try:
            said = stamped_at(bytes(changed), TEXT, ROOTS)
        except BadTimeStampError:
            continue
        survived.append((at, said))
    assert {said for _at, said in survived} <= {NOW}
    assert len(survived) < len(response) // 20


def refused(answer, status: int = 200) -> str:
    with serving(answer, status) as url, pytest.raises(TimeStampServerError) as caught:
        fetch(url, TEXT)
    assert url in str(caught.value)
    return str(caught.value)


def test_what_a_server_answers_amiss_is_said() -> None:
    imprint = sequence(sequence(oid(SHA256)), octets(bytes(32)))
    assert "parse" in refused(lambda _request: b"<html>").lower()
    assert "404" in refused(lambda _request: b"", 404)
    assert "status 2" in refused(lambda _r: OFFICE.response(imprint, b"", status=2))
    assert "another text" in refused(lambda _request: OFFICE.response(imprint, b""))
    other = OFFICE.stamp
    assert "another question" in refused(
        lambda request: other(request[:-4] + b"\x01" + b"\1\1\xff")
    )


def test_a_server_that_is_not_there_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(TimeStampServerError, match="refused"):
            fetch(url, TEXT)
    for url in ("file:///etc/passwd", "", "http://[", "http://nowhere.invalid:99999"):
        with pytest.raises(TimeStampServerError):
            fetch(url, TEXT)


def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(TimeStampServerError, match="timed out"):
            fetch(url, TEXT, timeout_s=0.05)


@pytest.mark.parametrize(
    "content", [b"", b"x", b"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"]
)
def test_what_holds_no_certificate_is_said(content) -> None:
    with pytest.raises(RootsUnreadableError, match=r"root\.pem"):
        roots_of(content, "root.pem")


@given(st.binary(max_size=200), st.integers(0, 1000), st.integers(0, 200))
def test_any_bytes_are_a_stamp_or_are_refused(foreign, at, cut) -> None:
    whole = OFFICE.response(sequence(sequence(oid(SHA256)), octets(bytes(32))), b"")
    for content in (foreign, whole[:at] + foreign + whole[at + cut :]):
        for read in (lambda c: stamped_at(c, TEXT, ROOTS), lambda c: said_at(c, TEXT)):
            with pytest.raises(BadTimeStampError):
                read(content)
