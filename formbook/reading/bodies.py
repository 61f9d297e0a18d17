"""A reading as JSON: for whoever asked for it, and for the log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from formbook.model import (
    DateCandidate,
    DateReason,
    Edge,
    EntryReading,
    Hand,
    LineReading,
    MarkReading,
    PageReading,
    Polygon,
    Reading,
    Side,
    WrittenDate,
)

Body = dict[str, Any]


def frame_reading_to_json(image: str, pages: Sequence[PageReading]) -> Body:
    """Return what `formbook read --json` prints of a frame.

    Args:
        image: the file as it was named.
        pages: all that one of its frames shows, the left one first.
    """
    first = pages[0]
    parts = [_page_to_json(page, index) for index, page in enumerate(pages)]
    before = 0
    for part, page in zip(parts, pages, strict=True):
        for line in part["lines"]:
            line["entry"] = None if line["entry"] is None else line["entry"] + before
        before += len(page.entries)
    return {
        "schema": "formbook/read/1",
        "image": image,
        "frame": first.frame,
        "width": first.width,
        "height": first.height,
        "pages": [{"polygon": page.outline, "number": page.page_number} for page in pages],
        **{
            name: [each for part in parts for each in part[name]]
            for name in ("lines", "entries", "seen")
        },
    }


def _page_to_json(reading: PageReading, page: int) -> Body:
    """What stands on a page, each with the index of the page."""
    return {
        "lines": [
            {
                "polygon": line.polygon,
                "text": line.reading.text,
                "confidence": round(line.reading.confidence, 4),
                "entry": line.entry,
                "page": page,
            }
            for line in reading.lines
        ],
        "entries": [
            {
                "polygon": entry.polygon,
                "text": entry.text,
                "confidence": entry.confidence,
                "written_on": _settled(entry.written),
                "page": page,
            }
            for entry in reading.entries
        ],
        "seen": [
            {
                "polygon": mark.polygon,
                "text": mark.text,
                "date": _settled(mark.written),
                "candidates": _candidates_to_body(mark.written.candidates) if mark.written else [],
                "stamp": mark.stamp,
                "signature": mark.signature,
                "confidence": mark.confidence,
                "page": page,
            }
            for mark in reading.marks
        ],
    }


def line_reading_to_json(image: str, reading: Reading) -> Body:
    """Return what `formbook read --line --json` prints of a picture."""
    return {
        "schema": "formbook/read-line/1",
        "image": image,
        "text": reading.text,
        "confidence": round(reading.confidence, 4),
    }


def reading_to_body(reading: PageReading) -> Body:
    """Return a reading as an event keeps it.

    The confidences of a line are coded as runs `[[confidence, characters], ...]`, rounded to
    two places; all else comes back as it was.
    """
    return {
        "frame": reading.frame,
        "width": reading.width,
        "height": reading.height,
        "dpi": reading.dpi,
        "engine": reading.engine,
        "side": reading.side.value,
        "outline": _polygon_to_body(reading.outline),
        "page_number": reading.page_number,
        "lines": [_line_to_body(line) for line in reading.lines],
        "entries": [
            {
                "polygon": _polygon_to_body(entry.polygon),
                "text": entry.text,
                "confidence": entry.confidence,
                "written": _written_to_body(entry.written),
            }
            for entry in reading.entries
        ],
        "marks": [
            {
                "polygon": _polygon_to_body(mark.polygon),
                "text": mark.text,
                "written": _written_to_body(mark.written),
                "stamp": mark.stamp,
                "signature": mark.signature,
                "confidence": mark.confidence,
                "entry": mark.entry,
            }
            for mark in reading.marks
        ],
        "begins": reading.begins and asdict(reading.begins),
        "ends": reading.ends and asdict(reading.ends),
    }


def reading_from_body(body: Body) -> PageReading:
    """Return the reading of which `reading_to_body` made a body."""
    return PageReading(
        frame=body["frame"],
        width=body["width"],
        height=body["height"],
        dpi=body["dpi"],
        engine=body["engine"],
        side=Side(body["side"]),
        outline=_polygon_from_body(body["outline"]),
        page_number=body["page_number"],
        lines=tuple(_line_from_body(line) for line in body["lines"]),
        entries=tuple(
            EntryReading(
                _polygon_from_body(entry["polygon"]),
                entry["text"],
                entry["confidence"],
                _written_from_body(entry["written"]),
            )
            for entry in body["entries"]
        ),
        marks=tuple(
            MarkReading(
                polygon=_polygon_from_body(mark["polygon"]),
                text=mark["text"],
                written=_written_from_body(mark["written"]),
                stamp=mark["stamp"],
                signature=mark["signature"],
                confidence=mark["confidence"],
                entry=mark["entry"],
            )
            for mark in body["marks"]
        ),
        begins=_edge_from_body(body["begins"]),
        ends=_edge_from_body(body["ends"]),
    )


def _edge_from_body(body: Body | None) -> Edge | None:
    if body is None:
        return None
    hand = body["hand"]
    return Edge(**{**body, "hand": Hand(**{**hand, "colour": tuple(hand["colour"])})})


def _line_to_body(line: LineReading) -> Body:
    rounded = (round(confidence, 2) for confidence in line.reading.confidences)
    return {
        "polygon": _polygon_to_body(line.polygon),
        "text": line.reading.text,
        "confidences": [[number, len(list(run))] for number, run in groupby(rounded)],
        "engine": line.reading.engine,
        "entry": line.entry,
    }


def _line_from_body(body: Body) -> LineReading:
    confidences = tuple(number for number, count in body["confidences"] for _ in range(count))
    return LineReading(
        _polygon_from_body(body["polygon"]),
        Reading(body["text"], confidences, body["engine"]),
        body["entry"],
    )


def _polygon_to_body(polygon: Polygon) -> list[list[float]]:
    return [list(point) for point in polygon]


def _polygon_from_body(body: list[list[float]]) -> Polygon:
    return tuple((x, y) for x, y in body)


def _written_to_body(written: WrittenDate | None) -> Body | None:
    if written is None:
        return None
    return {
        "text": written.text,
        "candidates": _candidates_to_body(written.candidates),
        "date": _settled(written),
    }


def _written_from_body(body: Body | None) -> WrittenDate | None:
    if body is None:
        return None
    return WrittenDate(
        body["text"],
        tuple(
            DateCandidate(
                dt.date.fromisoformat(each["date"]),
                tuple(DateReason(reason) for reason in each["reasons"]),
            )
            for each in body["candidates"]
        ),
        None if body["date"] is None else dt.date.fromisoformat(body["date"]),
    )


def _candidates_to_body(candidates: tuple[DateCandidate, ...]) -> list[Body]:
    return [
        {"date": each.date.isoformat(), "reasons": [str(reason) for reason in each.reasons]}
        for each in candidates
    ]


def _settled(written: WrittenDate | None) -> str | None:
    return written.date.isoformat() if written is not None and written.date is not None else None
