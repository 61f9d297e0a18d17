from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from random_acts import RandomActs
from registers import (
    AUDITOR,
    CHAIRMAN,
    CLERK,
    NOW,
    TODAY,
    add_scan,
    make_register,
    reading,
    seen_body,
)
from tamper import copy_of, tamper_once

from formbook.errors import StoreError
from formbook.model import Role
from formbook.office import add_person, create_register
from formbook.permissions import Act, Actor
from formbook.seen import mark_seen
from formbook.store import RegisterDamagedError, RegisterTooNewError, Store
from formbook.store import folder as folders
from formbook.store.folder import DATABASE
from formbook.store.log import event_sha256, sha256_of_text
from formbook.store.verify import Finding, Verification, verify
from formbook.undo import undo

CHANGES = 150
HASHED = {"seq", "at", "person", "account", "kind", "body_sha256", "previous", "key", "signature"}


def _busy_register(folder: Path) -> Path:
    """A register that holds every kind of event."""
    with make_register(folder) as store:
        acts = RandomActs(store, random.Random(20))
        kinds: set[str] = set()
        while len(kinds) < len(Act):
            acts.act()
            kinds = {row["kind"] for row in store.rows("select distinct kind from events")}
        return store.folder


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _busy_register(tmp_path_factory.mktemp("busy"))


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Store]:
    with make_register(tmp_path) as store:
        add_scan(store, reading(["Đường hỏng", "từ lâu"]))
        yield store


def _verified(register: Path) -> Verification:
    with Store(register) as store:
        return verify(store)


def _tampered(store: Store, *statements: str) -> tuple[Finding, ...]:
    with closing(sqlite3.connect(store.folder / DATABASE, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
    return verify(store).findings


def test_an_untouched_register_has_no_findings(busy: Path):
    with Store(busy) as store:
        found = verify(store)
        events = store.head()
        originals = store.value("select count(distinct sha256) from scans")
    assert found.findings == ()
    assert (found.events, found.head) == events
    assert found.originals >= originals


def test_verifying_leaves_nothing_behind(busy: Path):
    before = sorted(path.name for path in busy.rglob("*"))
    assert _verified(busy) == _verified(busy)
    assert sorted(path.name for path in busy.rglob("*")) == before


def test_a_register_without_its_cache_can_be_verified(busy: Path, tmp_path: Path):
    copy = copy_of(busy, tmp_path / "copy")
    (copy / "cache").rmdir()
    assert _verified(copy).findings == ()


@pytest.mark.parametrize("seed", range(CHANGES))
def test_every_single_change_is_named(busy: Path, tmp_path: Path, seed: int):
    copy = copy_of(busy, tmp_path / "copy")
    change = tamper_once(copy, random.Random(seed))
    try:
        rows = [finding.as_row() for finding in _verified(copy).findings]
    except StoreError as error:  # it cannot even be opened, and says so
        rows = [{"kind": type(error).__name__}]
    assert rows != [], change
    assert json.loads(json.dumps(rows, ensure_ascii=False).encode()) == rows


def test_a_changed_answer_is_named_with_both_texts(register: Store):
    assert _tampered(register, "update entries set text = 'Đường tốt' where id = 1") == (
        Finding(
            "row_changed",
            table="entries",
            row="1",
            column="text",
            stored="Đường tốt",
            expected="Đường hỏng\ntừ lâu",
        ),
    )


def test_a_row_replaced_past_the_trigger_is_named(register: Store):
    found = _tampered(
        register,
        "pragma foreign_keys = off",
        "drop trigger events_only_follow",
        "insert or replace into events select seq, at, 'Minh', account, kind, body, body_sha256,"
        " previous, key, signature, sha256 from events where seq = 2",
        "create trigger events_only_follow before insert on events\n"
        "    when new.seq <> (select coalesce(max(seq), 0) + 1 from events)\n"
        "    begin select raise(abort, 'the log only grows at its end'); end",
    )
    assert [(finding.kind, finding.event) for finding in found] == [("event_changed", 2)]


def test_a_cut_tail_shows_in_the_rows_that_nothing_explains(register: Store):
    found = _tampered(
        register, "drop trigger events_are_not_deleted", "delete from events where seq = 4"
    )
    kinds = {(finding.kind, finding.table) for finding in found}
    assert ("row_added", "entries") in kinds
    assert ("schema_changed", "trigger events_are_not_deleted") in kinds


def test_an_event_taken_from_the_middle_is_named(register: Store):
    found = _tampered(
        register, "drop trigger events_are_not_deleted", "delete from events where seq = 2"
    )
    assert [f.kind for f in found if f.event in (2, 3)][:2] == [
        "event_missing",
        "event_chain_broken",
    ]


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        ("x", ["event_body_changed", "event_unreplayable"]),
        ("[]", ["event_body_changed", "event_unreplayable"]),
        ("[" * 100_000, ["event_body_changed", "event_unreplayable"]),
        ('{"known":1}', ["event_body_changed", "event_unreplayable"]),
    ],
)
def test_a_body_that_formbook_never_wrote_is_named(register: Store, body: str, kinds: list[str]):
    found = _tampered(
        register,
        "drop trigger events_are_not_changed",
        f"update events set body = '{body}' where seq = 4",
    )
    assert [finding.kind for finding in found if finding.event == 4] == kinds
    assert "original_missing" not in {finding.kind for finding in found}


