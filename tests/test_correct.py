from __future__ import annotations

import datetime as dt
import pickle
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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
    entry,
    make_register,
    mark,
    place_scan,
    reading,
    reread,
    written,
)

from formbook import regroup
from formbook.correct import (
    ConflictError,
    NothingToCorrectError,
    NumberTakenError,
    Said,
    check_page,
    correct_entry,
    correct_line,
    renumber_page,
)
from formbook.model import PageRef, Role
from formbook.permissions import Actor, NotAllowedError
from formbook.seen import mark_seen, take_back
from formbook.store import EmptyTextError, FutureDateError, NotFoundError, Store, views
from formbook.store.log import Event
from formbook.undo import undo

PAGE = PageRef("1", 1)


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Store]:
    """Entry 1 has lines 1 and 2, entry 2 has line 3; line 4 belongs to none."""
    with make_register(tmp_path) as store:
        add_scan(store, reading([("dưong", 0), ("hong", 0), ("đèn", 1), ("trang 1", None)]))
        yield store


def _line(store: Store, line: int, text: str) -> Event:
    return correct_line(store, line, text, by=CLERK, now=NOW)


def _entry(store: Store, text: str | None, entry: int = 1, on: dt.date | None = None) -> Event:
    return correct_entry(store, entry, text=text, written_on=on, by=CLERK, now=NOW)


def _text(store: Store, entry: int = 1) -> str:
    return views.entry(store, entry)["text"]


def _corrected(store: Store) -> dict[int, str | None]:
    return {row["line"]: row["corrected_by"] for row in views.lines(store)}


# -- lines and entries --------------------------------------------------------


def test_a_corrected_line_changes_its_entry_and_keeps_the_reading(register: Store):
    _line(register, 1, unicodedata.normalize("NFD", "  Đường  "))
    assert _text(register) == "Đường\nhong"
    assert views.entry(register, 1)["corrected_by"] == "Lan"
    assert register.rows("select text from readings where line_id = 1") == [{"text": "dưong"}]
    assert register.rows("select line_id, text, person from corrections") == [
        {"line_id": 1, "text": "Đường", "person": "Lan"}
    ]


def test_a_line_of_no_entry_can_be_corrected(register: Store):
    _line(register, 4, "Trang 1")
    assert register.value("select text from lines where id = 4") == "Trang 1"
    assert [_text(register, entry) for entry in (1, 2)] == ["dưong\nhong", "đèn"]


def test_that_a_line_was_read_well_can_be_said_once(register: Store):
    _line(register, 3, "đèn")
    before = contents(register)
    with pytest.raises(NothingToCorrectError, match="Line 3 already says that"):
        _line(register, 3, " đèn ")
    assert contents(register) == before


def test_as_many_lines_correct_line_by_line(register: Store):
    event = _entry(register, "Đường\nhong")
    assert event.body["lines"] == [[1, "Đường"], [2, "hong"]]
    assert _corrected(register) == {1: "Lan", 2: "Lan", 3: None, 4: None}
    assert _entry(register, "Đường\nhỏng\n").body["lines"] == [[2, "hỏng"]]
    assert _text(register) == "Đường\nhỏng"


def test_another_number_of_lines_corrects_the_whole(register: Store):
    event = _entry(register, "Đường hỏng")
    assert (event.body["lines"], event.body["text"]) == ([], "Đường hỏng")
    assert _text(register) == "Đường hỏng"
    assert _corrected(register) == {1: None, 2: None, 3: None, 4: None}


def test_a_text_written_whole_stands_until_every_line_is_corrected(register: Store):
    _entry(register, "Đường hỏng")
    _line(register, 1, "Đường")
    assert _text(register) == "Đường hỏng"
    _line(register, 2, "hỏng nặng")
    assert _text(register) == "Đường\nhỏng nặng"


def test_lines_take_the_place_of_a_text_written_whole(register: Store):
    _entry(register, "Đường\nhỏng")
    _entry(register, "Đường hỏng")
    assert _text(register) == "Đường hỏng"
    _entry(register, "Đường\nhỏng")
    assert _text(register) == "Đường\nhỏng"
    assert register.value("select own_text from entries where id = 1") is None


