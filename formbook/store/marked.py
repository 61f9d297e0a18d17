"""What was before a person's eyes when a mark was made or an answer given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from formbook.permissions import Act
from formbook.store import Store
from formbook.store.log import sha256_of_text


def as_it_stands(store: Store, page_id: int, entries: Sequence[int]) -> dict[str, Any]:
    """A page, the files that show it, and the texts of some entries, by their hashes.

    The files of other pages, onto which an entry runs on, are among them.

    Args:
        store: the register, or its replay up to the act.
        page_id: the page.
        entries: the entries that are marked or answered.
    """
    asked = ", ".join("?" * len(entries))
    page = store.row(
        "select n.volume, p.number from pages p join notebooks n on n.id = p.notebook_id"
        " where p.id = ?",
        page_id,
    )
    scans = store.rows(
        "select distinct sha256, frame from scans where page_id = ? or id in"
        f" (select scan_id from lines where entry_id in ({asked})) order by sha256, frame",
        page_id,
        *entries,
    )
    texts = store.rows(f"select id, text from entries where id in ({asked}) order by id", *entries)
    return {
        "notebook": page and page["volume"],
        "page": page and page["number"],
        "scans": scans,
        "entries": [
            {"entry": row["id"], "text_sha256": sha256_of_text(row["text"])} for row in texts
        ],
    }


def marking_acts(store: Store, marks: list[int], entries: list[int]) -> list[Act]:
    """By which kinds of act marks and entries came to be seen."""
    rows = store.rows(
        "select distinct kind from events where seq in"
        f" (select settled_seq from marks where id in ({', '.join('?' * len(marks))})"
        f" union select seen_seq from entries where id in ({', '.join('?' * len(entries))}))"
        " order by kind",
        *marks,
        *entries,
    )
    return [Act(row["kind"]) for row in rows]


def has_changed_since(store: Store, entry_id: int, seq: int) -> bool:
    """Whether an entry reads otherwise now than when an event marked it, or was no entry then."""
    marked = store.value(
        "select m.value ->> 'text_sha256' from events e, json_each(e.body, '$.marked.entries') m"
        " where e.seq = ? and m.value ->> 'entry' = ?",
        seq,
        entry_id,
    )
    text = store.value("select text from entries where id = ?", entry_id)
    return bool(marked != sha256_of_text(text))
