"""The table as comma-separated values that a spreadsheet opens with Vietnamese intact.

UTF-8 with its byte order mark, lines that end in CR LF. A text that a spreadsheet would take for
a formula gets an apostrophe before it, as OWASP advises
(https://owasp.org/www-community/attacks/CSV_Injection); nothing else about it changes. A text
that already has apostrophes before such a sign gets one more, so that taking one away always
gives the text back.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from typing import BinaryIO

from formbook.export.table import Translate, Value, headings, rows
from formbook.store import Store

_FORMULA = re.compile("'*\\s*[=+\\-@\t\r\n＝＋－＠]")


def write(store: Store, stream: BinaryIO, translate: Translate | None) -> int:
    """Write the table and return how many entries it holds; inside a snapshot."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="", write_through=True)
    try:
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(headings(translate))
        count = 0
        for row in rows(store, translate):
            writer.writerow([_cell(value) for value in row])
            count += 1
        return count
    finally:
        text.detach()


def harmless(text: str) -> str:
    """The text with an apostrophe before it if a spreadsheet might take it for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def _cell(value: Value) -> str | int | float:
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return "" if value is None else value
