"""What stands where on a drawn page, as the score counts it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from formbook.model import Polygon

PointMap = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Where points go: (N, 2) x and y in, (N, 2) out, in pixels."""

STEP_PX = 48.0
STRAIGHT_PX = 0.6


@dataclass(frozen=True, slots=True)
class TrueLine:
    """A written line; `text` leaves out words that the writer struck out, and may be empty."""

    polygon: Polygon
    text: str
    entry: int


@dataclass(frozen=True, slots=True)
class TrueEntry:
    """A comment: its lines one below the other, and the name of its hand.

    Its outline holds the citizen's signature. It may have begun on the page before and may end on
    the next.
    """

    polygon: Polygon
    text: str
    hand: str
    begun_before: bool = False
    ends_later: bool = False


@dataclass(frozen=True, slots=True)
class TrueMark:
    """The chairman's mark; `entry` is None where it stands for the whole page."""

    polygon: Polygon
    text: str
    date_text: str
    date: dt.date | None
    signature: bool
    stamp: bool
    hand: str
    entry: int | None

    @property
    def year_written(self) -> bool:
        """Whether day, month and year all stand there."""
        return len(re.findall(r"\d+", self.date_text)) >= 3


@dataclass(frozen=True, slots=True)
class TrueSide:
    """One of two facing pages."""

    polygon: Polygon
    page_number: int | None


@dataclass(frozen=True, slots=True)
class PageTruth:
    """All that a picture shows. `sides` is empty unless two pages face each other."""

    width: int
    height: int
    dpi: int
    look: str
    capture: str
    page_number: int | None
    lines: tuple[TrueLine, ...]
    entries: tuple[TrueEntry, ...]
    ignore: tuple[Polygon, ...]
    seen: tuple[TrueMark, ...]
    sides: tuple[TrueSide, ...] = ()

    def moved(self, through: PointMap, *, width: int, height: int) -> PageTruth:
        """Say the same of a picture whose points went elsewhere."""
        return replace(
            self,
            width=width,
            height=height,
            lines=tuple(replace(x, polygon=move(x.polygon, through)) for x in self.lines),
            entries=tuple(replace(x, polygon=move(x.polygon, through)) for x in self.entries),
            ignore=tuple(move(x, through) for x in self.ignore),
            seen=tuple(replace(x, polygon=move(x.polygon, through)) for x in self.seen),
            sides=tuple(replace(x, polygon=move(x.polygon, through)) for x in self.sides),
        )

    def beside(self, other: PageTruth) -> PageTruth:
        """Put another page of the same height to the right of this one."""
        moved = other.moved(
            lambda points: points + np.asarray([self.width, 0]),
            width=other.width,
            height=other.height,
        )
        count = len(self.entries)
        return replace(
            self,
            width=self.width + other.width,
            page_number=None,
            lines=self.lines + tuple(replace(x, entry=x.entry + count) for x in moved.lines),
            entries=self.entries + moved.entries,
            ignore=self.ignore + moved.ignore,
            seen=self.seen
            + tuple(
                replace(x, entry=None if x.entry is None else x.entry + count) for x in moved.seen
            ),
            sides=(
                TrueSide(rectangle(0, 0, self.width, self.height), self.page_number),
                TrueSide(
                    rectangle(self.width, 0, self.width + other.width, self.height),
                    other.page_number,
                ),
            ),
        )

    def to_json(self) -> dict[str, Any]:
        """Give the truth as plain lists and mappings, coordinates to a tenth of a pixel."""
        out: dict[str, Any] = {
            "composed": True,
            "width": self.width,
            "height": self.height,
            "dpi": self.dpi,
            "look": self.look,
            "capture": self.capture,
            "page_number": self.page_number,
            "lines": [
                {"polygon": _plain(x.polygon), "text": x.text, "entry": x.entry} for x in self.lines
            ],
            "entries": [
                {
                    "polygon": _plain(x.polygon),
                    "text": x.text,
                    "hand": x.hand,
                    "begun_before": x.begun_before,
                    "ends_later": x.ends_later,
                }
                for x in self.entries
            ],
            "ignore": [_plain(x) for x in self.ignore],
            "seen": [
                {
                    "text": x.text,
                    "date_text": x.date_text,
                    "date": x.date.isoformat() if x.date else None,
                    "year_written": x.year_written,
                    "signature": x.signature,
                    "stamp": x.stamp,
                    "hand": x.hand,
                    "polygon": _plain(x.polygon),
                    "entry": x.entry,
                }
                for x in self.seen
            ],
        }
        if self.sides:
            out["sides"] = [
                {"polygon": _plain(x.polygon), "page_number": x.page_number} for x in self.sides
            ]
        return out


def rectangle(left: float, top: float, right: float, bottom: float) -> Polygon:
    """Name the corners, clockwise from the top left."""
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def move(polygon: Polygon, through: PointMap) -> Polygon:
    """Carry an outline through a map, with corners added where an edge becomes a curve."""
    corners = np.asarray(polygon, dtype=np.float64)
    edges = []
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        steps = max(1, int(np.hypot(*(end - start)) / STEP_PX))
        share = np.arange(steps)[:, None] / steps
        edges.append(start + share * (end - start))
    moved = through(np.concatenate(edges)).astype(np.float32)
    outline = cv2.approxPolyDP(moved[:, None, :], STRAIGHT_PX, closed=True)[:, 0, :]
    return tuple((float(x), float(y)) for x, y in outline)


def _plain(polygon: Polygon) -> list[list[float]]:
    return [[round(x, 1), round(y, 1)] for x, y in polygon]
