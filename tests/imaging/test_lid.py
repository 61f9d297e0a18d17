from __future__ import annotations

import cv2
import numpy as np
from sheets import blank, write

from formbook.imaging.lid import cover_lid, find_lid


def on_lid():
    sheet = blank(tone=(205, 185, 150))
    write(sheet, "Ngo toi mat den ba dem", 60, 300)
    return cv2.copyMakeBorder(sheet, 48, 48, 0, 48, cv2.BORDER_CONSTANT, value=(240, 240, 235))


def test_the_lid_around_darker_paper_is_found():
    found = find_lid(on_lid())
    assert found[:30].all()
    assert found[-30:].all()
    assert found[:, -30:].all()
    assert not found[80:-80, :-80].any()


def test_paper_that_fills_the_picture_has_no_lid():
    assert not find_lid(blank()).any()


def test_light_that_grows_to_one_side_is_no_lid():
    light = np.linspace(0.7, 1.2, 640)[None, :, None]
    sheet = (blank(tone=(200, 190, 170)) * light).astype(np.uint8)
    assert not find_lid(sheet).any()


def test_the_lid_is_covered_with_the_paper_beside_it():
    sheet = on_lid()
    covered = cover_lid(sheet, find_lid(sheet))
    assert np.ptp(covered[:40], axis=(0, 1)).max() == 0
    assert tuple(covered[0, 0]) == (205, 185, 150)
    bare = blank()
    assert cover_lid(bare, find_lid(bare)) is bare
