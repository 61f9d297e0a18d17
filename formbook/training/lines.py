"""Pictures of single lines whose text is known: pen or font, on paper, as a camera has them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from formbook.training.hands import PRINT_FONT, WRITING_FONTS, FontHand
from formbook.training.noise import draw_smooth_noise
from formbook.training.penmanship import Stroke

Ink = NDArray[np.float32]
"""(H, W) float32, 0 bare to 1 full."""
Picture = NDArray[np.uint8]
"""(H, W) uint8 grey, 0 black to 255 white."""

_FINER = 2
_PLAIN_WIDTH = 515
"""Pixels; how wide the published pictures of pen recordings are."""
_PLAIN_MARGIN = 10


def draw_plain(strokes: Sequence[Stroke], rng: np.random.Generator) -> Picture:
    """Draw pen strokes thin and black on white, as recordings are published.

    Args:
        strokes: (N, 2) float32 each.
        rng: where the randomness comes from.

    Returns:
        (H, W) uint8, with a margin.

    Source:
        Own method, after the pictures in ../shared/data/lines/valid/vnondb.
    """
    points = np.concatenate(strokes)
    scale = (_PLAIN_WIDTH - 2 * _PLAIN_MARGIN) / max(1.0, float(np.ptp(points[:, 0])))
    scale *= float(rng.uniform(0.8, 1.3))
    ink = draw_strokes(strokes, scale=min(scale, 1.5), pen_px=float(rng.uniform(0.4, 1.1)))
    return np.asarray(255 - 255 * np.pad(ink, _PLAIN_MARGIN), dtype=np.uint8)


def draw_pen(strokes: Sequence[Stroke], rng: np.random.Generator) -> Ink:
    """Draw pen strokes with some person's pen, slant and width.

    Args:
        strokes: (N, 2) float32 each.
        rng: where the randomness comes from.

    Returns:
        (H, W) float32, cut to the ink.

    Source:
        Own method.
    """
    scale = float(rng.uniform(0.18, 0.4))
    wide = float(np.clip(rng.normal(1, 0.12), 0.7, 1.35))
    slant, slope = rng.normal(0, 0.12), rng.normal(0, 0.012)
    bend = np.array([[wide, wide * slope], [-slant, 1]], dtype=np.float32)
    pen = float(np.exp(rng.normal(np.log(8), 0.35))) * scale
    ink = draw_strokes([stroke @ bend for stroke in strokes], scale=scale, pen_px=max(pen, 1.0))
    uneven = draw_smooth_noise(rng, ink.shape, 40)
    return np.asarray(np.clip(ink * (rng.uniform(0.6, 1) + 0.08 * uneven), 0, 1), dtype=np.float32)


def draw_strokes(strokes: Sequence[Stroke], *, scale: float, pen_px: float) -> Ink:
    """Draw strokes of one thickness.

    Args:
        strokes: (N, 2) float32 each.
        scale: pixels to a unit.
        pen_px: thickness, in pixels.

    Returns:
        (H, W) float32, cut to the ink.

    Source:
        Own method: drawn twice as fine, then shrunk.
    """
    points = np.concatenate(strokes) * scale * _FINER
    corner = points.min(axis=0) - pen_px * _FINER - 2
    size = np.ceil(points.max(axis=0) - corner + pen_px * _FINER + 2).astype(int)
    size += -size % _FINER
    sheet = np.zeros((int(size[1]), int(size[0])), dtype=np.uint8)
    curves = [((s * scale * _FINER - corner) * 16).astype(np.int32)[:, None] for s in strokes]
    cv2.polylines(sheet, curves, False, 255, max(1, round(pen_px * _FINER)), cv2.LINE_AA, 4)
    small = (sheet.shape[1] // _FINER, sheet.shape[0] // _FINER)
    shrunk = cv2.resize(sheet, small, interpolation=cv2.INTER_AREA)
    return np.asarray(shrunk / 255, dtype=np.float32)


def draw_font(text: str, rng: np.random.Generator) -> Ink:
    """Write a line in one of the package's fonts, unsteadily; now and then in print.

    Args:
        text: what it says.
        rng: where the randomness comes from.

    Returns:
        (H, W) float32, cut to the ink.

    Source:
        Own method; the unsteadiness is FontHand's.
    """
    fonts = WRITING_FONTS if rng.random() < 0.85 else (PRINT_FONT,)
    hand = FontHand(
        fonts[int(rng.integers(len(fonts)))],
        pen_mm=float(rng.uniform(0.25, 0.7)),
        slant=float(rng.normal(0, 0.12)),
        slope=float(rng.normal(0, 0.012)),
        wobble=float(rng.uniform(0.5, 2)),
        pressure=float(rng.uniform(0.6, 1)),
        spacing=float(rng.uniform(0.9, 1.6)),
    )
    return hand.write(text, rng, dpi=int(rng.integers(110, 190))).ink


def put_on_paper(ink: Ink, neighbours: Sequence[Ink], rng: np.random.Generator) -> Picture:
    """Put a line on paper that may be ruled, shaded, folded and badly photographed.

    Args:
        ink: (H, W) float32, the line.
        neighbours: lines of which parts may show above and below.
        rng: where the randomness comes from.

    Returns:
        (H', W') uint8, somewhat larger than the ink.

    Source:
        Own method.
    """
    height = ink.shape[0]
    top, bottom, left, right = (
        int(height * share) for share in rng.uniform([0, 0, 0.05, 0.05], [0.3, 0.3, 1.2, 1.2])
    )
    sheet = np.pad(ink, ((top, bottom), (left, right)))
    for other, above in zip(neighbours, (True, False), strict=False):
        if rng.random() < 0.45:
            _show_neighbour(sheet, other, above=above, rng=rng)
    if rng.random() < 0.5:
        _rule(sheet, rng)
    sheet = _photograph(sheet, rng)
    return _expose(sheet, rng)


def _show_neighbour(sheet: Ink, other: Ink, *, above: bool, rng: np.random.Generator) -> None:
    """Let feet of a line above, or heads of one below, reach into the picture."""
    reach = max(1, min(int(sheet.shape[0] * rng.uniform(0.04, 0.28)), other.shape[0]))
    shift = int(rng.integers(0, max(1, sheet.shape[1] // 3)))
    part = other[-reach:] if above else other[:reach]
    part = part[:, : sheet.shape[1] - shift]
    rows = slice(0, reach) if above else slice(sheet.shape[0] - reach, sheet.shape[0])
    place = sheet[rows, shift : shift + part.shape[1]]
    np.maximum(place, part, out=place)


def _rule(sheet: Ink, rng: np.random.Generator) -> None:
    """Draw ruling or the borders of a table's cell."""
    height, width = sheet.shape
    dark = float(rng.uniform(0.15, 0.9))
    thick = int(rng.integers(1, 3))
    pitch = int(height * rng.uniform(0.5, 1.1))
    tilt = rng.normal(0, 0.004) * width
    for y in range(int(rng.integers(0, max(1, pitch))), height, max(4, pitch)):
        _line(sheet, (0, y), (width, int(y + tilt)), dark, thick)
    if rng.random() < 0.35:
        squares = rng.random() < 0.4
        step = pitch if squares else max(4, int(width * rng.uniform(0.5, 1)))
        for x in range(int(rng.integers(0, step)), width, step):
            _line(sheet, (x, 0), (int(x + rng.normal(0, 2)), height), dark, thick)


