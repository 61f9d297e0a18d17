"""Entries of two pages: the part on a new page goes to the entry that is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from formbook.store.log import Event
from formbook.store.projection.texts import Body, as_text
from formbook.store.rows import Rows


@dataclass(frozen=True, slots=True)
class Into:
    """The entry to which a group of lines goes; `begins` says that it begins with them."""

    entry_id: int
    begins: bool


@dataclass(slots=True)
class Parts:
    """What an event says of entries that run on; `made` are the entries it made, by page and group.

    A part is `{"entry": id}`, or `{"page": index, "group": index}` of what the event brings.
    """

    links: Sequence[Body]
    made: dict[int, Mapping[int, int]] = field(default_factory=dict)

    def into(self, page: int) -> dict[int, Into]:
        """The groups of a page that belong to an entry of another; earlier pages are made."""
        found: dict[int, Into] = {}
        for link in self.links:
            first, then = link["first"], link["then"]
            if not link["joined"]:
                continue
            if then.get("page") == page:
                found[then["group"]] = Into(self._entry(first), begins=False)
            elif first.get("page") == page and "entry" in then:
                found[first["group"]] = Into(then["entry"], begins=True)
        return found

    def note_hints(self, rows: Rows, event: Event) -> None:
        """Keep for a person what may run on."""
        for link in self.links:
            if not link["joined"]:
                rows.insert(
                    "links",
                    first_id=self._entry(link["first"]),
                    then_id=self._entry(link["then"]),
                    seq=event.seq,
                )

    def _entry(self, part: Body) -> int:
        entry = part["entry"] if "entry" in part else self.made[part["page"]][part["group"]]
        return int(entry)


def take_up(rows: Rows, into: Into, part: Body, page_id: int, position: int) -> int:
    """Let an entry run on into a part on another page, or begin with it; return the entry."""
    entry = rows.one("select written_text from entries where id = ?", into.entry_id)
    written = part["written"]
    if written is not None and entry["written_text"] is None:
        rows.update(
            "entries",
            into.entry_id,
            written_on=written["date"],
            written_text=written["text"],
            written_candidates=as_text(written["candidates"]),
        )
    if into.begins:
        rows.update(
            "entries",
            into.entry_id,
            page_id=page_id,
            position=position,
            polygon=as_text(part["polygon"]),
        )
    return into.entry_id
