"""Hands that write: how a person's letters come onto the paper."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from formbook.training.noise import draw_smooth_noise

Colour = tuple[int, int, int]

BLUE: Colour = (36, 52, 150)
NAVY: Colour = (28, 34, 92)
BLACK: Colour = (38, 38, 44)
VIOLET: Colour = (86, 44, 140)
RED: Colour = (188, 32, 40)
PENCIL: Colour = (98, 98, 102)

WRITING_FONTS = (
    "fuzzy-bubbles",
    "grape-nuts",
    "licorice",
    "mali",
    "oooh-baby",
    "playwrite-vn",
    "square-peg",
)
PRINT_FONT = "noto-serif"

_FINER = 2
_PROBE_PX = 200
_HALF = 128
_STEEPNESS = 0.4
"""How steeply a blurred edge falls, times the blur: a Gaussian's height at its middle."""


@dataclass(frozen=True, slots=True)
class Writing:
    """Ink of one line, cut to size.

    `ink` is (H, W) float32, 0 bare to 1 full; `baseline` a row of it, perhaps outside; `words`
    holds the first and last column of each word.
    """

    ink: NDArray[np.float32]
    baseline: int
    words: tuple[tuple[int, int], ...]


class Hand(Protocol):
    """Anything that can write a line: a font made to look written, or a person's pen strokes."""

    @property
    def name(self) -> str:
        """What the truth calls this hand."""
        ...

    @property
    def colour(self) -> Colour:
        """Colour of its ink, red, green and blue."""
        ...

    @property
    def x_height_mm(self) -> float:
        """Height of a small letter without stems."""
        ...

    def measure(self, text: str, *, dpi: int) -> float:
        """Say about how many pixels wide the text will be."""
        ...

    def write(self, text: str, rng: np.random.Generator, *, dpi: int) -> Writing:
        """Write one line, differently each time; `text` holds a letter at least."""
        ...


