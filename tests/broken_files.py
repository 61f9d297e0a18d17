"""Makes the files that go wrong, one of each kind, and small whole ones to spoil at random."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pypdfium2
from PIL import Image, ImageDraw

from formbook.errors import FormbookError
from formbook.imaging.faults import (
    BrokenScanError,
    EmptyScanError,
    ForeignContentError,
    LockedPdfError,
    NoPagesError,
    OddPixelsError,
    OversizeScanError,
)

TINY_HEIC = Path(__file__).parent / "data" / "tiny.heic"


def draw_page(width: int = 120, height: int = 160) -> Image.Image:
    """A page of noise and strokes that no two compressors shrink to nothing."""
    noise = np.random.default_rng(7).integers(200, 256, (height, width, 3), np.uint8)
    page = Image.fromarray(noise)
    pen = ImageDraw.Draw(page)
    for y in range(20, height - 10, 20):
        pen.line((10, y, width - 10, y + 5), fill=(20, 20, 120), width=2)
    pen.rectangle((0, 0, 20, 10), fill=(200, 20, 20))
    return page


def picture_bytes(kind: str, page: Image.Image | None = None, **options: object) -> bytes:
    """A whole picture as the bytes of a file."""
    buffer = io.BytesIO()
    (page or draw_page()).save(buffer, kind, **options)
    return buffer.getvalue()


def whole_files() -> dict[str, bytes]:
    """Small whole files, by name, one of each format."""
    return {
        "whole.jpg": picture_bytes("JPEG"),
        "progressive.jpg": picture_bytes("JPEG", progressive=True),
        "whole.png": picture_bytes("PNG"),
        "whole.webp": picture_bytes("WEBP"),
        "raw.tif": picture_bytes("TIFF"),
        "lzw.tif": picture_bytes("TIFF", compression="tiff_lzw"),
        "fax.tif": picture_bytes("TIFF", draw_page().convert("1"), compression="group4"),
        "two.tif": picture_bytes("TIFF", save_all=True, append_images=[draw_page()]),
        "whole.pdf": picture_bytes("PDF", resolution=200),
        "whole.heic": TINY_HEIC.read_bytes(),
    }


def make_broken_files(folder: Path) -> dict[Path, type[FormbookError]]:
    """Write broken files into a folder; each with the error that loading frame 1 must raise."""
    whole = whole_files()
    contents: dict[str, tuple[bytes, type[FormbookError]]] = {
        "empty.jpg": (b"", EmptyScanError),
        "text.jpg": ("Đây là chữ, không phải ảnh.\n".encode() * 40, ForeignContentError),
        "drawing.png": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', ForeignContentError),
        "archive.pdf": (b"PK\x03\x04" + bytes(400), ForeignContentError),
        "noise.heic": (np.random.default_rng(1).bytes(2000), ForeignContentError),
        "garbage.heic": (whole["whole.heic"][:40] + bytes(500), BrokenScanError),
        "one-byte.png": (b"\x89", ForeignContentError),
        "header-only.png": (b"\x89PNG\r\n\x1a\n", BrokenScanError),
        "header-only.pdf": (b"%PDF-1.7\n", BrokenScanError),
        "garbage.pdf": (b"%PDF-1.7\n" + bytes(5000) + b"%%EOF", ForeignContentError),
        "locked.pdf": (_locked_pdf(), LockedPdfError),
        "no-pages.pdf": (_pageless_pdf(), NoPagesError),
        "bomb.png": (_png(60_000, 60_000, b""), OversizeScanError),
        "zero-wide.png": (_png(0, 100, b""), BrokenScanError),
        "swollen-profile.png": (_png(8, 8, bytes(300), _swollen_profile()), BrokenScanError),
        "absurd.tif": (_tiff(2**31 - 1, 2**31 - 1), OversizeScanError),
        "zero-wide.tif": (_tiff(0, 10), BrokenScanError),
        "many-samples.tif": (_tiff(10, 10, samples=2048), BrokenScanError),
        "no-tags.tif": (b"II*\0\x08\0\0\0\0\0\0\0\0\0", BrokenScanError),
        "measured.tif": (
            picture_bytes("TIFF", Image.new("F", (8, 8), 0.5)),
            OddPixelsError,
        ),
    }
    for name in ("whole.jpg", "progressive.jpg", "whole.png", "whole.webp", "raw.tif", "lzw.tif"):
        contents[f"cut-{name}"] = (whole[name][: len(whole[name]) * 2 // 3], BrokenScanError)
    for name in ("whole.pdf", "whole.heic"):
        contents[f"cut-{name}"] = (whole[name][: len(whole[name]) * 2 // 3], BrokenScanError)
    made: dict[Path, type[FormbookError]] = {}
    for name, (content, error) in contents.items():
        path = folder / name
        path.write_bytes(content)
        made[path] = error
    return made


def make_half_broken_tiff(folder: Path) -> Path:
    """A TIFF of which frame 1 is whole and frame 2 cannot be found."""
    content = bytearray(whole_files()["two.tif"])
    (first,) = struct.unpack_from("<I", content, 4)
    (tags,) = struct.unpack_from("<H", content, first)
    struct.pack_into("<I", content, first + 2 + 12 * tags, len(content) - 1)
    path = folder / "half.tif"
    path.write_bytes(content)
    return path


def spoil(content: bytes, seed: int) -> bytes:
    """Flip some bytes or cut some off; the same seed spoils alike."""
    random = np.random.default_rng(seed)
    if random.random() < 0.4:
        return content[: random.integers(1, len(content))]
    spoiled = bytearray(content)
    # headers are where parsers go wrong, and most of a file is pixels
    end = len(content) if random.random() < 0.5 else min(len(content), 600)
    for _ in range(random.integers(1, 12)):
        spoiled[random.integers(0, end)] = random.integers(0, 256)
    return bytes(spoiled)


def can_read_anything() -> bool:
    """Whether rights do not bind who runs the tests."""
    return os.geteuid() == 0


def _png(width: int, height: int, rows: bytes, extra: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + extra
        + _chunk(b"IDAT", zlib.compress(rows))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    crc = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", crc)


def _swollen_profile() -> bytes:
    """A text chunk that unpacks to 80 MB."""
    return _chunk(b"zTXt", b"note\0\0" + zlib.compress(bytes(80_000_000), 9))


def _tiff(width: int, height: int, samples: int = 1) -> bytes:
    tags = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 200),
        (277, 3, 1, samples),
        (278, 4, 1, height),
        (279, 4, 1, 100),
    ]
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    head = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4)
    return head.ljust(400, b"\0")


def _pageless_pdf() -> bytes:
    buffer = io.BytesIO()
    document = pypdfium2.PdfDocument.new()
    document.save(buffer)
    document.close()
    return buffer.getvalue()


def _locked_pdf() -> bytes:
    """A PDF whose standard security handler accepts no empty password."""
    key = b"<" + b"42" * 32 + b">"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 10 10]>>",
        b"<</Filter/Standard/V 1/R 2/P -44/O " + key + b"/U " + key + b">>",
    ]
    content = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(content))
        content += b"%d 0 obj" % number + body + b"endobj\n"
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return (
        content
        + b"xref\n0 5\n0000000000 65535 f \n"
        + table
        + b"trailer<</Size 5/Root 1 0 R/Encrypt 4 0 R/ID[<00><00>]>>\nstartxref\n"
        + b"%d\n" % len(content)
        + b"%%EOF\n"
    )
