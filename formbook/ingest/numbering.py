"""Which page of which notebook a file shows, as far as its name or an option says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from formbook.errors import ExitCode, FormbookError, _
from formbook.text import fold

DEFAULT_NOTEBOOK = "1"

_NOTEBOOK = re.compile(
    r"(?:^|[^a-z0-9])(?:quyen|volume|vol|q|v)[ ._-]?0*(\d{1,4}[a-z]?)(?![a-z0-9])"
)
_PAGE = re.compile(r"(?:^|[^a-z])(?:trang|page|tr|pg|p)[ ._-]?0*(\d{1,4})(?!\d)")


class BadPatternError(FormbookError):
    """A file-name pattern cannot be used."""

    exit_code = ExitCode.USAGE
    message = _(
        "The pattern {pattern} cannot be used: it needs {{page}} once, may have {{notebook}} once, "
        "and * for anything else.\n"
        "Nothing was changed. For example: --pattern 'so{{notebook}}_t{{page}}*'."
    )


@dataclass(frozen=True, slots=True)
class Numbering:
    """How pages get their notebook and number.

    An option comes before the file's name, and that before the order of the files.

    Args:
        notebook: the volume of all files; None leaves it to the names, else "1".
        first_page: the number of the first file's first frame; the others count on from it.
        pattern: a file-name pattern with `{page}` and perhaps `{notebook}`; None for the usual
            ways of writing (`q1-tr012`, `vol 2 page 7`, `trang 5`).
    """

    notebook: str | None = None
    first_page: int | None = None
    pattern: str | None = None

    def of_name(self, path: Path) -> tuple[str, int | None]:
        """The notebook and the page number that a file's name gives; None for no number.

        Raises:
            BadPatternError: the pattern cannot be used.
        """
        stem = path.stem
        if self.pattern is not None:
            found = _compiled(self.pattern).fullmatch(stem)
            named = found.groupdict() if found else {}
            volume, number = named.get("notebook"), named.get("page")
        else:
            folded = fold(stem)
            volumes, pages = _NOTEBOOK.search(folded), _PAGE.search(folded)
            volume = volumes and volumes[1]
            number = pages and pages[1]
        notebook = " ".join((self.notebook or volume or "").split()) or DEFAULT_NOTEBOOK
        return notebook, int(number) if number else None


def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\{page\}|\{notebook\}|\*)", pattern)
    if parts.count("{page}") != 1 or parts.count("{notebook}") > 1:
        raise BadPatternError(pattern=pattern)
    known = {"{page}": r"0*(?P<page>\d{1,6})", "{notebook}": r"(?P<notebook>[^/]+?)", "*": ".*"}
    return re.compile("".join(known.get(part, re.escape(part)) for part in parts))
