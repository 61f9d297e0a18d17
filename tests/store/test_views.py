from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from registers import (
    CHAIRMAN,
    CLERK,
    NOW,
    TODAY,
    add_scan,
    entry,
    make_register,
    mark,
    reading,
    written,
)

from formbook import correct, office, regroup, respond, seen
from formbook.model import PageRef, Status
from formbook.store import NotFoundError, Store, views
from formbook.store.verify import verify
from formbook.store.waiting import open_entries

DATE = written("1/2", "2024-02-01", "2024-01-02", date="2024-02-01")


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Store]:
    """Two volumes; page 1/2 came before page 1/1."""
    with make_register(tmp_path) as store:
        add_scan(store, reading([("hai", 0), ("ba", 1)], entries=[entry(DATE), entry()]), number=2)
        add_scan(store, reading([("một", 0), ("trang 1", None)], marks=[mark(DATE)]), number=1)
        add_scan(store, reading(["bốn"]), notebook="2", number=1)
        add_scan(store, reading(["?"]), notebook="1", number=1, held="number_taken", looks_like=2)
        yield store


def test_the_ward_and_its_people_are_as_named_last(register: Store):
    office.name_ward(
        register, "Nghĩa Tân", ward_code="1", ward_as_of="2024-01-01", by=CLERK, now=NOW
    )
    assert views.register(register) == {
        "ward": "Nghĩa Tân",
        "ward_code": "1",
        "ward_as_of": "2024-01-01",
    }
    assert views.people(register) == [
        {"name": "Hoa", "roles": ["auditor"], "account": "hoa"},
        {"name": "Lan", "roles": ["clerk"], "account": "lan"},
        {"name": "Nguyễn Văn Chủ", "roles": ["chairman"], "account": "chu"},
    ]


def test_a_register_that_was_never_begun_names_no_ward(tmp_path: Path):
    with Store.create(tmp_path / "new") as store:
        assert views.register(store) == {}


def test_volumes_come_as_a_person_counts_them(tmp_path: Path):
    volumes = ["1", "2", "10", "Đội", "Ôn", "Xuân"]
    with make_register(tmp_path) as store:
        for volume in sorted(volumes, reverse=True):
            add_scan(store, reading(["x"], marks=[mark()]), notebook=volume)
        for listed in (views.pages, views.entries, views.lines, views.marks):
            assert [row["notebook"] for row in listed(store)] == volumes
        assert verify(store).findings == ()


def test_pages_come_in_the_order_of_the_paper(register: Store):
    rows = views.pages(register)
    assert [(row["notebook"], row["page"]) for row in rows] == [("1", 1), ("1", 2), ("2", 1)]
    assert [(row["entries"], row["marks_found"]) for row in rows] == [(1, 1), (2, 0), (1, 0)]
    assert [page["page"] for page in views.pages(register, "2")] == [1]


def test_a_page_shows_what_stands_on_it(register: Store):
    seen.mark_seen(register, PageRef("1", 1), on=TODAY, by=CHAIRMAN, now=NOW, today=TODAY)
    correct.check_page(register, PageRef("1", 1), by=CLERK, now=NOW)
    page = views.page(register, PageRef("1", 1))
    assert [scan["scan"] for scan in page["scans"]] == [2]
    assert [(row["entry"], row["seen"]) for row in page["entries"]] == [(3, "2024-03-01")]
    assert [(m["state"], m["date"], m["signature"], m["stamp"]) for m in page["marks"]] == [
        ("settled", "2024-03-01", True, False)
    ]
    assert page["marks"][0]["candidates"] == DATE["candidates"]
    assert (page["checked_by"], page["checked_at"]) == ("Lan", "2024-03-01T03:00:00Z")


@pytest.mark.parametrize("ref", [PageRef("1", 9), PageRef("x", 1), PageRef("1", 10**30)])
def test_a_page_that_is_not_there_is_named(register: Store, ref: PageRef):
    with pytest.raises(NotFoundError) as refused:
        views.page(register, ref)
    assert str(refused.value).splitlines() == [
        f"{register.folder} holds no page {ref}.",
        "Nothing was changed. `formbook pages` lists them.",
    ]


@pytest.mark.parametrize("number", [0, -1, 99, 10**30, -(10**30)])
def test_an_entry_that_is_not_there_is_named(register: Store, number: int):
    with pytest.raises(NotFoundError, match=f"holds no entry {number}"):
        views.entry(register, number)


def test_a_mark_of_the_page_that_was_settled_for_one_entry_is_not_that_of_another(
    register: Store,
):
    add_scan(register, reading([("a", 0), ("b", 1)], marks=[mark()]), notebook="9")
    one, two = (row["entry"] for row in views.entries(register, notebook="9"))
    for each in (one, two):
        assert [m["state"] for m in views.entry(register, each)["marks"]] == ["found"]
    seen.mark_seen(register, one, on=TODAY, by=CHAIRMAN, now=NOW, today=TODAY)
    assert [m["state"] for m in views.entry(register, one)["marks"]] == ["settled"]
    assert views.entry(register, two)["marks"] == []
    seen.mark_seen(register, two, on=TODAY, by=CHAIRMAN, now=NOW, today=TODAY)
    assert [m["state"] for m in views.entry(register, two)["marks"]] == ["settled"]


