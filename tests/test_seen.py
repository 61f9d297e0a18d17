from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from registers import (
    AUDITOR,
    CHAIRMAN,
    CLERK,
    NOW,
    TODAY,
    add_scan,
    contents,
    make_register,
    mark,
    reading,
    written,
)

from formbook import regroup, respond
from formbook.correct import correct_entry
from formbook.model import PageRef, Role, Status
from formbook.permissions import Act, Actor, NotAllowedError
from formbook.seen import (
    AnsweredSinceError,
    ChangedSinceError,
    NothingToMarkError,
    NothingToTakeBackError,
    mark_seen,
    reject_mark,
    take_back,
)
from formbook.store import FutureDateError, NotFoundError, Store, views
from formbook.store.log import Event
from formbook.store.verify import verify
from formbook.undo import undo

PAGE = PageRef("1", 1)
DAY = dt.date(2024, 2, 20)


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Store]:
    """Page 1 bears no mark; page 2 one for the page and one at its second entry."""
    with make_register(tmp_path) as store:
        add_scan(store, reading([("một", 0), ("hai", 1)]), number=1)
        marks = [mark(written("20/2", "2024-02-20")), mark(entry=1)]
        add_scan(store, reading([("ba", 0), ("bốn", 1)], marks=marks), number=2)
        yield store


def _see(store: Store, target: PageRef | int, by: Actor = CHAIRMAN, on: dt.date = DAY) -> Event:
    return mark_seen(store, target, on=on, by=by, now=NOW, today=TODAY)


def test_what_was_changed_since_it_was_looked_at_is_not_marked(register: Store):
    looked_at = {views.entry(register, number)["version"] for number in (1, 2)}
    correct_entry(register, 2, text="hai ba", written_on=None, by=CLERK, now=NOW)
    now = views.entry(register, 2)["version"]
    before = contents(register)
    for target, was in ((PAGE, looked_at), (2, looked_at), (PAGE, [now])):
        with pytest.raises(ChangedSinceError) as caught:
            mark_seen(register, target, on=DAY, was=was, by=CHAIRMAN, now=NOW, today=TODAY)
        assert contents(register) == before
        assert str(caught.value.fields["entry"]) in str(caught.value)
    mark_seen(register, 1, on=DAY, was=looked_at, by=CHAIRMAN, now=NOW, today=TODAY)
    mark_seen(register, PAGE, on=DAY, was=[now], by=CHAIRMAN, now=NOW, today=TODAY)
    assert _statuses(register) == [SEEN, SEEN, RECEIVED, RECEIVED]


def _statuses(store: Store) -> list[tuple[str, str | None]]:
    return [(row["status"], row["seen"]) for row in views.entries(store)]


RECEIVED, SEEN = ("received", None), ("seen", "2024-02-20")


def test_the_chairman_marks_a_page_with_all_its_entries(register: Store):
    event = _see(register, PAGE)
    assert event.kind == Act.SEEN
    assert _statuses(register) == [SEEN, SEEN, RECEIVED, RECEIVED]
    (made,) = views.marks(register, state="settled")
    assert (made["page"], made["entry"], made["date"], made["settled_by"]) == (
        *(1, None, "2024-02-20", CHAIRMAN.name),
    )


def test_the_chairman_marks_one_entry(register: Store):
    _see(register, 2)
    assert _statuses(register) == [RECEIVED, SEEN, RECEIVED, RECEIVED]
    assert [row["entry"] for row in views.marks(register, state="settled")] == [2]


def test_marks_found_on_the_paper_are_settled_to_the_day(register: Store):
    _see(register, PageRef("1", 2))
    assert _statuses(register)[2:] == [SEEN, SEEN]
    marks = views.marks(register)
    assert [(row["state"], row["date"], row["date_text"]) for row in marks] == [
        *(("settled", "2024-02-20", "20/2"), ("settled", "2024-02-20", None)),
    ]