@pytest.mark.parametrize("text", ["Đường hỏng", "Đường\nhỏng"])
def test_a_correction_that_changes_nothing_is_refused(register: Store, text: str):
    _entry(register, text, on=TODAY)
    before = contents(register)
    for again in ((text, None), (text, TODAY), (None, TODAY), (None, None)):
        with pytest.raises(NothingToCorrectError, match="Entry 1 already says that"):
            _entry(register, again[0], on=again[1])
    assert contents(register) == before


def test_a_date_that_a_machine_took_for_the_one_written_can_be_confirmed(register: Store):
    date = written("3/2", "2024-02-03", date="2024-02-03")
    add_scan(register, reading(["ghế"], entries=[entry(date)]), number=2)
    assert views.entry(register, 3)["written_by"] is None
    day = dt.date(2024, 2, 3)
    _entry(register, None, entry=3, on=day)
    assert (views.entry(register, 3)["written_on"], views.entry(register, 3)["written_by"]) == (
        *("2024-02-03", "Lan"),
    )
    with pytest.raises(NothingToCorrectError, match="Entry 3 already says that"):
        _entry(register, None, entry=3, on=day)


def test_no_entry_was_written_on_a_day_to_come(register: Store):
    before = contents(register)
    with pytest.raises(FutureDateError, match="2024-03-02 has not come yet; today is 2024-03-01"):
        _entry(register, None, on=dt.date(2024, 3, 2))
    assert contents(register) == before


def test_the_date_written_can_be_set_alone(register: Store):
    _entry(register, "Đường hỏng")
    _entry(register, None, on=dt.date(2024, 2, 3))
    shown = views.entry(register, 1)
    assert (shown["written_on"], shown["written_by"]) == ("2024-02-03", "Lan")
    assert shown["text"] == "Đường hỏng"


@pytest.mark.parametrize("number", [0, 99, 10**30])
def test_what_is_not_there_is_named(register: Store, number: int):
    with pytest.raises(NotFoundError, match=f"no line {number}"):
        _line(register, number, "x")
    with pytest.raises(NotFoundError, match=f"no entry {number}"):
        _entry(register, "x", entry=number)


@pytest.mark.parametrize("who", [CHAIRMAN, AUDITOR])
def test_only_a_clerk_corrects(register: Store, who):
    before = contents(register)
    with pytest.raises(NotAllowedError):
        correct_line(register, 1, "x", by=who, now=NOW)
    with pytest.raises(NotAllowedError):
        correct_entry(register, 1, text="x", written_on=None, by=who, now=NOW)
    with pytest.raises(NotAllowedError):
        renumber_page(register, PAGE, PageRef("1", 2), by=who, now=NOW)
    assert contents(register) == before


# -- later readings and scans -------------------------------------------------

BETTER = reading([("Đường", 0), ("hỏng", 0), ("Đèn", 1), ("Trang 1", None)], engine="better 2")
ALL = {0: 1, 1: 2, 2: 3, 3: 4}


def test_corrected_text_stays_when_a_page_is_read_again(register: Store):
    _line(register, 1, "Đừơng")
    reread(register, 1, BETTER, known=ALL)
    assert [_text(register, entry) for entry in (1, 2)] == ["Đừơng\nhỏng", "Đèn"]
    assert {row["engine"] for row in views.lines(register)} == {"better 2"}
    assert register.value("select count(*) from readings") == 8
    assert register.value("select count(*) from lines") == 4


def test_a_text_written_whole_stays_when_a_page_is_read_again(register: Store):
    _entry(register, "Đường hỏng")
    reread(register, 1, BETTER, known=ALL)
    assert _text(register) == "Đường hỏng"


def test_reading_again_shows_what_was_missed(register: Store):
    more = reading([("Đường", 0), ("ở ngõ 5", 0), ("Rác", 1)])
    reread(register, 1, more, known={0: 1}, beside={1: 1})
    assert [row["text"] for row in views.entries(register)] == [
        *("Đường\nở ngõ 5\nhong", "đèn", "Rác")
    ]