@pytest.mark.parametrize("body", ['{"b":1,"a":2}', "[" * 100_000, "NaN", '{"a":"\\ud800"}'])
def test_a_body_that_was_rehashed_must_still_be_canonical(register: Store, body: str):
    row = register.row("select * from events where seq = 4")
    row |= {"body_sha256": sha256_of_text(body)}
    sha256 = event_sha256(**{name: value for name, value in row.items() if name in HASHED})
    found = _tampered(
        register,
        "drop trigger events_are_not_changed",
        f"update events set body = '{body}', body_sha256 = '{row['body_sha256']}',"
        f" sha256 = '{sha256}' where seq = 4",
    )
    assert [f.kind for f in found if f.event == 4][:2] == [
        "event_body_not_canonical",
        "event_unreplayable",
    ]


def _appended(store: Store, person: Actor, act: Act, body: dict[str, object]) -> list[Finding]:
    """What is found of an act that one who knows the chain wrote at its end."""
    forger = Actor(person.name, frozenset(Role), person.account)
    with store.writing():
        store.append(act, body, by=forger, at=NOW)
    return list(verify(store).findings)


@pytest.mark.parametrize(
    ("person", "roles"), [(CLERK, "clerk"), (AUDITOR, "auditor"), (Actor("Kẻ lạ", [], "x"), "")]
)
def test_an_act_of_one_who_had_no_right_to_it_is_named(register: Store, person: Actor, roles: str):
    assert _appended(register, person, Act.SEEN, seen_body(register)) == [
        Finding(
            "event_not_allowed",
            event=5,
            table="people",
            row=person.name,
            stored=roles,
            expected="chairman",
        )
    ]


def test_a_clerk_makes_no_mark_by_settling_none(register: Store):
    (found,) = _appended(register, CLERK, Act.MARK_SETTLED, seen_body(register))
    assert (found.kind, found.event, found.expected) == ("event_not_allowed", 5, "chairman")


def test_an_act_is_judged_by_the_roles_of_its_time(register: Store):
    mark_seen(register, 1, on=TODAY, by=CHAIRMAN, now=NOW, today=TODAY)
    add_person(register, CHAIRMAN.name, [], account=None, by=CLERK, now=NOW)
    assert verify(register).findings == ()
    (found,) = _appended(register, CHAIRMAN, Act.PAGE_CHECKED, {"page": 1})
    assert (found.kind, found.event, found.stored) == ("event_not_allowed", 7, "")


def test_undoing_takes_the_right_to_what_is_undone(register: Store):
    mark_seen(register, 1, on=TODAY, by=CHAIRMAN, now=NOW, today=TODAY)
    (found,) = _appended(register, CLERK, Act.UNDONE, {"seq": 5, "reason": None})
    assert (found.kind, found.event, found.expected) == ("event_not_allowed", 6, "chairman")


def test_a_register_made_in_another_name_is_named(tmp_path: Path):
    folder = tmp_path / "register"
    with create_register(
        folder,
        ward="Nghĩa Đô",
        ward_code=None,
        ward_as_of=None,
        person="Lan",
        account="lan",
        now=NOW,
    ) as made:
        body = made.event(1).body
    with Store.create(tmp_path / "other") as store:
        assert [
            (f.kind, f.event) for f in _appended(store, CHAIRMAN, Act.REGISTER_CREATED, body)
        ] == [("event_not_allowed", 1)]


def test_an_event_of_a_newer_formbook_is_said_to_be_one(register: Store):
    kind = "page_burnt"
    row = dict(register.row("select * from events where seq = 4"), seq=5, kind=kind)
    row["previous"] = row["sha256"]
    hashed = ("seq", "at", "person", "account", "kind", "body_sha256", "previous", "key")
    hashed += ("signature",)
    row["sha256"] = event_sha256(**{name: row[name] for name in hashed})
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    with register.writing():
        register.rows(f"insert into events ({names}) values ({marks})", *row.values())
    for read in (verify, lambda store: store.event(5)):
        with pytest.raises(RegisterTooNewError, match=kind):
            read(register)
    _tampered(
        register,
        "drop trigger events_are_not_changed",
        "update events set kind = 'other' where seq = 5",
    )
    kinds = [finding.kind for finding in verify(register).findings if finding.event == 5]
    assert kinds == ["event_changed", "event_unreplayable"]


