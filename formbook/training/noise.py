"""Smooth randomness: what makes paper, pens and light uneven."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def draw_smooth_noise(
    rng: np.random.Generator, shape: tuple[int, int], cell: float | tuple[float, float]
) -> NDArray[np.float32]:
    """Draw noise that changes slowly.

    A coarse grid of normal numbers is enlarged with cubic interpolation, so values stay
    mostly within three of zero.

    Args:
        rng: where the randomness comes from.
        shape: height and width, in pixels.
        cell: size of a grid cell in pixels, or its height and its width.

    Returns:
        (H, W) float32, mean about 0, deviation about 1.

    Source:
        Own method: value noise of one octave.
    """
    tall, wide = cell if isinstance(cell, tuple) else (cell, cell)
    rows, columns = int(shape[0] / tall) + 3, int(shape[1] / wide) + 3
    grid = rng.standard_normal((rows, columns)).astype(np.float32)
    size = (int(columns * wide) + 1, int(rows * tall) + 1)
    field = cv2.resize(grid, size, interpolation=cv2.INTER_CUBIC)
    top, left = int(tall), int(wide)
    return np.asarray(field[top : top + shape[0], left : left + shape[1]], dtype=np.float32)
