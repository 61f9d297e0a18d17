from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import papers
import pytest
import scripted
from importing import bring_in
from registers import CHAIRMAN, CLERK, NOW, TODAY

from formbook.export.table import sources
from formbook.ingest.place import place_scan
from formbook.model import Edge, Hand, PageRef
from formbook.regroup import join_entries, split_entry
from formbook.seen import mark_seen
from formbook.store import views
from formbook.store.verify import verify
from formbook.undo import undo

HAND = Hand((0.5, 0.5, 0.7), 0.9, 0.05, 0.6)


def told(job):
    """The scripted reading, its last entry open to the next page, its first taken up again.

    "doubt" leaves more bare at its end than a line that runs on; "other" is another's hand.
    """
    read = scripted.read(job)
    stem = job.path.stem
    hand = replace(HAND, size_mm=2.0) if "other" in stem else HAND
    pages = []
    for page in read.pages:
        last = len(page.reading.entries) - 1
        begins = Edge(0, hand, 0.0, 0.1, signed=False)
        ends = Edge(last, hand, 0.5 if "doubt" in stem else 0.0, 0.1, signed=False)
        pages.append(replace(page, reading=replace(page.reading, begins=begins, ends=ends)))
    return replace(read, pages=tuple(pages))


def run(store, *paths, **numbering):
    return bring_in(store, *paths, numbering=numbering, read=told)


def draw(folder, name, seed):
    return papers.save(folder / f"{name}.png", papers.draw(seed))


def shown(store):
    """Each entry's page and text."""
    return [(row["page"], row["text"].split("\n")) for row in views.entries(store)]


FIVE = ["dòng 1 của tr5", "dòng 2 của tr5"]
SIX = ["dòng 1 của tr6", "dòng 2 của tr6"]


@pytest.mark.parametrize("order", list(permutations((5, 6))))
def test_an_entry_that_runs_on_is_one_whichever_page_comes_first(store, folder, order):
    for number in order:
        report = run(store, draw(folder, f"tr{number}", number))
    assert shown(store) == [(5, FIVE[:1]), (5, [FIVE[1], SIX[0]]), (6, SIX[1:])]
    (linked,) = report.linked
    assert [source.file[-7:] for source in sources(store, linked)] == ["tr5.png", "tr6.png"]
    assert views.page(store, PageRef("1", 6))["from_before"] == [
        {"entry": linked, "notebook": "1", "page": 5}
    ]
    assert report.entries == 1
    assert verify(store).findings == ()


def test_pages_in_one_run_are_linked(store, folder):
    for number in (5, 6):
        draw(folder, f"tr{number}", number)
    report = run(store, folder)
    assert (report.entries, len(report.linked)) == (3, 1)


def test_facing_pages_are_linked(store, folder):
    papers.save(folder / "tr5 open.png", np.hstack([papers.draw(1), papers.draw(2)]))
    report = run(store, folder)
    (linked,) = report.linked
    left, right = sources(store, linked)
    assert left.box[2] < 800 < right.box[0]
    assert [page for page, _ in shown(store)] == [5, 5, 6]
    assert verify(store).findings == ()


@pytest.mark.parametrize("order", list(permutations((5, 6, 7))))
def test_an_entry_of_three_pages_is_one_or_a_person_is_asked(store, folder, order):
    for number in order:
        report = run(store, draw(folder, f"tr{number} rows1", number))
    if order[-1] == 6:
        assert [page for page, _ in shown(store)] == [5, 7]
        assert [(pair["entry"], pair["other"]) for pair in report.may_link] == [
            (row["entry"], row["may_go_on_in"])
            for row in views.entries(store)
            if row["may_go_on_in"] is not None
        ]
        assert len(report.may_link) == 1
    else:
        assert [page for page, _ in shown(store)] == [5]
    assert verify(store).findings == ()


def test_what_is_not_sure_stays_apart_until_a_person_joins_it(store, folder):
    draw(folder, "tr5 doubt", 5)
    draw(folder, "tr6", 6)
    report = run(store, folder)
    (pair,) = report.may_link
    assert report.linked == []
    assert views.live_entry(store, pair["entry"])["may_go_on_in"] == pair["other"]
    join_entries(store, pair["entry"], [pair["other"]], by=CLERK, now=NOW)
    assert views.live_entry(store, pair["entry"])["may_go_on_in"] is None
    assert len(shown(store)) == 3
    assert verify(store).findings == ()


def test_another_hand_is_another_entry(store, folder):
    draw(folder, "tr5", 5)
    draw(folder, "tr6 other", 6)
    report = run(store, folder)
    assert (report.linked, report.may_link, report.entries) == ([], [], 4)


def test_a_page_between_them_keeps_two_pages_apart(store, folder):
    draw(folder, "tr5", 5)
    draw(folder, "tr7", 7)
    report = run(store, folder)
    assert (report.linked, report.may_link) == ([], [])


def test_a_person_takes_apart_what_was_joined_and_no_later_scan_joins_it(store, folder):
    for number in (5, 6):
        draw(folder, f"tr{number}", number)
    (linked,) = run(store, folder).linked
    second = views.lines(store, entry_id=linked)[1]
    split_entry(store, linked, second["line"], by=CLERK, now=NOW)
    assert shown(store) == [(5, FIVE[:1]), (5, FIVE[1:]), (6, SIX[:1]), (6, SIX[1:])]
    papers.save(folder / "tr6 rows3 again.png", papers.scan_again(papers.draw(6)))
    report = run(store, folder)
    assert report.linked == []
    assert len(shown(store)) == 5
    assert verify(store).findings == ()


def test_what_the_chairman_has_seen_does_not_grow(store, folder):
    run(store, draw(folder, "tr5", 5))
    mark_seen(store, PageRef("1", 5), on=TODAY, by=CHAIRMAN, now=NOW, today=TODAY)
    report = run(store, draw(folder, "tr6", 6))
    assert report.linked == []
    assert len(report.may_link) == 1
    assert len(shown(store)) == 4


def test_a_mark_on_the_page_where_an_entry_ends_is_for_it_too(store, folder):
    for number in (5, 6):
        draw(folder, f"tr{number}", number)
    (linked,) = run(store, folder).linked
    event = mark_seen(store, PageRef("1", 6), on=TODAY, by=CHAIRMAN, now=NOW, today=TODAY)
    assert linked in event.body["entries"]
    assert verify(store).findings == ()


def test_undoing_a_page_takes_its_part_of_an_entry_back(store, folder):
    run(store, draw(folder, "tr6", 6))
    run(store, draw(folder, "tr5", 5))
    undo(store, None, reason=None, by=CLERK, now=NOW)
    assert shown(store) == [(6, SIX[:1]), (6, SIX[1:])]
    assert verify(store).findings == ()


def test_a_held_scan_links_once_it_is_placed(store, folder):
    run(store, draw(folder, "tr5", 5))
    papers.save(folder / "tr5 later.png", papers.draw(9))
    (held,) = run(store, folder).held
    event = place_scan(store, held.scan, PageRef("1", 6), by=CLERK, now=NOW)
    assert [link["joined"] for link in event.body["links"]] == [True]
    assert [page for page, _ in shown(store)] == [5, 5, 6]
    assert verify(store).findings == ()


def test_the_date_at_the_end_of_the_second_part_is_that_of_the_entry(store, folder):
    run(store, draw(folder, "tr5 rows1", 5))
    run(store, draw(folder, "tr6 rows1 dated", 6))
    assert [row["written_text"] for row in views.entries(store)] == ["12/3"]
