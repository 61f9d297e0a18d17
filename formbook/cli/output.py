"""What is printed: data on stdout, everything else on stderr.

A terminal gets Rich tables; a pipe gets one row a line, cells apart by tabs, nothing wrapped, cut
or coloured. No cell can hold a control character, so that a file's name or a comment cannot
steer the terminal or break a line.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from formbook.cli.language import tr
from formbook.errors import _

if TYPE_CHECKING:
    from rich.console import Console

    from formbook.store.log import Event

Row = Mapping[str, Any]
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))} | {9: " "}
# What turns the order of the characters around shows one name and means another.
_CONTROL |= {code: f"\\u{code:04x}" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
# JSON escapes what stands below the space by itself; these steer a terminal as well.
_IN_JSON = {code: f"\\u{code:04x}" for code in _CONTROL if code > ord(" ")}
_CUT_LINES = 3
_MARGIN = 4
_ROOM_BESIDE = 60  # columns of the screen from which a text can stand beside its row
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its title, and what stands in it, by key or by function of the row.

    On a terminal a `long` column, the last one, gets the room that the others leave, or stands
    below its row.
    """

    title: str
    of: str | Callable[[Row], Any]
    right: bool = False
    long: bool = False

    def cell(self, row: Row) -> str:
        """The text of this column in a row."""
        value = row[self.of] if isinstance(self.of, str) else self.of(row)
        return "" if value is None else str(value)


def is_terminal(stream: TextIO) -> bool:
    """Whether a person looks at the stream."""
    return stream.isatty()


def visible(text: str, newline: str = " / ") -> str:
    """A text without control characters: line ends become `newline`, others their code."""
    return newline.join(line.translate(_CONTROL) for line in text.splitlines())


def console(*, stderr: bool = False) -> Console:
    """A Rich console that takes text as it is and breaks no line of it."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)


def complain(message: str) -> None:
    """Print an error."""
    console(stderr=True).print(visible(message, "\n"), style="red")


@dataclass(frozen=True, slots=True)
class Output:
    """Prints what a command has to say, as its options ask for.

    Args:
        as_json: data as one JSON object.
        quiet: no progress and no confirmations.
    """

    as_json: bool
    quiet: bool

    # -- data ---------------------------------------------------------------------

    def rows(
        self,
        name: str,
        rows: Iterable[Row],
        columns: Sequence[Column],
        *,
        whole: bool = False,
        **extras: Any,
    ) -> None:
        """Print a list; on a terminal a long cell is cut unless it is asked for whole."""
        if self.as_json:
            self.json(name, **extras, rows=list(rows))
        elif is_terminal(sys.stdout):
            self._table(list(rows), columns, None if whole else _CUT_LINES)
        else:
            sys.stdout.write("\t".join(tr(column.title) for column in columns) + "\n")
            for row in rows:
                cells = (visible(column.cell(row)) for column in columns)
                sys.stdout.write("\t".join(cells) + "\n")

    def json(self, name: str, **values: Any) -> None:
        """Print one JSON object that says what it is."""
        self.json_line({"schema": f"formbook/{name}/1", **values})

    def json_line(self, value: Row) -> None:
        """Print a value as one line of JSON."""
        sys.stdout.write(json.dumps(value, ensure_ascii=False).translate(_IN_JSON) + "\n")

    def event(self, event: Event, message: str) -> None:
        """Print an act: the event itself for programs, a sentence for people."""
        if self.as_json:
            from dataclasses import asdict

            self.json("event", **asdict(event))
        self.note(message)

    def text(self, text: str = "", *, heading: bool = False) -> None:
        """Print a line of text, or several."""
        if is_terminal(sys.stdout):
            console().print(visible(text, "\n"), style="bold" if heading else None)
        else:
            sys.stdout.write(visible(text, "\n") + "\n")

    def _table(self, rows: list[Row], columns: Sequence[Column], most_lines: int | None) -> None:
        """Print a table without the columns that hold nothing."""
        if not rows:
            self.warn(tr(_("There is nothing to list.")))
            return
        filled = [column for column in columns if any(column.cell(row) for row in rows)]
        if not filled[-1].long:
            _print_narrow(rows, filled)
        elif _print_wide(rows, filled, most_lines):
            self.note(tr(_("What ends in … goes on: `formbook show ENTRY` shows all of it.")))

    # -- messages -----------------------------------------------------------------

    def note(self, message: str) -> None:
        """Say what was done."""
        if not self.quiet:
            self.warn(message)

    def warn(self, message: str) -> None:
        """Say what must not be missed."""
        sys.stdout.flush()  # so that it stands behind the data where both go to one place
        sys.stderr.write(visible(message, "\n") + "\n")

    @contextlib.contextmanager
    def progress(self, title: str) -> Iterator[Progress]:
        """Show how much of a long work is done, to a person who looks and wants to know."""
        if self.quiet or not is_terminal(sys.stderr):
            yield lambda _done, _total: None
            return
        from rich.progress import Progress as Bar

        with Bar(console=console(stderr=True)) as bar:
            task = bar.add_task(title, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)


def _print_narrow(rows: Sequence[Row], columns: Sequence[Column]) -> None:
    """Print a table whose cells are folded where the terminal is too narrow."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(
            Text(tr(column.title)), justify="right" if column.right else "left", overflow="fold"
        )
    for row in rows:
        table.add_row(*(Text(visible(column.cell(row), "\n")) for column in columns))
    console().print(table, soft_wrap=False)


