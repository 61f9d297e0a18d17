"""A frame as a level sheet the right way up, with its ink apart from all else, and its lines."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from formbook.imaging import ink as inks
from formbook.imaging import lines, orient, ridges, ruling
from formbook.imaging.curl import straighten
from formbook.imaging.flatten import Flat, flatten, through
from formbook.imaging.labels import split_labels
from formbook.imaging.lid import cover_lid, find_lid
from formbook.imaging.pens import split_pens
from formbook.imaging.rows import cut_rows, sort_lines
from formbook.imaging.scan import Frame
from formbook.imaging.seals import Seal, cover_seal, find_seals, find_writing_on
from formbook.imaging.strips import find_lines_in, find_partings
from formbook.imaging.verso import erase_verso

A4_LONG_MM = 297.0
"""Of a page whose size nothing tells."""
BORDER = 0.009
"""Of the sheet: what lies closer to its edge is the edge."""
FACING = 1.15
"""How much wider than high two facing pages are at least."""
SPINE = 0.12
"""Of the width: how far off the middle of the picture they may meet."""
SPARSE = 0.3
"""Of the ink of a usual strip: what a gutter has at most."""
GUTTER = 0.02
"""Of the width: what is left bare where they meet."""
BARE = 0.002
"""Of the height: so much ink is dirt."""


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """A level sheet: `even` (H, W, 3) uint8, its light evened out; `ink` (H, W) bool, its writing.

    `columns` and `rows` are the edges of a table, empty where there is none; `partings` are rules
    down it that writing keeps to either side of, where it is no table; `scale` is that of
    the writing, None where there is none; `gutter` is where two facing pages meet, None where there
    is one page; `px_per_mm` as far as is known. All is in pixels of `flat`.
    """

    flat: Flat
    even: npt.NDArray[np.uint8]
    ink: npt.NDArray[np.bool_]
    rules: ruling.Ruling
    columns: list[float]
    rows: list[float]
    partings: list[float]
    seals: list[Seal]
    scale: float | None
    gutter: float | None
    px_per_mm: float

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.ink.shape[0], self.ink.shape[1]


def look(frame: Frame) -> tuple[Surface, lines.Lines]:
    """Lay a frame level and the right way up, and find its lines.

    Args:
        frame: of a file.

    Returns:
        The sheet and its lines.
    """
    quarters = 0
    surface = lay(frame, quarters)
    if surface.scale is not None and orient.is_sideways(surface.ink):
        quarters = 1
        surface = lay(frame, quarters)
    found = find_lines_on(surface)
    upright = orient.measure_uprightness(found)
    if quarters or upright < orient.DOUBTFUL:
        turned = lay(frame, quarters + 2)
        found_turned = find_lines_on(turned)
        gain = orient.measure_uprightness(found_turned) - upright
        # nobody knows which of two sides is up, but a page not on its side was likely laid upright
        if gain > (0.0 if quarters else orient.CLEARLY):
            return turned, found_turned
    return surface, found


def lay(frame: Frame, quarters: int) -> Surface:
    """Lay a frame level and take its ink apart from paper, ruling and seals.

    Args:
        frame: of a file.
        quarters: turns against the clock to give it first.

    Returns:
        The sheet.
    """
    flat = flatten(orient.turn_pixels(frame.pixels, quarters))
    back = orient.quarter_turn(*frame.turn.upright_size, quarters)
    flat = replace(flat, to_frame=back @ flat.to_frame)
    shape = flat.rgb.shape[0], flat.rgb.shape[1]
    per_mm = _px_per_mm(frame, flat)
    lid = find_lid(flat.rgb)
    even = inks.even_light(cover_lid(flat.rgb, lid))
    darkness = inks.measure_darkness(even)
    redness = inks.measure_redness(even)
    inside = _inside(frame, flat, lid)
    edge = inside & ~cv2.erode(inside.view(np.uint8), np.ones((5, 5), np.uint8)).view(bool)
    faintest = inks.MIN_PENCIL
    rules, written = _without_rules(darkness, faintest, per_mm)
    smooth = inks.smooth_faint(darkness, written & inside)
    if smooth is not None:
        darkness, faintest = smooth, inks.MIN_FAINT
        rules, written = _without_rules(darkness, faintest, per_mm)
    written = erase_verso(inks.keep_ink(darkness, written & inside, edge, faintest), darkness)
    seals = find_seals(redness, px_per_mm=per_mm)
    for seal in seals:
        printed = cover_seal(shape, seal) & (redness > inks.MIN_RED)
        written &= ~printed | find_writing_on(seal, even, redness)
    columns = ruling.find_columns(rules, shape, px_per_mm=per_mm)
    rows = ruling.find_rows(rules, columns)
    scale = ridges.measure_scale(written)
    gutter = None if columns else find_gutter(written)
    partings = []
    if scale is not None and gutter is None and not columns:
        partings = find_partings(written, rules, scale)
    return Surface(
        flat, even, written, rules, columns, rows, partings, seals, scale, gutter, per_mm
    )


def _without_rules(
    darkness: npt.NDArray[np.uint8], faintest: int, px_per_mm: float
) -> tuple[ruling.Ruling, npt.NDArray[np.bool_]]:
    """Find the rules, and all else that can be ink."""
    rules = ruling.find_ruling(darkness, px_per_mm=px_per_mm)
    return rules, ruling.erase_ruling(darkness > faintest, darkness, rules)


def find_gutter(written: npt.NDArray[np.bool_]) -> float | None:
    """Find where two facing pages meet.

    Args:
        written: (H, W) bool, writing.

    Returns:
        The middle, in pixels across, of the strip with the least ink near the middle of a sheet
        that is clearly wider than high; None where it has about as much as others, or where there
        is writing on one side alone. Rules that bend down into the spine leave some ink there.

    Source:
        Own method.
    """
    height, width = written.shape
    start, end = round((0.5 - SPINE) * width), round((0.5 + SPINE) * width)
    if width < FACING * height or start == end:
        return None
    wide = 2 * round(GUTTER * width / 2) + 1
    profile = np.convolve(written.sum(axis=0), np.full(wide, 1 / wide), mode="same")
    least = float(profile[start:end].min())
    gutter = start + float(np.flatnonzero(profile[start:end] <= least).mean())
    inked = profile > BARE * height
    both = inked[: round(gutter)].any() and inked[round(gutter) :].any()
    usual = float(np.median(profile[inked])) if both else 0.0
    return gutter if least < SPARSE * usual else None


def find_facing(frame: Frame) -> int | None:
    """Find where two facing pages on a frame meet.

    Args:
        frame: of a file.

    Returns:
        A column of the upright frame; None where it shows one page, or lies on its side.

    Source:
        `find_gutter`.
    """
    width, height = frame.turn.upright_size
    if width < FACING * height:
        return None
    surface = lay(frame, 0)
    if surface.gutter is None:
        return None
    ((column, _row),) = surface.flat.map([(surface.gutter, surface.shape[0] / 2)])
    return round(column)


def find_lines_on(surface: Surface) -> lines.Lines:
    """Find the lines of a sheet, each column of a table and each facing page for itself.

    Args:
        surface: the sheet.

    Returns:
        Its lines, those of a column or a page together, else from the top down.
    """
    written, scale = surface.ink, surface.scale
    columns = surface.columns or [each for each in (surface.gutter,) if each is not None]
    if scale is not None and columns:
        return find_lines_in(written, columns, scale)
    if scale is not None and surface.partings:
        found = sort_lines(find_lines_in(written, surface.partings, scale, numbers=True))
    else:
        found = cut_rows(lines.find_lines(written, scale=scale))
    return split_pens(split_labels(found), surface.even)


def _px_per_mm(frame: Frame, flat: Flat) -> float:
    """Pixels of the sheet per millimetre: as the file says, or as if the page were A4."""
    if frame.dpi is not None:
        return float(frame.dpi / 25.4 / np.sqrt(abs(np.linalg.det(flat.to_frame[:2, :2]))))
    return float(max(flat.rgb.shape[:2]) / A4_LONG_MM)


def _inside(frame: Frame, flat: Flat, lid: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Where the sheet shows the frame, and not its edge or what turning added."""
    shape = flat.rgb.shape[:2]
    width, height = frame.turn.upright_size
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    shown = through(corners, np.asarray(np.linalg.inv(flat.to_frame), np.float64))
    mask = np.zeros(shape, np.uint8)
    cv2.fillConvexPoly(mask, np.round(shown).astype(np.int32), 1)
    mask[[0, -1]] = 0
    mask[:, [0, -1]] = 0
    if flat.bend is not None:
        mask = straighten(mask, flat.bend)
    mask[lid] = 0
    reach = 2 * round(BORDER * max(shape)) + 1
    return np.asarray(cv2.erode(mask, np.ones((reach, reach), np.uint8)) > 0)
