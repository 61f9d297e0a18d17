from __future__ import annotations

import json

import numpy as np
import papers
import pytest
import scripted
from importing import bring_in
from registers import CLERK, NOW

from formbook.export.table import sources
from formbook.imaging.scan import load_frame
from formbook.ingest import Differing
from formbook.ingest.place import place_scan
from formbook.model import PageRef
from formbook.store import views
from formbook.store.verify import verify
from formbook.undo import undo


def run(store, *paths, **numbering):
    return bring_in(store, *paths, numbering=numbering, read=scripted.read)


def open_book(left, right):
    return np.hstack([papers.draw(left), papers.draw(right)])


def numbers(store):
    return [row["page"] for row in views.pages(store)]


def sides(store, page):
    return [scan["side"] for scan in views.page(store, PageRef("1", page))["scans"]]


def test_a_picture_of_two_facing_pages_becomes_two_pages(store, folder):
    path = papers.save(folder / "q1-tr12 open mark.png", open_book(1, 2))
    report = run(store, folder)
    left, right = (views.page(store, PageRef("1", number)) for number in (12, 13))
    assert report.pages_added == [PageRef("1", 12), PageRef("1", 13)]
    assert (report.entries, report.marks) == (4, 2)
    assert [scan["side"] for scan in left["scans"] + right["scans"]] == ["left", "right"]
    assert {scan["original"] for scan in left["scans"] + right["scans"]} == {
        left["scans"][0]["original"]
    }
    assert right["scans"][0]["outline"][0] == [800, 0]
    assert [len(page["entries"]) for page in (left, right)] == [2, 2]
    assert [len(page["marks"]) for page in (left, right)] == [1, 1]
    line = views.lines(store, page_id=views.page_id_of(store, PageRef("1", 13)))[0]
    assert line["polygon"][0] == [860, 90]
    entry = right["entries"][0]["entry"]
    assert [source.box for source in sources(store, entry)] == [(860, 90, 1260, 134)]
    assert load_frame(path).width == right["scans"][0]["width"]
    assert verify(store).findings == ()


def test_facing_pages_without_a_number_follow_the_last_one(store, folder):
    papers.save(folder / "tr4.png", papers.draw(1))
    run(store, folder)
    papers.save(folder / "a open.png", open_book(2, 3))
    papers.save(folder / "b.png", papers.draw(4))
    assert run(store, folder).pages_added == [PageRef("1", n) for n in (5, 6, 7)]


def test_a_first_page_by_option_counts_each_facing_page_also_on_a_second_run(store, folder):
    for seed, name in ((1, "a open"), (3, "b open fail"), (5, "c open"), (7, "d")):
        papers.save(folder / f"{name}.png", open_book(seed, seed + 1))
    first = run(store, folder, first_page=1)
    (folder / "b open fail.png").rename(folder / "b open.png")
    again = run(store, folder, first_page=1)
    assert first.pages_added == [PageRef("1", n) for n in (1, 2, 5, 6, 7)]
    assert again.pages_added == [PageRef("1", n) for n in (3, 4)]
    assert numbers(store) == [1, 2, 3, 4, 5, 6, 7]


def test_the_frames_of_one_file_count_on_from_its_name(store, folder):
    from PIL import Image

    frames = [Image.fromarray(open_book(1, 2)), Image.fromarray(open_book(3, 4))]
    frames[0].save(folder / "q1-tr8 open.tif", save_all=True, append_images=frames[1:])
    assert run(store, folder).pages_added == [PageRef("1", n) for n in (8, 9, 10, 11)]


@pytest.mark.parametrize(
    ("bears", "pages", "by"),
    [
        ("bears12-13", [12, 13], "paper"),
        ("bears-13", [12, 13], "paper"),
        ("bears12--", [12, 13], "paper"),
        ("bears12 15", [1, 2], "order"),
        ("bears--", [1, 2], "order"),
    ],
)
def test_the_numbers_on_facing_pages_number_both_unless_they_contradict(
    store, folder, bears, pages, by
):
    papers.save(folder / f"open {bears}.png", open_book(1, 2))
    report = run(store, folder)
    assert numbers(store) == pages
    assert {row["numbered_by"] for row in store.rows("select numbered_by from scans")} == {by}
    assert bool(report.differing) == (bears == "bears12 15")


