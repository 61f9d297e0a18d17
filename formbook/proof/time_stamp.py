"""A time stamp of an anchor (RFC 3161): another office's word that it was there at that time.

Only the hash of the anchor's text goes out, and only where a server is named in the settings.

Source:
    RFC 3161, by rfc3161-client (Trail of Bits).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import http.client
import urllib.request
from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.parse import urlsplit

from cryptography.x509 import Certificate, InvalidVersion, load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from formbook.errors import StoreError, _

TIMEOUT_S = 20.0
_TYPE = "application/timestamp-query"
_LONGEST = 1 << 18
_GRANTED = 0
_REFUSALS = (InvalidVersion, LookupError, OverflowError, TypeError, ValueError, VerificationError)


class TimeStampServerError(StoreError):
    """The server gave no time stamp."""

    message = _(
        "{url} gave no time stamp: {reason}.\n"
        "The anchor is made and stands in the log, without a time stamp. Try again later with "
        "`formbook anchor`, or take `time_stamp_url` out of formbook.toml."
    )


class RootsUnreadableError(StoreError):
    """There are no certificates to check a time stamp by."""

    message = _(
        "{path} holds no certificates to check a time stamp by.\n"
        "Nothing was changed. Let `time_stamp_roots` in formbook.toml name a PEM file of the "
        "server's root certificate."
    )


class BadTimeStampError(ValueError):
    """A response is no time stamp of this text."""


def roots_of(content: bytes, name: str) -> list[Certificate]:
    """The certificates of a PEM file.

    Raises:
        RootsUnreadableError: there are none.
    """
    try:
        return load_pem_x509_certificates(content)
    except (InvalidVersion, ValueError) as error:
        raise RootsUnreadableError(path=name) from error


def fetch(url: str, text: str, *, timeout_s: float = TIMEOUT_S) -> bytes:
    """Let a server stamp a text.

    Args:
        url: the server's, http or https.
        text: of which only the hash is sent.
        timeout_s: how long each step may take, in seconds.

    Returns:
        Its response, of this text, as it came.

    Raises:
        TimeStampServerError: there is no answer, or it is no stamp of this text.
    """
    try:
        return _answer(url, text, timeout_s)
    except HTTPError as error:
        with error:
            raise TimeStampServerError(url=url, reason=str(error)) from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise TimeStampServerError(url=url, reason=str(error) or type(error).__name__) from error


def _answer(url: str, text: str, timeout_s: float) -> bytes:
    address = urlsplit(url)
    if address.scheme not in ("http", "https") or address.port == 0:
        raise BadTimeStampError("the address begins with neither http:// nor https://")
    request = (
        TimestampRequestBuilder().data(text.encode()).hash_algorithm(HashAlgorithm.SHA256).build()
    )
    question = urllib.request.Request(  # noqa: S310 - the scheme was looked at
        url, data=request.as_bytes(), headers={"Content-Type": _TYPE}
    )
    with urllib.request.urlopen(question, timeout=timeout_s) as answer:  # noqa: S310 - as above
        content: bytes = answer.read(_LONGEST)
    with _refusals():
        if _of_text(content, text).tst_info.nonce != request.nonce:
            raise BadTimeStampError("it answers another question")
    return content


def stamped_at(content: bytes, text: str, roots: list[Certificate]) -> dt.datetime:
    """When a text was stamped, by a server whose root certificate is at hand.

    Raises:
        BadTimeStampError: the response is no stamp of this text, or of no such server.
    """
    response = _of_text(content, text)
    builder = VerifierBuilder()
    for root in dict.fromkeys(roots):
        builder = builder.add_root_certificate(root)
    with _refusals():
        builder.build().verify_message(response, text.encode())
        return response.tst_info.gen_time


def said_at(content: bytes, text: str) -> dt.datetime:
    """When a response says that a text was stamped, whoever signed it.

    Raises:
        BadTimeStampError: the response is no stamp of this text.
    """
    with _refusals():
        return _of_text(content, text).tst_info.gen_time


def _of_text(content: bytes, text: str) -> TimeStampResponse:
    with _refusals():
        response = decode_timestamp_response(content)
        if response.status != _GRANTED:
            raise BadTimeStampError(f"the server refused (status {response.status})")
        imprint = response.tst_info.message_imprint
        if imprint.message != hashlib.sha256(text.encode()).digest():
            raise BadTimeStampError("it stamps another text")
        return response


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    """Turn whatever the library says of bytes into one error."""
    try:
        yield
    except BaseException as error:
        # Some bytes make the library's Rust panic, which is no Exception and has no class to name.
        if type(error).__name__ != "PanicException" and not isinstance(error, _REFUSALS):
            raise
        raise BadTimeStampError(str(error)) from error
