"""Pictures of pages whose rows of strokes tell one from another."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np


def draw(seed: int, rows: int = 8) -> np.ndarray:
    """A white page of 1000 x 800 pixels with rows of scribble, each seed its own."""
    rng = np.random.default_rng(seed)
    page = np.full((1000, 800), 250, np.uint8)
    for row in range(rows):
        x, y = 60, 112 + 60 * row
        while x < 700:
            points = [(x, y)]
            for _ in range(int(rng.integers(3, 7))):
                x += int(rng.integers(4, 12))
                points.append((x, y + int(rng.integers(-14, 14))))
            cv2.polylines(page, [np.array(points, np.int32)], False, 40, 2, cv2.LINE_AA)
            x += int(rng.integers(10, 30))
    return page


def save(path: Path, page: np.ndarray) -> Path:
    """Write a page as PNG."""
    assert cv2.imwrite(str(path), page)
    return path


def scan_again(page: np.ndarray, degrees: float = 0.7) -> np.ndarray:
    """The same page laid a little askew and lit a little darker."""
    height, width = page.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 0.99)
    turned = cv2.warpAffine(page, turn, (width, height), borderValue=250)
    return cv2.convertScaleAbs(turned, alpha=0.95, beta=-4)
