"""The slip: an anchor as a QR code with its words, to be printed and glued into the notebook.

On paper the code corrects a quarter of its area (level Q), since a slip is folded, stamped and
written on; a module is 0.85 mm wide, which a phone that sees the whole slip takes up in several
pixels (measured in tests/proof/test_slip.py). On a screen it corrects less (level M), to fit into
80 columns.

Source:
    ISO/IEC 18004, by segno; quiet zone of four modules as it asks for.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import segno
from PIL import Image, ImageDraw, ImageFont

import formbook

DPI = 300
QUIET = 4

_FONT = Path(formbook.__file__).parent / "training" / "fonts" / "noto-serif.ttf"
_A4_MM = (210.0, 297.0)
_MODULE = 10
_MARGIN = 60
_TITLE = 44
_TEXT = 32
_LEADING = 1.35


def matrix(text: str, level: str = "q") -> list[list[bool]]:
    """The modules of a QR code, True where dark, with its quiet zone."""
    code = segno.make(text, error=level, boost_error=False, micro=False)
    return [[bool(module) for module in row] for row in code.matrix_iter(border=QUIET)]


def in_terminal(text: str) -> list[str]:
    """A QR code in half blocks, two rows a line: a light module is a block, for a dark screen."""
    rows = matrix(text, "m")
    if len(rows) % 2:
        rows.append([False] * len(rows))
    blocks = {(True, True): " ", (True, False): "▄", (False, True): "▀", (False, False): "█"}
    return [
        "".join(blocks[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    ]


def png(text: str, title: str, words: Sequence[str]) -> bytes:
    """The slip as a picture that knows its size in print.

    Args:
        text: what the QR code holds.
        title: what stands above it.
        words: the lines below it; what is too long is broken.
    """
    file = io.BytesIO()
    _drawn(text, title, words).save(file, "PNG", dpi=(DPI, DPI), optimize=True)
    return file.getvalue()


def pdf(text: str, title: str, words: Sequence[str]) -> bytes:
    """The slip at the top of an A4 page, in its size, with the line to cut along."""
    slip = _drawn(text, title, words)
    width, height = (round(side_mm / 25.4 * DPI) for side_mm in _A4_MM)
    page = Image.new("L", (width, height), 255)
    page.paste(slip, (2 * _MARGIN, 2 * _MARGIN))
    file = io.BytesIO()
    page.convert("1", dither=Image.Dither.NONE).save(file, "PDF", resolution=DPI)
    return file.getvalue()


def _drawn(text: str, title: str, words: Sequence[str]) -> Image.Image:
    rows = matrix(text)
    code = Image.new("1", (len(rows), len(rows)), 1)
    code.putdata([0 if module else 1 for row in rows for module in row])
    code = code.resize((len(rows) * _MODULE,) * 2, Image.Resampling.NEAREST)
    room = code.width
    lines = [(line, _TITLE) for line in _broken(title, _TITLE, room)]
    below = [(line, _TEXT) for each in words for line in _broken(each, _TEXT, room)]
    height = sum(round(size * _LEADING) for _line, size in (*lines, *below))
    slip = Image.new("L", (room + 2 * _MARGIN, height + code.height + 2 * _MARGIN), 255)
    draw = ImageDraw.Draw(slip)
    draw.rectangle((0, 0, slip.width - 1, slip.height - 1), outline=0, width=3)
    top = _write(draw, lines, _MARGIN)
    slip.paste(code, (_MARGIN, top))
    _write(draw, below, top + code.height)
    return slip


def _write(draw: ImageDraw.ImageDraw, lines: Sequence[tuple[str, int]], top: int) -> int:
    for line, size in lines:
        draw.text((_MARGIN, top), line, fill=0, font=_font(size))
        top += round(size * _LEADING)
    return top


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_FONT), size)


def _broken(text: str, size: int, width: int) -> list[str]:
    """A text in lines that are no wider than `width` pixels, unless one word is."""
    font = _font(size)
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
