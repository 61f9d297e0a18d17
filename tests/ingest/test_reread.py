from __future__ import annotations

import pytest
from registers import CLERK, NOW, add_scan, make_register, reading
from test_ingest import Steps

from formbook.ingest import reread as module
from formbook.ingest.job import FrameRead
from formbook.ingest.reread import reread
from formbook.model import PageRef
from formbook.reading import reading_from_body
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


def _reread(store, monkeypatch, meanwhile=lambda: None):
    """Read all pages again; `meanwhile` happens after the first is read and before it is kept."""

    def in_order(pieces, _work, **_limits):
        for piece in pieces:
            meanwhile()
            yield piece, FrameRead(reading_from_body(NEW), b"", None)

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
