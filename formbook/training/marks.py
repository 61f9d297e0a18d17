"""What the chairman leaves on a page: words, a date, a signature, a seal."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from formbook.training.hands import PRINT_FONT, RED, Colour, Hand, load_letters
from formbook.training.noise import draw_smooth_noise

SEAL_TEXT = "BẢN MẪU • KHÔNG CÓ GIÁ TRỊ PHÁP LÝ • "
"""No real seal is drawn: this one says that it is a sample without value."""

_SEAL_PX = 640
_SPARE = 18
"""Pixels by which the ends of a mark may rise or sink on its own canvas; a longer one gets more."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """Ink of one colour and where it lies, in pixels from the mark's own top left."""

    ink: NDArray[np.float32]
    colour: Colour
    left: int
    top: int


def draw_signature(
    rng: np.random.Generator, *, width: int, thickness: float
) -> NDArray[np.float32]:
    """Draw a signature: a large first letter, loops or points that run to the right, a flourish.

    Args:
        rng: where the randomness comes from; the same state signs the same.
        width: how wide it will be, in pixels.
        thickness: of the pen, in pixels.

    Returns:
        (H, W) float32, 0 bare to 1 full; about half as high as wide.

    Source:
        Own method: a cycloid whose radius and speed wander, and which is more or less pointed.
    """
    t = np.linspace(0, 1, 400)
    knots = np.linspace(0, 1, 9)
    radius = rng.uniform(0.12, 0.5, 9)
    radius[:2] = rng.uniform(0.8, 1.3, 2)
    radius[int(rng.integers(4, 8))] = rng.uniform(0.6, 1.0)
    radius = np.interp(t, knots, radius)
    speed = np.interp(t, knots, rng.uniform(0.5, 1.6, 9))
    turns = rng.uniform(4.0, 8.0)
    phase = 2 * np.pi * turns * speed.cumsum() / speed.sum() + rng.uniform(0, 2 * np.pi)
    style = rng.spawn(1)[0]
    loops, shear = style.uniform(-0.1, 0.7, 2)
    stretch, fall = style.uniform(2.4, 4.6), style.uniform(-0.3, 0.9)
    x = stretch * t + loops * radius * np.cos(phase) + 0.25 * radius * np.sin(phase)
    y = radius * np.sin(phase) - fall * t
    x -= shear * y
    back = np.linspace(0, 1, 90)
    sag = rng.uniform(0.2, 0.6)
    ends = (
        (x[-1] - back * rng.uniform(2.4, 3.6), y[-1] + 0.9 * back + sag * np.sin(np.pi * back)),
        (x[-1] + back * style.uniform(0.6, 1.8), y[-1] - sag * back**2),
        (x[-1] - back * 0.9 * stretch, y[-1] - 0.3 * back + 1.2 * np.sin(np.pi * back)),
        (x[-1] + 0.1 * back, y[-1] + 0.2 * back),
    )
    flourish = np.stack(ends[int(style.integers(len(ends)))])
    points = np.concatenate([np.stack([x, y]), flourish], axis=1).T
    points -= points.min(axis=0)
    scale = (width - 4 * thickness) / points[:, 0].max()
    points = points * scale * (1, rng.uniform(0.7, 1.0)) + 2 * thickness
    height = int(points[:, 1].max() + 2 * thickness) + 1
    fine = np.zeros((height * 2, width * 2), dtype=np.uint8)
    speed = np.hypot(*np.gradient(points, axis=0).T)
    weight = thickness * 2 * np.clip(1.25 - 0.3 * speed / speed.mean(), 0.6, 1.2)
    for start, end, pen in zip(points[:-1], points[1:], weight, strict=False):
        cv2.line(
            fine,
            tuple((start * 2).round().astype(int).tolist()),
            tuple((end * 2).round().astype(int).tolist()),
            255,
            max(1, round(float(pen))),
            cv2.LINE_AA,
        )
    small = cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small * (0.92 / 255), dtype=np.float32)


def draw_seal(rng: np.random.Generator, *, diameter: int) -> NDArray[np.float32]:
    """Press a round seal, worn and turned a little.

    Args:
        rng: where the randomness comes from.
        diameter: in pixels.

    Returns:
        (D, D) float32, 0 bare to 1 full.

    Source:
        Own method. Diameter, rings and star follow the form of a ward's seal, its text does not.
    """
    angle = rng.normal(0, 9)
    clean = Image.fromarray(_clean_seal()).rotate(angle, resample=Image.Resampling.BICUBIC)
    small = clean.resize((diameter, diameter), Image.Resampling.BOX)
    shape = (diameter, diameter)
    wear = 0.74 + 0.12 * draw_smooth_noise(rng, shape, diameter / 4)
    wear -= 0.16 * np.abs(draw_smooth_noise(rng, shape, max(1.5, diameter / 90)))
    return np.asarray(np.asarray(small) / 255 * np.clip(wear, 0, 0.95), dtype=np.float32)


