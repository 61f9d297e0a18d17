"""Seals told from red writing, and what a red pen wrote across one."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from formbook.imaging.ink import MIN_INK, MIN_RED
from formbook.imaging.pixels import Mask, Pieces, Plane

SEAL_MM = (20.0, 46.0)
"""Diameters of round seals, from a personal stamp to an office's with some play."""
MIN_RING = 0.88
"""Share of a seal's rim that must be red: on ../shared/data/pages rims of seals have 0.94 and more,
circles through dense red writing 0.82 and less."""
MAX_RED = 0.25
"""Of the sheet that may be red; where nearly all is, as in a photograph, a rim says nothing."""
PEN = 0.62
"""Share of the darkness of red writing from which on red within a seal is written: what a seal
prints has 0.55."""
PEN_ON_STAR = 0.8
"""The same over the star, whose full areas are darker than letters."""
STAR = 0.44
"""Radius of what is printed in the middle of a seal, of the seal's."""
RIM = 0.06
"""How far a seal's rim lies from its radius at most, of it."""
STROKE = 0.1
"""Of the radius of a seal: what is written is longer than that."""

_SEAL_SIDE = 440
_ANGLES = 72


@dataclass(frozen=True, slots=True)
class Seal:
    """A round red seal: its middle and radius, in pixels of the sheet; `rim` is the share found."""

    x: float
    y: float
    radius: float
    rim: float


def find_seals(redness: Plane, *, px_per_mm: float) -> list[Seal]:
    """Find round red seals.

    A seal has a red rim on which nothing is missing but little; red handwriting has none,
    however much of it there is. Two seals that lie one in the other are one.

    Args:
        redness: (H, W) uint8, as `ink.measure_redness` gives it.
        px_per_mm: pixels per millimetre of the sheet, as far as that is known.

    Returns:
        The seals, the largest first.

    Source:
        Own method: a Hough transform for circles (R. Duda, P. Hart, 1972) whose votes are counted
        by angle, so that one thick stroke cannot stand for a rim.
    """
    scale = min(1.0, _SEAL_SIDE / max(redness.shape))
    size = (max(1, round(scale * redness.shape[1])), max(1, round(scale * redness.shape[0])))
    small = cv2.resize(redness, size, interpolation=cv2.INTER_AREA)
    red = small > MIN_RED // 2
    if not _ANGLES <= np.count_nonzero(red) <= MAX_RED * red.size:
        return []
    per_mm = px_per_mm * scale
    thick = np.asarray(cv2.dilate(red.astype(np.uint8), np.ones((2, 2), np.uint8)), dtype=np.uint8)
    found: list[Seal] = []
    for radius in np.arange(SEAL_MM[0] / 2 * per_mm, SEAL_MM[1] / 2 * per_mm, 1.0):
        votes = _count_rim(thick, float(radius))
        for _ in range(3):
            y, x = np.unravel_index(int(votes.argmax()), votes.shape)
            rim = float(votes[y, x]) / _ANGLES
            if rim < MIN_RING:
                break
            found.append(Seal(float(x) / scale, float(y) / scale, float(radius) / scale, rim))
            cv2.circle(votes, (int(x), int(y)), int(radius), 0, cv2.FILLED)
    return _apart(found)


def cover_seal(shape: tuple[int, int], seal: Seal) -> Mask:
    """Return where a seal lies.

    Args:
        shape: rows and columns of the sheet.
        seal: the seal.

    Returns:
        (H, W) bool, True within its rim and a little beyond.

    Source:
        Own method.
    """
    cover = np.zeros(shape, np.uint8)
    cv2.circle(cover, (round(seal.x), round(seal.y)), round(seal.radius * 1.06) + 1, 1, cv2.FILLED)
    return cover.astype(bool)


def find_writing_on(seal: Seal, even: npt.NDArray[np.uint8], redness: Plane) -> Mask:
    """Find what a red pen wrote across a red seal.

    A pen's stroke is wider and darker than what a seal prints. How dark this pen is, is seen
    beside the seal; where nothing red is there, nothing red is written on the seal either.

    Args:
        seal: the seal.
        even: (H, W, 3) uint8 RGB, light evened out.
        redness: (H, W) uint8, as `ink.measure_redness` gives it.

    Returns:
        (H, W) bool, True on the strokes of a red pen within `cover_seal`.

    Source:
        Own method: an opening takes off lines narrower than a stroke (J. Serra, "Image Analysis and
        Mathematical Morphology", 1982); what is left of the rim, the star and the letters goes
        by its place and size.
    """
    found = np.zeros(redness.shape, bool)
    rows, columns = (
        slice(max(0, round(middle - 2 * seal.radius)), max(0, round(middle + 2 * seal.radius)))
        for middle in (seal.y, seal.x)
    )
    dark = cv2.bitwise_not(cv2.cvtColor(even[rows, columns], cv2.COLOR_RGB2GRAY))
    down, across = np.ogrid[: dark.shape[0], : dark.shape[1]]
    away = np.hypot(down + rows.start - seal.y, across + columns.start - seal.x) / seal.radius
    thick = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    red = redness[rows, columns] > MIN_RED
    pen = thick[red & (away > 1 + 2 * RIM) & (thick > MIN_INK)]
    if len(pen) < seal.radius:
        return found
    full = float(np.percentile(pen, 75))
    sure = thick > np.where(away < STAR, PEN_ON_STAR, PEN) * full
    near = cv2.dilate(sure.view(np.uint8), np.ones((3, 3), np.uint8)).view(bool)
    strokes = near & red & (away < 1 + RIM) & (dark > PEN**2 * full)
    pieces = Pieces.of(strokes)
    size = np.maximum(pieces.measure(pieces.xs), pieces.measure(pieces.ys))
    off = away[pieces.ys, pieces.xs]
    printed = np.ones(pieces.count, bool)
    printed[pieces.piece[(off > STAR) & (off < 1 - RIM)]] = False
    printed |= size < STROKE * seal.radius
    strokes[pieces.ys, pieces.xs] = ~printed[pieces.piece]
    found[rows, columns] = strokes
    return found


def _count_rim(red: Plane, radius: float) -> Plane:
    """Count, for each pixel as a middle, at how many angles there is red at that radius.

    Where hardly any is at every fourth angle, the others are not looked at.
    """
    pad = int(radius) + 2
    wide = np.pad(red, pad)
    height, width = red.shape
    votes = np.zeros((height, width), np.uint8)
    angles = np.arange(_ANGLES) * (2 * np.pi / _ANGLES)
    least = len(angles[::4]) - (1 - MIN_RING) * _ANGLES
    for part in (angles[::4], angles[np.arange(_ANGLES) % 4 > 0]):
        for angle in part:
            dx, dy = round(radius * np.cos(angle)), round(radius * np.sin(angle))
            votes += wide[pad + dy : pad + dy + height, pad + dx : pad + dx + width]
        if votes.max() < least:
            break
    return votes


def _apart(seals: list[Seal]) -> list[Seal]:
    """Keep the largest of the rings of one seal."""
    kept: list[Seal] = []
    for seal in sorted(seals, key=lambda each: -each.radius):
        if all(np.hypot(seal.x - k.x, seal.y - k.y) > max(seal.radius, k.radius) for k in kept):
            kept.append(seal)
    return kept
