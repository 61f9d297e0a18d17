"""The register as one table: a row an entry, the columns that csv and xlsx share."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from formbook.dates import in_hanoi
from formbook.deadlines import received_basis
from formbook.errors import _
from formbook.model import Status
from formbook.store import Store
from formbook.text import Sign, complaint_signs

Value = str | int | float | dt.date | None
Translate = Callable[[str], str]


class Kind(Enum):
    """What a column holds."""

    NUMBER = "number"
    FRACTION = "fraction"
    DATE = "date"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the key that programs rely on, the heading for people, the width in characters."""

    key: str
    title: str
    kind: Kind
    width: int


COLUMNS = (
    Column("entry", _("Entry"), Kind.NUMBER, 8),
    Column("notebook", _("Notebook"), Kind.TEXT, 10),
    Column("page", _("Page"), Kind.NUMBER, 8),
    Column("text", _("Text"), Kind.TEXT, 60),
    Column("status", _("Status"), Kind.TEXT, 14),
    Column("signs", _("May be in law"), Kind.TEXT, 14),
    Column("written_on", _("Written on"), Kind.DATE, 12),
    Column("seen", _("Seen on"), Kind.DATE, 12),
    Column("seen_recorded", _("Seen recorded on"), Kind.DATE, 12),
    Column("seen_signed", _("Mark signed"), Kind.TEXT, 12),
    Column("received", _("Clock started on"), Kind.DATE, 12),
    Column("received_basis", _("Clock started because"), Kind.TEXT, 14),
    Column("assigned_to", _("Assigned to"), Kind.TEXT, 20),
    Column("due", _("Due on"), Kind.DATE, 12),
    Column("answers", _("What was done"), Kind.TEXT, 60),
    Column("closed_on", _("Closed on"), Kind.DATE, 12),
    Column("duplicate_of", _("Repeats entry"), Kind.NUMBER, 10),
    Column("confidence", _("Confidence"), Kind.FRACTION, 10),
    Column("corrected_by", _("Corrected by"), Kind.TEXT, 20),
    Column("file", _("File"), Kind.TEXT, 24),
    Column("original", _("Original in the register"), Kind.TEXT, 30),
    Column("frame", _("Frame"), Kind.NUMBER, 8),
    Column("left", _("Left, pixels"), Kind.NUMBER, 8),
    Column("top", _("Top, pixels"), Kind.NUMBER, 8),
    Column("right", _("Right, pixels"), Kind.NUMBER, 8),
    Column("bottom", _("Bottom, pixels"), Kind.NUMBER, 8),
    Column("continues_on", _("Continues on"), Kind.TEXT, 30),
)

_WORDS = {
    Status.RECEIVED: _("received"),
    Status.SEEN: _("seen"),
    Status.ASSIGNED: _("assigned"),
    Status.ANSWERED: _("answered"),
    Status.FORWARDED: _("forwarded"),
    Status.DECLINED: _("declined"),
    Status.DUPLICATE: _("duplicate"),
    Status.REOPENED: _("reopened"),
    Sign.COMPLAINT: _("complaint"),
    Sign.DENUNCIATION: _("denunciation"),
    "signed": _("signed"),
    "unsigned": _("not signed"),
    "written": _("date written"),
    "written_year_inferred": _("date written, year inferred"),
    "imported": _("imported"),
}

_ENTRIES = """
    select e.id as entry, n.volume as notebook, p.number as page, e.text, e.status, e.written_on,
        e.written_by, e.written_candidates, e.seen_on as seen, v.at as seen_at,
        v.key as seen_key, e.imported_on, e.assigned_to, e.due, e.closed_on, e.duplicate_of,
        e.confidence, e.corrected_by
    from entries e join pages p on p.id = e.page_id join notebooks n on n.id = p.notebook_id
    left join events v on v.seq = e.seen_seq
    where e.gone is null order by n.sort_key, p.number, e.position, e.id
"""