def test_an_entry_shows_its_dates_lines_answers_and_history(register: Store):
    seen.mark_seen(register, 1, on=TODAY, by=CHAIRMAN, now=NOW, today=TODAY)
    respond.respond(
        register,
        1,
        Status.ASSIGNED,
        note="khẩn",
        due=TODAY,
        to="Tổ đô thị",
        duplicate_of=None,
        by=CHAIRMAN,
        now=NOW,
        today=TODAY,
    )
    shown = views.entry(register, 1)
    assert shown["written_on"] == "2024-02-01"
    assert shown["written_candidates"] == DATE["candidates"]
    assert [line["text"] for line in shown["lines"]] == ["hai"]
    assert shown["lines"][0]["engine"] == "scripted 1"
    assert shown["lines"][0]["confidence"] == 0.75
    assert shown["responses"] == [
        {
            "status": "assigned",
            "note": "khẩn",
            "due": "2024-03-01",
            "assigned_to": "Tổ đô thị",
            "person": "Nguyễn Văn Chủ",
            "on_date": "2024-03-01",
            "event": 9,
            "at": "2024-03-01T03:00:00Z",
            "account": "chu",
            "key": None,
        }
    ]
    assert [act["kind"] for act in shown["history"]] == ["scan_added", "seen", "responded"]
    assert len(shown["polygon"]) == 4


def test_entries_can_be_listed_by_notebook_and_status(register: Store):
    assert [row["entry"] for row in views.entries(register)] == [3, 1, 2, 4]
    assert [row["entry"] for row in views.entries(register, notebook="1")] == [3, 1, 2]
    assert [row["entry"] for row in views.entries(register, notebook="x")] == []
    seen.mark_seen(register, 2, on=TODAY, by=CHAIRMAN, now=NOW, today=TODAY)
    assert [row["entry"] for row in views.entries(register, status="seen")] == [2]


def test_open_entries_come_oldest_first(register: Store):
    rows = list(open_entries(register))
    assert [(row["entry"], row["received"]) for row in rows] == [
        *((1, "2024-02-01"), (2, "2024-03-01"), (3, "2024-03-01"), (4, "2024-03-01"))
    ]
    assert [row["entry"] for row in open_entries(register, notebook="2")] == [4]
    regroup.drop_entry(register, 1, reason="trống", by=CLERK, now=NOW)
    assert [row["entry"] for row in open_entries(register, notebook="1")] == [2, 3]


def test_what_was_open_on_an_earlier_day_is_listed_as_it_stood(register: Store):
    def act(status: Status, day: int) -> None:
        respond.respond(
            register,
            1,
            status,
            note="đã sửa",
            due=None,
            to="Tổ đô thị",
            duplicate_of=None,
            by=CHAIRMAN,
            now=NOW + dt.timedelta(days=day),
            today=TODAY + dt.timedelta(days=day),
        )

    seen.mark_seen(register, 1, on=TODAY, by=CHAIRMAN, now=NOW, today=TODAY)
    act(Status.ASSIGNED, 2)
    act(Status.ANSWERED, 5)
    then = [
        {row["entry"]: row["status"] for row in open_entries(register, as_of=day)}.get(1)
        for day in (
            "2024-01-31",
            "2024-03-01",
            "2024-03-03",
            "2024-03-05",
            "2024-03-06",
        )
    ]
    assert then == [None, "seen", "assigned", "assigned", None]


def test_lines_can_be_listed_by_page(register: Store):
    page_id = views.page_id_of(register, PageRef("1", 1))
    rows = views.lines(register, page_id=page_id)
    assert [(row["text"], row["entry"]) for row in rows] == [("một", 3), ("trang 1", None)]
    assert [row["line"] for row in views.lines(register)] == [3, 4, 1, 2, 5]


def test_a_line_on_which_nothing_was_read_has_no_confidence(register: Store):
    add_scan(register, reading(["", "năm"]), notebook="3")
    assert views.entries(register, notebook="3")[0]["text"] == "\nnăm"
    assert [row["confidence"] for row in views.lines(register, entry_id=5)] == [0.0, 0.75]


def test_a_held_scan_is_listed_with_the_page_it_looks_like(register: Store):
    (held,) = views.held_scans(register)
    assert (held["scan"], held["held"]) == (4, "number_taken")
    assert (held["like_notebook"], held["like_page"]) == ("1", 1)


def test_pages_that_nobody_checked_are_counted_with_those_held(register: Store):
    assert views.unchecked_pages(register) == 4
    correct.check_page(register, PageRef("2", 1), by=CLERK, now=NOW)
    assert views.unchecked_pages(register) == 3


def test_rules_and_holidays_are_listed(register: Store):
    office.set_rule(
        register, "r", from_date=TODAY, working_days=5, source="QĐ 1", by=CLERK, now=NOW
    )
    office.set_holiday(register, TODAY, working=True, name="bù", by=CLERK, now=NOW)
    assert views.rules(register) == [
        {"name": "r", "from_date": "2024-03-01", "working_days": 5, "source": "QĐ 1"}
    ]
    assert views.holidays(register) == [{"date": "2024-03-01", "kind": "working", "name": "bù"}]


def test_marks_can_be_listed_by_state(register: Store):
    assert [row["mark"] for row in views.marks(register, state="found")] == [1]
    seen.reject_mark(register, 1, reason="vết mực", by=CLERK, now=NOW)
    assert views.marks(register, state="found") == []
    assert [row["reason"] for row in views.marks(register)] == ["vết mực"]


def test_the_next_number_follows_the_last_page(register: Store):
    assert views.next_number(register, "1") == 3
    assert views.next_number(register, "new") == 1
    assert views.ref_of(register, 1) == PageRef("1", 2)


def test_each_line_names_the_engine_that_read_it(register: Store):
    lines = reading(["in"], engine="print 1")["lines"] + reading(["viết"], engine="hand 1")["lines"]
    add_scan(register, reading(lines, engine="both 1"), notebook="3")
    assert [row["engine"] for row in views.lines(register, entry_id=5)] == ["print 1", "hand 1"]