def test_a_later_scan_doubles_nothing_and_adds_what_is_new(register: Store):
    _line(register, 3, "Đèn!")
    check_page(register, PAGE, by=CLERK, now=NOW)
    later = reading([("khác", 0), ("khác", 0), ("khác", 1), ("mới", 2)], marks=[mark(entry=2)])
    add_scan(register, later, known={0: 1, 1: 2, 2: 3})
    assert [row["text"] for row in views.entries(register)] == ["dưong\nhong", "Đèn!", "mới"]
    page = views.page(register, PAGE)
    assert [scan["scan"] for scan in page["scans"]] == [1, 2]
    assert [found["entry"] for found in page["marks"]] == [3]
    assert page["checked_by"] is None
    assert register.value("select count(*) from readings where line_id = 1") == 2


def test_a_later_scan_that_shows_nothing_new_leaves_the_page_checked(register: Store):
    add_scan(register, reading(["một"], marks=[mark()]), number=2)
    check_page(register, PageRef("1", 2), by=CLERK, now=NOW)
    add_scan(register, reading(["một"], marks=[mark()]), number=2, known={0: 5}, known_marks=[0])
    page = views.page(register, PageRef("1", 2))
    assert page["checked_by"] == "Lan"
    assert len(page["marks"]) == 1


def test_a_held_scan_shows_nothing_until_it_is_placed(register: Store):
    add_scan(register, reading(["Rác"]), held="looks_like", looks_like=1)
    assert len(views.entries(register)) == 2
    assert [row["scan"] for row in views.held_scans(register)] == [2]
    place_scan(register, 2, reading(["Rác"]), number=9)
    assert [(row["page"], row["text"]) for row in views.entries(register)][-1] == (9, "Rác")
    assert views.held_scans(register) == []


# -- pages --------------------------------------------------------------------


def test_checking_a_page_names_who_and_when(register: Store):
    check_page(register, PAGE, by=CHAIRMAN, now=NOW)
    (page,) = views.pages(register)
    assert (page["checked_by"], page["checked_at"]) == (CHAIRMAN.name, "2024-03-01T03:00:00Z")
    with pytest.raises(NotFoundError, match="no page 1/2"):
        check_page(register, PageRef("1", 2), by=CLERK, now=NOW)
    with pytest.raises(NotAllowedError):
        check_page(register, PAGE, by=AUDITOR, now=NOW)


def test_a_page_gets_the_number_that_stands_on_it(register: Store):
    renumber_page(register, PAGE, PageRef("2", 7), by=CLERK, now=NOW)
    assert [(row["notebook"], row["page"]) for row in views.pages(register)] == [("2", 7)]
    with pytest.raises(NotFoundError):
        renumber_page(register, PAGE, PageRef("2", 8), by=CLERK, now=NOW)


def test_two_pages_do_not_get_one_number(register: Store):
    add_scan(register, reading(["hai"]), number=2)
    before = contents(register)
    with pytest.raises(NumberTakenError, match=r"already holds a page 1/2\."):
        renumber_page(register, PAGE, PageRef("1", 2), by=CLERK, now=NOW)
    assert contents(register) == before


def test_an_entry_of_two_pages_follows_their_numbers(register: Store):
    add_scan(register, reading(["tiếp"]), number=2)
    regroup.join_entries(register, 2, [3], by=CLERK, now=NOW)
    assert _text(register, 2) == "đèn\ntiếp"
    renumber_page(register, PAGE, PageRef("1", 3), by=CLERK, now=NOW)
    assert _text(register, 2) == "tiếp\nđèn"


@pytest.mark.parametrize("text", ["", "  \n "])
def test_an_entry_cannot_be_corrected_to_nothing(register: Store, text: str):
    with pytest.raises(EmptyTextError, match="taken out by `formbook drop`"):
        correct_entry(register, 1, text=text, written_on=None, by=CLERK, now=NOW)


