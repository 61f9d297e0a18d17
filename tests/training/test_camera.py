from __future__ import annotations

import numpy as np
import pytest

from formbook.training.camera import curl, photograph, scan, turn

SPOTS = np.array([[60.0, 70.0], [300.0, 80.0], [170.0, 260.0], [80.0, 450.0], [310.0, 430.0]])


def sheet_with(spot):
    image = np.ones((500, 360, 3), np.float32)
    x, y = spot.astype(int)
    image[y - 6 : y + 6, x - 6 : x + 6] = 0
    return image


def shots(image, seed):
    rng = np.random.default_rng(seed)
    return {
        "curl at the left": curl(image, lift=30),
        "curl in the middle": curl(image, lift=12, spine=0.5, reach=0.2),
        "scan": scan(image, rng, skew_degrees=3),
        "photograph": photograph(image, rng),
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
    for seed in range(10):
        shot = photograph(np.ones((300, 200, 3), np.float32), np.random.default_rng(seed), tilt=2)
        corners = shot.through(np.array([[0.0, 0], [200, 0], [200, 300], [0, 300]]))
        assert (corners >= 0).all()
        assert (corners <= [shot.width, shot.height]).all()


def test_paper_that_does_not_rise_stays_as_it_was():
    image = np.random.default_rng(1).random((40, 50, 3), dtype=np.float32)

    shot = curl(image, lift=0)

    assert np.allclose(shot.image, image, atol=1e-6)
    assert np.allclose(shot.through(np.array([[3.0, 4.0]])), [[3.0, 4.0]])
