"""Bring the code's messages into the catalogues; `make catalogues` runs it.

Each language keeps what is translated, gets what is new with an empty translation, and loses
what is gone. English is worded in the code: its catalogue says the same again, and may say it
otherwise where a better wording must not disturb the other languages.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

LANGUAGES = ("en", "vi")
# One date for all, so that only messages differ between two versions of a catalogue.
DATE = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)


def template(root: Path) -> Catalog:
    """Collect the messages that the code marks with `_()`."""
    found = Catalog()
    for _name, _line, message, _comments, _context in extract_from_dir(root / "formbook"):
        found.add(message)
    return found


def update(root: Path) -> None:
    """Write `formbook.po` of each language anew."""
    for language in LANGUAGES:
        path = root / f"formbook/locale/{language}/LC_MESSAGES/formbook.po"
        catalogue = Catalog(locale=language)
        if path.exists():
            with path.open("rb") as po:
                catalogue = read_po(po, locale=language)
        catalogue.update(template(root), no_fuzzy_matching=True)
        catalogue.fuzzy = False
        catalogue.header_comment = f"# What formbook says, in the language {language}."
        catalogue.project, catalogue.version = "formbook", "1"
        catalogue.msgid_bugs_address = "the formbook authors"
        catalogue.last_translator = catalogue.language_team = "The formbook authors"
        catalogue.creation_date = catalogue.revision_date = DATE
        if language == "en":
            for message in catalogue:
                message.string = message.string or message.id
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as po:
            write_po(
                po, catalogue, width=0, no_location=True, sort_output=True, ignore_obsolete=True
            )


if __name__ == "__main__":
    update(Path(__file__).parent)