def _print_wide(rows: Sequence[Row], columns: Sequence[Column], most_lines: int | None) -> bool:
    """Print a table with one long column, and say whether a cell of it was cut.

    The columns that the screen has no room for stand, with their titles, below the row.
    """
    from rich.cells import cell_len
    from rich.text import Text

    screen = console()
    *short, long = columns
    cells = [[visible(column.cell(row)) for column in short] for row in rows]
    titles = [tr(column.title) for column in short]
    widths = [max(map(cell_len, each)) for each in zip(titles, *cells, strict=True)]
    ends = [sum(widths[: n + 1]) + 2 * n for n in range(len(short))]
    fitting = sum(end <= screen.width for end in ends) or 1
    indent = ends[-1] + 2
    beside = fitting == len(short) and screen.width - indent >= _ROOM_BESIDE
    if not beside:
        indent = _MARGIN

    def in_columns(texts: Sequence[str]) -> str:
        padded = []
        for column, text, width in zip(short[:fitting], texts, widths, strict=False):
            gap = " " * (width - cell_len(text))
            padded.append(gap + text if column.right else text + gap)
        return "  ".join(padded)

    def wrapped(text: str) -> list[str]:
        lines = Text(text).wrap(screen, max(screen.width - indent, _MARGIN))
        return [line.plain.rstrip() for line in lines]

    cut = False
    head = in_columns(titles)
    screen.print(f"{head}  {tr(long.title)}" if beside else head.rstrip(), style="bold")
    for row, texts in zip(rows, cells, strict=True):
        lines = wrapped(visible(long.cell(row)))
        if most_lines is not None and len(lines) > most_lines:
            cut = True
            lines = [*lines[: most_lines - 1], _with_ellipsis(lines[most_lines - 1])]
        line = in_columns(texts)
        screen.print(f"{line}  {lines.pop(0)}" if beside else line.rstrip())
        rest = zip(titles[fitting:], texts[fitting:], strict=True)
        told = " · ".join(f"{title}: {text}" for title, text in rest if text)
        for each in wrapped(told) if told else ():
            screen.print(" " * indent + each, style="dim")
        for each in lines:
            screen.print(" " * indent + each)
    return cut


def _with_ellipsis(line: str) -> str:
    """A line that goes on, its last word making room."""
    kept, space, _last = line.rpartition(" ")
    return f"{kept if space else line[:-2]} …"
