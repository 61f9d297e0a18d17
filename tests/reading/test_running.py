from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from formbook.model import (
    Edge,
    EntryReading,
    Hand,
    LineReading,
    PageReading,
    Reading,
    Side,
    WrittenDate,
)
from formbook.reading.running import RunsOn, judge_run_on

HAND = Hand((0.5, 0.5, 0.7), 0.9, 0.05, 0.6)
EDGE = Edge(0, HAND, 0.02, 0.1, signed=False)


def page(*texts: str, edge: Edge | None = EDGE, written: WrittenDate | None = None) -> PageReading:
    """A page with one entry, which begins and ends it alike."""
    return PageReading(
        frame=1,
        width=800,
        height=1200,
        dpi=None,
        engine="scripted 1",
        side=Side.WHOLE,
        outline=(),
        page_number=None,
        lines=tuple(
            LineReading((), Reading(text, (0.9,) * len(text), "scripted 1"), 0) for text in texts
        ),
        entries=(EntryReading((), "", 0.9, written),),
        marks=(),
        begins=edge,
        ends=edge,
    )


OPEN = page("Đề nghị phường", "cho sửa đoạn đường")
TAKEN_UP = page("trước nhà văn hóa", "và nạo vét cống.")


def hand(**changes) -> Edge:
    return replace(EDGE, hand=replace(HAND, **changes))


def test_a_comment_without_end_goes_on_where_the_same_hand_begins_without_beginning():
    assert judge_run_on(OPEN, TAKEN_UP) is RunsOn.YES


@pytest.mark.parametrize(
    "before",
    [
        page("Sửa đường", edge=replace(EDGE, signed=True)),
        page("Sửa đường", written=WrittenDate("12/3", (), dt.date(2024, 3, 12))),
        page("Sửa đường", edge=replace(EDGE, room=0.5)),
        page("Sửa đường", edge=None),
    ],
    ids=["signed", "dated", "room is left", "no hand seen"],
)
def test_a_comment_that_has_an_end_does_not_go_on(before):
    assert judge_run_on(before, TAKEN_UP) is RunsOn.NO


@pytest.mark.parametrize(
    "after",
    [
        page("Kính gửi Chủ tịch phường"),
        page("tôi tên là Lụa, tổ 5"),
        page("ngày 12 tháng 3"),
        page("trước nhà", edge=replace(EDGE, room=0.5)),
        page("trước nhà", edge=None),
    ],
    ids=["greeting", "name", "date", "far down", "no hand seen"],
)
def test_a_comment_that_has_a_beginning_was_not_begun_before(after):
    assert judge_run_on(OPEN, after) is RunsOn.NO


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (page("cho sửa đoạn đường."), TAKEN_UP),
        (page("cho sửa đoạn", edge=replace(EDGE, empty=0.5)), TAKEN_UP),
        (OPEN, page("Trước nhà văn hóa")),
        (OPEN, page("84 hộ dân")),
        (OPEN, page("trước nhà", edge=replace(EDGE, empty=0.1))),
        (OPEN, page("trước nhà", edge=hand(colour=(0.5, 0.6, 0.7)))),
        (OPEN, page("trước nhà", edge=hand(size_mm=1.2))),
        (OPEN, page("trước nhà", edge=hand(slant=0.2))),
        (OPEN, page("trước nhà", edge=hand(pen_mm=0.8))),
    ],
)
def test_where_one_sign_is_against_it_a_person_decides(before, after):
    assert judge_run_on(before, after) is RunsOn.UNSURE


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (page("cho sửa đoạn đường."), page("Trước nhà văn hóa")),
        (page("cho sửa."), page("trước nhà", edge=hand(size_mm=1.2))),
        (OPEN, page("trước nhà", edge=hand(colour=(0.5, 0.5, 0.9)))),
        (OPEN, page("trước nhà", edge=hand(size_mm=1.5))),
        (OPEN, page("trước nhà", edge=hand(slant=0.5))),
        (OPEN, page("trước nhà", edge=hand(pen_mm=0))),
    ],
)
def test_where_more_is_against_it_or_another_hand_wrote_nobody_is_asked(before, after):
    assert judge_run_on(before, after) is RunsOn.NO
