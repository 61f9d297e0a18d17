"""A notebook page, drawn from what it says."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from formbook.training.bend import Bend, curl
from formbook.training.camera import Capture, Shot, photograph, scan, turn
from formbook.training.hands import Hand
from formbook.training.layout import Layout
from formbook.training.paper import WHITE, bleed_through, make_paper, rule_paper
from formbook.training.sheet import Sheet
from formbook.training.spec import Comment, PageSpec
from formbook.training.truth import PageTruth


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """A picture, (H, W, 3) uint8 RGB, its truth, and what found no room on it."""

    image: NDArray[np.uint8]
    truth: PageTruth
    left_over: tuple[Comment, ...] = ()


@dataclass(frozen=True, slots=True)
class _Flat:
    """A page before it is curled and captured."""

    image: NDArray[np.float32]
    truth: PageTruth
    left_over: tuple[Comment, ...]


def draw_page(spec: PageSpec, rng: np.random.Generator) -> DrawnPage:
    """Draw one page.

    The same spec and the same state of `rng` give the same page. Comments that do not fit are
    handed back, the first of them cut where the page ended, to begin the next page with.

    Args:
        spec: what to draw.
        rng: where all randomness comes from.

    Returns:
        A picture (H, W, 3) uint8 RGB, and its truth in pixels of that picture.

    Raises:
        ValueError: a mark asks for a column and there is no table.

    Source:
        Own method; tests/training/test_pages.py measures that outlines hold the ink.
    """
    flat = _draw_flat(spec, rng)
    return _take(flat, spec, rng, spine=float(spec.spine_right))


def draw_facing(left: PageSpec, right: PageSpec, rng: np.random.Generator) -> DrawnPage:
    """Draw an open notebook: two pages in one picture, their spine between them.

    Everything about the picture itself (capture, skew, turn, curl) is taken from `left`.

    Args:
        left: what to draw on the left; its height and dpi hold for both.
        right: what to draw on the right.
        rng: where all randomness comes from.

    Returns:
        A picture (H, W, 3) uint8 RGB; its truth also tells the sides apart.

    Raises:
        ValueError: the pages differ in height or dpi.

    Source:
        Own method.
    """
    if (left.height_mm, left.dpi) != (right.height_mm, right.dpi):
        raise ValueError(
            f"facing pages differ: {left.height_mm, left.dpi}, "
            f"{right.height_mm, right.dpi} millimetres and dpi"
        )
    one, two = _draw_flat(left, rng), _draw_flat(right, rng)
    both = _Flat(
        np.hstack([one.image, two.image]),
        one.truth.beside(two.truth),
        one.left_over + two.left_over,
    )
    return _take(both, left, rng, spine=one.truth.width / both.truth.width)


def draw_line(
    text: str, hand: Hand, rng: np.random.Generator, *, dpi: int = 200
) -> NDArray[np.uint8]:
    """Draw one line alone on white paper.

    Args:
        text: what it says.
        hand: who writes it.
        rng: where all randomness comes from.
        dpi: pixels per inch.

    Returns:
        (H, W) uint8 grey, 0 black to 255 white.

    Source:
        Own method.
    """
    writing = hand.write(text, rng, dpi=dpi)
    margin = 6
    shape = (writing.ink.shape[0] + 2 * margin, writing.ink.shape[1] + 2 * margin)
    sheet = Sheet(make_paper(shape, WHITE, rng))
    sheet.lay(writing.ink, hand.colour, margin, margin)
    colour = (sheet.image * 255).round().astype(np.uint8)
    return np.asarray(cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _draw_flat(spec: PageSpec, rng: np.random.Generator) -> _Flat:
    shape = (round(spec.height_mm * spec.dpi / 25.4), round(spec.width_mm * spec.dpi / 25.4))
    sheet = Sheet(make_paper(shape, spec.tone, rng))
    ruling = rule_paper(sheet.image, spec.look, dpi=spec.dpi, rng=rng)
    if spec.back:
        other = Layout(Sheet(np.ones((*shape, 3), np.float32)), ruling, spec.dpi, rng)
        other.write(spec.back)
        bleed_through(sheet.image, other.sheet.image, strength=spec.show_through, dpi=spec.dpi)
    layout = Layout(sheet, ruling, spec.dpi, rng)
    left_over = layout.write(spec)
    return _Flat(sheet.image, layout.truth(spec), left_over)


def _take(flat: _Flat, spec: PageSpec, rng: np.random.Generator, *, spine: float) -> DrawnPage:
    truth = flat.truth
    shot = Shot(flat.image, lambda points: points)
    if spec.curl_mm:
        shot = curl(flat.image, _imagine_bend(spec, rng), spine=spine)
        truth = truth.moved(shot.through, width=shot.width, height=shot.height)
    taken = (
        scan(shot, rng, skew_degrees=spec.skew_degrees)
        if spec.capture is Capture.SCAN
        else photograph(shot, rng, tilt=spec.tilt)
    )
    turned = turn(taken.image, quarters=spec.quarters)
    for step in (taken, turned):
        truth = truth.moved(step.through, width=step.width, height=step.height)
    image = (turned.image * 255).round().astype(np.uint8)
    return DrawnPage(image, truth, flat.left_over)


def _imagine_bend(spec: PageSpec, rng: np.random.Generator) -> Bend:
    """Make up how paper bends: a crest under a camera, a fold off the glass of a scanner."""
    mm = spec.dpi / 25.4
    reach = rng.uniform(0.25, 0.4) * min(spec.width_mm, 160.0) * mm
    if spec.capture is Capture.SCAN:
        return Bend(-spec.curl_mm * mm, reach, 300 * mm, dark=rng.uniform(0.2, 0.5))
    return Bend(
        spec.curl_mm * mm,
        reach,
        rng.uniform(330, 480) * mm,
        lean=rng.uniform(-0.3, 0.3),
        light=rng.uniform(-0.35, 0.35),
        dark=rng.uniform(0.1, 0.35),
    )
