"""From a sheet to a picture of it: scanner, telephone, quarter turns; `bend` comes before.

Each step gives the picture and where points of the one before it went, so that the truth can
follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from formbook.training.noise import draw_smooth_noise
from formbook.training.truth import PointMap


class Capture(StrEnum):
    """How the picture was taken; stored values are those of the truth."""

    SCAN = "scan"
    PHOTO = "photo"


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture, (H, W, 3) float32 from 0 to 1, and where the points before it went.

    `cover`, (H, W) float32, is 1 where there is paper; None where it fills the picture.
    """

    image: NDArray[np.float32]
    through: PointMap
    cover: NDArray[np.float32] | None = None

    @property
    def covered(self) -> NDArray[np.float32]:
        """(H, W) float32, 1 where there is paper."""
        shape = (self.height, self.width)
        return np.ones(shape, np.float32) if self.cover is None else self.cover

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.image.shape[1])

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.image.shape[0])


def scan(sheet: Shot, rng: np.random.Generator, *, skew_degrees: float) -> Shot:
    """Lay the sheet on a scanner, a little askew.

    Args:
        sheet: (H, W, 3) float32, 0 to 1, and where it is paper.
        rng: where the randomness comes from.
        skew_degrees: turn against the clock; 0 is straight.

    Returns:
        The scan, same shape; what the skew turns out of it is lost, as on glass.

    Source:
        Own method.
    """
    height, width = sheet.height, sheet.width
    skew = cv2.getRotationMatrix2D((width / 2, height / 2), skew_degrees, 1.0)
    matrix = np.vstack([skew, [0, 0, 1]]) + [[0, 0, x] for x in (*rng.normal(0, 2, 2), 0)]
    bed = float(rng.uniform(0.9, 0.97))
    lid = (1 - sheet.covered[..., None]) * bed
    image = sheet.image * sheet.covered[..., None] + lid
    out = cv2.warpAffine(image, matrix[:2], (width, height), borderValue=(bed, bed, bed))
    soft = cv2.GaussianBlur(out, (0, 0), float(rng.uniform(0.45, 0.7)))
    return Shot(_add_noise(soft, 0.011, rng), _project(matrix))


def photograph(sheet: Shot, rng: np.random.Generator, *, tilt: float = 1.0) -> Shot:
    """Take a telephone's picture of the sheet on a desk: perspective, uneven light, a shadow.

    Args:
        sheet: (H, W, 3) float32, 0 to 1, and where it is paper.
        rng: where the randomness comes from.
        tilt: how strong the perspective is; 0 looks straight down.

    Returns:
        The picture, a tenth wider and higher than the sheet, the whole sheet on it.

    Source:
        Own method.
    """
    height, width = sheet.height, sheet.width
    out_height, out_width = round(height * 1.1), round(width * 1.1)
    inset = 0.5 * np.asarray([out_width - width, out_height - height])
    flat = np.asarray([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)
    away = np.asarray([1, 1]) * 0.045 * min(width, height) * tilt
    inward = np.asarray([[1, 1], [-1, 1], [-1, -1], [1, -1]])
    corners = flat + inset + inward * rng.uniform(-0.2, 1.6, (4, 2)) * away
    corners = np.clip(corners, 6, [out_width - 6, out_height - 6])
    matrix = cv2.getPerspectiveTransform(flat.astype(np.float32), corners.astype(np.float32))
    size = (out_width, out_height)
    desk = _draw_desk((out_height, out_width), rng)
    page = cv2.warpPerspective(sheet.image, matrix, size, flags=cv2.INTER_AREA)
    cover = cv2.warpPerspective(sheet.covered, matrix, size)
    shadow = cv2.GaussianBlur(np.roll(cover, (9, 7), axis=(0, 1)), (0, 0), 9)
    desk *= (1 - 0.55 * shadow)[..., None]
    out = desk * (1 - cover[..., None]) + page * cover[..., None]
    out *= _draw_light((out_height, out_width), rng)[..., None]
    out *= np.asarray([1, rng.uniform(0.97, 1.0), rng.uniform(0.88, 0.98)], dtype=np.float32)
    soft = cv2.GaussianBlur(out, (0, 0), float(rng.uniform(0.6, 0.9)))
    return Shot(_add_noise(soft, 0.014, rng), _project(matrix))


def turn(image: NDArray[np.float32], *, quarters: int) -> Shot:
    """Turn the picture by right angles, with the clock.

    Args:
        image: (H, W, 3) float32, 0 to 1.
        quarters: how many right angles; 2 is upside down.

    Returns:
        The turned picture; width and height change places where `quarters` is odd.

    Source:
        Own method.
    """
    height, width = image.shape[:2]
    quarters %= 4

    def through(points: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = points[:, 0], points[:, 1]
        turned = ((x, y), (height - y, x), (width - x, height - y), (y, width - x))[quarters]
        return np.stack(turned, axis=1)

    return Shot(np.ascontiguousarray(np.rot90(image, -quarters)), through)


def _add_noise(image: Any, strength: float, rng: np.random.Generator) -> NDArray[np.float32]:
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    return np.asarray(np.clip(image + strength * noise, 0, 1), dtype=np.float32)


def _project(matrix: NDArray[Any]) -> PointMap:
    def through(points: NDArray[np.float64]) -> NDArray[np.float64]:
        flat = np.concatenate([points, np.ones((len(points), 1))], axis=1) @ matrix.T
        return np.asarray(flat[:, :2] / flat[:, 2:], dtype=np.float64)

    return through


def _draw_desk(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw a wooden desk: grain runs along it."""
    tone = np.asarray([(0.42, 0.29, 0.19), (0.30, 0.31, 0.33), (0.55, 0.44, 0.31)])
    grain = 0.10 * draw_smooth_noise(rng, shape, (max(3.0, shape[0] / 260), shape[1] / 3))
    grain += 0.08 * draw_smooth_noise(rng, shape, (shape[0] / 40, shape[1]))
    desk = tone[int(rng.integers(len(tone)))] * (1 + grain[..., None])
    return np.asarray(np.clip(desk, 0.02, 1), dtype=np.float32)


def _draw_light(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw light that falls from one side, with the soft shadow of who holds the telephone."""
    rows, columns = np.indices(shape, dtype=np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    across = (columns / shape[1] - 0.5) * np.cos(angle) + (rows / shape[0] - 0.5) * np.sin(angle)
    light = 0.90 + rng.uniform(0.10, 0.22) * across
    edge = rng.uniform(0.15, 0.4) * shape[1] + rows * rng.uniform(-0.35, 0.35)
    side = 1.0 if rng.random() < 0.5 else -1.0
    near = side * (columns - (edge if side > 0 else shape[1] - edge))
    light -= rng.uniform(0.08, 0.18) / (1 + np.exp(near / (0.035 * shape[1])))
    return np.asarray(np.clip(light, 0.3, 1.02), dtype=np.float32)
