"""Anchoring a log, and what a kept anchor tells of it later."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from rebuild import cut_tail, rewrite
from registers import (
    AUDITOR,
    CHAIRMAN,
    CLERK,
    KEY,
    NOW,
    SIGNER,
    TODAY,
    add_key,
    add_scan,
    make_register,
    reading,
)

from formbook.anchor import last_anchor, make_anchor
from formbook.correct import correct_entry
from formbook.keys import revoke_key
from formbook.permissions import Act, Actor
from formbook.proof.anchor import Anchor
from formbook.proof.keys import PrivateKey
from formbook.proof.tree import Tree
from formbook.seen import mark_seen
from formbook.store import Store
from formbook.store.anchors import NoAnchorError
from formbook.store.signatures import SignatureNeededError
from formbook.store.verify import Kept, Verification, verify
from formbook.undo import NotUndoableError, undo


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A register with a page, and a chairman who has a key."""
    with make_register(tmp_path) as register:
        add_scan(register, reading([("Đường hỏng", 0), ("Khen cán bộ", 1)]))
        add_key(register)
        yield register


def anchored(store: Store, by: Actor = SIGNER) -> Anchor:
    return make_anchor(store, by=by, now=NOW).anchor


def against(store: Store, *anchors: Anchor) -> Verification:
    return verify(store, anchors=[Kept(f"a{at}", each) for at, each in enumerate(anchors)])


def kinds(found: Verification) -> list[str]:
    return [each.kind for each in found.findings]


def test_an_anchor_is_the_signed_head_of_the_log_before_it(store) -> None:
    hashes = [
        bytes.fromhex(row["sha256"]) for row in store.rows("select sha256 from events order by seq")
    ]
    made = make_anchor(store, by=SIGNER, now=NOW)
    anchor = made.anchor
    assert (anchor.register, anchor.size, anchor.root) == (
        *(store.identity(), 5),
        Tree(hashes).root().hex(),
    )
    assert (anchor.at, anchor.is_signed(), made.person) == (
        *("2024-03-01T03:00:00Z", True),
        CHAIRMAN.name,
    )
    event = store.event(6)
    assert (event.kind, event.body) == (Act.ANCHORED, {"anchor": anchor.text})
    assert last_anchor(store) == made


def test_who_has_no_key_makes_an_anchor_that_is_not_signed(store) -> None:
    for actor in (CLERK, AUDITOR):
        made = make_anchor(store, by=actor, now=NOW)
        assert (made.anchor.key, made.anchor.is_signed(), made.person) == (None, False, None)
    assert verify(store).findings == ()


def test_nobody_anchors_in_the_name_of_one_who_has_a_key(store) -> None:
    with pytest.raises(SignatureNeededError):
        make_anchor(store, by=CHAIRMAN, now=NOW)
    assert store.head()[0] == 5


def test_a_register_without_an_anchor_has_none_to_write_again(store) -> None:
    with pytest.raises(NoAnchorError):
        last_anchor(store)


def test_an_anchor_is_not_undone(store) -> None:
    anchored(store)
    with pytest.raises(NotUndoableError):
        undo(store, 6, reason="?", by=SIGNER, now=NOW)


def test_an_honest_register_stands_under_its_anchors_and_the_rest_is_told_apart(store) -> None:
    first, unsigned = anchored(store), anchored(store, CLERK)
    mark_seen(store, 1, on=TODAY, by=SIGNER, now=NOW, today=TODAY)
    found = against(store, first, unsigned)
    assert found.findings == ()
    assert [(each.size, each.holds, each.person) for each in found.anchors] == [
        (5, True, CHAIRMAN.name),
        (6, True, None),
    ]
    assert (found.anchored, found.events) == (6, 8)
    assert against(store).anchored == 0


def test_a_cut_tail_is_told_from_an_honest_register(store) -> None:
    mark_seen(store, 1, on=TODAY, by=SIGNER, now=NOW, today=TODAY)
    anchor = anchored(store)
    cut_tail(store.folder, keep=5)
    assert verify(store).findings == ()
    found = against(store, anchor)
    assert kinds(found) == ["log_cut"]
    assert (found.findings[0].stored, found.findings[0].expected) == (5, 6)
    assert (found.anchored, found.anchors[0].holds) == (0, False)


def test_a_tail_that_was_cut_and_grew_again_is_told(store) -> None:
    mark_seen(store, 1, on=TODAY, by=SIGNER, now=NOW, today=TODAY)
    anchor = anchored(store)
    cut_tail(store.folder, keep=5)
    for text in ("Đường", "Đường tốt"):
        correct_entry(store, 1, text=text, written_on=None, by=CLERK, now=NOW)
    assert kinds(against(store, anchor)) == ["log_rebuilt"]


