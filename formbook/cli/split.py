"""`formbook split`: one entry becomes two."""

from __future__ import annotations

from formbook.cli import clock
from formbook.cli.language import say
from formbook.cli.options import Entry, Line
from formbook.cli.session import Session, writes
from formbook.errors import _


@writes(
    _(
        "Cut an entry in two: LINE and those after it become an entry of their own.\n\n"
        "`formbook lines ENTRY` lists the lines with their numbers."
    )
)
def split(session: Session, entry: Entry, line: Line) -> None:
    from formbook.regroup import split_entry

    with session.acting() as (store, actor):
        event = split_entry(store, entry, line, by=actor, now=clock.now())
        new = store.value("select max(id) from entries where first_seq = ?", event.seq)
    session.out.event(
        event, say(_("Entry {entry} is split; the rest is entry {new}."), entry=entry, new=new)
    )
