"""Notebook paper: its tone, its ruling, its table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from formbook.training.hands import Colour
from formbook.training.noise import draw_smooth_noise

WHITE: Colour = (250, 250, 247)
CREAM: Colour = (244, 237, 218)
GREYISH: Colour = (236, 235, 228)
GREENISH: Colour = (226, 238, 226)


class Look(StrEnum):
    """What is printed on the paper; stored values are those of the truth."""

    RULED = "ruled"
    GRID = "grid"
    PLAIN = "plain"
    TABLE = "table"


class Column(StrEnum):
    """A column of the table; its value is what is printed above it."""

    NUMBER = "STT"
    DAY = "Ngày"
    WHO = "Họ tên, địa chỉ"
    COMMENT = "Nội dung góp ý"
    LEADER = "Ý kiến lãnh đạo"
    RESULT = "Kết quả"


_SHARES = {
    Column.NUMBER: 0.045,
    Column.DAY: 0.10,
    Column.WHO: 0.19,
    Column.COMMENT: 0.355,
    Column.LEADER: 0.19,
    Column.RESULT: 0.12,
}
_PITCH_MM = {Look.RULED: 8.0, Look.GRID: 10.0, Look.PLAIN: 8.5, Look.TABLE: 7.5}


@dataclass(frozen=True, slots=True)
class Ruling:
    """Where one may write, in pixels of the flat sheet.

    `baselines` are the rows that are written on, from the top; on plain paper they are only
    where a careful writer would write. `columns` is empty unless there is a table.
    """

    baselines: tuple[float, ...]
    pitch: float
    left: float
    right: float
    top: float
    bottom: float
    columns: dict[Column, tuple[float, float]]


def make_paper(
    shape: tuple[int, int], tone: Colour, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Make bare paper with clouds and fibres.

    Args:
        shape: height and width, in pixels.
        tone: its colour, red, green and blue, 0 to 255.
        rng: where the randomness comes from.

    Returns:
        (H, W, 3) float32, 0 black to 1 white.

    Source:
        Own method.
    """
    clouds = 0.006 * draw_smooth_noise(rng, shape, max(shape) / 7)
    fibres = 0.006 * draw_smooth_noise(rng, shape, (2.0, 5.0))
    light = np.clip(1 + clouds + fibres, 0, 1.02)
    paper = light[..., None] * (np.asarray(tone, dtype=np.float32) / 255)
    return np.clip(paper, 0, 1).astype(np.float32)


def rule_paper(
    paper: NDArray[np.float32], look: Look, *, dpi: int, rng: np.random.Generator
) -> Ruling:
    """Print lines, squares or the columns of a table.

    Args:
        paper: (H, W, 3) float32, 0 black to 1 white; printed on in place.
        look: what to print.
        dpi: pixels per inch.
        rng: where the randomness comes from.

    Returns:
        Where one may write. A table's rows are ruled later, below what they hold.

    Source:
        Own method; ô ly paper has heavy lines each 10 mm and fine ones each 2 mm.
    """
    height, width = paper.shape[:2]
    mm = dpi / 25.4
    pitch = _PITCH_MM[look] * mm
    top, bottom = 22 * mm, height - 12 * mm
    left, right = 10 * mm, width - 8 * mm
    columns: dict[Column, tuple[float, float]] = {}
    if look is Look.RULED:
        tint = (150, 176, 214) if rng.random() < 0.7 else (176, 178, 186)
        for y in np.arange(top, height - 6 * mm, pitch):
            draw_rule(paper, (0, y), (width, y), tint, mm * 0.18)
        if rng.random() < 0.8:
            left = 22 * mm
            draw_rule(paper, (left, 0), (left, height), (226, 140, 148), mm * 0.22)
            left += 2.5 * mm
    elif look is Look.GRID:
        _draw_squares(paper, mm, top % pitch)
    elif look is Look.TABLE:
        left, right = 9 * mm, width - 9 * mm
        top, bottom = 26 * mm, height - 10 * mm
        columns = _draw_columns(paper, left, right, top - 10 * mm, bottom, mm)
    baselines = np.arange(top if look is not Look.TABLE else top + 0.85 * pitch, bottom, pitch)
    return Ruling(tuple(baselines.tolist()), pitch, left, right, top, bottom, columns)


def draw_rule(
    paper: NDArray[np.float32],
    start: Sequence[float],
    end: Sequence[float],
    colour: Colour,
    thickness: float,
) -> None:
    """Print a straight line, finer than a pixel if need be.

    Args:
        paper: (H, W, 3) float32, 0 black to 1 white; printed on in place.
        start: x and y of one end, in pixels.
        end: x and y of the other; the line is level or upright.
        colour: red, green and blue, 0 to 255.
        thickness: in pixels; below one the line is paler.

    Source:
        Own method: coverage of each pixel by the line, as a filter.
    """
    level = start[1] == end[1]
    axis = 0 if level else 1
    at = start[1] if level else start[0]
    first, last = (start[0], end[0]) if level else (start[1], end[1])
    places = np.arange(paper.shape[axis], dtype=np.float32)
    cover = np.clip(
        np.minimum(places + 1, at + thickness / 2) - np.maximum(places, at - thickness / 2), 0, 1
    )
    hit = np.nonzero(cover)[0]
    along = slice(max(0, round(min(first, last))), max(0, round(max(first, last))))
    ink = cover[hit] * 0.9
    filtered = 1 - ink[:, None] * (1 - np.asarray(colour, dtype=np.float32) / 255)
    if level:
        paper[hit, along] *= filtered[:, None, :]
    else:
        paper[along, hit] *= filtered[None, :, :]


def bleed_through(
    paper: NDArray[np.float32], back: NDArray[np.float32], *, strength: float, dpi: int
) -> None:
    """Let the ink of the other side show, mirrored and soft.

    Args:
        paper: (H, W, 3) float32, 0 black to 1 white; altered in place.
        back: (H, W, 3) float32, ink of the other side on white, as one reads it there.
        strength: 0 for nothing to 1 for as dark as on its own side.
        dpi: pixels per inch; ink spreads by about a quarter of a millimetre.

    Source:
        Own method.
    """
    density = 1 - cv2.GaussianBlur(back[:, ::-1], (0, 0), 0.011 * dpi)
    paper *= 1 - strength * density


def _draw_squares(paper: NDArray[np.float32], mm: float, start: float) -> None:
    height, width = paper.shape[:2]
    fine, heavy = (204, 214, 232), (160, 180, 216)
    for index, y in enumerate(np.arange(start, height, 2 * mm)):
        main = index % 5 == 0
        draw_rule(paper, (0, y), (width, y), heavy if main else fine, mm * 0.15)
    for index, x in enumerate(np.arange(4 * mm, width, 2 * mm)):
        main = index % 5 == 0
        draw_rule(paper, (x, 0), (x, height), heavy if main else fine, mm * 0.15)


def _draw_columns(
    paper: NDArray[np.float32], left: float, right: float, top: float, bottom: float, mm: float
) -> dict[Column, tuple[float, float]]:
    colour = (92, 92, 100)
    columns: dict[Column, tuple[float, float]] = {}
    x = left
    for column, share in _SHARES.items():
        draw_rule(paper, (x, top), (x, bottom), colour, mm * 0.25)
        columns[column] = (x, x + share * (right - left))
        x = columns[column][1]
    draw_rule(paper, (x, top), (x, bottom), colour, mm * 0.25)
    for y in (top, top + 10 * mm, bottom):
        draw_rule(paper, (left, y), (right, y), colour, mm * 0.25)
    return columns
