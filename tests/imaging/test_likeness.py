from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from formbook.imaging.likeness import (
    MIN_AGREEING,
    Alignment,
    Look,
    align,
    fingerprint,
    fingerprint_distance,
    look_at,
)

WIDTH, HEIGHT = 900, 1270


def draw_page(seed: int, lines: int = 12, *, later: bool = False) -> np.ndarray:
    """A ruled page of made-up handwriting; `later` adds two lines and a mark below."""
    page = Image.new("L", (WIDTH, HEIGHT), 240)
    pen = ImageDraw.Draw(page)
    for y in range(120, HEIGHT - 60, 36):
        pen.line((40, y, WIDTH - 40, y), fill=190)
    pen.line((110, 20, 110, HEIGHT - 20), fill=170, width=2)
    random = np.random.default_rng(seed)
    for line in range(lines):
        write(pen, random, 140, 118 + 36 * line)
    if later:
        random = np.random.default_rng(seed + 1000)
        for line in (lines + 2, lines + 3):
            write(pen, random, 140, 118 + 36 * line)
        pen.ellipse((600, 1000, 760, 1160), outline=110, width=5)
        write(pen, random, 560, 1180)
    return np.asarray(page)


def write(pen: ImageDraw.ImageDraw, random: np.random.Generator, x: float, base: float) -> None:
    """Words of curved strokes on a base line."""
    end = random.uniform(0.4, 1) * (WIDTH - 120)
    while x < end:
        for _ in range(random.integers(2, 7)):
            steps = np.array([(0, 0), (6, -18), (10, 0), (14, -8)]) + random.normal(0, 5, (4, 2))
            pen.line([(x + dx, base + dy) for dx, dy in steps], fill=50, width=2, joint="curve")
            x += 15
        x += 14


