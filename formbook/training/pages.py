"""A notebook page, drawn from what it says."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from formbook.training.camera import Capture, curl, photograph, scan, turn
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
    if not spec.curl_mm:
        return _take(flat.image, flat.truth, spec, rng, flat.left_over)
    bent = curl(flat.image, lift=spec.curl_mm * spec.dpi / 25.4)
    truth = flat.truth.moved(bent.through, width=bent.width, height=bent.height)
    return _take(bent.image, truth, spec, rng, flat.left_over)


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
    truth = one.truth.beside(two.truth)
    image = np.hstack([one.image, two.image])
    lift = max(left.curl_mm, 1.5) * left.dpi / 25.4
    bent = curl(image, lift=lift, spine=one.truth.width / truth.width, reach=0.12)
    truth = truth.moved(bent.through, width=bent.width, height=bent.height)
    return _take(bent.image, truth, left, rng, one.left_over + two.left_over)


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
        bleed_through(sheet.image, other.sheet.image, strength=0.16)
    layout = Layout(sheet, ruling, spec.dpi, rng)
    left_over = layout.write(spec)
    return _Flat(sheet.image, layout.truth(spec), left_over)


def _take(
    image: NDArray[np.float32],
    truth: PageTruth,
    spec: PageSpec,
    rng: np.random.Generator,
    left_over: tuple[Comment, ...],
) -> DrawnPage:
    shot = (
        scan(image, rng, skew_degrees=spec.skew_degrees)
        if spec.capture is Capture.SCAN
        else photograph(image, rng, tilt=spec.tilt)
    )
    for step in (shot, turn(shot.image, quarters=spec.quarters)):
        truth = truth.moved(step.through, width=step.width, height=step.height)
        shot = step
    return DrawnPage((shot.image * 255).round().astype(np.uint8), truth, left_over)