def test_a_clerk_may_record_a_mark_that_stands_on_the_paper(register: Store):
    event = _see(register, PageRef("1", 2), by=CLERK)
    assert event.kind == Act.MARK_SETTLED
    assert _statuses(register)[2:] == [SEEN, SEEN]
    assert {row["settled_by"] for row in views.marks(register)} == {"Lan"}


@pytest.mark.parametrize("target", [PAGE, 1])
@pytest.mark.parametrize("who", [CLERK, AUDITOR])
def test_only_the_chairman_makes_a_mark_where_there_is_none(register, target, who):
    before = contents(register)
    with pytest.raises(NotAllowedError, match=r"\(seen\); it is for: chairman"):
        _see(register, target, by=who)
    assert contents(register) == before


def test_an_auditor_settles_no_mark(register: Store):
    with pytest.raises(NotAllowedError, match="it is for: chairman, clerk"):
        _see(register, 4, by=AUDITOR)


def test_a_page_is_not_marked_twice(register: Store):
    _see(register, PAGE)
    before = contents(register)
    with pytest.raises(NothingToMarkError) as refused:
        _see(register, PAGE)
    with pytest.raises(NothingToMarkError, match="Entry 1 holds nothing"):
        _see(register, 1)
    assert str(refused.value).splitlines() == [
        "Page 1/1 holds nothing that still waits to be seen.",
        "Nothing was changed. `formbook show 1/1` shows what is there.",
    ]
    assert contents(register) == before


def test_nobody_has_seen_a_page_tomorrow(register: Store):
    head = register.head()
    with pytest.raises(FutureDateError, match="2024-03-02 has not come yet; today is 2024-03-01"):
        _see(register, PAGE, on=dt.date(2024, 3, 2))
    assert register.head() == head
    _see(register, PAGE, on=TODAY)
    assert _statuses(register)[0] == ("seen", "2024-03-01")


@pytest.mark.parametrize(("target", "name"), [(PageRef("1", 7), "page 1/7"), (77, "entry 77")])
def test_what_is_not_there_is_named(register: Store, target: PageRef | int, name: str):
    with pytest.raises(NotFoundError, match=f"holds no {name}"):
        _see(register, target)


def test_an_entry_that_is_gone_is_not_marked(register: Store):
    regroup.drop_entry(register, 1, reason="trống", by=CLERK, now=NOW)
    _see(register, PAGE)
    assert register.rows("select id from entries where status = 'seen'") == [{"id": 2}]


def test_what_was_done_already_stays_done_when_the_page_is_marked_again(register: Store):
    """The page is scanned once more, written further and signed again."""
    _see(register, PAGE)
    respond.respond(
        register,
        1,
        Status.ANSWERED,
        note="đã sửa",
        due=None,
        to=None,
        duplicate_of=None,
        by=CLERK,
        now=NOW,
        today=TODAY,
    )
    again = reading([("một", 0), ("hai", 1), ("ba", 2)], marks=[mark()])
    add_scan(register, again, number=1, known={0: 1, 1: 2})
    _see(register, PAGE, by=CLERK, on=TODAY)
    assert [(row["status"], row["seen"]) for row in views.entries(register)[:3]] == [
        *(("answered", "2024-02-20"), SEEN, ("seen", "2024-03-01"))
    ]


def test_a_mark_at_a_known_entry_stays_at_that_entry(register: Store):
    again = reading([("một", 0), ("hai", 1)], marks=[mark(entry=1)])
    add_scan(register, again, number=1, known={0: 1, 1: 2})
    (found,) = views.marks(register, page_id=1)
    assert found["entry"] == 2
    assert _see(register, 2, by=CLERK).kind == Act.MARK_SETTLED
    with pytest.raises(NotAllowedError):
        _see(register, 1, by=CLERK)


def test_a_mark_at_an_entry_that_is_gone_stands_for_the_page(register: Store):
    regroup.drop_entry(register, 2, reason="trống", by=CLERK, now=NOW)
    again = reading([("một", 0), ("hai", 1)], marks=[mark(entry=1)])
    add_scan(register, again, number=1, known={0: 1, 1: 2})
    assert [row["entry"] for row in views.marks(register, page_id=1)] == [None]


