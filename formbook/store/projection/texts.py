"""What several handlers share: JSON columns, places on a page, and an entry's text."""

from __future__ import annotations

import json
from typing import Any

from formbook.store.rows import Rows

Body = dict[str, Any]


def as_text(value: Any) -> str | None:
    """A JSON column's text; None stays None."""
    return (
        None
        if value is None
        else json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    )


def mean_confidence(runs: list[list[float]]) -> float:
    """Mean of run-length coded confidences `[[confidence, characters], ...]`, 0 for none."""
    characters = sum(count for _, count in runs)
    if not characters:
        return 0.0
    return round(sum(confidence * count for confidence, count in runs) / characters, 4)


def next_position(rows: Rows, table: str, page_id: int) -> int:
    """The place after a page's last line or entry."""
    found = rows.one(
        f"select coalesce(max(position) + 1, 0) as next from {table} where page_id = ?", page_id
    )
    return int(found["next"])


def settle_text(rows: Rows, entry_id: int) -> None:
    """Give an entry the text of its lines, unless a person wrote it as a whole.

    A text that stays the same depends on the lines and their order nevertheless.
    """
    entry = rows.one("select own_text from entries where id = ?", entry_id)
    lines = rows.all(
        "select l.text from lines l join pages p on p.id = l.page_id"
        " join notebooks n on n.id = p.notebook_id where l.entry_id = ?"
        " order by n.sort_key, p.number, l.position, l.id",
        entry_id,
    )
    text = entry["own_text"]
    rows.stand_on("entries", entry_id)
    rows.update(
        "entries",
        entry_id,
        text="\n".join(line["text"] for line in lines) if text is None else text,
    )
