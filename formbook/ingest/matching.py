"""What a reading shows that the register holds already: the page, its lines and marks."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from formbook.imaging.likeness import Alignment, Look, align, fingerprint_distance
from formbook.imaging.scan import open_frame
from formbook.imaging.turn import Turn
from formbook.ingest.job import look_of
from formbook.model import OPEN_STATUSES, PageReading, Polygon, Side
from formbook.permissions import Act
from formbook.store import Store

# Fingerprints choose by rank: those of one page and of two overlap.
# Shares of outlines, measured on upright boxes: two engines or two scans draw a line differently.
_SAME_LINE = 0.3
_INSIDE = 0.5
_SHORTLIST = 5
_MOVING = (Act.SCAN_ADDED, Act.SCAN_PLACED, Act.PAGE_REREAD, Act.PAGE_RENUMBERED, Act.UNDONE)


@dataclass(frozen=True, slots=True)
class Known:
    """What of a reading is known.

    `lines` maps the reading's line index to the register's line, `beside` maps a new line to the
    line beside which it belongs, `marks` holds the indexes of known marks.
    """

    lines: dict[int, int] = field(default_factory=dict)
    beside: dict[int, int] = field(default_factory=dict)
    marks: frozenset[int] = frozenset()

    def as_body(self) -> dict[str, Any]:
        """As it stands in an event."""
        return {
            "known": {str(index): line_id for index, line_id in self.lines.items()},
            "beside": {str(index): line_id for index, line_id in self.beside.items()},
            "known_marks": sorted(self.marks),
        }


class PageFinder:
    """Finds the page that a new scan shows again, among all pages that have a scan.

    Args:
        store: the register.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held: list[tuple[int, bytes]] = []
        self._last = 0

    def find(self, fingerprint: bytes, look: Look) -> int | None:
        """The register's number of the page that looks the same; None if none does."""
        self._catch_up()
        near = sorted(
            (fingerprint_distance(fingerprint, held), page_id) for page_id, held in self._held
        )
        for _distance, page_id in near[:_SHORTLIST]:
            if is_page(self._store, page_id, look):
                return page_id
        return None

    def _catch_up(self) -> None:
        for row in self._store.rows(
            "select id, page_id, fingerprint from scans where id > ? and page_id is not null"
            " order by id",
            self._last,
        ):
            self._held.append((row["page_id"], bytes.fromhex(row["fingerprint"])))
            self._last = row["id"]


def last_move(store: Store) -> int:
    """The last act that brought, moved or took away a scan, a page or a line.

    What was found out before it may no longer hold.
    """
    kinds = ", ".join("?" * len(_MOVING))
    seq = store.value(
        f"select seq from events where kind in ({kinds}) order by seq desc limit 1", *_MOVING
    )
    return int(seq or 0)


def is_page(store: Store, page_id: int, look: Look) -> bool:
    """Whether a new frame shows a page of the register."""
    return any(align(look, held_look(store, scan)) for scan in _scans_of(store, page_id))


def look_name(sha256: str, frame: int, side: Side) -> str:
    """Where the cache keeps a page's look."""
    return f"looks/{sha256}-{frame}" + ("" if side is Side.WHOLE else f"-{side}")


def held_look(store: Store, scan: dict[str, Any]) -> Look:
    """A held scan's look, from the cache or made anew.

    Raises:
        ScanError: its original is gone or broken.
    """
    side, outline = Side(scan["side"]), polygon_of(scan["outline"])
    name = look_name(scan["sha256"], scan["frame"], side)
    kept = store.cached(name)
    if kept is not None:
        with contextlib.suppress(ValueError):
            return Look.from_bytes(kept)
    look = look_of(open_frame(store.original(scan["original"]), scan["frame"]), side, outline)
    store.cache(name, look.to_bytes())
    return look


def known_on_page(
    store: Store, page_id: int, reading: PageReading, look: Look, turn: Turn
) -> Known:
    """What of a later scan's reading the page holds already.

    Each earlier scan of the page is laid over the new one; a line that covers a known one is
    that line, so that a later scan doubles nothing.

    Args:
        store: the register.
        page_id: the page.
        reading: of the new frame.
        look: of the new frame.
        turn: of the new frame, between stored and upright.
    """
    lines: dict[int, int] = {}
    marks: set[int] = set()
    for scan in _scans_of(store, page_id):
        found = align(look, held_look(store, scan))
        if found is None:
            continue
        old_turn = open_frame(store.original(scan["original"]), scan["frame"]).turn
        mapped = partial(_mapped, turn, found, old_turn)
        held = _lines_on_scan(store, scan["id"])
        new = [mapped(line.polygon) for line in reading.lines]
        same, inside = match(new, list(held.values()))
        ids = list(held)
        for index, position in (same | inside).items():
            lines.setdefault(index, ids[position])
        marks |= _same_marks(store, scan["id"], [mapped(mark.polygon) for mark in reading.marks])
    return Known(lines=lines, marks=frozenset(marks))


