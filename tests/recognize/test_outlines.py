from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formbook.recognize.outlines import (
    band_of,
    common_slope,
    outline,
    slope_of,
    slope_through,
    typical_pitch,
)

slopes = st.floats(-0.2, 0.2)


@given(slopes, st.floats(0, 2000))
def test_the_slope_of_points_on_a_line_is_the_lines(slope: float, start: float):
    points = [(x, start + slope * x) for x in (10.0, 300.0, 700.0)]

    assert slope_through(points) == pytest.approx(slope, abs=1e-9)


def test_points_above_each_other_have_no_slope():
    assert slope_through([(5, 0), (5, 10)]) is None


def test_a_page_has_the_slope_of_most_of_its_lines():
    assert common_slope([0.02, None, 0.03, 0.04, 5.0]) == pytest.approx(0.03)


def test_a_page_without_a_credible_line_is_level():
    assert common_slope([None, -3.0]) == 0
    assert slope_of([]) == 0


@given(slopes)
def test_the_outline_of_a_band_has_its_slope_and_reaches_as_far(slope: float):
    band = band_of([(100, 400), (500, 420), (300, 380)], slope)
    polygon = outline(band, slope, 2000, 2000)

    assert slope_of([polygon]) == pytest.approx(slope, abs=1e-3)
    again = band_of(polygon, slope)
    assert (again.left, again.right) == (band.left, band.right)
    assert again.height == pytest.approx(band.height, abs=0.2)
    assert again.middle == pytest.approx(band.middle, abs=0.2)


def test_the_pitch_is_that_of_lines_which_follow_each_other_closely():
    assert typical_pitch([100, 160, 220, 500, 560, 900], least=20) == 60


def test_lines_beside_each_other_have_no_pitch():
    assert typical_pitch([100, 105, 110], least=20) is None
