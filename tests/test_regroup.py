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
    box,
    contents,
    entry,
    make_register,
    mark,
    reading,
    written,
)

from formbook.correct import correct_entry
from formbook.model import PageRef, Status
from formbook.permissions import NotAllowedError
from formbook.regroup import (
    CannotDropError,
    CannotJoinError,
    CannotSplitError,
    add_entry,
    drop_entry,
    join_entries,
    split_entry,
)
from formbook.respond import respond
from formbook.seen import mark_seen
from formbook.store import EmptyTextError, FutureDateError, NotFoundError, Store, views
from formbook.store.log import Event
from formbook.store.waiting import open_entries
from formbook.undo import undo

PAGE = PageRef("1", 1)


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Store]:
    """Entry 1 has lines 1 to 3, entry 2 has line 4 and a mark; page 2 came first in the file."""
    with make_register(tmp_path) as store:
        lines = [("một", 0), ("hai", 0), ("ba", 0), ("bốn", 1)]
        add_scan(store, reading(lines, marks=[mark(entry=1)]), number=2)
        add_scan(store, reading(["trang trước"]), number=1)
        yield store


def _split(store: Store, entry: int, line: int) -> Event:
    return split_entry(store, entry, line, by=CLERK, now=NOW)


def _join(store: Store, entry: int, *others: int) -> Event:
    return join_entries(store, entry, others, by=CLERK, now=NOW)


def _see(store: Store, entry: int) -> None:
    mark_seen(store, entry, on=TODAY, by=CHAIRMAN, now=NOW, today=TODAY)


def _respond(store: Store, entry: int, status: Status, duplicate_of: int | None = None) -> Event:
    return respond(
        store,
        entry,
        status,
        note="đã sửa",
        due=None,
        to="Tổ",
        duplicate_of=duplicate_of,
        by=CLERK,
        now=NOW,
        today=TODAY,
    )


def _texts(store: Store) -> dict[int, str]:
    return {row["entry"]: row["text"] for row in views.entries(store)}


# -- split --------------------------------------------------------------------


def test_a_line_and_those_after_it_become_an_entry(register: Store):
    _split(register, 1, 2)
    assert _texts(register) == {3: "trang trước", 1: "một", 4: "hai\nba", 2: "bốn"}
    assert views.entry(register, 1)["polygon"] == box(0)
    top, bottom = box(1)[0], box(2)[2]
    assert views.entry(register, 4)["polygon"][0] == top
    assert views.entry(register, 4)["polygon"][2] == bottom
    assert [row["entry"] for row in views.entries(register)] == [3, 1, 4, 2]


def _dates(store: Store) -> dict[int, tuple[str | None, str | None]]:
    return {
        row["entry"]: (row["written_on"], row["written_text"])
        for row in views.entries(store)
        if row["page"] == 3
    }


def test_the_date_goes_with_the_line_on_which_it_stands(register: Store):
    date = written("26/2/2024", "2024-02-26", date="2024-02-26")
    lines = [("Đèn hỏng", 0), ("Chợ bẩn", 0), ("26/2/2024", 0)]
    add_scan(register, reading(lines, entries=[entry(date)]), number=3)
    found = ("2024-02-26", "26/2/2024")
    _split(register, 4, 7)
    assert _dates(register) == {4: (None, None), 5: found}
    assert views.entry(register, 5)["written_candidates"] == date["candidates"]
    assert views.entry(register, 4)["written_candidates"] == []
    assert [line["text"] for line in views.lines(register, entry_id=5)] == ["Chợ bẩn", "26/2/2024"]


@pytest.mark.parametrize("lines", [["26/2/2024 Đèn hỏng", "Chợ bẩn"], ["26/2/2024", "26/2/2024"]])
def test_a_date_on_the_first_part_stays_there(register: Store, lines):
    date = written("26/2/2024", "2024-02-26", date="2024-02-26")
    add_scan(register, reading(lines, entries=[entry(date)]), number=3)
    _split(register, 4, 7)
    assert _dates(register) == {4: ("2024-02-26", "26/2/2024"), 5: (None, None)}


def test_a_date_that_a_person_gave_stays_with_the_first_part(register: Store):
    date = written("26/2/2024", "2024-02-26", date="2024-02-26")
    add_scan(register, reading(["Đèn hỏng", "26/2/2024"], entries=[entry(date)]), number=3)
    correct_entry(register, 4, text=None, written_on=dt.date(2024, 2, 20), by=CLERK, now=NOW)
    _split(register, 4, 7)
    assert _dates(register) == {4: ("2024-02-20", "26/2/2024"), 5: (None, None)}


