from __future__ import annotations

import hashlib
import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registers import CHAIRMAN, CLERK, NOW, TODAY, add_scan, make_register, reading
from strategies import vietnamese

from formbook.model import Role
from formbook.office import name_ward
from formbook.permissions import Act, Actor
from formbook.proof.statement import as_stored, canonical
from formbook.store import Store
from formbook.store.log import GENESIS

TEXTS = st.one_of(vietnamese(), st.text())
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**53), 2**53),
        st.floats(allow_nan=False, allow_infinity=False),
        TEXTS,
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)


def _stored(value):
    if isinstance(value, str):
        return as_stored(value)
    if isinstance(value, dict):
        return {_stored(key): _stored(item) for key, item in value.items()}
    return [_stored(item) for item in value] if isinstance(value, list) else value


def _retyped(value, form):
    """The same value, its strings in another form and its keys in another order."""
    if isinstance(value, str):
        return unicodedata.normalize(form, value)
    if isinstance(value, dict):
        items = reversed(value.items())
        return {_retyped(key, form): _retyped(item, form) for key, item in items}
    return [_retyped(item, form) for item in value] if isinstance(value, list) else value


@given(VALUES)
def test_a_canonical_text_says_what_the_value_says(value):
    assert json.loads(canonical(value)) == _stored(value)


@given(VALUES)
def test_a_canonical_text_is_the_same_for_what_it_says(value):
    text = canonical(value)
    assert canonical(json.loads(text)) == text


@given(VALUES.filter(lambda value: len(canonical(value)) < 500), st.sampled_from(["NFC", "NFD"]))
def test_neither_the_form_of_letters_nor_the_order_of_keys_shows(value, form):
    settled = _stored(value)  # two keys that differ in form only are one key
    assert canonical(_retyped(settled, form)) == canonical(settled)


@given(st.text(st.characters()))
def test_whatever_was_typed_can_be_written_to_a_file(text):
    assert json.loads(canonical(text).encode()) == as_stored(text)


def test_a_canonical_text_is_short_and_sorted():
    assert canonical({"b": [1, "Hòa"], "a": None}) == '{"a":null,"b":[1,"Hòa"]}'


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_json_does_not_know_is_refused(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"x": value})


def test_each_event_names_the_one_before_and_hashes_all_but_the_body(tmp_path: Path):
    with make_register(tmp_path) as store:
        add_scan(store, reading(["Đường hỏng"]))
        name_ward(store, "Nghĩa Tân", ward_code=None, ward_as_of=None, by=CLERK, now=NOW)
        events = store.rows("select * from events order by seq")
        head = store.head()
    previous = GENESIS
    for number, event in enumerate(events, start=1):
        body = event.pop("body")
        sha256 = event.pop("sha256")
        text = json.dumps(event, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert event["seq"] == number
        assert event["previous"] == previous
        assert event["body_sha256"] == hashlib.sha256(body.encode()).hexdigest()
        assert sha256 == hashlib.sha256(text.encode()).hexdigest()
        previous = sha256
    assert head == (5, previous)


def test_an_event_says_who_when_and_from_which_account(tmp_path: Path):
    with make_register(tmp_path) as store:
        made = name_ward(store, "Tân", ward_code=None, ward_as_of=None, by=CLERK, now=NOW)
        held = store.event(made.seq)
        missing = store.event(99)
    assert held == made
    assert missing is None
    assert (made.at, made.person, made.account) == ("2024-03-01T03:00:00Z", "Lan", "lan")
    assert made.kind == Act.WARD_NAMED


def test_a_name_typed_in_parts_is_stored_as_one(tmp_path: Path):
    name = unicodedata.normalize("NFD", "Hoà") + "\udcff"
    actor = Actor(name, frozenset({Role.CLERK}), name)
    with make_register(tmp_path) as store:
        event = name_ward(store, name, ward_code=None, ward_as_of=None, by=actor, now=NOW)
        row = store.row("select person, account, body from events where seq = ?", event.seq)
    assert row is not None
    assert (row["person"], row["account"]) == ("Hoà\ufffd", "Hoà\ufffd")
    assert json.loads(row["body"])["ward"] == "Hoà\ufffd"


def test_the_empty_log_has_a_head(tmp_path: Path):
    with Store.create(tmp_path / "new") as store:
        assert store.head() == (0, GENESIS)


@pytest.mark.parametrize(
    "statement",
    [
        "update events set person = 'x' where seq = 1",
        "delete from events where seq = 1",
        "insert into events select 9, at, '', '', '', '', '', '', null, null, 'x' from events",
    ],
)
def test_the_database_itself_refuses_to_change_the_log(tmp_path: Path, statement: str):
    with make_register(tmp_path) as store:
        before = store.rows("select * from events")
        with pytest.raises(Exception, match=r"the log (cannot be changed|only grows at its end)"):
            store.rows(statement)
        assert store.rows("select * from events") == before


def test_an_event_needs_a_transaction_and_a_time_zone(tmp_path: Path):
    body = {"ward": "x", "ward_code": None, "ward_as_of": None}
    with make_register(tmp_path) as store:
        head = store.head()
        with pytest.raises(ValueError, match="transaction"):
            store.append(Act.WARD_NAMED, body, by=CLERK, at=NOW)
        with pytest.raises(ValueError, match="zone"), store.writing():
            store.append(Act.WARD_NAMED, body, by=CLERK, at=NOW.replace(tzinfo=None))
        assert store.head() == head


def test_the_actor_of_an_event_needs_the_right(tmp_path: Path):
    with make_register(tmp_path) as store:
        head = store.head()
        with pytest.raises(Exception, match="Nguyễn Văn Chủ may not do this"), store.writing():
            store.append(Act.WARD_NAMED, {"on": str(TODAY)}, by=CHAIRMAN, at=NOW)
        assert store.head() == head