def _line(
    sheet: Ink, start: tuple[int, int], end: tuple[int, int], dark: float, thick: int
) -> None:
    drawn = np.zeros(sheet.shape, dtype=np.uint8)
    cv2.line(drawn, start, end, 255, thick, cv2.LINE_AA)
    np.maximum(sheet, drawn.astype(np.float32) * (dark / 255), out=sheet)


def _photograph(sheet: Ink, rng: np.random.Generator) -> Ink:
    """Turn, tilt and bend the paper a little, and blur it."""
    height, width = sheet.shape
    if rng.random() < 0.6:
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
        moved = corners + rng.normal(0, height * 0.04, (4, 2)).astype(np.float32)
        warp = cv2.getPerspectiveTransform(corners, moved)
        sheet = np.asarray(cv2.warpPerspective(sheet, warp, (width, height)), dtype=np.float32)
    if rng.random() < 0.6:
        sigma = float(rng.uniform(0.4, 1.5))
        sheet = np.asarray(cv2.GaussianBlur(sheet, (0, 0), sigma), dtype=np.float32)
    return sheet


def _expose(sheet: Ink, rng: np.random.Generator) -> Picture:
    """Turn ink on paper into grey levels, with light, grain and compression."""
    paper, ink = float(rng.uniform(140, 255)), float(rng.uniform(0, 110))
    light = paper * (1 + 0.06 * draw_smooth_noise(rng, sheet.shape, 150))
    grey = light + (min(ink, paper - 60) - light) * sheet
    grey += rng.normal(0, 1, sheet.shape) * rng.uniform(0, 7)
    picture = np.clip(grey, 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))]
        _, packed = cv2.imencode(".jpg", picture, quality)
        picture = np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
    return picture
