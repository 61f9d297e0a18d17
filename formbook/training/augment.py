"""Small changes that make every look at a shelved line another one."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from formbook.recognize.picture import GRAIN, HEIGHT, STRETCH


def look_at(picture: NDArray[np.uint8], text: str, rng: np.random.Generator) -> NDArray[np.float32]:
    """Scale a line for the network, a little differently each time.

    Size, place, slant, thickness and darkness of the ink change, now and then with grain. A line
    is never so narrow that its letters outnumber the columns of the network's answer.

    Args:
        picture: (H, W) uint8, 0 ink to 255 paper, cleaned.
        text: what it says.
        rng: where the randomness comes from.

    Returns:
        (HEIGHT, W') float32, -1 ink to 1 paper; W' a multiple of GRAIN.

    Source:
        Own method.
    """
    height, width = picture.shape
    tall = HEIGHT / height * float(np.clip(rng.normal(0.97, 0.07), 0.75, 1.12))
    wide = HEIGHT / height * STRETCH * float(np.clip(rng.normal(1, 0.12), 0.75, 1.35))
    room = 6.5 * (len(text) + sum(a == b for a, b in pairwise(text))) + 8
    wide = max(wide, room / width)
    slant = float(rng.normal(0, 0.12))
    across = round(width * wide + abs(slant) * HEIGHT)
    spare = HEIGHT - height * tall
    down = spare * float(rng.uniform(0.2, 0.8)) if spare > 0 else spare / 2
    begin = slant * (height * tall + down) if slant > 0 else 0.0
    move = np.array([[wide, -slant * tall, begin], [0, tall, down]], dtype=np.float64)
    if rng.random() < 0.15:
        picture = _change_thickness(picture, rng)
    small = cv2.GaussianBlur(picture, (0, 0), 0.35 * height / HEIGHT)
    size = (across + -across % GRAIN, HEIGHT)
    seen = cv2.warpAffine(
        small, move, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=255
    )
    ink = 1 - seen.astype(np.float32) / 255
    ink = np.power(ink, float(np.exp(rng.normal(0, 0.2)))) * float(rng.uniform(0.75, 1.0))
    if rng.random() < 0.3:
        ink += rng.normal(0, rng.uniform(0.01, 0.08), ink.shape)
    return np.asarray(1 - 2 * np.clip(ink, 0, 1), dtype=np.float32)


def _change_thickness(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    brush = np.ones((2, 2), dtype=np.uint8)
    change = cv2.dilate if rng.random() < 0.5 else cv2.erode
    return np.asarray(change(picture, brush), dtype=np.uint8)
