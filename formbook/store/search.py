"""Full-text search: a folded column finds, an exact column ranks.

The index holds the terms of each entry that is not gone, twice: as written, with one placement
of tone marks and one of y and i, and folded without marks. Entries that hold a query as written
come first and are looked for first; where they fill the list, the folded column is not asked.
"""

from __future__ import annotations

import sqlite3

from formbook.text import fold, search_terms, unify


def put(connection: sqlite3.Connection, entry_id: int, text: str) -> None:
    """Index an entry's text, in place of what was indexed before."""
    connection.execute("delete from entry_search where rowid = ?", (entry_id,))
    connection.execute(
        "insert into entry_search (rowid, exact, folded) values (?, ?, ?)",
        (entry_id, *index_columns(text)),
    )


def drop(connection: sqlite3.Connection, entry_id: int) -> None:
    """Take an entry out of the index."""
    connection.execute("delete from entry_search where rowid = ?", (entry_id,))


def index_columns(text: str) -> tuple[str, str]:
    """The `exact` and `folded` columns of an entry's text."""
    return " ".join(search_terms(unify(text))), " ".join(search_terms(fold(text)))


def query_of(text: str) -> tuple[str, str] | None:
    """The full-text queries (folded, exact) of what a person typed; None if it holds no term.

    All terms must occur, and the last may be the beginning of a word, as a person expects who
    is still typing.
    """
    folded, exact = search_terms(fold(text)), search_terms(unify(text))
    if not folded:
        return None
    return _all_of("folded", folded), _all_of("exact", exact)


def _all_of(column: str, terms: list[str]) -> str:
    quoted = " ".join(f'"{term}"' for term in terms)
    return f"{column} : ({quoted}*)"