def test_a_found_mark_can_be_settled_after_its_entry_was_seen(register: Store):
    _see(register, PageRef("1", 1))
    again = reading([("một", 0), ("hai", 1)], marks=[mark()])
    add_scan(register, again, number=1, known={0: 1, 1: 2})
    assert _see(register, 1, by=CLERK, on=TODAY).body["entries"] == []
    assert views.marks(register, state="found", page_id=1) == []
    assert _statuses(register)[0] == SEEN


def test_what_is_no_mark_is_rejected_for_good(register: Store):
    reject_mark(register, 1, reason="vết mực", by=CLERK, now=NOW)
    rejected = views.marks(register)[0]
    assert (rejected["state"], rejected["settled_by"], rejected["reason"]) == (
        *("rejected", "Lan", "vết mực"),
    )
    assert _statuses(register)[2:] == [RECEIVED, RECEIVED]
    for number in (1, 99):
        with pytest.raises(NotFoundError, match=f"holds no unsettled mark {number}"):
            reject_mark(register, number, reason=None, by=CLERK, now=NOW)


def test_an_auditor_rejects_no_mark(register: Store):
    with pytest.raises(NotAllowedError):
        reject_mark(register, 1, reason=None, by=AUDITOR, now=NOW)
    assert len(views.marks(register, state="found")) == 2


def test_a_clerk_records_the_mark_of_a_page_for_one_entry_after_another(register: Store):
    assert _see(register, 3, CLERK).kind == Act.MARK_SETTLED
    assert _see(register, 4, CLERK).kind == Act.MARK_SETTLED
    assert _statuses(register)[2:] == [SEEN, SEEN]
    assert len(views.marks(register, page_id=2)) == 2


@pytest.mark.parametrize(
    "dates", [(None, None), (written("20/2", "2024-02-20"), written("21/2", "2024-02-21"))]
)
def test_each_entry_takes_a_mark_of_its_own_where_a_page_bears_several(register: Store, dates):
    add_scan(
        register, reading([("a", 0), ("b", 1)], marks=[mark(date) for date in dates]), number=3
    )
    first, second = DAY, dt.date(2024, 2, 21)
    assert _see(register, 5, by=CLERK, on=first).body["marks"] == [3]
    assert [row["mark"] for row in views.marks(register, state="found")] == [1, 2, 4]
    assert _see(register, 6, by=CLERK, on=second).body["marks"] == [4]
    assert [row["seen"] for row in views.entries(register)][4:] == ["2024-02-20", "2024-02-21"]


def test_a_mark_of_another_day_waits_when_a_page_is_marked(register: Store):
    marks = [mark(written("20/2", "2024-02-20")), mark(written("21/2", "2024-02-21"))]
    add_scan(register, reading(["a"], marks=marks), number=3)
    page = PageRef("1", 3)
    assert _see(register, page, by=CLERK).body["marks"] == [3]
    assert _see(register, page, by=CLERK, on=dt.date(2024, 2, 21)).body["marks"] == [4]
    assert [row["date"] for row in views.marks(register, state="settled")] == [
        *("2024-02-20", "2024-02-21"),
    ]


def test_a_mark_whose_date_was_misread_is_settled_all_the_same(register: Store):
    marks = [mark(written("20/2", "2024-02-20"))]
    add_scan(register, reading(["a"], marks=marks), number=3)
    assert _see(register, PageRef("1", 3), by=CLERK, on=dt.date(2024, 2, 26)).body["marks"] == [3]


def test_a_clerk_cannot_record_a_day_that_no_mark_bears(register: Store):
    _see(register, 3, CLERK)
    _see(register, 4, CLERK)
    regroup.add_entry(
        register, PageRef("1", 2), "năm", written_on=None, by=CLERK, now=NOW, today=TODAY
    )
    with pytest.raises(NotAllowedError):
        _see(register, 5, CLERK, on=dt.date(2024, 2, 21))
    assert _see(register, 5, CLERK).kind == Act.MARK_SETTLED


# -- taking back ----------------------------------------------------------------