def test_a_number_on_the_paper_places_a_page_that_has_no_other(store, folder):
    papers.save(folder / "a bears31.png", papers.draw(1))
    papers.save(folder / "b.png", papers.draw(2))
    report = run(store, folder)
    assert report.pages_added == [PageRef("1", 31), PageRef("1", 32)]
    assert report.differing == []


def test_a_number_on_the_paper_that_contradicts_the_name_is_told_and_changes_nothing(store, folder):
    papers.save(folder / "tr5 bears6.png", papers.draw(1))
    report = run(store, folder)
    assert report.pages_added == [PageRef("1", 5)]
    assert report.differing == [Differing(PageRef("1", 5), 6)]


def test_a_number_on_the_paper_that_another_page_has_is_left_to_a_person(store, folder):
    papers.save(folder / "a bears5.png", papers.draw(1))
    papers.save(folder / "b bears5.png", papers.draw(2))
    report = run(store, folder)
    assert report.pages_added == [PageRef("1", 5)]
    assert [(held.why, held.like) for held in report.held] == [("number_taken", PageRef("1", 5))]


def test_a_page_that_was_there_is_not_doubled_by_a_number_misread(store, folder):
    page = papers.draw(1)
    papers.save(folder / "a bears5.png", page)
    run(store, folder)
    papers.save(folder / "b bears9.png", papers.scan_again(page))
    report = run(store, folder)
    assert [(held.why, held.like) for held in report.held] == [("looks_like", PageRef("1", 5))]


def test_a_later_scan_of_one_of_two_facing_pages_is_joined_to_it(store, folder):
    papers.save(folder / "tr12 open.png", open_book(1, 2))
    run(store, folder)
    papers.save(folder / "tr13 rows3 later.png", papers.scan_again(papers.draw(2)))
    report = run(store, folder)
    assert report.pages_joined == [PageRef("1", 13)]
    assert len(report.new_there) == 1
    assert sides(store, 13) == ["right", "whole"]
    assert len(views.page(store, PageRef("1", 12))["entries"]) == 2
    assert len(views.page(store, PageRef("1", 13))["entries"]) == 3
    assert verify(store).findings == ()


def test_a_later_picture_of_both_is_joined_to_each(store, folder):
    papers.save(folder / "tr12.png", papers.draw(1))
    papers.save(folder / "tr13.png", papers.draw(2))
    run(store, folder)
    papers.save(folder / "tr12 open later.png", papers.scan_again(open_book(1, 2), 0.3))
    report = run(store, folder)
    assert report.pages_joined == [PageRef("1", 12), PageRef("1", 13)]
    assert report.entries == 0


def test_each_of_two_facing_pages_is_looked_for_among_those_held(store, folder):
    papers.save(folder / "tr5.png", papers.draw(2))
    run(store, folder)
    papers.save(folder / "photo open.png", open_book(1, 2))
    report = run(store, folder)
    assert report.pages_added == [PageRef("1", 6)]
    ((held),) = report.held
    assert (held.why, held.like) == ("looks_like", PageRef("1", 5))
    place_scan(store, held.scan, PageRef("1", 5), by=CLERK, now=NOW)
    assert sides(store, 5) == ["whole", "right"]
    assert len(views.page(store, PageRef("1", 5))["entries"]) == 2
    assert verify(store).findings == ()


def test_undoing_takes_both_facing_pages_back_and_the_next_run_brings_them_again(store, folder):
    papers.save(folder / "tr12 open.png", open_book(1, 2))
    run(store, folder)
    undo(store, None, reason=None, by=CLERK, now=NOW)
    assert numbers(store) == []
    assert run(store, folder).pages_added == [PageRef("1", 12), PageRef("1", 13)]
    assert run(store, folder).known == 1
    assert verify(store).findings == ()


def test_one_event_brings_both_pages(store, folder):
    papers.save(folder / "tr12 open.png", open_book(1, 2))
    before = store.head()[0]
    run(store, folder)
    seq = store.head()[0]
    pages = json.loads(store.value("select body from events where seq = ?", seq))["pages"]
    assert seq == before + 1
    assert [page["number"] for page in pages] == [12, 13]
