"""Recognizes that two scans show one page, though one is later, written further or by phone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from zipfile import BadZipFile

import cv2
import numpy as np
import numpy.typing as npt

from formbook.model import Polygon

WORKING_SIDE = 1000
"""Pixels of the longer side at which pages are compared: strokes stay 2 to 3 pixels wide."""
MIN_DARKNESS = 14
"""Grey levels below the paper around it from which on a pixel is ink."""
MIN_RULE = 41
"""Working pixels of an unbroken straight run taken as ruling; a letter has no such run."""
MIN_SIDE = 64
"""Working pixels; a scrap smaller than twice the patch that is compared shows no page."""
MAX_FEATURES = 1500
MAX_MATCH_RATIO = 0.8
MAX_MISS = 4.0
"""Working pixels that a stroke may lie off: paper bends, lenses too."""
MAX_STRETCH = 6.0
"""Two scans of a page differ no more in scale; a mapping beyond it folds or squeezes."""
MAX_SHEAR = 1.6
"""Largest ratio of the two scales of a mapping at one spot."""
MIN_AGREEING = 40
"""Measured on 40 composed pages, each scanned again three times with a mark, more writing, other
light, perspective and JPEG: at least 50 spots agree. Of 1,560 pairs of different pages: up to 30.
Of pages on which one hand wrote one text over a line guide: up to 34; two scans of one: 486."""
MIN_LIKENESS = 0.5
"""In the same measurement 0.67 to 1.0 for the same page; this alone does not tell pages apart."""
GRID = (32, 4)
"""Rows and columns of a fingerprint."""

_Grey = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where a new scan lies on an old one of the same page.

    `matrix` is a 3 x 3 homography, by rows, from pixels of the new scan to those of the old;
    `agreeing` counts the spots that were found on both; `likeness` is the share of the ink of
    the sparser scan that the other shows too, 0 to 1.
    """

    matrix: tuple[float, ...]
    agreeing: int
    likeness: float

    def map(self, points: Iterable[tuple[float, float]]) -> Polygon:
        """Map points of the new scan to the old one."""
        homography = np.array(self.matrix).reshape(3, 3)
        mapped = (homography @ (x, y, 1.0) for x, y in points)
        return tuple((float(x / z), float(y / z)) for x, y, z in mapped)


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What of a frame is compared with others; small enough to be kept.

    `ink` is (h, w) bool, True where there is writing, ruling left out, upright, its longer side
    `WORKING_SIDE` at most; `scale` is its pixels per pixel of the frame, and `origin` where on the
    upright frame its corner lies; `spots` are (n, 2)
    float32, x and y in pixels of `ink`, and `patches` (n, 32) uint8 what stands around each.
    """

    ink: npt.NDArray[np.bool_]
    scale: float
    spots: npt.NDArray[np.float32]
    patches: _Grey
    origin: tuple[float, float] = (0.0, 0.0)

    def to_bytes(self) -> bytes:
        """As a file's content."""
        file = BytesIO()
        np.savez_compressed(
            file,
            ink=np.packbits(self.ink),
            shape=np.array(self.ink.shape),
            scale=np.array(self.scale),
            spots=self.spots,
            patches=self.patches,
            origin=np.array(self.origin),
        )
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Look:
        """The look that `to_bytes` wrote.

        Raises:
            ValueError: the content is no look.
        """
        try:
            with np.load(BytesIO(content), allow_pickle=False) as kept:
                height, width = kept["shape"]
                ink = np.unpackbits(kept["ink"], count=height * width).reshape(height, width)
                left, top = kept["origin"].tolist()
                return cls(
                    ink.astype(bool),
                    float(kept["scale"]),
                    kept["spots"],
                    kept["patches"],
                    (left, top),
                )
        except (OSError, KeyError, EOFError, ValueError, BadZipFile) as error:
            raise ValueError("not a look") from error


