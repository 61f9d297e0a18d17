"""Learning from a register: the lines that its people corrected, the weights that come of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from formbook.errors import StoreError, _
from formbook.imaging.cut import cut_line
from formbook.imaging.page import Sheet
from formbook.imaging.scan import open_frame
from formbook.ingest.matching import match, polygon_of
from formbook.permissions import Act, Actor, require
from formbook.recognize.handwriting import WEIGHTS
from formbook.store import Store
from formbook.store import folder as folders
from formbook.store.weights import weights_in_use
from formbook.training.lesson import Lesson, WardLine

LEAST = 40
"""Corrected lines; of fewer nothing can be learned and measured."""
LEAST_ENTRIES = 3
"""Each is one hand: some are learned from, others measured with."""


class TooFewLinesError(StoreError):
    """There is not enough to learn from."""

    message = _(
        "{register} holds {count} lines that a person corrected, of {entries} entries; to learn, "
        "at least {least} are needed, of at least 3 entries.\n"
        "Nothing was changed. Correct more entries line by line, then try again."
    )


def learn_from_register(
    store: Store,
    *,
    by: Actor,
    clock: Callable[[], dt.datetime],
    minutes: float,
    progress: Callable[[float], None] = lambda _part: None,
) -> Lesson:
    """Teach the weights the hands of the register, and keep what reads better.

    Args:
        store: the register.
        by: who asks for it; a clerk.
        clock: gives the time of the event.
        minutes: how long to train, not counting measuring.
        progress: told which part, 0 to 1, of the time is spent.

    Returns:
        What was measured; the register reads with the new weights where `better`, and is as it
        was otherwise.

    Raises:
        NotAllowedError: the actor is no clerk.
        TooFewLinesError: there is not enough to learn from.
        ScanError: an original is gone or broken.
    """
    require(by, Act.WEIGHTS_LEARNED)
    lines = list(corrected_lines(store))
    entries = {line.entry for line in lines}
    if len(lines) < LEAST or len(entries) < LEAST_ENTRIES:
        raise TooFewLinesError(
            register=store.folder, count=len(lines), entries=len(entries), least=LEAST
        )
    from formbook.training.ward import teach  # noqa: PLC0415 - PyTorch, which may be missing

    with folders.room(store.folder) as room:
        target = Path(room) / "learned.onnx"
        weights = weights_in_use(store) or WEIGHTS
        lesson = teach(
            lines, weights, target, minutes=minutes, seed=store.head()[0], progress=progress
        )
        if lesson.better:
            keep_weights(store, target, lesson, by, clock())
    return lesson


def corrected_lines(store: Store) -> Iterator[WardLine]:
    """Cut out the lines of which a person said what they say.

    Raises:
        ScanError: an original is gone or broken.
    """
    rows = store.rows(
        "select s.original, s.frame, l.text, l.entry_id, l.polygon"
        " from lines l join scans s on s.id = l.scan_id"
        " where l.corrected_by is not null and l.entry_id is not null and l.text <> ''"
        " order by s.original, s.frame, l.id"
    )
    for (original, number), group in groupby(rows, lambda row: (row["original"], row["frame"])):
        frame = open_frame(store.original(original), number)
        sheet = Sheet.of(frame)
        seen = [line.polygon for line in sheet.layout(frame).lines]
        held = list(group)
        same, _beside = match(seen, [polygon_of(row["polygon"]) for row in held])
        for index, place in same.items():
            picture = cut_line(sheet.surface.even, sheet.found, index)
            yield WardLine(picture, held[place]["text"], held[place]["entry_id"])


def keep_weights(store: Store, target: Path, lesson: Lesson, by: Actor, now: dt.datetime) -> None:
    """Keep new weights among the originals, and say in the log which they are.

    Raises:
        NotAllowedError: the actor is no clerk.
        StoreError: they cannot be written.
    """
    sha256 = lesson.card["sha256"]
    with target.open("rb") as file:
        name = store.keep_original(target, file, sha256)
    body: dict[str, Any] = {
        "original": name,
        "sha256": sha256,
        "name": f"handwriting {lesson.card['version']}.onnx",
        "bytes": target.stat().st_size,
        "card": dict(lesson.card),
        "learned": lesson.learned,
        "held_back": dict(lesson.held_back),
        "before": _rounded(lesson.before),
        "after": _rounded(lesson.after),
    }
    with store.writing():
        store.append(Act.WEIGHTS_LEARNED, body, by=by, at=now)


def _rounded(shares: Any) -> dict[str, float]:
    return {name: round(share, 4) for name, share in shares.items()}