def test_a_date_that_is_none_is_taken_away_once(register: Store):
    date = written("26/2", "2024-02-26", date="2024-02-26")
    add_scan(register, reading(["số nhà 26/2"], entries=[entry(date)]), number=2)
    gone = {"text": None, "written_on": None, "no_date": True, "by": CLERK, "now": NOW}
    event = correct_entry(register, 3, **gone)
    shown = views.entry(register, 3)
    assert (shown["written_on"], shown["written_text"], shown["written_candidates"]) == (
        *(None, None, []),
    )
    assert shown["written_by"] == CLERK.name
    with pytest.raises(NothingToCorrectError):
        correct_entry(register, 3, **gone)
    undo(register, event.seq, reason=None, by=CLERK, now=NOW)
    assert views.entry(register, 3)["written_on"] == "2024-02-26"
    with pytest.raises(ValueError, match="no date, and 2024-03-01"):
        correct_entry(register, 3, **gone | {"written_on": TODAY})


def test_a_date_that_nobody_wrote_can_be_said_to_be_none(register: Store):
    correct_entry(register, 1, text=None, written_on=None, no_date=True, by=CLERK, now=NOW)
    assert views.entry(register, 1)["written_by"] == CLERK.name


# -- two at once ---------------------------------------------------------------

MINH = Actor("Minh", frozenset({Role.CLERK}), "minh")


def _version(store: Store, entry: int = 1) -> str:
    return views.entry(store, entry)["version"]


def _line_version(store: Store, line: int) -> str:
    return next(row["version"] for row in views.lines(store) if row["line"] == line)


def test_the_second_who_saves_an_entry_gets_both_texts_and_changes_nothing(register: Store):
    seen = _version(register)
    correct_entry(register, 1, text="Đường\nhỏng", written_on=None, was=seen, by=MINH, now=NOW)
    before = contents(register)
    with pytest.raises(ConflictError, match="was changed by Minh on 2024-03-01 10:00") as conflict:
        correct_entry(register, 1, text="Đường\nhóng", written_on=None, was=seen, by=CLERK, now=NOW)
    assert contents(register) == before
    assert conflict.value.theirs == Said("Đường\nhỏng")
    assert conflict.value.yours == Said("Đường\nhóng")
    assert "hỏng" not in str(conflict.value)
    now_seen = conflict.value.fields["version"]
    assert now_seen == _version(register)
    correct_entry(register, 1, text="Đường\nhóng", written_on=None, was=now_seen, by=CLERK, now=NOW)
    assert _text(register) == "Đường\nhóng"


def test_a_mark_taken_back_since_is_no_change_of_the_text(register: Store):
    seen = _version(register)
    correct_entry(register, 1, text="Đường\nhỏng", written_on=None, was=seen, by=MINH, now=NOW)
    mark_seen(register, 1, on=TODAY, by=CHAIRMAN, now=NOW, today=TODAY)
    take_back(register, 1, reason="nhầm", by=CHAIRMAN, now=NOW)
    with pytest.raises(ConflictError, match="was changed by Minh on 2024-03-01 10:00"):
        correct_entry(register, 1, text="Đường\nhóng", written_on=None, was=seen, by=CLERK, now=NOW)


def test_the_same_person_in_two_windows_is_two_writers_as_well(register: Store):
    seen = _version(register)
    correct_entry(register, 1, text="Đường hỏng", written_on=None, was=seen, by=CLERK, now=NOW)
    with pytest.raises(ConflictError):
        correct_entry(register, 1, text="Đường hong", written_on=None, was=seen, by=CLERK, now=NOW)


@pytest.mark.parametrize("theirs", ["Đường\nhỏng", "Đường hỏng"])
@pytest.mark.parametrize("yours", ["Đưòng\nhòng", "Đưòng hòng"])
def test_what_another_person_said_is_not_replaced_by_who_names_no_version(
    register: Store, theirs: str, yours: str
):
    correct_entry(register, 1, text=theirs, written_on=None, by=MINH, now=NOW)
    with pytest.raises(ConflictError):
        _entry(register, yours)
    assert _text(register) == theirs
    correct_entry(register, 1, text=yours, written_on=None, by=MINH, now=NOW)
    assert _text(register) == yours


def test_who_corrects_other_lines_of_an_entry_replaces_nothing(register: Store):
    correct_line(register, 1, "Đường", by=MINH, now=NOW)
    _entry(register, "Đường\nhỏng")
    assert _text(register) == "Đường\nhỏng"
    assert _corrected(register)[1] == "Minh"


