"""What a register learns: with the real pages, lines and log, and a teacher that costs no time."""

from __future__ import annotations

import errno
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from importing import bring_in
from registers import AUDITOR, CLERK, NOW, contents, make_register

from formbook import backup
from formbook.correct import correct_line
from formbook.permissions import NotAllowedError
from formbook.reading import page_reader
from formbook.recognize.card import read_card
from formbook.recognize.handwriting import WEIGHTS
from formbook.store import RegisterFullError, RegisterReadOnlyError, Store, views
from formbook.store import folder as folders
from formbook.store.verify import verify
from formbook.store.weights import TaughtWeightsGoneError, weights_in_use
from formbook.training.lesson import Lesson
from formbook.training.register import TooFewLinesError, corrected_lines, learn_from_register
from formbook.undo import undo

SCANS = Path(__file__).parents[2] / "scans"


@pytest.fixture(scope="module")
def corrected(tmp_path_factory) -> Path:
    """A register with sample pages, of which every line was corrected."""
    with make_register(tmp_path_factory.mktemp("corrected")) as store:
        names = ("1-tr001", "1-tr002", "1-tr003", "2-tr001", "2-tr002")
        samples = [SCANS / f"q{name}.jpg" for name in names]
        bring_in(store, *samples, numbering={}, recognizer="handwriting")
        for line in views.lines(store):
            if line["entry"] is not None:
                correct_line(store, line["line"], f"dòng {line['line']}", by=CLERK, now=NOW)
        return store.folder


@pytest.fixture
def store(corrected):
    with Store(corrected) as store:
        yield store


def learn(store, monkeypatch, *, better, by=CLERK):
    """Learn from a teacher whose new weights are the old ones."""

    def teach(lines, weights, target, **_how):
        target.write_bytes(weights.read_bytes())
        after = 0.1 if better else 0.3
        sets = ("same_hands", "other_hands", "drawn")
        return Lesson(
            learned=len(lines),
            held_back=dict.fromkeys(sets, 9),
            before=dict.fromkeys(sets, 0.2),
            after={**dict.fromkeys(sets, 0.2), "same_hands": after},
            card={**read_card(weights), "version": "1+0a1b2c3d"},
        )

    monkeypatch.setitem(sys.modules, "formbook.training.ward", SimpleNamespace(teach=teach))
    return learn_from_register(store, by=by, clock=lambda: NOW, minutes=1)


def test_each_corrected_line_is_cut_out_of_its_scan(store):
    found = list(corrected_lines(store))
    wanted = {line["text"]: line["entry"] for line in views.lines(store) if line["entry"]}

    assert {line.text: line.entry for line in found} == wanted
    assert all(line.picture.ndim == 2 and line.picture.min() < 128 for line in found)


def test_better_weights_read_from_now_on_and_can_be_taken_back(store, monkeypatch):
    lesson = learn(store, monkeypatch, better=True)

    taught = weights_in_use(store)
    assert lesson.better
    assert page_reader(str(taught), timeout_s=1).name.startswith("handwriting 1+0a1b2c3d")
    assert taught.read_bytes() == WEIGHTS.read_bytes()
    assert verify(store).findings == ()
    undo(store, None, reason="thử", by=CLERK, now=NOW)
    assert weights_in_use(store) is None


def test_weights_that_are_not_better_leave_the_register_as_it_was(store, monkeypatch):
    before = contents(store)

    assert not learn(store, monkeypatch, better=False).better
    assert contents(store) == before
    assert weights_in_use(store) is None


def test_taught_weights_come_back_from_a_backup_and_are_missed_where_they_are_gone(
    store, monkeypatch, tmp_path
):
    learn(store, monkeypatch, better=True)
    done = backup.backup(store, tmp_path / "backups", now=NOW)
    backup.restore(done.path, tmp_path / "again")
    with Store(tmp_path / "again") as restored:
        taught = weights_in_use(restored)
        assert taught.read_bytes() == WEIGHTS.read_bytes()

        kept = restored.value("select original from weights")
        restored.original(kept).unlink()
        missing = [(each.kind, each.file) for each in verify(restored).findings]
        assert missing == [("original_missing", kept)]
        shutil.rmtree(tmp_path / "again" / "cache")
        with pytest.raises(TaughtWeightsGoneError, match="cannot be read"):
            weights_in_use(restored)
    undo(store, None, reason="thử", by=CLERK, now=NOW)


def test_weights_that_are_not_whole_in_the_cache_are_put_there_anew(store, monkeypatch):
    learn(store, monkeypatch, better=True)
    taught = weights_in_use(store)
    card = taught.with_suffix(".json")
    whole = taught.read_bytes(), card.read_bytes()
    for path in (taught, card):
        path.write_bytes(path.read_bytes()[:99])
        assert weights_in_use(store) == taught
        assert (taught.read_bytes(), card.read_bytes()) == whole
    original = store.original(store.value("select original from weights"))
    original.write_bytes(whole[0][:99])
    taught.unlink()
    with pytest.raises(TaughtWeightsGoneError):
        weights_in_use(store)
    original.write_bytes(whole[0])
    undo(store, None, reason="thử", by=CLERK, now=NOW)


@pytest.mark.parametrize(
    ("code", "refusal"),
    [(errno.ENOSPC, RegisterFullError), (errno.EROFS, RegisterReadOnlyError)],
)
def test_a_disk_with_no_room_for_the_taught_weights_is_named(store, monkeypatch, code, refusal):
    learn(store, monkeypatch, better=True)
    shutil.rmtree(weights_in_use(store).parent)

    def refuse(*_):
        raise OSError(code, "no")

    with monkeypatch.context() as patch:
        patch.setattr(folders, "private", refuse)
        with pytest.raises(refusal):
            weights_in_use(store)
    assert weights_in_use(store).exists()
    undo(store, None, reason="thử", by=CLERK, now=NOW)


def test_only_a_clerk_teaches_and_only_with_enough_lines(store, monkeypatch, tmp_path):
    with pytest.raises(NotAllowedError):
        learn(store, monkeypatch, better=True, by=AUDITOR)
    with make_register(tmp_path) as empty, pytest.raises(TooFewLinesError):
        learn(empty, monkeypatch, better=True)
    assert store.value("select count(*) from weights") == 0
