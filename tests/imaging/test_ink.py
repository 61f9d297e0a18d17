from __future__ import annotations

import cv2
import numpy as np
from sheets import blank, write

from formbook.imaging import ink


def test_paper_becomes_white_under_uneven_light():
    sheet = blank()
    light = np.linspace(0.45, 1.0, sheet.shape[1])[None, :, None]
    shaded = (sheet * light).astype(np.uint8)
    box = write(shaded, "Toi mat den", 100, 300)
    even = ink.even_light(shaded)
    dark = ink.measure_darkness(even) > ink.MIN_INK
    inside = np.zeros(dark.shape, bool)
    inside[box[1] : box[3], box[0] : box[2]] = True
    assert not dark[~inside].any()
    assert dark[inside].mean() > 0.05


def test_light_pencil_lowers_what_counts_as_ink():
    pencil = np.full((200, 200), 0, np.uint8)
    cv2.line(pencil, (10, 100), (190, 120), 60, 3)
    pen = np.where(pencil > 0, 190, 0).astype(np.uint8)
    least = [ink.choose_least_ink(each, each > ink.MIN_PENCIL) for each in (pencil, pen)]
    assert least == [ink.MIN_PENCIL, ink.MIN_INK]
    assert ink.choose_least_ink(pencil, pencil > 255) == ink.MIN_INK


def test_grain_of_paper_is_no_ink_and_a_stroke_stays_whole():
    darkness = np.zeros((200, 200), np.uint8)
    cv2.line(darkness, (10, 100), (190, 120), 35, 3)
    cv2.line(darkness, (60, 100), (80, 105), 150, 3)
    cv2.circle(darkness, (100, 40), 3, 35, cv2.FILLED)
    candidates = darkness > ink.MIN_PENCIL
    nowhere = np.zeros_like(candidates)
    kept = ink.keep_ink(darkness, candidates, nowhere)
    assert not kept[:60].any()
    assert np.array_equal(kept[60:], candidates[60:])
    assert not ink.keep_ink(darkness, nowhere, nowhere).any()


def test_a_long_shadow_along_the_edge_is_no_ink_and_a_word_that_touches_it_is():
    darkness = np.zeros((200, 200), np.uint8)
    edge = np.zeros(darkness.shape, bool)
    edge[:, :3] = True
    cv2.rectangle(darkness, (0, 10), (3, 110), 150, cv2.FILLED)
    cv2.line(darkness, (0, 150), (5, 150), 150, 2)
    kept = ink.keep_ink(darkness, darkness > 0, edge)
    assert not kept[:120].any()
    assert np.array_equal(kept[120:], darkness[120:] > 0)


def test_the_rim_of_yellow_paper_on_a_white_bed_is_no_ink():
    sheet = blank(tone=(255, 255, 255))
    sheet[40:-40, 40:-40] = (205, 180, 140)
    dark = ink.measure_darkness(ink.even_light(sheet)) > ink.MIN_INK
    assert not dark[100:-100, 48:-48].any()
    assert not dark[48:-48, 100:-100].any()


def test_the_grain_of_a_faintly_written_sheet_is_smoothed_and_no_other_sheet_is():
    darkness = np.zeros((200, 200), np.uint8)
    darkness[50:60, 10:190] = 40
    faint = ink.smooth_faint(darkness, darkness > ink.MIN_PENCIL)
    assert faint is not None
    assert faint[55, 100] > ink.MIN_FAINT
    assert ink.smooth_faint(darkness * 4, darkness > 0) is None
    assert ink.smooth_faint(darkness, darkness > 255) is None
