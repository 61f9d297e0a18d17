from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import papers
import pytest
import scripted
from importing import Steps, bring_in
from registers import AUDITOR, CLERK, NOW, make_register

from formbook.errors import RecognitionError
from formbook.imaging.faults import EmptyScanError, PathNotFoundError
from formbook.ingest.place import place_scan
from formbook.model import PageRef
from formbook.permissions import NotAllowedError
from formbook.store import NotFoundError, RegisterNotFoundError, views
from formbook.store.rehearsal import Rehearsal
from formbook.store.verify import verify
from formbook.undo import undo
from formbook.workers import TimeLimitError, WorkerDiedError


def run(store, *paths, by=CLERK, steps=None, time_limit_s=60.0, **numbering):
    return bring_in(
        store,
        *paths,
        numbering=numbering,
        by=by,
        workers=2,
        time_limit_s=time_limit_s,
        progress=steps or Steps(),
        read=scripted.read,
    )


def texts(store):
    return [(row["page"], row["text"]) for row in views.entries(store)]


def test_pages_come_in_with_their_entries_in_the_order_of_their_names(store, folder):
    for seed, name in enumerate(("tr2", "tr10", "tr1")):
        papers.save(folder / f"{name}.png", papers.draw(seed))
    steps = Steps()
    report = run(store, folder, steps=steps)
    assert report.pages_added == [PageRef("1", 1), PageRef("1", 2), PageRef("1", 10)]
    assert (report.entries, report.known, report.failed, report.held) == (6, 0, [], [])
    assert (steps.frames, steps.done, steps.last) == (3, 3, (6, 0))
    assert [text for _, text in texts(store)][:2] == ["dòng 1 của tr1", "dòng 2 của tr1"]
    assert verify(store).findings == ()


