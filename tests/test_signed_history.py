"""What a signed act holds fast of the log before it, against one who can compute every hash."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rebuild import Row, cut_tail, rewrite
from registers import CLERK, NOW, SIGNER, TODAY, add_key, add_scan, make_register, reading

from formbook.correct import correct_entry
from formbook.model import PageRef
from formbook.permissions import Actor
from formbook.proof.keys import PrivateKey
from formbook.proof.statement import canonical
from formbook.seen import mark_seen
from formbook.store import Store
from formbook.store.verify import verify

ADDED, BROUGHT, CORRECTED, MARKED, AFTER = 4, 5, 6, 7, 8


@pytest.fixture
def register(tmp_path: Path) -> Path:
    """The chairman has a key and marks a corrected page; the clerk corrects it once more."""
    with make_register(tmp_path) as store:
        add_key(store)
        add_scan(store, reading(["một"]))
        _correct(store, "mốt")
        mark_seen(store, PageRef("1", 1), on=TODAY, by=SIGNER, now=NOW, today=TODAY)
        _correct(store, "mót")
        assert verify(store).findings == ()
        return store.folder


def _correct(store: Store, text: str, by: Actor = CLERK) -> None:
    correct_entry(store, 1, text=text, written_on=None, by=by, now=NOW)


def _named(register: Path) -> set[tuple[str, int | None]]:
    with Store(register) as store:
        return {(finding.kind, finding.event) for finding in verify(store).findings}


def _body(seq: int, **changes: object) -> Callable[[Row], None]:
    def change(row: Row) -> None:
        if row["seq"] == seq:
            row["body"] = canonical({**json.loads(row["body"]), **changes})

    return change


def _field(seq: int, **changes: object) -> Callable[[Row], None]:
    return lambda row: row.update(changes) if row["seq"] == seq else None


@pytest.mark.parametrize(
    "change",
    [
        _body(CORRECTED, text="mười"),
        _field(CORRECTED, at="2024-02-29T03:00:00Z"),
        _field(1, account="ai đó"),
        _body(MARKED, on="2024-02-01"),
        _body(MARKED, entries=[]),
        _field(MARKED, at="2024-03-01T03:00:01Z"),
        _field(MARKED, person="Lan"),
        _field(MARKED, account="lan"),
    ],
)
def test_nothing_up_to_a_signed_act_can_be_rewritten(register: Path, change):
    rewrite(register, change, leave_signatures=True)
    assert ("signature_wrong", MARKED) in _named(register)


def test_a_signature_that_was_taken_away_is_missed(register: Path):
    rewrite(register, _field(MARKED, key=None, signature=None))
    assert _named(register) == {("signature_missing", MARKED)}


def test_a_signature_that_no_longer_fits_is_missed_when_it_is_taken_away(register: Path):
    rewrite(register, _body(CORRECTED, text="mười"))
    assert ("signature_missing", MARKED) in _named(register)


def test_a_key_that_was_exchanged_makes_what_it_signed_strange(register: Path):
    """The administrator puts a key of his own in the place of the chairman's."""
    other = PrivateKey.generate()
    rewrite(register, _body(ADDED, key=other.key), leave_signatures=True)
    named = _named(register)
    assert ("signature_of_unknown_key", MARKED) in named
    assert ("signature_of_unknown_key", ADDED) in named


def test_what_came_after_the_last_signature_takes_an_anchor(register: Path):
    """Signatures do not tell; `verify --anchor` does."""
    rewrite(register, _body(AFTER, text="mười"))
    assert _named(register) == set()
    cut_tail(register, MARKED)
    assert _named(register) == set()