def compose_mark(
    lines: list[str],
    hand: Hand,
    rng: np.random.Generator,
    *,
    dpi: int,
    signature: bool,
    stamp: bool,
    room: float,
) -> list[Stroke]:
    """Write a mark: its lines, a signature below, a seal over the signature's left third.

    Args:
        lines: its words, broken as they will stand.
        hand: the chairman's.
        rng: where the randomness comes from.
        dpi: pixels per inch.
        signature: whether it is signed.
        stamp: whether it bears a seal.
        room: how wide its signature may be, in pixels.

    Returns:
        One stroke of pen ink, whose `ink` is (H, W) float32, and perhaps one of seal ink. The
        least column and row are 0.

    Source:
        Own method; where the seal lies follows Nghị định 30/2020/NĐ-CP, article 33.
    """
    mm = dpi / 25.4
    pitch = int(hand.x_height_mm * mm * 2.7)
    written = [hand.write(line, rng, dpi=dpi) for line in lines]
    shift = [int(abs(rng.normal(0, 2.5 * mm))) for _ in written]
    name = draw_signature(
        np.random.default_rng(_seed_of(hand)),
        width=int(min(rng.uniform(24, 32) * mm, room)),
        thickness=0.4 * mm,
    )
    above = max(0, *(w.baseline for w in written)) + 4
    high = above + pitch * len(lines) + int(1.5 * mm) + name.shape[0] + pitch
    wide = max(*(w.ink.shape[1] + s for w, s in zip(written, shift, strict=True)), name.shape[1])
    pen = np.zeros((high, wide + int(12 * mm)), dtype=np.float32)
    for index, (writing, left) in enumerate(zip(written, shift, strict=True)):
        _lay(pen, writing.ink, left, above + index * pitch - writing.baseline)
    top = above + (len(lines) - 1) * pitch + int(rng.uniform(0.5, 2) * mm)
    left = int(rng.uniform(2, 9) * mm)
    if signature:
        _lay(pen, name, left, top)
    strokes = [Stroke(_tilt(pen, rng.normal(0, 1.8)), hand.colour, 0, 0)]
    if stamp:
        seal = draw_seal(rng, diameter=int(34 * mm))
        middle = (left + name.shape[1] // 4, top + name.shape[0] // 2)
        corner = (middle[0] - seal.shape[1] // 2, middle[1] - seal.shape[0] // 2)
        strokes.append(Stroke(seal, RED, *corner))
    least = (min(s.left for s in strokes), min(s.top for s in strokes))
    return [Stroke(s.ink, s.colour, s.left - least[0], s.top - least[1]) for s in strokes]


def _seed_of(hand: Hand) -> int:
    """Let a person sign alike each time."""
    return sum(index * byte for index, byte in enumerate(hand.name.encode(), 1)) + int(
        hand.x_height_mm * 100
    )


def _lay(onto: NDArray[np.float32], ink: NDArray[np.float32], left: int, top: int) -> None:
    top = max(0, top)
    part = ink[: onto.shape[0] - top, : onto.shape[1] - left]
    area = onto[top : top + part.shape[0], left : left + part.shape[1]]
    np.maximum(area, part, out=area)


def _tilt(ink: NDArray[np.float32], degrees: float) -> NDArray[np.float32]:
    """Turn ink on a canvas that is high enough for it."""
    rise = int(abs(np.sin(np.radians(degrees))) * ink.shape[1] / 2) + 1
    room = rise if rise > _SPARE else 0
    canvas = np.pad(ink, ((room, room), (0, 0)))
    height, width = canvas.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return np.asarray(cv2.warpAffine(canvas, turn, (width, height)), dtype=np.float32)


@lru_cache(maxsize=1)
def _clean_seal() -> NDArray[np.uint8]:
    size = _SEAL_PX
    middle = size / 2
    seal = Image.new("L", (size, size))
    pen = ImageDraw.Draw(seal)
    pen.ellipse((4, 4, size - 4, size - 4), outline=255, width=11)
    pen.ellipse((20, 20, size - 20, size - 20), outline=255, width=4)
    pen.ellipse((118, 118, size - 118, size - 118), outline=255, width=4)
    corners = np.arange(10)
    reach = np.where(corners % 2 == 0, 110, 44)
    angles = corners * np.pi / 5 - np.pi / 2
    star = np.stack([middle + reach * np.cos(angles), middle + reach * np.sin(angles)], axis=1)
    pen.polygon([tuple(corner) for corner in star.tolist()], fill=255)
    letters = load_letters(PRINT_FONT, 54)
    for index, letter in enumerate(SEAL_TEXT):
        around = Image.new("L", (size, size))
        ImageDraw.Draw(around).text((middle, 92), letter, fill=255, font=letters, anchor="ms")
        turned = around.rotate(-360 * index / len(SEAL_TEXT), resample=Image.Resampling.BICUBIC)
        seal = Image.fromarray(np.maximum(np.asarray(seal), np.asarray(turned)))
        pen = ImageDraw.Draw(seal)
    return np.asarray(seal, dtype=np.uint8)