def test_letters_of_another_form_are_named(register: Store):
    found = _tampered(
        register,
        "drop trigger events_are_not_changed",
        "update events set account = 'lan' || cast(x'ff' as text) where seq = 2",
        "update events set person = cast(x'ff' as text) where seq = 3",
    )
    assert {("event_changed", 2), ("event_changed", 3)} <= {(f.kind, f.event) for f in found}


def test_text_that_is_no_text_is_named_and_can_be_printed(register: Store):
    found = _tampered(register, "update entries set text = cast(x'ff41' as text) where id = 1")
    assert [(f.column, f.stored) for f in found] == [("text", "\ufffdA")]


@pytest.mark.parametrize("table", ["responses", "entry_search", "events", "undo_rows"])
def test_a_dropped_table_is_named(register: Store, table: str):
    found = _tampered(register, f"drop table {table}")
    assert any(table in str((f.table, f.stored)) for f in found)


def test_a_row_that_stands_twice_where_it_may_is_named(register: Store):
    found = _tampered(
        register, "insert into sqlite_sequence select * from sqlite_sequence where name = 'people'"
    )
    assert [(f.kind, f.table) for f in found] == [("row_added", "sqlite_sequence")]


def test_rows_whose_keys_are_no_names_are_named(register: Store):
    found = _tampered(
        register,
        "insert into sqlite_sequence values (null, 1), ('x', 2), (x'ff', 3)",
    )
    assert {(f.kind, f.row) for f in found} == {
        *(("row_added", "None"), ("row_added", "x"), ("row_added", "ff")),
    }


def test_an_orphan_is_named_as_one(register: Store):
    found = _tampered(
        register, "pragma foreign_keys = off", "update lines set entry_id = 77 where id = 1"
    )
    assert ("row_orphaned", "lines", "1") in {(f.kind, f.table, f.row) for f in found}


def test_an_index_that_no_longer_follows_its_table_is_named(register: Store):
    _tampered(
        register,
        "pragma writable_schema = on",
        "update sqlite_schema set rootpage = (select rootpage from sqlite_schema"
        " where name = 'lines_page') where name = 'scans_page'",
    )
    kinds = {finding.kind for finding in _verified(register.folder).findings}
    assert "database_damaged" in kinds


def test_a_word_that_search_no_longer_finds_is_named(tmp_path: Path):
    """FTS5's own integrity check does not see that the way to a page of its index is gone."""
    rng = random.Random(1)
    words = ["".join(rng.choices("abcdeghik", k=6)) for _ in range(3000)]
    with make_register(tmp_path) as store:
        for page in range(1, 4):
            lines = [(" ".join(rng.choices(words, k=100)), group) for group in range(30)]
            add_scan(store, reading(lines), number=page)
        untouched = verify(store).findings
        found = _tampered(store, "delete from entry_search_idx where pgno > 3")
    assert untouched == ()
    assert [(f.kind, f.table) for f in found] == [("search_index_damaged", "entry_search")]
    assert found[0].stored < found[0].expected


def test_an_original_is_named_by_the_event_that_brought_it(register: Store):
    original = register.folder / register.value("select original from scans")
    original.write_bytes(original.read_bytes() + b"\n")
    found = verify(register)
    assert [(f.kind, f.event, f.file) for f in found.findings] == [
        ("original_changed", 4, str(original.relative_to(register.folder)))
    ]
    original.unlink()
    assert [f.kind for f in verify(register).findings] == ["original_missing"]
    original.mkdir()
    assert [f.kind for f in verify(register).findings] == ["original_unreadable"]


def test_the_original_of_an_undone_scan_is_still_kept(register: Store):
    undo(register, 4, reason=None, by=CLERK, now=NOW)
    assert verify(register).originals == 1


def test_a_file_with_broken_pages_is_named(register: Store):
    name = register.folder / DATABASE
    register.close()
    content = bytearray(name.read_bytes())
    for at in range(2 * 4096, len(content), 4096):
        content[at : at + 64] = bytes(64)
    name.write_bytes(bytes(content))
    try:
        kinds = {finding.kind for finding in _verified(register.folder).findings}
    except RegisterDamagedError:
        kinds = {"database_damaged"}
    assert "database_damaged" in kinds


def test_a_replay_lies_where_the_next_import_clears_it_away(register: Store):
    cache = register.folder / folders.CACHE
    seen: set[str] = set()
    verify(register, lambda _done, _total: seen.update(each.name for each in cache.iterdir()))
    (name,) = seen
    assert name.endswith(folders.part_suffix())
    assert list(cache.iterdir()) == []


def test_progress_goes_on_while_the_log_is_hashed_and_while_it_is_replayed(
    register: Store, monkeypatch
):
    monkeypatch.setattr("formbook.store.verify.chain._TOLD", 1)
    told: list[tuple[int, int]] = []
    verify(register, lambda done, total: told.append((done, total)))
    events = register.head()[0]
    done = [each for each, _total in told]
    assert done == sorted(done)
    assert done[:events] == [*range(1, events + 1)]
    assert {total for _done, total in told} == {done[-1]}
    assert len(told) == 2 * events