def _mapped(new: Turn, found: Alignment, old: Turn, polygon: Polygon) -> Polygon:
    """An outline on the new frame as stored, as it lies on the old frame as stored."""
    return old.to_stored(found.map(new.to_upright(polygon)))


def known_on_scan(store: Store, scan_id: int, reading: PageReading) -> Known:
    """What of a new reading of the same scan the register holds already.

    A second line within the outline of a known one was missed when the two were read as one: it
    goes beside that line, into the same entry, while that is open; what is answered gets no more
    text. Where a person has corrected what was read, the line was not missed.
    """
    held = _lines_on_scan(store, scan_id)
    ids = list(held)
    same, inside = match([line.polygon for line in reading.lines], list(held.values()))
    states = {
        row["id"]: row
        for row in store.rows(
            "select l.id, l.corrected_by is not null or e.own_text is not null as corrected,"
            " case when e.gone is null then e.status end as status"
            " from lines l left join entries e on e.id = l.entry_id"
            " where l.id in (select line_id from readings where scan_id = ?)",
            scan_id,
        )
    }
    lines = {index: ids[position] for index, position in same.items()}
    beside: dict[int, int] = {}
    for index, position in inside.items():
        state = states[ids[position]]
        if state["corrected"]:
            lines[index] = ids[position]
        elif state["status"] in OPEN_STATUSES:
            beside[index] = ids[position]
    marks = _same_marks(store, scan_id, [mark.polygon for mark in reading.marks])
    return Known(lines, beside, frozenset(marks))


def match(new: Sequence[Polygon], held: Sequence[Polygon]) -> tuple[dict[int, int], dict[int, int]]:
    """Pair new outlines with held ones, by their upright boxes.

    Returns:
        New index to held index, one to one by falling overlap; and the remaining new ones that
        lie mostly inside a held one, with that one.
    """
    boxes, others = [_box(polygon) for polygon in new], [_box(polygon) for polygon in held]
    overlaps = sorted(
        (
            (_overlap(box, other), i, j)
            for i, box in enumerate(boxes)
            for j, other in enumerate(others)
        ),
        reverse=True,
    )
    same: dict[int, int] = {}
    taken: set[int] = set()
    for share, i, j in overlaps:
        if share >= _SAME_LINE and i not in same and j not in taken:
            same[i] = j
            taken.add(j)
    inside = {
        i: j
        for share, i, j in sorted(
            (_inside(box, other), i, j)
            for i, box in enumerate(boxes)
            for j, other in enumerate(others)
        )
        if share > _INSIDE and i not in same
    }
    return same, inside


_Box = tuple[float, float, float, float]


def _box(polygon: Polygon) -> _Box:
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    return min(xs), min(ys), max(xs), max(ys)


def _area(box: _Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _common(a: _Box, b: _Box) -> float:
    return _area((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))


def _overlap(a: _Box, b: _Box) -> float:
    common = _common(a, b)
    union = _area(a) + _area(b) - common
    return common / union if union else 0.0


def _inside(a: _Box, b: _Box) -> float:
    area = _area(a)
    return _common(a, b) / area if area else 0.0


def _scans_of(store: Store, page_id: int) -> list[dict[str, Any]]:
    """The page's scans as far as their originals are there, the newest first."""
    rows = store.rows(
        "select id, sha256, frame, side, outline, original from scans where page_id = ?"
        " order by id desc",
        page_id,
    )
    return [row for row in rows if store.original(row["original"]).exists()]


def _lines_on_scan(store: Store, scan_id: int) -> dict[int, Polygon]:
    """The lines that a scan shows, with their outlines on it."""
    rows = store.rows(
        "select line_id, polygon from readings where scan_id = ? order by id", scan_id
    )
    return {row["line_id"]: polygon_of(row["polygon"]) for row in rows}


def _same_marks(store: Store, scan_id: int, new: Sequence[Polygon]) -> set[int]:
    held = [
        polygon_of(row["polygon"])
        for row in store.rows(
            "select polygon from marks where scan_id = ? and polygon is not null", scan_id
        )
    ]
    same, inside = match(new, held)
    return {*same, *inside}


def polygon_of(text: str) -> Polygon:
    """An outline as a column of the register keeps it."""
    return tuple((x, y) for x, y in json.loads(text))