def test_originals_are_kept_byte_for_byte(store, folder):
    path = papers.save(folder / "tr1.png", papers.draw(1))
    run(store, folder)
    scan = views.page(store, PageRef("1", 1))["scans"][0]
    assert (store.folder / scan["original"]).read_bytes() == path.read_bytes()
    assert scan["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_importing_twice_adds_nothing(store, folder):
    papers.save(folder / "tr1.png", papers.draw(1))
    run(store, folder)
    head = store.head()
    (folder / "the same under another name tr9.png").write_bytes((folder / "tr1.png").read_bytes())
    report = run(store, folder)
    assert (report.known, report.pages_added, report.entries) == (2, [], 0)
    assert store.head() == head


def test_the_registers_own_originals_are_no_scans_to_import(store):
    papers.save(store.folder / "tr1.png", papers.draw(1))
    added = run(store, store.folder)
    undo(store, None, reason=None, by=CLERK, now=NOW)
    again = run(store, store.folder)
    assert added.pages_added == again.pages_added == [PageRef("1", 1)]
    assert store.folder / views.page(store, PageRef("1", 1))["scans"][0]["original"] in (
        again.ignored
    )


def test_a_register_that_is_moved_away_takes_no_more_scans(store, folder):
    papers.save(folder / "tr1.png", papers.draw(1))
    (store.folder / "originals").rename(store.folder / "moved")
    head = store.head()
    with pytest.raises(RegisterNotFoundError):
        run(store, folder)
    assert store.head() == head
    assert not (store.folder / "originals").exists()


def test_pages_without_a_number_follow_the_last_one(store, folder):
    papers.save(folder / "a tr7.png", papers.draw(1))
    papers.save(folder / "b.png", papers.draw(2))
    papers.save(folder / "c.png", papers.draw(3))
    assert run(store, folder).pages_added == [PageRef("1", n) for n in (7, 8, 9)]


def test_a_first_page_by_option_counts_all_files_also_on_a_second_run(store, folder):
    for seed, name in enumerate("abc"):
        papers.save(folder / f"{name}.png", papers.draw(seed))
    first = folder / "b.png"
    whole = first.read_bytes()
    first.write_bytes(b"")
    report = run(store, folder, first_page=5, notebook="K")
    assert report.pages_added == [PageRef("K", 5), PageRef("K", 7)]
    first.write_bytes(whole)
    assert run(store, folder, first_page=5, notebook="K").pages_added == [PageRef("K", 6)]


def test_one_bad_file_does_not_stop_the_others(store, folder):
    papers.save(folder / "tr1.png", papers.draw(1))
    (folder / "tr2.png").write_bytes(b"")
    papers.save(folder / "tr3 fail.png", papers.draw(3))
    papers.save(folder / "tr4 die.png", papers.draw(4))
    papers.save(folder / "tr5.png", papers.draw(5))
    report = run(store, folder)
    assert report.pages_added == [PageRef("1", 1), PageRef("1", 5)]
    assert {failure.path.stem: type(failure.error) for failure in report.failed} == {
        "tr2": EmptyScanError,
        "tr3 fail": RecognitionError,
        "tr4 die": WorkerDiedError,
    }
    assert verify(store).findings == ()


def test_a_page_that_takes_too_long_is_stopped_and_named(store, folder, monkeypatch):
    monkeypatch.setattr("formbook.ingest.GRACE_S", 0.0)
    papers.save(folder / "tr1 hang.png", papers.draw(1))
    papers.save(folder / "tr2.png", papers.draw(2))
    report = run(store, folder, time_limit_s=8.0)
    assert [type(failure.error) for failure in report.failed] == [TimeLimitError]
    assert str(report.failed[0].error).startswith(
        f"Reading {folder / 'tr1 hang.png'} took longer than 8 seconds and was stopped.\n"
    )
    assert report.pages_added == [PageRef("1", 2)]


def test_what_is_not_there_is_said_before_anything_is_done(store, folder):
    head = store.head()
    with pytest.raises(PathNotFoundError):
        run(store, folder / "missing.png")
    assert store.head() == head


def test_an_auditor_cannot_import(store, folder):
    papers.save(folder / "tr1.png", papers.draw(1))
    with pytest.raises(NotAllowedError):
        run(store, folder, by=AUDITOR)


# -- later scans of a page ----------------------------------------------------


def test_a_later_scan_of_a_page_keeps_its_entries_and_shows_what_is_new(store, folder):
    page = papers.draw(1)
    first = papers.save(folder / "tr1 rows2.png", page)
    run(store, first)
    later = papers.save(folder / "tr1 rows4 mark.png", papers.scan_again(page, 0.2))
    report = run(store, later)
    assert (report.pages_joined, report.pages_added) == ([PageRef("1", 1)], [])
    assert (report.entries, report.marks, report.new_there) == (2, 1, [3, 4])
    assert [text for _, text in texts(store)] == [
        "dòng 1 của tr1 rows2",
        "dòng 2 của tr1 rows2",
        "dòng 3 của tr1 rows4 mark",
        "dòng 4 của tr1 rows4 mark",
    ]
    again = papers.save(folder / "tr1 rows4.png", papers.scan_again(page, -0.2))
    assert run(store, again).entries == 0
    assert verify(store).findings == ()


def test_a_scan_that_looks_like_a_page_is_held_until_a_person_places_it(store, folder):
    page = papers.draw(1)
    run(store, papers.save(folder / "tr1.png", page))
    report = run(store, papers.save(folder / "photo.png", papers.scan_again(page)))
    (held,) = report.held
    assert (held.why, held.like, report.entries) == ("looks_like", PageRef("1", 1), 0)
    assert [row["scan"] for row in views.held_scans(store)] == [held.scan]
    assert views.unchecked_pages(store) == 2
    place_scan(store, held.scan, PageRef("1", 1), by=CLERK, now=NOW)
    assert views.held_scans(store) == []
    assert len(views.entries(store)) == 2
    with pytest.raises(NotFoundError):
        place_scan(store, held.scan, None, by=CLERK, now=NOW)
    assert verify(store).findings == ()


def test_a_held_scan_can_turn_out_to_be_a_page_of_its_own(store, folder):
    page = papers.draw(1)
    run(store, papers.save(folder / "tr1.png", page))
    report = run(store, papers.save(folder / "photo.png", papers.scan_again(page)))
    place_scan(store, report.held[0].scan, None, by=CLERK, now=NOW)
    assert [page for page, _ in texts(store)] == [1, 1, 2, 2]


def test_another_page_with_a_number_that_is_taken_is_held(store, folder):
    run(store, papers.save(folder / "tr1.png", papers.draw(1)))
    report = run(store, papers.save(folder / "x tr1.png", papers.draw(2)))
    assert [held.why for held in report.held] == ["number_taken"]
    assert len(views.entries(store)) == 2


# -- dates without a year -----------------------------------------------------


def test_a_date_without_a_year_takes_it_from_the_pages_beside_it(store, folder):
    run(store, papers.save(folder / "tr1 dated.png", papers.draw(1)))
    assert views.entries(store)[0]["written_on"] is None
    entry = views.entries(store)[0]["entry"]
    from formbook.correct import correct_entry

    correct_entry(store, entry, text=None, written_on=dt.date(2024, 2, 20), by=CLERK, now=NOW)
    now = dt.datetime(2024, 4, 1, tzinfo=dt.UTC)
    later = papers.save(folder / "tr2 dated.png", papers.draw(2))
    bring_in(store, later, numbering={}, clock=lambda: now, read=scripted.read)
    (found,) = (row for row in views.entries(store) if row["page"] == 2 and row["written_text"])
    assert found["written_on"] == "2024-03-12"
    whole = views.entry(store, found["entry"])
    assert whole["written_candidates"][0] == {"date": "2024-03-12", "reasons": ["year_inferred"]}


# -- rehearsal ----------------------------------------------------------------


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_rehearsal_says_what_the_real_run_does_and_changes_not_one_byte(tmp_path, folder):
    with make_register(tmp_path) as store:
        place = store.folder
        page = papers.draw(1)
        run(store, papers.save(tmp_path / "tr1.png", page))
    for seed, name in ((1, "photo"), (2, "tr2"), (3, "tr3 fail"), (2, "tr2 again")):
        picture = papers.draw(seed) if name != "photo" else papers.scan_again(page)
        papers.save(folder / f"{name}.png", picture)
    papers.save(folder / "tr2 later.png", papers.scan_again(papers.draw(2)))
    before = snapshot(place)
    from formbook.store import Store

    with Store(place) as store:
        rehearsed = run(Rehearsal(store), folder)
    assert snapshot(place) == before
    with Store(place) as store:
        done = run(store, folder)
        assert verify(store).findings == ()
    plain = [
        (r.pages_added, r.pages_joined, r.held, r.known, r.entries, r.marks)
        for r in (rehearsed, done)
    ]
    assert plain[0] == plain[1]
    assert [str(f.error) for f in rehearsed.failed] == [str(f.error) for f in done.failed]
