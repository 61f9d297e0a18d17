"""A picture after every step of seeing a page, for whoever wants to know why it was seen so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from formbook.errors import FormbookError, _
from formbook.imaging.marks import LIKELY
from formbook.imaging.page import Sheet
from formbook.imaging.scan import Frame
from formbook.imaging.sheet import Surface
from formbook.model import Polygon

_ENTRY = (160, 60, 200)
_MARK = (220, 30, 30)
_DOUBTFUL = (240, 160, 40)
_RULE = (60, 160, 230)
_INKS = np.array(
    [(20, 20, 20), (200, 40, 40), (30, 120, 60), (40, 70, 200), (150, 90, 20), (130, 30, 140)],
    dtype=np.uint8,
)

_GRID = np.linspace(0, 1, 9)
_SPOTS = 60

Rgb = npt.NDArray[np.uint8]


class StepsNotWrittenError(FormbookError):
    """The pictures of the steps cannot be written."""

    message = _(
        "The pictures of the steps cannot be written to {folder}: {reason}\n"
        "No page was read. Name a folder that can be written, with room on its disk."
    )


def write_steps(frame: Frame, folder: Path) -> list[Path]:
    """Write a picture after every step of seeing a frame.

    The pictures show what citizens wrote; they go nowhere but into `folder`, which is made if
    need be. What is there under the same names is overwritten.

    Args:
        frame: of a file.
        folder: where to.

    Returns:
        The files, in the order of the steps; their names begin with the frame's file and number.

    Raises:
        StepsNotWrittenError: the folder cannot be made or written.
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for number, (step, picture) in enumerate(draw_steps(frame, Sheet.of(frame)), 1):
            path = folder / f"{frame.path.stem}-{frame.frame}-{number}-{step}.png"
            Image.fromarray(picture).save(path)
            written.append(path)
    except OSError as error:
        reason = error.strerror or error
        raise StepsNotWrittenError(folder=folder, reason=reason) from error
    return written


def draw_steps(frame: Frame, sheet: Sheet) -> Iterator[tuple[str, Rgb]]:
    """Draw each step.

    Args:
        frame: of a file.
        sheet: all that was found on it.

    Yields:
        Name of the step, and its picture, (H, W, 3) uint8 RGB.

    Source:
        Own method.
    """
    surface = sheet.surface
    taken = frame.rgb.copy()
    width = max(2, max(taken.shape[:2]) // 400)
    for across in _GRID:
        for net in (((across, 0.0), (across, 1.0)), ((0.0, across), (1.0, across))):
            _trace(taken, np.array(_follow(surface, net)), _RULE, width)
    yield "scan", taken
    yield "flatten", surface.flat.rgb
    yield "even", surface.even
    ruled = surface.even.copy()
    for rule in surface.rules.horizontal:
        _trace(ruled, np.stack([rule.along, rule.across], axis=1), _RULE)
    for rule in surface.rules.vertical:
        _trace(ruled, np.stack([rule.across, rule.along], axis=1), _RULE)
    for seal in surface.seals:
        cv2.circle(ruled, (round(seal.x), round(seal.y)), round(seal.radius), _MARK, 3)
    yield "ruling", ruled
    yield "ink", np.where(surface.ink[..., None], np.uint8(0), np.uint8(255)).repeat(3, axis=2)
    lines = np.full((*surface.shape, 3), 255, np.uint8)
    owned = sheet.found.owner >= 0
    lines[owned] = _INKS[sheet.found.owner[owned] % len(_INKS)]
    lines[surface.ink & ~owned] = (200, 200, 200)
    yield "lines", lines
    blocks = lines.copy()
    for block in sheet.entries:
        _frame(blocks, sheet, block.all, _ENTRY)
    for mark in sheet.candidates:
        _frame(blocks, sheet, mark.all, _MARK if mark.confidence >= LIKELY else _DOUBTFUL)
    yield "blocks", blocks


def _follow(surface: Surface, ends: tuple[tuple[float, float], ...]) -> Polygon:
    """Where a straight line of the sheet runs on the frame; its ends are shares of the sides."""
    height, width = surface.shape
    share = np.linspace(0, 1, _SPOTS)[:, None]
    start, end = np.array(ends) * (width - 1, height - 1)
    return surface.flat.map(start + share * (end - start))


def _trace(
    picture: Rgb, points: npt.NDArray[np.float64], colour: tuple[int, int, int], width: int = 2
) -> None:
    cv2.polylines(picture, [np.round(points).astype(np.int32)], False, colour, width)


def _frame(
    picture: Rgb, sheet: Sheet, indexes: tuple[int, ...], colour: tuple[int, int, int]
) -> None:
    if indexes:
        own = [sheet.found.lines[index] for index in indexes]
        start = min(line.left for line in own), min(line.top for line in own)
        end = max(line.right for line in own), max(line.bottom for line in own)
        cv2.rectangle(picture, start, end, colour, 2)
