"""Paper bent near the spine of an open notebook, as a camera or a scanner's glass sees it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from formbook.training.camera import Shot

_STEPS = 2000


@dataclass(frozen=True, slots=True)
class Bend:
    """How paper bends and how it is looked at; lengths are in pixels of the flat sheet.

    `rise` is the height of the crest that stands beside the spine; a negative one is how far the
    paper lies off a scanner's glass at the spine. Further than `reach` from the spine, measured
    along the table, the paper is flat. `distance` is from the lens to the table. `lean` is how far
    a point moves down the picture for each pixel that it stands high, as the lens is not straight
    above. `light` is the tangent at which light falls, from the right where positive; `dark` is
    the share of light lost in the fold.
    """

    rise: float
    reach: float
    distance: float
    lean: float = 0.0
    light: float = 0.0
    dark: float = 0.0

    def height(self, away: NDArray[np.float64]) -> NDArray[np.float64]:
        """Say how high the paper is.

        Args:
            away: (N,) distances from the spine along the table.

        Returns:
            (N,) heights above the table, or below the glass where negative.

        Source:
            Own choice: cubics that end level on the table, or on the glass.
        """
        share = np.clip(away / self.reach, 0, 1)
        shape = 6.75 * share * (1 - share) ** 2 if self.rise > 0 else (1 - share) ** 2
        return np.asarray(self.rise * shape, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class _Columns:
    """What becomes of places across the sheet: where they are seen, how large, how high."""

    seen: NDArray[np.float64]
    scale: NDArray[np.float64]
    high: NDArray[np.float64]
    light: NDArray[np.float64]


def curl(image: NDArray[np.float32], bend: Bend, *, spine: float = 0.0) -> Shot:
    """Bend the paper up beside its spine, as that of an open notebook.

    The paper is a cylinder whose rulings are parallel to the spine: letters narrow where it is
    steep, and lines bend away from the middle of the picture where it is high.

    Args:
        image: (H, W, 3) float32, 0 to 1.
        bend: the shape of the paper, and the look at it.
        spine: where the spine is, as a share of the width: 0 left edge, 0.5 between facing pages.

    Returns:
        The bent paper, narrower and perhaps higher; its `cover` says where there is paper.

    Raises:
        ValueError: the crest would hide what lies behind it.

    Source:
        The cylinder seen through a lens of Cao, Ding and Liu, "A cylindrical surface model to
        rectify the bound document image", ICCV 2003; the crest is the cubic that is level where the
        paper meets the table. Light falls off by Lambert's law.
    """
    height, width = image.shape[:2]
    places = np.arange(width + 1, dtype=np.float64)
    at = _bend_columns(places, bend, spine * width, width)
    if (np.diff(at.seen) <= 0).any():
        raise ValueError(f"paper that rises {bend.rise} pixels within {bend.reach} hides a part")
    middle = height / 2
    left = float(at.seen[0])
    ends = np.array([[0.0], [height]]) - middle
    edges = middle + ends * at.scale + bend.lean * at.high
    top, bottom = float(edges.min()), float(edges.max())
    out_width, out_height = round(float(at.seen[-1]) - left), round(bottom - top)

    columns = left + np.arange(out_width) + 0.5
    scale, high = (np.interp(columns, at.seen, x) for x in (at.scale, at.high))
    rows = top + np.arange(out_height)[:, None] + 0.5
    map_x = np.broadcast_to(np.interp(columns, at.seen, places) - 0.5, (out_height, out_width))
    map_y = middle + (rows - middle - bend.lean * high) / scale - 0.5
    maps = map_x.astype(np.float32), map_y.astype(np.float32)
    out = cv2.remap(image, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    out *= np.interp(columns, at.seen, at.light).astype(np.float32)[None, :, None]
    cover = cv2.remap(np.ones((height, width), np.float32), *maps, cv2.INTER_LINEAR)

    def through(points: NDArray[np.float64]) -> NDArray[np.float64]:
        x = np.interp(points[:, 0], places, at.seen) - left
        scale, high = (np.interp(points[:, 0], places, y) for y in (at.scale, at.high))
        y = middle + (points[:, 1] - middle) * scale + bend.lean * high - top
        return np.stack([x, y], axis=1)

    return Shot(np.clip(out, 0, 1), through, np.asarray(cover, dtype=np.float32))


def _bend_columns(places: NDArray[np.float64], bend: Bend, spine: float, width: int) -> _Columns:
    away = np.linspace(0, bend.reach, _STEPS)
    rises = np.diff(bend.height(away))
    along = np.concatenate([[0], np.hypot(np.diff(away), rises).cumsum()])

    def lay_down(flat: NDArray[np.float64]) -> NDArray[np.float64]:
        beyond = np.maximum(np.abs(flat) - along[-1], 0)
        return np.asarray(np.sign(flat) * (np.interp(np.abs(flat), along, away) + beyond))

    across = lay_down(places - spine)
    middle = float(lay_down(np.array([width / 2 - spine]))[0])
    high = bend.height(np.abs(across))
    scale = bend.distance / (bend.distance - high)
    slope = np.gradient(high, across)
    light = (1 - bend.light * slope) / np.sqrt(1 + slope**2)
    fold = np.clip(1 - np.abs(across) / bend.reach, 0, 1) ** 4
    return _Columns(
        middle + (across - middle) * scale,
        scale,
        high,
        np.clip(light, 0.3, 1.15) * (1 - bend.dark * fold),
    )