def fingerprint(grey: _Grey) -> bytes:
    """Sum up where on a page the ink lies, for a first choice among many pages.

    The cells lie on the frame: corners off by 1 % and a skew of a degree or two do no harm, a
    desk around the page does. It errs by calling unlike pages alike: `align` decides.

    Args:
        grey: (H, W) uint8, 0 black to 255 white, upright; the frame or a smaller copy of it.

    Returns:
        128 bytes, 32 rows of 4 cells, the ink in each relative to the fullest; all 0 for a page
        without ink.

    Source:
        Own method, measured by tests/imaging/test_likeness.py: of 40 composed pages scanned again
        three times, desk and all, with more writing, 115 of 120 were nearest to themselves and the
        others second or third.
    """
    rows, columns = GRID
    ink = (_ink_of(grey)[0] > 0).astype(np.float32)
    fine = cv2.resize(ink, (4 * columns, 4 * rows), interpolation=cv2.INTER_AREA)
    cells = cv2.resize(
        cv2.GaussianBlur(fine, (0, 0), 2), (columns, rows), interpolation=cv2.INTER_AREA
    )
    return bytes((255 * cells / max(float(cells.max()), 1e-6)).astype(np.uint8).ravel())


def look_at(
    grey: _Grey, frame_scale: float = 1.0, origin: tuple[float, float] = (0.0, 0.0)
) -> Look:
    """Take from a frame what others are compared with.

    Args:
        grey: (H, W) uint8, 0 black to 255 white, upright; the frame or a part of it, or a smaller
            copy.
        frame_scale: pixels of `grey` per pixel of the frame.
        origin: where on the upright frame the corner of `grey` lies, in its pixels.

    Source:
        ORB: Rublee et al., ICCV 2011. Constants measured by tests/imaging/test_likeness.py.
    """
    darkness, scale = _ink_of(grey)
    spots, patches = np.zeros((0, 2), np.float32), np.zeros((0, 32), np.uint8)
    if min(darkness.shape) >= MIN_SIDE:
        finder = cv2.ORB_create(MAX_FEATURES, 1.2, 6, 16, fastThreshold=10)  # type: ignore[attr-defined]
        points, found = finder.detectAndCompute(255 - cv2.add(darkness, darkness), None)
        if found is not None:
            spots, patches = np.array([point.pt for point in points], np.float32), found
    return Look(darkness > 0, scale * frame_scale, spots, patches, origin)


def fingerprint_distance(first: bytes, second: bytes) -> float:
    """How unlike two fingerprints are: 0 the same, 0.5 unrelated, 1 opposite.

    It is (1 - r) / 2, r being their correlation, which ink added in one place changes little.
    """
    one, other = (np.frombuffer(mark, np.uint8).astype(np.float64) for mark in (first, second))
    if first == second:
        return 0.0
    one, other = one - one.mean(), other - other.mean()
    spread = float(np.sqrt((one @ one) * (other @ other)))
    return min(1.0, max(0.0, (1 - float(one @ other) / spread) / 2)) if spread else 0.5


def align(new: Look, old: Look) -> Alignment | None:
    """Find where a new scan lies on an old one, or that they show different pages.

    Spots of the ink are matched by what stands around them; the pages are the same where at
    least `MIN_AGREEING` spots agree on one mapping that a camera can make, and the sparser scan's
    ink is found again on the other. It errs by calling the same page different: a page with
    hardly any writing is not recognized.

    Args:
        new: the new scan's look.
        old: the old one's; neither need be upright or of the other's size.

    Returns:
        The alignment, in pixels of the upright frames, or None for different pages.

    Source:
        MAGSAC++: Barath et al., CVPR 2020. Ratio test: Lowe, IJCV 2004, section 7.1. Constants
        measured by tests/imaging/test_likeness.py.
    """
    new_spots, old_spots = _matching_spots(new, old)
    if len(new_spots) < MIN_AGREEING:
        return None
    for fit in (_fit_homography, _fit_affine):
        homography, agreeing = fit(new_spots, old_spots)
        if agreeing >= MIN_AGREEING and _is_plausible(homography, new.ink.shape):
            break
    else:
        return None
    likeness = _shared_ink(homography, new.ink, old.ink)
    if likeness < MIN_LIKENESS:
        return None
    matrix = np.linalg.inv(_from_frame(old)) @ homography @ _from_frame(new)
    return Alignment(tuple(matrix.ravel().tolist()), agreeing, likeness)


def _from_frame(look: Look) -> npt.NDArray[np.float64]:
    """From pixels of the upright frame to those of the look, (3, 3)."""
    left, top = look.origin
    return np.array(
        ((look.scale, 0, -look.scale * left), (0, look.scale, -look.scale * top), (0, 0, 1.0))
    )