def _take_back(store: Store, target: PageRef | int, by: Actor = CHAIRMAN) -> Event:
    return take_back(store, target, reason="nhầm trang", by=by, now=NOW)


def test_what_was_taken_back_waits_again_and_what_stands_on_paper_is_found_again(register: Store):
    before = views.marks(register), _statuses(register)
    _see(register, PageRef("1", 2))
    event = _take_back(register, PageRef("1", 2))
    assert (event.kind, event.body["reason"]) == (Act.UNSEEN, "nhầm trang")
    assert (views.marks(register), _statuses(register)) == before
    assert verify(register).findings == ()


def test_a_mark_that_is_on_no_paper_stays_rejected_with_the_reason(register: Store):
    _see(register, PAGE)
    _take_back(register, PAGE)
    (made,) = views.marks(register, state="rejected")
    assert (made["reason"], made["settled_by"]) == ("nhầm trang", CHAIRMAN.name)
    _see(register, PAGE)
    assert _statuses(register)[:2] == [SEEN, SEEN]


def test_taking_one_entry_back_leaves_the_pages_mark(register: Store):
    _see(register, PAGE)
    _take_back(register, 1)
    assert _statuses(register)[:2] == [RECEIVED, SEEN]
    assert [mark["entry"] for mark in views.marks(register, state="settled")] == [None]
    assert verify(register).findings == ()


def test_what_is_not_marked_cannot_be_taken_back(register: Store):
    for target in (PAGE, 1):
        with pytest.raises(NothingToTakeBackError, match="is not marked as seen"):
            _take_back(register, target)
    with pytest.raises(NotFoundError):
        _take_back(register, 99)


def test_a_mark_that_an_answer_stands_on_is_not_taken_back(register: Store):
    _see(register, PAGE)
    respond.respond(
        *(register, 2, Status.ANSWERED),
        note="xong",
        due=None,
        to=None,
        duplicate_of=None,
        by=CLERK,
        now=NOW,
        today=TODAY,
    )
    with pytest.raises(AnsweredSinceError, match="Entry 2 was answered since"):
        _take_back(register, PAGE)
    _take_back(register, 1)
    assert [status for status, _seen in _statuses(register)[:2]] == ["received", "answered"]


def test_a_clerk_takes_back_what_a_clerk_settled_and_not_what_the_chairman_marked(register: Store):
    _see(register, PAGE)
    _see(register, PageRef("1", 2), by=CLERK)
    with pytest.raises(NotAllowedError):
        _take_back(register, PAGE, by=CLERK)
    _take_back(register, PageRef("1", 2), by=CLERK)
    assert _statuses(register) == [SEEN, SEEN, RECEIVED, RECEIVED]


def test_a_clerk_does_not_bring_back_what_the_chairman_took_back(register: Store):
    _see(register, PAGE)
    event = _take_back(register, PAGE)
    with pytest.raises(NotAllowedError):
        undo(register, event.seq, reason="-", by=CLERK, now=NOW)
    undo(register, event.seq, reason="-", by=CHAIRMAN, now=NOW)
    assert _statuses(register)[:2] == [SEEN, SEEN]
    assert verify(register).findings == ()


def test_a_clerk_who_brings_it_back_all_the_same_is_named(register: Store):
    _see(register, PAGE)
    event = _take_back(register, PAGE)
    forger = Actor(CLERK.name, frozenset(Role), CLERK.account)
    with register.writing():
        forged = register.append(Act.UNDONE, {"seq": event.seq, "reason": None}, by=forger, at=NOW)
    found = [(finding.kind, finding.event) for finding in verify(register).findings]
    assert found == [("event_not_allowed", forged.seq)]


def test_a_clerk_who_takes_back_the_chairmans_mark_all_the_same_is_named(register: Store):
    _see(register, PAGE)
    forger = Actor(CLERK.name, frozenset(Role), CLERK.account)
    forged = _take_back(register, PAGE, by=forger)
    found = [(finding.kind, finding.event) for finding in verify(register).findings]
    assert found == [("event_not_allowed", forged.seq)]