@dataclass(frozen=True, slots=True)
class Source:
    """Where an entry stands on a frame of a scan; no box where no line of it was found.

    The box is in pixels of the scan as stored, origin top left, right and bottom exclusive.
    """

    file: str
    original: str
    frame: int | None
    box: tuple[int, int, int, int] | None

    def __str__(self) -> str:
        box = "" if self.box is None else " [{}, {}, {}, {}]".format(*self.box)
        return f"{self.file} #{self.frame}{box} ({self.original})"


def headings(translate: Translate | None) -> list[str]:
    """The first row: keys, or headings in the reader's language."""
    return [translate(column.title) if translate else column.key for column in COLUMNS]


def rows(store: Store, translate: Translate | None) -> Iterator[list[Value]]:
    """The entries in paper order, one value a column; inside a snapshot of the register."""

    def word(key: str) -> str:
        return translate(_WORDS[key]) if translate else str(key)

    for row in store.stream(_ENTRIES):
        first, *others = sources(store, row["entry"]) or [Source("", "", None, None)]
        left, top, right, bottom = first.box or (None, None, None, None)
        cells = {
            **row,
            "status": word(row["status"]),
            "signs": ", ".join(word(sign) for sign in complaint_signs(row["text"])),
            "seen_recorded": row["seen_at"] and in_hanoi(row["seen_at"])[:10],
            "seen_signed": row["seen_at"] and word("signed" if row["seen_key"] else "unsigned"),
            "received": received(row),
            "received_basis": word(received_basis(row)),
            "answers": "\n".join(_answers(store, row["entry"], word)),
            "file": first.file,
            "original": first.original,
            "frame": first.frame,
            "left": left,
            "top": top,
            "right": right,
            "bottom": bottom,
            "continues_on": "\n".join(map(str, others)),
        }
        yield [
            _date(cells[column.key]) if column.kind is Kind.DATE else cells[column.key]
            for column in COLUMNS
        ]


def received(row: dict[str, Any]) -> str:
    """The day an entry's clock started: written, else seen, else imported."""
    return str(row["written_on"] or row["seen"] or row["imported_on"])


def sources(store: Store, entry_id: int) -> list[Source]:
    """The frames on which an entry's lines stand, in reading order.

    An entry that a person added, without lines, names the newest scan of its page.
    """
    found: dict[tuple[str, str, int, int], list[list[float]]] = {}
    for line in store.rows(
        "select s.name, s.original, s.frame, s.id, l.polygon from lines l"
        " join scans s on s.id = l.scan_id join pages p on p.id = l.page_id"
        " join notebooks n on n.id = p.notebook_id where l.entry_id = ?"
        " order by n.sort_key, p.number, l.position, l.id",
        entry_id,
    ):
        key = (line["name"], line["original"], line["frame"], line["id"])
        found.setdefault(key, []).extend(json.loads(line["polygon"]))
    if found:
        return [Source(*key[:3], _box(points)) for key, points in found.items()]
    newest = store.rows(
        "select s.name, s.original, s.frame from scans s join entries e on e.page_id = s.page_id"
        " where e.id = ? order by s.id desc limit 1",
        entry_id,
    )
    return [Source(scan["name"], scan["original"], scan["frame"], None) for scan in newest]


def _box(points: list[list[float]]) -> tuple[int, int, int, int] | None:
    if not points:
        return None
    xs, ys = [x for x, _y in points], [y for _x, y in points]
    return math.floor(min(xs)), math.floor(min(ys)), math.ceil(max(xs)), math.ceil(max(ys))


def _answers(store: Store, entry_id: int, word: Callable[[str], str]) -> Iterator[str]:
    for answer in store.rows(
        "select status, note, due, assigned_to, person, on_date from responses"
        " where entry_id = ? order by id",
        entry_id,
    ):
        to = f" → {answer['assigned_to']}" if answer["assigned_to"] else ""
        due = f" (≤ {answer['due']})" if answer["due"] else ""
        note = f": {answer['note']}" if answer["note"] else ""
        yield f"{answer['on_date']} {word(answer['status'])}{to}{due}{note} — {answer['person']}"


def _date(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)
