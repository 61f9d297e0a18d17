"""What was before a person's eyes when a mark was made or an answer given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
