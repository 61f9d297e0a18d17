from __future__ import annotations

import numpy as np
import pytest

from formbook.training.bend import Bend, curl
from formbook.training.camera import Shot, photograph, scan, turn

CREST = Bend(20, 120, 900, lean=0.25, light=0.2, dark=0.3)
OFF_GLASS = Bend(-18, 110, 900, dark=0.4)
SPOTS = np.array([[60.0, 70.0], [300.0, 80.0], [170.0, 260.0], [80.0, 450.0], [310.0, 430.0]])


def sheet_with(spot):
    image = np.ones((500, 360, 3), np.float32)
    x, y = spot.astype(int)
    image[y - 6 : y + 6, x - 6 : x + 6] = 0
    return image


def shots(image, seed):
    rng = np.random.default_rng(seed)
    flat = Shot(image, lambda points: points)
    return {
        "a crest at the left": curl(image, CREST),
        "a crest at the right": curl(image, CREST, spine=1.0),
        "a fold in the middle": curl(image, OFF_GLASS, spine=0.5),
        "scan": scan(flat, rng, skew_degrees=3),
        "photograph": photograph(flat, rng),
        "upright": turn(image, quarters=0),
        "turned right": turn(image, quarters=1),
        "upside down": turn(image, quarters=2),
        "turned left": turn(image, quarters=-1),
    }


@pytest.mark.parametrize("seed", range(3))
def test_a_spot_is_found_where_the_map_says(seed):
    without = shots(np.ones((500, 360, 3), np.float32), seed)
    for spot in SPOTS:
        with_spot = shots(sheet_with(spot), seed)
        for name, shot in with_spot.items():
            change = np.abs(shot.image - without[name].image).sum(axis=2)
            rows, columns = np.nonzero(change > 0.8)
            found = np.array([columns.mean() + 0.5, rows.mean() + 0.5])
            (expected,) = shot.through(spot[None, :])
            assert np.abs(found - expected).max() < 2, name


def test_a_photograph_shows_the_whole_sheet():
    flat = Shot(np.ones((300, 200, 3), np.float32), lambda points: points)
    for seed in range(10):
        shot = photograph(flat, np.random.default_rng(seed), tilt=2)
        corners = shot.through(np.array([[0.0, 0], [200, 0], [200, 300], [0, 300]]))
        assert (corners >= 0).all()
        assert (corners <= [shot.width, shot.height]).all()


def test_paper_that_does_not_rise_stays_as_it_was():
    image = np.random.default_rng(1).random((40, 50, 3), dtype=np.float32)

    shot = curl(image, Bend(0, 20, 300))

    assert np.allclose(shot.image, image, atol=1e-5)
    assert np.allclose(shot.through(np.array([[3.0, 4.0]])), [[3.0, 4.0]])


def test_lines_bend_away_from_the_middle_where_paper_is_high_and_narrow_where_it_is_steep():
    shot = curl(np.ones((500, 360, 3), np.float32), Bend(20, 120, 900))
    x = np.array([2.0, 20, 45, 300, 320])

    top, bottom = (shot.through(np.stack([x, np.full(5, y)], axis=1)) for y in (50.0, 450.0))

    assert top[2, 1] < top[0, 1] < top[3, 1] + 1
    assert bottom[2, 1] > bottom[0, 1] > bottom[3, 1] - 1
    assert (top[1, 0] - top[0, 0]) / 18 < 0.9
    assert (top[4, 0] - top[3, 0]) / 20 == pytest.approx(1)


def test_the_paper_keeps_its_length_along_the_bend():
    away = np.linspace(0, 200, 20001)
    along = np.hypot(np.diff(away), np.diff(CREST.height(away))).sum()

    shot = curl(np.ones((50, round(along), 3), np.float32), Bend(20, 120, 1e9))

    assert shot.width == pytest.approx(200, abs=1)


def test_there_is_no_paper_beyond_the_bent_edge():
    shot = curl(np.ones((500, 360, 3), np.float32), CREST)

    assert shot.height > 500
    outside = shot.covered == 0
    assert 0.001 < outside.mean() < 0.2
    assert not outside[20:-20].any()


def test_beyond_bent_paper_a_scan_shows_its_lid_and_a_photograph_the_desk():
    bent = curl(np.ones((500, 360, 3), np.float32), Bend(20, 120, 900))
    rng = np.random.default_rng(1)
    corner = bent.covered[:4, -40:-20]

    assert corner.max() == 0
    assert 0.85 < scan(bent, rng, skew_degrees=0).image[:3, -40:-20].mean() < 1
    photo = photograph(bent, rng, tilt=0)
    x, y = (photo.through(np.array([[bent.width - 30.0, 2.0]]))[0]).astype(int)
    assert photo.image[y - 2 : y + 2, x - 9 : x + 9].mean() < 0.7


def test_paper_so_steep_that_it_hides_some_of_itself_is_refused():
    with pytest.raises(ValueError, match="hides a part"):
        curl(np.ones((500, 360, 3), np.float32), Bend(60, 60, 150))