def test_a_line_that_another_corrected_is_not_replaced_unseen(register: Store):
    seen = _line_version(register, 1)
    correct_line(register, 1, "Đường", was=seen, by=MINH, now=NOW)
    for was in (None, seen):
        with pytest.raises(ConflictError, match="Line 1 was changed by Minh") as conflict:
            correct_line(register, 1, "Dường", was=was, by=CLERK, now=NOW)
        assert (conflict.value.theirs, conflict.value.yours) == (Said("Đường"), Said("Dường"))
    correct_line(register, 1, "Dường", was=_line_version(register, 1), by=CLERK, now=NOW)
    assert _text(register) == "Dường\nhong"


def test_a_correction_that_was_taken_back_meanwhile_is_a_conflict_too(register: Store):
    event = correct_entry(register, 1, text="Đường hỏng", written_on=None, by=MINH, now=NOW)
    seen = _version(register)
    undo(register, event.seq, reason=None, by=CLERK, now=NOW)
    with pytest.raises(ConflictError, match="was changed by Lan"):
        correct_entry(register, 1, text="Đường hổng", written_on=None, was=seen, by=MINH, now=NOW)


def test_a_line_that_was_read_again_meanwhile_is_a_conflict_too(register: Store):
    seen = _line_version(register, 1)
    reread(register, 1, reading([("đuờng", 0)]), known={0: 1})
    with pytest.raises(ConflictError, match="Line 1 was changed by Lan"):
        correct_line(register, 1, "Đường", was=seen, by=MINH, now=NOW)


def test_a_date_that_another_gave_is_not_replaced_unseen(register: Store):
    day = dt.date(2024, 2, 3)
    correct_entry(register, 1, text=None, written_on=day, by=MINH, now=NOW)
    with pytest.raises(ConflictError) as conflict:
        _entry(register, None, on=TODAY)
    assert conflict.value.theirs == Said("dưong\nhong", "2024-02-03")
    assert conflict.value.yours == Said("dưong\nhong", "2024-03-01")
    with pytest.raises(ConflictError):
        correct_entry(register, 1, text=None, written_on=None, no_date=True, by=CLERK, now=NOW)
    _entry(register, "Đường\nhỏng")  # the text is another matter
    assert views.entry(register, 1)["written_on"] == "2024-02-03"


def test_who_says_what_another_said_has_no_conflict(register: Store):
    seen = _version(register)
    correct_entry(register, 1, text="Đường\nhỏng", written_on=None, was=seen, by=MINH, now=NOW)
    with pytest.raises(NothingToCorrectError):
        correct_entry(register, 1, text="Đường\nhỏng", written_on=None, was=seen, by=CLERK, now=NOW)


def test_an_answer_or_a_mark_meanwhile_is_no_conflict(register: Store):
    seen = _version(register)
    mark_seen(register, 1, on=TODAY, by=CHAIRMAN, now=NOW, today=TODAY)
    assert _version(register) == seen
    correct_entry(register, 1, text="Đường\nhỏng", written_on=None, was=seen, by=CLERK, now=NOW)


def test_a_conflict_survives_the_way_from_another_process(register: Store):
    correct_line(register, 1, "Đường", by=MINH, now=NOW)
    with pytest.raises(ConflictError) as conflict:
        _line(register, 1, "Dường")
    back = pickle.loads(pickle.dumps(conflict.value))
    assert (str(back), back.theirs, back.yours) == (
        *(str(conflict.value), conflict.value.theirs, conflict.value.yours),
    )


def test_two_who_save_at_once_are_told_apart_by_the_register_itself(register: Store):
    """Both saw the same; the second waits for the first, and then is refused."""
    seen = _version(register)
    texts = ["Đường\nhỏng", "Đưòng\nhòng"]

    def save(text: str) -> str:
        with Store(register.folder) as store:
            try:
                correct_entry(store, 1, text=text, written_on=None, was=seen, by=CLERK, now=NOW)
            except ConflictError as conflict:
                return conflict.theirs.text
            return "saved"

    with ThreadPoolExecutor(2) as pool:
        results = [*pool.map(save, texts)]
    assert results.count("saved") == 1
    (refused,) = [result for result in results if result != "saved"]
    assert refused == _text(register) == texts[results.index("saved")]
