"""A time-stamp office on loopback, with a root certificate of its own (RFC 3161, RFC 5652)."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = dt.datetime(2026, 11, 24, 3, 0, tzinfo=dt.UTC)
SHA256 = "2.16.840.1.101.3.4.2.1"


def der(tag: int, *parts: bytes) -> bytes:
    """A value of DER: its tag, its length, and what it is made of."""
    content = b"".join(parts)
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    size = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(size))) + size + content


def sequence(*parts: bytes) -> bytes:
    return der(0x30, *parts)


def set_of(*parts: bytes) -> bytes:
    return der(0x31, *parts)


def integer(value: int) -> bytes:
    return der(2, value.to_bytes(value.bit_length() // 8 + 1))


def octets(content: bytes) -> bytes:
    return der(4, content)


def oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    content = b""
    for arc in (first * 40 + second, *rest):
        digits = [arc & 0x7F]
        while arc := arc >> 7:
            digits.append(0x80 | arc & 0x7F)
        content += bytes(reversed(digits))
    return der(6, content)


class Office:
    """Stamps what it is asked to.

    Args:
        now: the time that it stamps.
    """

    def __init__(self, now: dt.datetime = NOW) -> None:
        self.now = now
        self._key = ec.generate_private_key(ec.SECP256R1())
        root_key = ec.generate_private_key(ec.SECP256R1())
        root = _certificate("Gốc", root_key, "Gốc", root_key, ca=True)
        self._certificate = _certificate("Dấu giờ", self._key, "Gốc", root_key, ca=False)
        self.root_pem = root.public_bytes(Encoding.PEM)

    def stamp(self, request: bytes) -> bytes:
        """The response to a request."""
        imprint, nonce = _imprint_and_nonce(request)
        return self.response(imprint, nonce)

    def response(self, imprint: bytes, nonce: bytes, *, status: int = 0) -> bytes:
        """A response with parts of a request as they stood in it."""
        info = sequence(
            integer(1),
            oid("1.3.6.1.4.1.99999.1"),
            imprint,
            integer(7),
            der(0x18, f"{self.now:%Y%m%d%H%M%SZ}".encode()),
            nonce,
        )
        return sequence(sequence(integer(status)), self._signed(info) if status == 0 else b"")

    def _signed(self, info: bytes) -> bytes:
        sha256, kind = sequence(oid(SHA256)), oid("1.2.840.113549.1.9.16.1.4")
        attributes = (
            sequence(oid("1.2.840.113549.1.9.3"), set_of(kind)),
            sequence(oid("1.2.840.113549.1.9.4"), set_of(octets(hashlib.sha256(info).digest()))),
        )
        signer = sequence(
            integer(1),
            sequence(
                self._certificate.issuer.public_bytes(),
                integer(self._certificate.serial_number),
            ),
            sha256,
            der(0xA0, *attributes),
            sequence(oid("1.2.840.10045.4.3.2")),
            octets(self._key.sign(set_of(*attributes), ec.ECDSA(hashes.SHA256()))),
        )
        signed = sequence(
            integer(3),
            set_of(sha256),
            sequence(kind, der(0xA0, octets(info))),
            der(0xA0, self._certificate.public_bytes(Encoding.DER)),
            set_of(signer),
        )
        return sequence(oid("1.2.840.113549.1.7.2"), der(0xA0, signed))


def _imprint_and_nonce(request: bytes) -> tuple[bytes, bytes]:
    """The parts of a request that its response repeats."""
    parts, at = [], 2  # behind the tag and the short length of the whole
    while at < len(request):
        end = at + 2 + request[at + 1]
        parts.append(request[at:end])
        at = end
    _version, imprint, nonce, *_rest = parts
    return imprint, nonce


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    ca: bool,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - dt.timedelta(days=365))
        .not_valid_after(NOW + dt.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if not ca:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(issuer_key, hashes.SHA256())


@contextmanager
def serving(answer: Callable[[bytes], bytes], status: int = 200) -> Iterator[str]:
    """A server that answers with what a function makes of each question; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_values: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
