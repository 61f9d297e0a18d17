from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import papers
import pytest
from registers import CLERK, NOW, add_scan, make_register, reading

from formbook.ingest import place
from formbook.ingest.place import place_scan
from formbook.model import PageRef
from formbook.store import NotFoundError, Store, views
from formbook.store.verify import verify

TEXTS = [(1, "Đèn hỏng"), (1, "Chợ bẩn")]


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Store]:
    """Page 1/1 with two entries; scans 2 and 3 show it again and wait to be placed."""
    paper = papers.draw(1)
    read = {**reading([("Đèn hỏng", 0), ("Chợ bẩn", 1)]), "width": 800, "height": 1000}
    with make_register(tmp_path) as store:
        for scan, drawn in enumerate(
            (paper, papers.scan_again(paper), papers.scan_again(paper, 2))
        ):
            content = papers.save(tmp_path / f"{scan}.png", drawn).read_bytes()
            held = {"held": "looks_like", "looks_like": 1} if scan else {}
            add_scan(store, read, content=content, **held)
        yield store


def _meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[Store], object]) -> None:
    """Let another clerk act once, after the scan was compared and before it is placed."""
    compare = place._known

    def overtaken(store, *arguments):
        known = compare(store, *arguments)
        monkeypatch.setattr(place, "_known", compare)
        with Store(store.folder) as other:
            act(other)
        return known

    monkeypatch.setattr(place, "_known", overtaken)


def _texts(store: Store) -> list[tuple[int, str]]:
    return [(row["page"], row["text"]) for row in views.entries(store)]


def test_a_scan_that_another_clerk_places_meanwhile_is_placed_once(register: Store, monkeypatch):
    ours, theirs = PageRef("1", 5), PageRef("1", 1)
    _meanwhile(monkeypatch, lambda other: place_scan(other, 2, theirs, by=CLERK, now=NOW))
    with pytest.raises(NotFoundError, match="no held scan 2"):
        place_scan(register, 2, ours, by=CLERK, now=NOW)
    assert _texts(register) == TEXTS
    assert verify(register).findings == ()


def test_a_page_that_another_clerk_makes_meanwhile_is_not_doubled(register: Store, monkeypatch):
    page = PageRef("1", 5)
    _meanwhile(monkeypatch, lambda other: place_scan(other, 2, page, by=CLERK, now=NOW))
    place_scan(register, 3, page, by=CLERK, now=NOW)
    assert _texts(register) == [*TEXTS, (5, "Đèn hỏng"), (5, "Chợ bẩn")]
    assert verify(register).findings == ()