def scan_again(page: np.ndarray, seed: int, strength: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """The page through another camera, and the homography from it to the page."""
    random = np.random.default_rng(seed)
    height, width = page.shape
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    turn = cv2.getRotationMatrix2D(
        (width / 2, height / 2), strength * random.uniform(-4, 4), random.uniform(0.7, 1.0)
    )
    seen = corners @ turn[:, :2].T + turn[:, 2]
    seen += strength * random.uniform(-0.03, 0.03, (4, 2)) * (width, height)
    seen -= seen.min(axis=0)
    there = cv2.getPerspectiveTransform(corners, seen.astype(np.float32))
    size = tuple(int(side) for side in np.ceil(seen.max(axis=0)))
    shot = cv2.warpPerspective(page, there, size, borderValue=70, flags=cv2.INTER_AREA)
    light = np.linspace(0.75, 1.0, shot.shape[1])[None] * random.uniform(0.75, 1.0)
    shot = np.clip(shot * light + random.normal(0, 4, shot.shape), 0, 255).astype(np.uint8)
    packed = cv2.imencode(".jpg", shot, [cv2.IMWRITE_JPEG_QUALITY, 60])[1]
    return cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.linalg.inv(there)


def aligned(new: np.ndarray, old: np.ndarray) -> Alignment | None:
    """Align two pictures."""
    return align(look_at(new), look_at(old))


def largest_miss(found: Alignment, truth: np.ndarray) -> float:
    """Pixels of the old scan by which writing is misplaced at most."""
    spots = [(150.0, 150.0), (600.0, 150.0), (600.0, 450.0), (150.0, 450.0)]
    want = cv2.perspectiveTransform(np.array([spots]), truth)[0]
    return float(np.abs(np.array(found.map(spots)) - want).max())


@pytest.mark.parametrize("seed", range(4))
def test_a_page_scanned_again_and_written_further_is_the_same_page(seed):
    old = draw_page(seed)
    new, truth = scan_again(draw_page(seed, later=True), seed)

    found = aligned(new, old)

    assert found is not None
    assert found.agreeing > 2 * MIN_AGREEING
    assert found.likeness > 0.8
    assert largest_miss(found, truth) < 4


@pytest.mark.parametrize("seed", range(4))
def test_other_writing_on_the_same_paper_is_another_page(seed):
    new, _ = scan_again(draw_page(seed + 50), seed)
    assert aligned(new, draw_page(seed)) is None


def test_a_look_is_the_same_once_kept_and_smaller_than_its_picture():
    seen = look_at(draw_page(1))
    kept = Look.from_bytes(seen.to_bytes())
    assert align(kept, seen) == align(seen, seen)
    assert len(seen.to_bytes()) < 120_000


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x80\x04N."])
def test_what_is_no_look_is_refused(content):
    with pytest.raises(ValueError, match="not a look"):
        Look.from_bytes(content)


def test_a_smaller_copy_leads_to_the_same_place():
    page = draw_page(1)
    small = cv2.resize(page, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    found = align(look_at(small, 0.5), look_at(page))
    assert found is not None
    assert largest_miss(found, np.eye(3)) < 4


def test_two_blank_sheets_of_one_paper_are_not_taken_for_one():
    blank = draw_page(0, lines=0)
    assert aligned(scan_again(blank, 1)[0], blank) is None


def test_a_page_that_lies_upside_down_is_recognized():
    old = draw_page(3)
    found = aligned(np.ascontiguousarray(old[::-1, ::-1]), old)
    assert found is not None
    np.testing.assert_allclose(found.map([(0, 0)]), [(WIDTH, HEIGHT)], atol=3)


def test_a_mirrored_page_is_not_the_page():
    old = draw_page(3)
    assert aligned(np.ascontiguousarray(old[:, ::-1]), old) is None


@pytest.mark.parametrize("shape", [(1, 1), (2, 900), (40, 40), (1400, 3)])
def test_scraps_are_no_page(shape):
    scrap = np.full(shape, 255, np.uint8)
    assert aligned(scrap, draw_page(1)) is None
    assert aligned(draw_page(1), scrap) is None
    assert fingerprint(scrap) == bytes(128)


def test_the_nearest_fingerprint_is_that_of_the_page_itself():
    held = [fingerprint(draw_page(seed, lines=6 + seed)) for seed in range(8)]
    for seed in range(8):
        new, _ = scan_again(draw_page(seed, lines=6 + seed), seed, strength=0.2)
        distances = [fingerprint_distance(fingerprint(new), mark) for mark in held]
        assert int(np.argmin(distances)) == seed


def test_a_distance_is_the_same_both_ways_and_none_to_itself():
    one, other = fingerprint(draw_page(1)), fingerprint(draw_page(2, lines=20))
    assert len(one) == 128
    assert fingerprint_distance(one, one) == 0
    assert fingerprint_distance(one, other) == fingerprint_distance(other, one)
    assert 0 < fingerprint_distance(one, other) < 1
    assert fingerprint_distance(one, bytes(128)) == 0.5


def read_grey(path: Path) -> np.ndarray:
    return cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)


@pytest.mark.shared
def test_composed_pages_are_recognized_and_told_apart(shared):
    pages = [read_grey(path) for path in sorted((shared / "data" / "pages").glob("*.jpg"))[:6]]
    held = [fingerprint(page) for page in pages]
    for index, page in enumerate(pages):
        assert aligned(scan_again(page, index)[0], page) is not None
        assert aligned(scan_again(page, index)[0], pages[index - 1]) is None
        mark = fingerprint(scan_again(page, index, strength=0.35)[0])
        distances = [fingerprint_distance(mark, other) for other in held]
        assert int(np.argmin(distances)) == index


@pytest.mark.shared
@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("color_page-0", "thanh-page-0", True),
        ("color_page-3", "thanh-page-3", True),
        ("color_page-1", "color_page-3", False),
        ("thanh-page-1", "thanh-page-3", False),
        ("phuc-page-001", "phuc-page-002", False),
        ("phuc-page-001", "thanh-page-1", False),
    ],
)
def test_the_same_text_in_the_same_hand_is_another_page(shared, one, other, same):
    folder = shared / "data" / "real_pages"
    found = aligned(*(read_grey(folder / f"cvt_{name}.jpg") for name in (one, other)))
    assert (found is not None) == same
