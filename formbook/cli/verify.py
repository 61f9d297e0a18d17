"""`formbook verify`: prove that the register was not altered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from formbook.cli import clock
from formbook.cli.language import say, tr
from formbook.cli.options import anchor_of
from formbook.cli.output import Column
from formbook.cli.session import Session, reads
from formbook.cli.words import FINDINGS, word
from formbook.errors import AuditFailedError, _

if TYPE_CHECKING:
    from formbook.store.verify import Anchored, Kept, Verification

_COLUMNS = (
    Column(_("Finding"), lambda row: word(FINDINGS, row["kind"])),
    Column(_("Event"), "event", right=True),
    Column(_("Table"), "table"),
    Column(_("Row"), "row"),
    Column(_("Column"), "column"),
    Column(_("File"), "file"),
    Column(_("Stored"), "stored"),
    Column(_("Expected"), "expected"),
)


@reads(
    _(
        "Replay the log and compare it with every table and every original.\n\n"
        "Each difference is named. Write down the head: it changes with every act, and "
        "stands for the whole log up to it. What a person with the file could hide, a cut tail or "
        "a log written anew, shows when an anchor is given that was kept elsewhere."
    )
)
def verify(
    session: Session,
    anchor: Annotated[
        list[str] | None,
        typer.Option(
            "--anchor",
            metavar="FILE|TEXT",
            help=_(
                "Compare with what was kept: a file of `formbook anchor`, or the text of a slip's "
                "QR code; can be given several times."
            ),
        ),
    ] = None,
) -> None:
    from formbook.store.verify import verify as compare

    kept = [_kept(session, given) for given in anchor or ()]
    with (
        session.store() as store,
        session.out.progress(tr(_("Hashing and replaying the log"))) as progress,
    ):
        found = compare(store, progress, anchors=kept)
    rows = [finding.as_row() for finding in found.findings]
    if rows or session.out.as_json:
        from dataclasses import asdict

        session.out.rows(
            "verify",
            rows,
            _COLUMNS,
            events=found.events,
            originals=found.originals,
            head=found.head,
            root=found.root,
            anchored=found.anchored,
            anchors=[asdict(each) for each in found.anchors],
        )
    else:
        session.out.note(tr(_("No difference found.")))
    session.out.note(
        say(
            _("{events} events and {originals} originals compared; the head is {head}."),
            events=found.events,
            originals=found.originals,
            head=found.head,
        )
    )
    _tell_ranges(session, found)
    if rows:
        raise AuditFailedError(count=len(rows), register=session.folder)


def _kept(session: Session, given: str) -> Kept:
    from formbook.proof.time_stamp import RootsUnreadableError, roots_of
    from formbook.store.verify import Kept

    name, anchor = anchor_of(given)
    roots = session.settings.time_stamp_roots
    if anchor.time_stamp is None or roots is None:
        return Kept(name, anchor)
    path = session.folder / roots
    try:
        return Kept(name, anchor, tuple(roots_of(path.read_bytes(), str(path))))
    except OSError as error:
        raise RootsUnreadableError(path=path) from error


def _tell_ranges(session: Session, found: Verification) -> None:
    """Say which events an anchor vouches for, and which only the chain does."""
    for each in found.anchors:
        if each.holds:
            session.out.note(_held(each))
    if found.anchors and found.anchored < found.events:
        session.out.note(
            say(
                _(
                    "Acts {first} to {last} are under none of these anchors: that nobody cut them "
                    "off or wrote them anew, only an anchor made after them can tell."
                ),
                first=found.anchored + 1,
                last=found.events,
            )
        )


def _held(anchored: Anchored) -> str:
    values = {"size": anchored.size, "at": clock.shown(anchored.at), "name": anchored.name}
    said = say(_("Acts 1 to {size} are as they were on {at} (anchor {name})."), **values)
    if anchored.person is not None:
        said += " " + say(_("It is signed by {person}."), person=anchored.person)
    if anchored.stamped is not None:
        at = clock.shown(anchored.stamped)
        said += " " + (
            say(_("It was time-stamped on {at}."), at=at)
            if anchored.stamp_checked
            else say(_("It says that it was time-stamped on {at}; by whom was not checked."), at=at)
        )
    return said