def _ink_of(grey: _Grey) -> tuple[_Grey, float]:
    """How much darker than its paper each pixel is, 0 for paper and ruling, at working size.

    Returns:
        (h, w) uint8, and working pixels per pixel of `grey`.
    """
    scale = min(1.0, WORKING_SIDE / max(grey.shape))
    if scale < 1:
        width, height = (max(1, round(side * scale)) for side in grey.shape[::-1])
        grey = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8)
    grey = cv2.GaussianBlur(grey, (3, 3), 0).astype(np.uint8)
    paper = cv2.medianBlur(cv2.dilate(grey, np.ones((9, 9), np.uint8)), 21)
    darkness = 255 - cv2.divide(grey, paper, scale=255)
    # the brightest of a camera's noise passes for paper; most of a page is paper, so its usual
    # darkness is that excess
    darkness = cv2.subtract(darkness, np.full_like(darkness, int(np.median(darkness))))
    ink = (darkness > MIN_DARKNESS).astype(np.uint8)
    across = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, MIN_RULE), np.uint8))
    down = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((MIN_RULE, 1), np.uint8))
    ruling = cv2.dilate(cv2.bitwise_or(across, down), np.ones((3, 3), np.uint8))
    return np.where((ink > 0) & (ruling == 0), darkness, 0).astype(np.uint8), scale


def _matching_spots(
    new: Look, old: Look
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Pair spots that look alike on both, (n, 2) and (n, 2); each spot stands in one pair."""
    best: dict[int, cv2.DMatch] = {}
    if len(new.patches) and len(old.patches):
        for pair in cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(new.patches, old.patches, k=2):
            match = pair[0]
            if len(pair) == 1 or match.distance >= MAX_MATCH_RATIO * pair[1].distance:
                continue
            rival = best.get(match.trainIdx)
            if rival is None or match.distance < rival.distance:
                best[match.trainIdx] = match
    return (
        new.spots[[match.queryIdx for match in best.values()]],
        old.spots[[match.trainIdx for match in best.values()]],
    )


def _fit_homography(
    new_spots: npt.NDArray[np.float32], old_spots: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float64], int]:
    found, agree = cv2.findHomography(
        new_spots, old_spots, cv2.USAC_MAGSAC, MAX_MISS, maxIters=2000, confidence=0.999
    )
    if found is None:
        return np.zeros((3, 3)), 0
    return np.asarray(found, np.float64), int(agree.sum())


def _fit_affine(
    new_spots: npt.NDArray[np.float32], old_spots: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float64], int]:
    """For a page whose little ink stands in one place, which leaves perspective open."""
    found, agree = cv2.estimateAffine2D(
        new_spots, old_spots, ransacReprojThreshold=MAX_MISS, maxIters=2000, confidence=0.999
    )
    if found is None:
        return np.zeros((3, 3)), 0
    return np.vstack((found, (0.0, 0.0, 1.0))), int(agree.sum())


def _is_plausible(homography: npt.NDArray[np.float64], shape: tuple[int, ...]) -> bool:
    """Whether a camera can make this mapping: nowhere mirrored, folded, squeezed or slanted."""
    height, width = shape
    for x, y in ((0, 0), (width, 0), (width, height), (0, height), (width / 2, height / 2)):
        u, v, z = homography @ (x, y, 1.0)
        if z <= 0:
            return False
        slopes = (homography[:2, :2] - np.outer((u / z, v / z), homography[2, :2])) / z
        larger, smaller = np.linalg.svd(slopes, compute_uv=False)
        if np.linalg.det(slopes) <= 0 or larger > MAX_STRETCH or smaller < 1 / MAX_STRETCH:
            return False
        if larger > MAX_SHEAR * smaller:
            return False
    return True


def _shared_ink(
    homography: npt.NDArray[np.float64],
    new_ink: npt.NDArray[np.bool_],
    old_ink: npt.NDArray[np.bool_],
) -> float:
    """Share of the sparser scan's ink that lies on the other's, where both show the paper."""
    size = old_ink.shape[::-1]
    seen = new_ink.astype(np.uint8)
    new = cv2.warpPerspective(seen, homography, size, flags=cv2.INTER_NEAREST)
    shown = cv2.warpPerspective(np.ones_like(seen), homography, size, flags=cv2.INTER_NEAREST)
    old = cv2.bitwise_and(old_ink.astype(np.uint8), shown)
    near = np.ones((5, 5), np.uint8)
    return max(
        cv2.countNonZero(cv2.bitwise_and(one, cv2.dilate(other, near)))
        / max(1, cv2.countNonZero(one))
        for one, other in ((new, old), (old, new))
    )