def older_by_a_day(row: dict[str, object]) -> None:
    row["at"] = str(row["at"]).replace("03-01", "02-29")


def in_another_name(row: dict[str, object]) -> None:
    if row["kind"] == "scan_added":
        row["account"] = "other"


@pytest.mark.parametrize("change", [older_by_a_day, in_another_name])
def test_a_history_written_anew_is_told(store, change: Callable[[dict[str, object]], None]) -> None:
    anchor = anchored(store, CLERK)
    rewrite(store.folder, change)
    found = against(store, anchor)
    assert {"log_rebuilt"} <= set(kinds(found))
    assert not found.anchors[0].holds


def test_a_register_made_anew_is_told(store, tmp_path) -> None:
    anchor = anchored(store)
    with make_register(tmp_path / "other") as other:
        for _ in range(4):
            add_scan(other, reading(["Đường hỏng"]))
        later = dataclasses.replace(anchor, size=7)
        assert kinds(against(other, anchor)) == ["log_rebuilt", "anchor_of_unknown_key"]
        assert "anchor_signature_wrong" in kinds(against(other, later))


def test_an_anchor_of_another_register_is_told(store, tmp_path) -> None:
    anchor = anchored(store, CLERK)
    with make_register(tmp_path / "other") as other:
        changed = dataclasses.replace(anchor, register="0" * 64)
        assert kinds(against(store, changed)) == ["anchor_of_other_register"]
        assert kinds(against(other, anchor)) == ["log_cut"]


def test_an_anchor_that_was_changed_does_not_vouch(store) -> None:
    anchor = anchored(store)
    for change, kind in (
        ({"at": "2023-03-01T03:00:00Z"}, "anchor_signature_wrong"),
        ({"key": PrivateKey.generate().key}, "anchor_signature_wrong"),
        ({"time_stamp": b"x"}, "time_stamp_wrong"),
    ):
        found = against(store, dataclasses.replace(anchor, **change))
        assert kinds(found) == [kind]
        assert found.anchored == 0


def test_an_anchor_signed_with_a_strangers_key_does_not_vouch(store) -> None:
    stranger = PrivateKey.generate()
    anchor = dataclasses.replace(anchored(store, CLERK), key=stranger.key)
    anchor = dataclasses.replace(anchor, signature=stranger.sign(anchor.statement))
    assert kinds(against(store, anchor)) == ["anchor_of_unknown_key"]


def test_an_anchor_stays_good_when_its_key_is_revoked_later(store) -> None:
    anchor = anchored(store)
    revoke_key(store, CHAIRMAN.name, reason="mất", by=SIGNER, now=NOW)
    assert against(store, anchor).findings == ()
    later = anchored(store, CLERK)
    forged = dataclasses.replace(later, key=KEY.key, signature=None)
    forged = dataclasses.replace(forged, signature=KEY.sign(forged.statement))
    assert kinds(against(store, forged)) == ["anchor_of_unknown_key"]


@pytest.mark.parametrize("text", ["", "FORMBOOK/1/", None, 7])
def test_an_anchor_in_the_log_that_is_none_is_named(store, text) -> None:
    with store.writing():
        store.append(Act.ANCHORED, {"anchor": text}, by=CLERK, at=NOW)
    found = verify(store).findings
    assert [(each.kind, each.event) for each in found] == [("anchor_event_wrong", 6)]


def test_an_anchor_in_the_log_that_is_of_another_head_is_named(store) -> None:
    anchor = anchored(store, CLERK)
    for change in ({"size": 4}, {"root": "0" * 64}, {"key": KEY.key, "signature": "0" * 128}):
        text = dataclasses.replace(anchor, **change).text
        with store.writing():
            store.append(Act.ANCHORED, {"anchor": text}, by=CLERK, at=NOW)
    assert kinds(verify(store)) == ["anchor_event_wrong"] * 3


def test_any_kept_anchor_tells_any_history_that_is_written_anew(store, tmp_path) -> None:
    """Each single event behind an anchor's size, changed with all hashes computed again."""
    anchors = [anchored(store, CLERK) for _ in range(3)]
    total = store.head()[0]
    store.close()
    rng = random.Random(5)
    for seq in range(1, total + 1):
        folder = tmp_path / f"copy{seq}"
        folder.mkdir()
        (folder / "formbook.db").write_bytes((store.folder / "formbook.db").read_bytes())

        def change(row: dict[str, object], seq: int = seq) -> None:
            if row["seq"] == seq:
                row["account"] = f"x{rng.random()}"

        rewrite(folder, change)
        with Store(folder) as copy:
            for anchor in anchors:
                told = "log_rebuilt" in kinds(against(copy, anchor))
                assert told == (seq <= anchor.size)