def test_both_parts_are_seen_or_neither_and_answers_stay_with_the_first(register: Store):
    _split(register, 1, 3)
    assert views.entry(register, 4)["status"] == "received"
    _see(register, 1)
    _respond(register, 1, Status.ANSWERED)
    _split(register, 1, 2)
    shown = views.entry(register, 5)
    assert (shown["status"], shown["seen"], shown["responses"]) == ("seen", "2024-03-01", [])
    assert views.entry(register, 1)["status"] == "answered"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (4, "it has no such line"),
        (99, "it has no such line"),
        (10**30, "it has no such line"),
        (1, "that is its first line"),
    ],
)
def test_an_entry_is_not_split_where_it_has_no_second_part(register, line: int, reason: str):
    before = contents(register)
    with pytest.raises(CannotSplitError) as refused:
        _split(register, 1, line)
    assert str(refused.value) == (
        f"Entry 1 cannot be split at line {line}: {reason}.\n"
        "Nothing was changed. `formbook lines 1` lists its lines."
    )
    assert contents(register) == before


def test_a_text_written_whole_is_not_split(register: Store):
    correct_entry(register, 1, text="một hai ba", written_on=None, by=CLERK, now=NOW)
    with pytest.raises(CannotSplitError, match="correct its lines first"):
        _split(register, 1, 2)
    correct_entry(register, 1, text="Một\nhai\nba", written_on=None, by=CLERK, now=NOW)
    _split(register, 1, 2)
    assert _texts(register)[4] == "hai\nba"


# -- join ---------------------------------------------------------------------


def test_the_lines_of_the_others_go_to_the_first(register: Store):
    _join(register, 1, 2)
    assert _texts(register) == {3: "trang trước", 1: "một\nhai\nba\nbốn"}
    assert views.entry(register, 1)["polygon"] == [box(0)[0], box(0)[1], box(3)[2], box(3)[3]]
    with pytest.raises(NotFoundError, match="Entry 2 was joined to entry 1 by Lan on 2024-03-01"):
        views.entry(register, 2)
    gone = register.row("select gone, joined_into from entries where id = 2")
    assert gone == {"gone": "joined", "joined_into": 1}


@pytest.mark.parametrize(
    ("entry", "other", "status", "seen_on"),
    [(1, 2, "received", None), (2, 1, "received", None)],
)
def test_what_was_seen_in_part_waits_to_be_seen_again(
    register: Store, entry: int, other: int, status: str, seen_on: str | None
):
    _see(register, 1)
    event = _join(register, entry, other)
    shown = views.entry(register, entry)
    assert (event.body["status"], shown["status"], shown["seen"]) == (status, status, seen_on)
    _see(register, entry)
    assert views.entry(register, entry)["seen"] == TODAY.isoformat()


def test_what_was_seen_whole_or_is_with_somebody_stays_so(register: Store):
    _see(register, 1)
    _respond(register, 1, Status.ASSIGNED)
    _join(register, 1, 2)
    shown = views.entry(register, 1)
    assert (shown["status"], shown["seen"]) == ("assigned", TODAY.isoformat())
    third = _split(register, 1, 4).seq
    new = register.value("select id from entries where first_seq = ?", third)
    fourth = register.value(
        "select id from entries where first_seq = ?", _split(register, 1, 3).seq
    )
    _join(register, new, fourth)
    assert views.entry(register, new)["status"] == "seen"


def test_what_was_joined_or_dropped_can_be_listed(register: Store):
    join = _join(register, 1, 2).seq
    drop = drop_entry(register, 1, reason="vết mực", by=CLERK, now=NOW).seq
    by = {"person": CLERK.name, "at": "2024-03-01T03:00:00Z", "notebook": "1", "page": 2}
    rows = views.gone_entries(register)
    assert [{name: row[name] for name in by} for row in rows] == [by, by]
    assert [
        (row["entry"], row["text"], row["gone"], row["reason"], row["joined_into"], row["event"])
        for row in rows
    ] == [
        (1, "một\nhai\nba\nbốn", "dropped", "vết mực", None, drop),
        (2, "bốn", "joined", None, 1, join),
    ]
    assert views.gone_entries(register, notebook="2") == []
    undo(register, drop, reason=None, by=CLERK, now=NOW)
    assert [row["entry"] for row in views.gone_entries(register)] == [2]


def test_a_mark_goes_with_its_entry(register: Store):
    _join(register, 1, 2)
    assert [row["entry"] for row in views.marks(register)] == [1]
    assert [row["mark"] for row in views.entry(register, 1)["marks"]] == [1]


def test_an_entry_of_two_pages_shows_the_marks_on_both(register: Store):
    _join(register, 3, 2)
    assert [row["page"] for row in views.entry(register, 3)["marks"]] == [2]


