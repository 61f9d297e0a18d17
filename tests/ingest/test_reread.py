from __future__ import annotations

import pytest
from importing import Steps
from registers import CHAIRMAN, CLERK, NOW, TODAY, add_scan, make_register, reading

from formbook.correct import check_page, correct_line
from formbook.ingest import reread as module
from formbook.ingest.job import FrameRead, PageRead
from formbook.ingest.reread import reread
from formbook.model import PageRef, Status
from formbook.reading import reading_from_body
from formbook.regroup import drop_entry
from formbook.respond import respond
from formbook.seen import mark_seen
from formbook.store import NotFoundError, Store, views
from formbook.store.verify import verify
from formbook.undo import undo

OLD = reading(["Đen hong"])
NEW = reading([("Đèn hỏng", 0)], engine="scripted 2")


@pytest.fixture
def register(tmp_path):
    with make_register(tmp_path) as store:
        for number in (1, 2):
            add_scan(store, OLD, number=number)
        yield store


def _reread(store, monkeypatch, meanwhile=lambda: None, new=NEW):
    """Read all pages again; `meanwhile` happens after the first is read and before it is kept."""

    def in_order(pieces, _work, **_limits):
        for piece in pieces:
            meanwhile()
            yield piece, FrameRead((PageRead(reading_from_body(new), b"", None),))

    monkeypatch.setattr(module, "in_order", in_order)
    return reread(
        store,
        None,
        by=CLERK,
        clock=lambda: NOW,
        recognizer="scripted",
        workers=1,
        time_limit_s=1.0,
        progress=Steps(),
    )


def test_what_was_not_corrected_follows_the_new_reading(register, monkeypatch):
    report = _reread(register, monkeypatch)
    assert report.pages == [PageRef("1", 1), PageRef("1", 2)]
    assert (report.failed, report.entries, report.marks) == ([], 0, 0)
    assert [row["text"] for row in views.entries(register)] == ["Đèn hỏng", "Đèn hỏng"]
    assert register.value("select count(*) from readings") == 4
    assert verify(register).findings == ()


def _two_lines_in_the_place_of_one():
    """The second lies within the outline of the first, where an engine saw but one."""
    lines = reading([("Đèn hỏng", 0), ("Cháu tố cáo", 0)])["lines"]
    lines[1]["polygon"] = [[100, 30], [300, 30], [300, 44], [100, 44]]
    return reading(lines)


def test_a_line_that_was_missed_goes_beside_the_one_it_was_read_with(register, monkeypatch):
    report = _reread(register, monkeypatch, new=_two_lines_in_the_place_of_one())
    assert (report.entries, report.failed) == (0, [])
    assert [row["text"] for row in views.entries(register)] == ["Đèn hỏng\nCháu tố cáo"] * 2


def test_a_line_that_was_missed_is_not_answered_with_the_rest(register, monkeypatch):
    page, day = PageRef("1", 1), TODAY
    mark_seen(register, page, on=day, by=CHAIRMAN, now=NOW, today=day)
    said = {"note": "đã sửa", "due": None, "to": None, "duplicate_of": None}
    respond(register, 1, Status.ANSWERED, **said, by=CLERK, now=NOW, today=day)
    drop_entry(register, 2, reason="vết mực", by=CLERK, now=NOW)
    report = _reread(register, monkeypatch, new=_two_lines_in_the_place_of_one())
    assert report.entries == 2
    assert [(row["page"], row["text"], row["status"]) for row in views.entries(register)] == [
        (1, "Đèn hỏng", "answered"),
        (1, "Cháu tố cáo", "received"),
        (2, "Cháu tố cáo", "received"),
    ]


def test_a_line_that_was_in_no_entry_comes_into_one(tmp_path, monkeypatch):
    old = reading([("trang", None), ("1", None), ("Đèn hỏng", 0)])
    new = reading([("Chợ bẩn", 0), ("lắm", 0), ("Đèn hỏng", 1)])
    with make_register(tmp_path) as store:
        add_scan(store, old)
        correct_line(store, 2, "Trang 1", by=CLERK, now=NOW)
        check_page(store, PageRef("1", 1), by=CLERK, now=NOW)
        assert _reread(store, monkeypatch, new=new).entries == 1
        assert [row["text"] for row in views.entries(store)] == ["Đèn hỏng", "Chợ bẩn"]
        assert views.pages(store)[0]["checked_by"] is None
        assert verify(store).findings == ()


def test_a_page_that_is_taken_back_meanwhile_fails_alone(register, monkeypatch):
    first = register.value("select seq from scans where id = 1")

    def take_back():
        if views.find_page(register, PageRef("1", 1)):
            with Store(register.folder) as other:
                undo(other, first, reason=None, by=CLERK, now=NOW)

    report = _reread(register, monkeypatch, take_back)
    assert report.pages == [PageRef("1", 2)]
    assert [type(failure.error) for failure in report.failed] == [NotFoundError]
    assert [row["text"] for row in views.entries(register)] == ["Đèn hỏng"]
    assert verify(register).findings == ()