@dataclass(frozen=True, slots=True)
class FontHand:
    """A font with the unsteadiness of a pen.

    Lengths are in millimetres on paper. `slant` leans to the right, as a tangent; `slope` is the
    rise of the line, as a tangent; `wobble` scales all unevenness, 0 being a machine's; `pressure`
    is how dark the ink is, up to 1; `spacing` scales the gaps between words.
    """

    font: str
    colour: Colour = BLUE
    x_height_mm: float = 2.4
    pen_mm: float = 0.4
    slant: float = 0.0
    slope: float = 0.0
    wobble: float = 1.0
    pressure: float = 0.9
    spacing: float = 1.15

    @property
    def name(self) -> str:
        """The font's own name."""
        return self.font

    def measure(self, text: str, *, dpi: int) -> float:
        """Say about how many pixels wide the text will be."""
        letters = self._letters(dpi)
        gaps = (self.spacing - 1) * letters.getlength(" ") * text.count(" ")
        return (letters.getlength(text) + gaps) / _FINER

    def write(self, text: str, rng: np.random.Generator, *, dpi: int) -> Writing:
        """Write one line, twice as fine as asked, bend it, vary the pen, and shrink it."""
        letters = self._letters(dpi)
        size = letters.size
        stem = _proportions(self.font)[1] * size
        thicken = max(0.0, (self.pen_mm * dpi / 25.4 * _FINER - stem) / 2)
        words = text.split()
        margin = int(size)
        reach = int(self.measure(text, dpi=dpi) * _FINER * 1.15) + 4 * margin
        base = int(1.8 * size + abs(self.slope) * reach)
        sheet = Image.new("L", (reach, base + int(1.4 * size + abs(self.slope) * reach)))
        pen = ImageDraw.Draw(sheet)
        x = float(2 * margin)
        gap = letters.getlength(" ") * self.spacing
        extents: list[tuple[float, float]] = []
        for word in words:
            scale = 1 + 0.025 * self.wobble * rng.standard_normal()
            lift = 0.02 * size * self.wobble * rng.standard_normal()
            sized = load_letters(self.font, round(size * float(np.clip(scale, 0.9, 1.1)), 1))
            pen.text(
                (x, base + lift),
                word,
                fill=255,
                font=sized,
                anchor="ls",
                stroke_width=round(thicken),
            )
            end = x + sized.getlength(word)
            extents.append((x, end))
            x = end + gap * float(
                np.clip(1 + 0.22 * self.wobble * rng.standard_normal(), 0.75, 1.8)
            )
        drawn = (np.asarray(sheet) / 255).astype(np.float32)
        blur = max(0.8, 0.2 * (stem + 2 * thicken))
        level = 0.42 - _STEEPNESS * (thicken - round(thicken)) / blur
        ink = self._unsteady(drawn, base, size, blur, level, rng)
        return cut_to_ink(ink, base // _FINER, [(a / _FINER, b / _FINER) for a, b in extents])

    def _letters(self, dpi: int) -> ImageFont.FreeTypeFont:
        x_height = self.x_height_mm * dpi / 25.4 * _FINER
        return load_letters(self.font, round(x_height / _proportions(self.font)[0], 1))

    def _unsteady(
        self,
        drawn: NDArray[np.float32],
        base: int,
        size: float,
        blur: float,
        level: float,
        rng: np.random.Generator,
    ) -> NDArray[np.float32]:
        shape = (drawn.shape[0], drawn.shape[1])
        rows, columns = np.indices(shape, dtype=np.float32)
        strength = size * self.wobble
        near = (size * 0.55, size * 0.7)
        far = (size * 4, size * 5)
        x = columns + self.slant * (rows - base)
        x += 0.022 * strength * draw_smooth_noise(rng, shape, near)
        y = rows + self.slope * columns
        y += 0.022 * strength * draw_smooth_noise(rng, shape, near)
        y += 0.05 * strength * draw_smooth_noise(rng, shape, far)
        bent = cv2.remap(drawn, x, y, cv2.INTER_LINEAR)
        soft = cv2.GaussianBlur(bent, (0, 0), blur)
        edge = level + 0.07 * self.wobble * draw_smooth_noise(rng, shape, size * 0.8)
        ink = np.clip((soft - np.clip(edge, 0.2, 0.65)) * 3.5 + 0.5, 0, 1)
        flow = self.pressure * (1 - 0.06 * np.abs(draw_smooth_noise(rng, shape, size)))
        grain = 1 - 0.08 * np.abs(draw_smooth_noise(rng, shape, 2.5))
        ink = (ink * np.clip(flow * grain, 0, 1)).astype(np.float32)
        small = (shape[1] // _FINER, shape[0] // _FINER)
        return np.asarray(cv2.resize(ink, small, interpolation=cv2.INTER_AREA), dtype=np.float32)


def strike_out(
    writing: Writing, words: set[int], rng: np.random.Generator, *, pen: float
) -> Writing:
    """Draw the pen through some words: once, twice, or to and fro until they are covered.

    Args:
        writing: the line; its `ink` is (H, W) float32.
        words: which words, counted from 0; those that follow each other are struck at one go.
        rng: where the randomness comes from.
        pen: how thick the stroke is, in pixels.

    Returns:
        A new line of the same shape, whose `ink` (H, W) float32 is nowhere fainter.

    Source:
        Own method.
    """
    ink = writing.ink.copy()
    high = min(ink.shape[0], max(writing.baseline, 1))
    middle = writing.baseline - 0.28 * high
    for run in _runs(words):
        left, right = writing.words[run[0]][0] - 3, writing.words[run[-1]][1] + 3
        if rng.random() < 0.25:
            count = max(4, int((right - left) / (rng.uniform(0.18, 0.4) * high)))
            sides = np.where(np.arange(count) % 2, 1, -1) * rng.uniform(0.15, 0.3, count) * high
            curves = [(np.linspace(left, right, count), middle + sides)]
        else:
            x = np.linspace(left, right, max(8, 4 * len(run)))
            curves = [
                (x, middle + rng.normal(0, 0.025 * high, x.size).cumsum())
                for _ in range(int(rng.integers(1, 3)))
            ]
        for x, y in curves:
            points = np.round(np.stack([x, y], axis=1) * 16).astype(np.int32)[:, None]
            line = np.zeros(ink.shape, np.uint8)
            cv2.polylines(line, [points], False, 255, max(1, round(pen)), cv2.LINE_AA, 4)
            ink = np.maximum(ink, line.astype(np.float32) * (0.9 / 255))
    return replace(writing, ink=ink)


def _runs(words: set[int]) -> list[list[int]]:
    """Group numbers that follow each other."""
    out: list[list[int]] = []
    for word in sorted(words):
        if out and word == out[-1][-1] + 1:
            out[-1].append(word)
        else:
            out.append([word])
    return out


@lru_cache(maxsize=256)
def load_letters(font: str, size_px: float) -> ImageFont.FreeTypeFont:
    """Open a font of this package; what it draws is the same wherever Pillow is installed."""
    data = BytesIO((files("formbook.training") / "fonts" / f"{font}.ttf").read_bytes())
    return ImageFont.truetype(data, size_px, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=32)
def _proportions(font: str) -> tuple[float, float]:
    """Height of an x and thickness of a stem, as shares of the size."""
    letters = load_letters(font, _PROBE_PX)
    _, top, _, bottom = letters.getbbox("x", anchor="ls")
    sheet = Image.new("L", (_PROBE_PX * 4, _PROBE_PX * 2))
    ImageDraw.Draw(sheet).text((20, _PROBE_PX), "noiu", fill=255, font=letters, anchor="ls")
    inked = (np.asarray(sheet) >= _HALF).astype(np.uint8)
    depth = cv2.distanceTransform(inked, cv2.DIST_L2, 5)
    ridge = depth[(depth >= cv2.dilate(depth, np.ones((3, 3)))) & (depth > 1)]
    return (bottom - top) / _PROBE_PX, 2 * float(np.median(ridge)) / _PROBE_PX


def cut_to_ink(ink: NDArray[np.float32], base: int, extents: list[tuple[float, float]]) -> Writing:
    """Cut a line to its ink.

    Args:
        ink: (H, W) float32, 0 bare to 1 full; some of it is inked.
        base: row of the baseline.
        extents: first and last column of each word.

    Returns:
        The least part that holds all ink, as a copy.

    Source:
        Own method.
    """
    rows, columns = np.nonzero(ink > 0.05)
    top, bottom = int(rows.min()), int(rows.max()) + 1
    left, right = int(columns.min()), int(columns.max()) + 1
    words = tuple((max(0, round(a) - left), min(right - left, round(b) - left)) for a, b in extents)
    return Writing(ink[top:bottom, left:right].copy(), base - top, words)