def test_an_entry_of_two_pages_is_read_in_paper_order(register: Store):
    """Page 2 has the lower number in the register, since it was scanned first."""
    _join(register, 3, 1, 1)
    assert _texts(register)[3] == "trang trước\nmột\nhai\nba"
    assert views.entry(register, 3)["polygon"] == box(0)
    assert [line["page"] for line in views.lines(register, entry_id=3)] == [1, 2, 2, 2]
    _split(register, 3, 1)
    assert _texts(register) == {3: "trang trước", 4: "một\nhai\nba", 2: "bốn"}
    assert views.entry(register, 4)["page"] == 2
    assert views.entry(register, 4)["polygon"][0] == box(0)[0]


def test_texts_written_whole_are_set_one_below_the_other(register: Store):
    correct_entry(register, 2, text="bốn\nnăm", written_on=None, by=CLERK, now=NOW)
    _join(register, 1, 2, 2)
    assert _texts(register)[1] == "một\nhai\nba\nbốn\nnăm"


def test_entries_without_lines_can_be_joined(register: Store):
    for text in ("a", "b"):
        add_entry(register, PAGE, text, written_on=None, by=CLERK, now=NOW, today=TODAY)
    _join(register, 4, 5)
    shown = views.entry(register, 4)
    assert (shown["text"], shown["polygon"]) == ("a\nb", [])


def test_an_entry_that_bears_no_date_takes_that_of_what_is_joined_to_it(register: Store):
    add_scan(
        register,
        reading(
            [("năm", 0), ("sáu", 1), ("26/2/2024", 2), ("27/2/2024", 3)],
            entries=[
                entry(),
                entry(written("26/2", "2024-02-26", "2023-02-26")),
                entry(written("26/2/2024", "2024-02-26", date="2024-02-26")),
                entry(written("27/2/2024", "2024-02-27", date="2024-02-27")),
            ],
        ),
        number=3,
    )
    assert views.entry(register, 4)["written_on"] is None
    _join(register, 4, 5, 6, 7)
    shown = views.entry(register, 4)
    assert (shown["written_on"], shown["written_text"]) == ("2024-02-26", "26/2/2024")
    assert [each["date"] for each in shown["written_candidates"]] == ["2024-02-26"]


def test_a_date_that_is_not_settled_is_kept_as_well(register: Store):
    unsettled = entry(written("26/2", "2024-02-26", "2023-02-26"))
    add_scan(register, reading([("a", 0), ("b", 1)], entries=[entry(), unsettled]), number=3)
    _join(register, 4, 5)
    shown = views.entry(register, 4)
    assert (shown["written_on"], shown["written_text"]) == (None, "26/2")


def test_an_entry_keeps_its_own_date(register: Store):
    for each, day in ((1, dt.date(2024, 2, 1)), (2, dt.date(2024, 2, 2))):
        correct_entry(register, each, text=None, written_on=day, by=CLERK, now=NOW)
    _join(register, 1, 2)
    assert views.entry(register, 1)["written_on"] == "2024-02-01"


def test_what_repeats_an_entry_repeats_the_one_that_it_is_joined_to(register: Store):
    _see(register, 3)
    _respond(register, 3, Status.DUPLICATE, duplicate_of=2)
    _join(register, 1, 2)
    assert views.entry(register, 3)["duplicate_of"] == 1
    _see(register, 1)
    add_entry(register, PAGE, "lại nữa", written_on=None, by=CLERK, now=NOW, today=TODAY)
    _see(register, 4)
    assert _respond(register, 4, Status.DUPLICATE, duplicate_of=3).body["duplicate_of"] == 3


def test_the_outline_of_an_entry_keeps_to_one_scan(register: Store):
    later = {
        **reading(["thêm"])["lines"][0],
        "polygon": [[3000, 3000], [3400, 3000], [3400, 3024], [3000, 3024]],
    }
    add_scan(register, reading([later]), number=2)
    _join(register, 1, 4)
    assert [line["scan"] for line in views.lines(register, entry_id=1)] == [1, 1, 1, 3]
    assert max(x for x, _y in views.entry(register, 1)["polygon"]) == 410


def test_an_entry_is_not_joined_to_itself(register: Store):
    before = contents(register)
    with pytest.raises(CannotJoinError) as refused:
        _join(register, 1, 2, 1)
    assert str(refused.value) == (
        "Entry 1 cannot be joined to entry 1: it is the same entry.\n"
        "Nothing was changed. `formbook show 1` shows it."
    )
    assert contents(register) == before


def test_entries_of_two_notebooks_are_not_joined(register: Store):
    add_scan(register, reading(["khác"]), notebook="2")
    with pytest.raises(CannotJoinError, match="it stands in another notebook"):
        _join(register, 1, 4)


