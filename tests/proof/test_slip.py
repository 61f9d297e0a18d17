"""The slip reads from a screen, from a scan and from a phone's photo of the paper."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pypdfium2
import pytest
from anchors import an_anchor
from PIL import Image

from formbook.proof import slip

TEXT = an_anchor(1_234_567).text
WORDS = ["Phường Nghĩa Đô", "Sự kiện 1–1234567, 24/11/2026 10:00", "Đầu nhật ký: " + "ab12 " * 16]


def decoded(picture: np.ndarray) -> set[str]:
    """What either of OpenCV's detectors reads."""
    return {
        detector.detectAndDecode(picture)[0]
        for detector in (cv2.QRCodeDetector(), cv2.QRCodeDetectorAruco())
    } - {""}


@pytest.fixture(scope="module")
def printed() -> np.ndarray:
    content = slip.png(TEXT, "Neo của sổ góp ý", WORDS)
    return np.asarray(Image.open(io.BytesIO(content)).convert("L"))


def photographed(
    paper: np.ndarray, *, dots_per_mm: float, slant: float, turn: float, seed: int = 1
) -> np.ndarray:
    """A phone's photo of a slip on a desk: from the side, out of focus, in bad light, as JPEG."""
    rng = np.random.default_rng(seed)
    scale = dots_per_mm * 25.4 / slip.DPI
    width, height = paper.shape[1] * scale, paper.shape[0] * scale
    side = int(1.5 * max(width, height))
    angle = np.radians(turn)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.array([[-width, -height], [width, -height], [width, height], [-width, height]]) / 2
    corners *= np.array([[1 - slant], [1 - slant], [1.0], [1.0]])
    corners = corners @ rotation.T + side / 2
    height_px, width_px = paper.shape
    source = np.array([[0, 0], [width_px, 0], [width_px, height_px], [0, height_px]])
    way = cv2.getPerspectiveTransform(source.astype(np.float32), corners.astype(np.float32))
    photo = cv2.warpPerspective(
        paper, way, (side, side), flags=cv2.INTER_AREA, borderValue=(90, 90, 90)
    )
    light = np.linspace(0.55, 1.0, side)[None, :] * np.linspace(0.8, 1.0, side)[:, None]
    seen = cv2.GaussianBlur(photo, (0, 0), 0.12 * dots_per_mm) * light
    seen = np.clip(40 + 0.75 * seen + rng.normal(0, 6, seen.shape), 0, 255).astype(np.uint8)
    _done, content = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, 70])
    return cv2.imdecode(content, cv2.IMREAD_GRAYSCALE)


def test_the_picture_knows_its_size_in_print() -> None:
    picture = Image.open(io.BytesIO(slip.png(TEXT, "Neo", WORDS)))
    assert [round(float(each)) for each in picture.info["dpi"]] == [slip.DPI] * 2
    width_mm, height_mm = (side / slip.DPI * 25.4 for side in picture.size)
    assert 70 < width_mm < 85
    assert 90 < height_mm < 115


def test_a_slip_reads_as_it_is(printed) -> None:
    assert decoded(printed) == {TEXT}


@pytest.mark.parametrize(
    ("dots_per_mm", "slant", "turn"), [(6, 0.0, 0), (8, 0.12, 7), (8, 0.12, 90), (12, 0.2, 185)]
)
def test_a_phone_reads_the_slip(printed, dots_per_mm, slant, turn) -> None:
    photo = photographed(printed, dots_per_mm=dots_per_mm, slant=slant, turn=turn)
    assert decoded(photo) == {TEXT}


def test_a_stamp_and_a_stain_on_the_slip_do_no_harm(printed) -> None:
    worn = printed.copy()
    cv2.circle(worn, (520, 560), 90, 40, 12)
    cv2.circle(worn, (640, 420), 60, 220, -1)
    assert decoded(photographed(worn, dots_per_mm=10, slant=0.1, turn=4)) == {TEXT}


def test_the_pdf_is_a_page_of_a4_with_the_slip_in_its_size(printed) -> None:
    document = pypdfium2.PdfDocument(slip.pdf(TEXT, "Neo của sổ góp ý", WORDS))
    assert len(document) == 1
    page = document[0]
    assert [round(points / 72 * 25.4) for points in page.get_size()] == [210, 297]
    picture = page.render(scale=slip.DPI / 72).to_numpy()
    document.close()
    assert decoded(picture) == {TEXT}
    dark = np.argwhere(picture[..., 0] < 128)
    top, left = dark.min(axis=0)
    bottom, right = dark.max(axis=0)
    assert abs(right - left + 1 - printed.shape[1]) <= 3
    assert abs(bottom - top + 1 - printed.shape[0]) <= 3


def test_the_code_on_a_terminal_reads_and_fits_into_80_columns() -> None:
    lines = slip.in_terminal(TEXT)
    assert {len(line) for line in lines} == {len(lines) * 2 - 1}
    assert len(lines[0]) < 80
    light = {"█": (1, 1), "▀": (1, 0), "▄": (0, 1), " ": (0, 0)}
    rows = [[light[each][half] for each in line] for line in lines for half in (0, 1)]
    screen = np.kron(np.array(rows, np.uint8) * 255, np.ones((6, 6), np.uint8))
    assert decoded(screen) == {TEXT}


def test_words_that_are_too_long_are_broken_not_cut(printed) -> None:
    longer = Image.open(io.BytesIO(slip.png(TEXT, "Neo", [*WORDS, "Phường " * 40])))
    assert longer.width == printed.shape[1]
    assert longer.height > printed.shape[0]
