from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registers import CLERK, NOW, TODAY, add_scan, make_register, reading
from strategies import vietnamese

from formbook import correct, regroup, undo
from formbook.model import PageRef
from formbook.store import Store, views

TEXTS = (
    "Ông Dương nói duong",  # 1
    "Đường hỏng",  # 2
    "Hoà Bình",  # 3
    "Cô Hòa kĩ tính",  # 4
    "kỹ thuật",  # 5
    "Nước thải, 24.000đ/m³",  # 6
)


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with make_register(tmp_path_factory.mktemp("search")) as store:
        add_scan(store, reading([(text, group) for group, text in enumerate(TEXTS)]))
        yield store


def _found(store: Store, text: str, limit: int = 20) -> list[int]:
    return [row["entry"] for row in views.search(store, text, limit=limit)]


@pytest.mark.parametrize(
    ("query", "entries"),
    [
        ("duong", [1, 2]),
        ("đường", [2, 1]),
        ("Đường", [2, 1]),
        (unicodedata.normalize("NFD", "đường"), [2, 1]),
        ("dương", [1, 2]),
        ("hoà", [3, 4]),
        ("hòa", [3, 4]),
        ("kĩ", [4, 5]),
        ("kỹ", [4, 5]),
        ("duong hong", [2]),
        ("hong duong", [2]),
        ("duo", [1, 2]),
        ("duo hong", []),
        ("nuoc thai 24", [6]),
        ("đường không có", []),
    ],
)
def test_words_are_found_with_or_without_marks(register: Store, query: str, entries: list[int]):
    found = _found(register, query)
    assert sorted(found) == sorted(entries)
    if len(entries) == 2 and entries[0] > entries[1]:
        assert found == entries


def test_no_more_is_given_than_asked_for(register: Store):
    assert _found(register, "duong", limit=1) == [1]


@pytest.mark.parametrize("query", ["", "  ", '"', "*", "()", "😀", "\x00", "\u0301", "'; --", "!"])
def test_what_holds_no_word_finds_nothing(register: Store, query: str):
    assert _found(register, query) == []


@pytest.mark.parametrize(
    ("query", "entries"),
    [
        ('"duong"', [1, 2]),
        ("duong*", [1, 2]),
        ("duong OR hoa", []),
        ("folded:duong", []),
        ("NEAR(duong)", []),
        ("-hong", [2]),
        ("^duong", [1, 2]),
        ("{exact}:duong", []),
        ("duong\x00 hong", [2]),
        ("duong\udcff", [1, 2]),
    ],
)
def test_signs_of_the_query_language_are_only_signs(register: Store, query: str, entries):
    assert sorted(_found(register, query)) == entries


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.one_of(st.text(max_size=30), vietnamese()))
def test_nothing_that_is_typed_breaks_the_search(register: Store, query: str):
    assert isinstance(_found(register, query), list)


def test_a_whole_letter_can_be_pasted(register: Store):
    assert _found(register, " ".join(f"w{number}" for number in range(5000))) == []


def test_every_entry_is_found_by_its_own_words(register: Store):
    for number, text in enumerate(TEXTS, start=1):
        assert number in _found(register, text)


def test_search_follows_what_people_do(tmp_path: Path):
    with make_register(tmp_path) as store:
        add_scan(store, reading([("cay xanh", 0), ("den hỏng", 1), ("vết mực", 2)]))
        fixed = correct.correct_line(store, 2, "đèn hỏng", by=CLERK, now=NOW)
        assert _found(store, "đèn") == [2]
        undo.undo(store, fixed.seq, reason=None, by=CLERK, now=NOW)
        assert [row["text"] for row in views.search(store, "đèn", limit=9)] == ["den hỏng"]
        joined = regroup.join_entries(store, 1, [2], by=CLERK, now=NOW)
        dropped = regroup.drop_entry(store, 3, reason="vết mực", by=CLERK, now=NOW)
        assert _found(store, "den") == [1]
        assert _found(store, "muc") == []
        undo.undo(store, dropped.seq, reason=None, by=CLERK, now=NOW)
        undo.undo(store, joined.seq, reason=None, by=CLERK, now=NOW)
        assert _found(store, "den") == [2]
        assert _found(store, "muc") == [3]
        added = regroup.add_entry(
            store, PageRef("1", 1), "chợ", written_on=None, by=CLERK, now=NOW, today=TODAY
        )
        assert _found(store, "cho") == [4]
        undo.undo(store, added.seq, reason=None, by=CLERK, now=NOW)
        assert _found(store, "cho") == []


def test_equally_right_spellings_rank_as_one(tmp_path: Path):
    with make_register(tmp_path) as store:
        add_scan(store, reading([("hoa", 0), ("ông Hoà ở ngõ 5", 1), ("bà Hòa ở ngõ 7", 2)]))
        for query in ("hoà", "hòa", "Hoà"):
            assert sorted(_found(store, query)[:2]) == [2, 3]
            assert _found(store, query)[2] == 1