def test_what_was_answered_is_not_joined_to_another(register: Store):
    _see(register, 2)
    _respond(register, 2, Status.ASSIGNED)
    with pytest.raises(CannotJoinError, match="something was already done about it"):
        _join(register, 1, 2)
    _join(register, 2, 1)
    assert _texts(register)[2] == "một\nhai\nba\nbốn"


def test_nothing_is_joined_to_what_is_closed(register: Store):
    """It would leave the list of unanswered entries without an answer."""
    _see(register, 2)
    _respond(register, 2, Status.ANSWERED)
    with pytest.raises(CannotJoinError, match="reopen it first"):
        _join(register, 2, 1)
    _respond(register, 2, Status.REOPENED)
    _join(register, 2, 1)


@pytest.mark.parametrize(("entry", "other"), [(99, 1), (1, 99)])
def test_an_entry_that_is_not_there_is_not_joined(register: Store, entry: int, other: int):
    with pytest.raises(NotFoundError, match="no entry 99"):
        _join(register, entry, other)


# -- add and drop -------------------------------------------------------------


def test_an_entry_that_no_engine_found_is_added_at_the_end_of_its_page(register: Store):
    day = dt.date(2024, 2, 1)
    add_entry(register, PAGE, " Ghế hỏng\n", written_on=day, by=CLERK, now=NOW, today=TODAY)
    shown = views.entry(register, 4)
    assert (shown["text"], shown["status"], shown["written_on"]) == (
        *("Ghế hỏng", "received", "2024-02-01"),
    )
    assert (shown["written_by"], shown["corrected_by"], shown["imported_on"]) == (
        *("Lan", "Lan", "2024-03-01"),
    )
    assert [row["entry"] for row in views.entries(register)][:2] == [3, 4]


@pytest.mark.parametrize("text", ["", " \n\t", "\u200b"])
def test_an_entry_without_words_is_not_added(register: Store, text: str):
    head = register.head()
    with pytest.raises(EmptyTextError, match="An entry without a text is none"):
        add_entry(register, PAGE, text, written_on=None, by=CLERK, now=NOW, today=TODAY)
    assert register.head() == head


def test_an_entry_was_not_written_on_a_day_to_come(register: Store):
    day = TODAY + dt.timedelta(days=1)
    with pytest.raises(FutureDateError, match="2024-03-02 has not come yet"):
        add_entry(register, PAGE, "x", written_on=day, by=CLERK, now=NOW, today=TODAY)


def test_an_entry_is_added_to_a_page_that_is_there(register: Store):
    with pytest.raises(NotFoundError, match="no page 1/9"):
        add_entry(register, PageRef("1", 9), "x", written_on=None, by=CLERK, now=NOW, today=TODAY)


def test_a_dropped_entry_leaves_every_list_but_the_log(register: Store):
    event = drop_entry(register, 1, reason="vết mực", by=CLERK, now=NOW)
    assert list(_texts(register)) == [3, 2]
    assert [row["entry"] for row in open_entries(register)] == [2, 3]
    assert event.body == {"entry": 1, "reason": "vết mực"}
    with pytest.raises(NotFoundError, match="Entry 1 was dropped by Lan on 2024-03-01: vết mực"):
        drop_entry(register, 1, reason="vết mực", by=CLERK, now=NOW)


def test_what_was_acted_on_is_not_dropped(register: Store):
    _see(register, 1)
    _respond(register, 1, Status.ASSIGNED)
    before = contents(register)
    with pytest.raises(CannotDropError, match="1 cannot be dropped: something was already done"):
        drop_entry(register, 1, reason="vết mực", by=CLERK, now=NOW)
    assert contents(register) == before


def test_what_another_entry_repeats_is_not_dropped(register: Store):
    _see(register, 1)
    _respond(register, 1, Status.DUPLICATE, duplicate_of=2)
    with pytest.raises(CannotDropError, match="2 cannot be dropped: another entry was said to"):
        drop_entry(register, 2, reason="vết mực", by=CLERK, now=NOW)
    assert 2 in _texts(register)


@pytest.mark.parametrize("who", [CHAIRMAN, AUDITOR])
def test_only_a_clerk_regroups(register: Store, who):
    before = contents(register)
    with pytest.raises(NotAllowedError):
        split_entry(register, 1, 2, by=who, now=NOW)
    with pytest.raises(NotAllowedError):
        join_entries(register, 1, [2], by=who, now=NOW)
    with pytest.raises(NotAllowedError):
        drop_entry(register, 1, reason="-", by=who, now=NOW)
    with pytest.raises(NotAllowedError):
        add_entry(register, PAGE, "x", written_on=None, by=who, now=NOW, today=TODAY)
    assert contents(register) == before
