"""What a page to be drawn says and looks like."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from formbook.training.camera import Capture
from formbook.training.hands import Colour, Hand
from formbook.training.paper import WHITE, Look


class Place(StrEnum):
    """Where the chairman puts a mark."""

    END = "end"
    MARGIN = "margin"
    CORNER = "corner"
    COLUMN = "column"


@dataclass(frozen=True, slots=True)
class Comment:
    """What a citizen writes. A word between tildes, as `~sủa~`, is struck out.

    `signed` adds a scribbled signature; `number`, `day`, `who` and `result` are written only into
    a table's columns. A comment that goes on from the page before says `goes_on`.
    """

    text: str
    hand: Hand
    signed: bool = False
    number: str = ""
    day: str = ""
    who: str = ""
    result: str = ""
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """What the chairman writes; `date` is what `date_text` means.

    `entry` is the index of the comment beside which it stands, in a table's column. What is `wide`
    goes from one edge of the writing to the other.
    """

    hand: Hand
    words: str = "Đã xem"
    date_text: str = ""
    date: dt.date | None = None
    place: Place = Place.END
    signature: bool = True
    stamp: bool = False
    entry: int | None = None
    wide: bool = False

    @property
    def text(self) -> str:
        """Words and date as they stand."""
        return f"{self.words} {self.date_text}".strip()


@dataclass(frozen=True, slots=True)
class PageSpec:
    """What to draw.

    `quarters` turns the picture with the clock; `curl_mm` bends the paper beside the spine, which
    is at the left edge unless `spine_right`: up under a camera, off the glass of a scanner;
    `number_hand` writes the page number, which is printed otherwise; `back` is what stands on the
    other side and shows through as strongly as `show_through`, from 0 to 1; `tilt` is the strength
    of a photograph's perspective.
    """

    look: Look
    comments: Sequence[Comment]
    marks: Sequence[Mark] = ()
    capture: Capture = Capture.SCAN
    page_number: int | None = None
    number_hand: Hand | None = None
    heading: str = ""
    width_mm: float = 148.0
    height_mm: float = 210.0
    dpi: int = 200
    tone: Colour = WHITE
    skew_degrees: float = 0.0
    tilt: float = 1.0
    quarters: int = 0
    curl_mm: float = 0.0
    spine_right: bool = False
    back: PageSpec | None = None
    show_through: float = 0.16
