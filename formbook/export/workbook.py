"""The table as an Excel workbook: real dates, wrapped text, and never a formula.

Rows are streamed to disk, into the register's own cache, so that no words leave its folder; of a
long register, memory holds only the packed file.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import traceback
from typing import Any, BinaryIO

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from formbook.errors import FormbookError, _
from formbook.export.table import COLUMNS, Kind, Translate, Value, headings, rows
from formbook.store import Store
from formbook.store import folder as folders

SHEET_ROWS = 1_048_576
CELL_UNITS = 32_767  # UTF-16 code units, as Excel counts
_FIRST_DATE = dt.date(1900, 3, 1)  # Excel's calendar has a 29 February 1900
_NUMBER_FORMATS = {Kind.DATE: "dd/mm/yyyy", Kind.FRACTION: "0.00"}
_MORE = _("Long texts")
_CUT = _("… (whole on the sheet {sheet})")


class TooManyRowsError(FormbookError):
    """A sheet has fewer rows than the register has entries."""

    message = _(
        "The register holds more than the {rows} entries that a sheet of Excel can.\n"
        "No file was made. Export it as csv or json."
    )


def write(store: Store, stream: BinaryIO, translate: Translate | None) -> int:
    """Write the table and return how many entries it holds; inside a snapshot.

    Raises:
        TooManyRowsError: more entries than a sheet has rows.
        OSError: the stream or the cache cannot be written.
    """
    cache = store.folder / folders.CACHE
    packed = io.BytesIO()  # an archive whose disk fails would complain of it once more, later
    book = xlsxwriter.Workbook(
        packed,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
            "tmpdir": str(cache) if os.access(cache, os.W_OK) else None,
        },
    )
    book.use_zip64()
    last = store.event(store.head()[0])
    if last is not None:  # the file tells of that moment, and is the same whenever it is made
        book.set_properties({"created": dt.datetime.fromisoformat(last.at).replace(tzinfo=None)})
    try:
        count = _Sheets(book, translate).fill(store)
    finally:
        try:
            book.close()
        except FileCreateError as error:
            refused = error.args[0]
            for each in (refused, error):  # the archive ends while what it writes to is there
                traceback.clear_frames(each.__traceback__)
            raise refused from error
    stream.write(packed.getbuffer())
    return count


class _Sheets:
    """The sheet of entries, and the one that texts too long for a cell overflow to."""

    def __init__(self, book: Any, translate: Translate | None) -> None:
        self._book = book
        self._translate = translate
        self._formats = {
            kind: book.add_format(
                {"valign": "top", "text_wrap": kind is Kind.TEXT}
                | ({"num_format": _NUMBER_FORMATS[kind]} if kind in _NUMBER_FORMATS else {})
            )
            for kind in Kind
        }
        self._header = book.add_format({"bold": True, "valign": "top", "text_wrap": True})
        self._plain = book.add_format()
        self._sheet = book.add_worksheet(self._say(_("Entries")))
        self._more: Any = None
        self._more_rows = 0

    def fill(self, store: Store) -> int:
        """Write all rows and return how many."""
        titles = headings(self._translate)
        for index, column in enumerate(COLUMNS):
            self._sheet.set_column(index, index, column.width)
            self._string(self._sheet, 0, index, titles[index], self._header)
        self._sheet.freeze_panes(1, 0)
        count = 0
        for count, row in enumerate(rows(store, self._translate), 1):
            if count == SHEET_ROWS:
                raise TooManyRowsError(rows=f"{SHEET_ROWS - 1:,}")
            for index, value in enumerate(row):
                self._cell(count, index, value, titles[index])
        self._sheet.autofilter(0, 0, count, len(COLUMNS) - 1)
        return count

    def _cell(self, row: int, index: int, value: Value, title: str) -> None:
        look = self._formats[COLUMNS[index].kind]
        if isinstance(value, dt.date) and value >= _FIRST_DATE:
            self._sheet.write_datetime(row, index, value, look)
        elif isinstance(value, dt.date):
            self._string(self._sheet, row, index, value.isoformat(), look)
        elif isinstance(value, str):
            if value:
                self._text(row, index, value, title)
        elif value is not None:
            self._sheet.write_number(row, index, value, look)

    def _text(self, row: int, index: int, text: str, title: str) -> None:
        look = self._formats[Kind.TEXT]
        if _units(text) <= CELL_UNITS:
            self._string(self._sheet, row, index, text, look)
            return
        note = self._say(_CUT).format(sheet=self._say(_MORE))
        head = _pieces(text, CELL_UNITS - _units(note))[0]
        self._string(self._sheet, row, index, head + note, look)
        if self._more is None:
            self._more = self._book.add_worksheet(self._say(_MORE))
            self._more.set_column(2, 2, 100)
        for piece in _pieces(text, CELL_UNITS):
            self._more.write_number(self._more_rows, 0, row + 1, self._formats[Kind.NUMBER])
            self._string(self._more, self._more_rows, 1, title, look)
            self._string(self._more, self._more_rows, 2, piece, look)
            self._more_rows += 1

    def _string(self, sheet: Any, row: int, index: int, text: str, look: Any) -> None:
        """Write a text as a text, whatever it looks like."""
        # XlsxWriter takes a string between these tags for its own markup and writes it as is.
        if text.startswith("<r>") and text.endswith("</r>"):
            sheet.write_rich_string(row, index, "<", self._plain, text[1:], look)
        else:
            sheet.write_string(row, index, text, look)

    def _say(self, message: str) -> str:
        return self._translate(message) if self._translate else message


def _units(text: str) -> int:
    return len(text) + sum(char > "\uffff" for char in text)


def _pieces(text: str, limit: int) -> list[str]:
    """The text cut into pieces of at most so many UTF-16 code units, no character in two."""
    pieces, start, units = [], 0, 0
    for index, char in enumerate(text):
        size = 1 + (char > "\uffff")
        if units + size > limit:
            pieces.append(text[start:index])
            start, units = index, 0
        units += size
    return [*pieces, text[start:]]
