"""`formbook seen`: the chairman's marks."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from formbook.cli import clock
from formbook.cli.language import say, tr
from formbook.cli.options import Reason, TargetOrNone, date, number
from formbook.cli.output import Column
from formbook.cli.session import Session, writes
from formbook.cli.signed import signature
from formbook.errors import _

if TYPE_CHECKING:
    from formbook.store.log import Event

_COLUMNS = (
    Column(_("Mark"), "mark", right=True),
    Column(_("Page"), lambda row: f"{row['notebook']}/{row['page']}"),
    Column(_("Entry"), "entry", right=True),
    Column(_("Text"), "text"),
    Column(_("Date"), lambda row: " / ".join(each["date"] for each in row["candidates"])),
    Column(_("Stamp"), lambda row: tr(_("yes")) if row["stamp"] else ""),
    Column(_("Signature"), lambda row: tr(_("yes")) if row["signature"] else ""),
)


@writes(
    _(
        "Mark a page or an entry as seen by the chairman, or settle a mark that was found.\n\n"
        "A clerk may record a mark that stands on the paper; where there is none, only a "
        "chairman can make one. The day is that on the paper, or that of the act. With --was, "
        "nothing is marked that was changed since it was looked at."
    )
)
def seen(
    session: Session,
    target: TargetOrNone = None,
    on: Annotated[
        dt.date | None,
        typer.Option("--on", metavar="DATE", parser=date, help=_("The day of the mark.")),
    ] = None,
    was: Annotated[
        list[str] | None,
        typer.Option(
            metavar="VERSION",
            help=_(
                "Mark only entries that still say what they said in this version, which `formbook "
                "show` tells with --json; can be given several times."
            ),
        ),
    ] = None,
    pending: Annotated[
        bool, typer.Option("--pending", help=_("List the marks that were found but not settled."))
    ] = False,
    reject: Annotated[
        int | None,
        typer.Option(
            "--reject", metavar="MARK", parser=number, help=_("Say that a mark found is none.")
        ),
    ] = None,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help=_("Take back that it was seen, with a --reason."))
    ] = False,
    reason: Reason = None,
) -> None:
    chosen = [on is not None, withdraw, pending, reject is not None]
    aimed = target is not None
    lacks = (withdraw and not reason) or (was and on is None)
    if chosen.count(True) != 1 or aimed != any(chosen[:2]) or lacks:
        raise typer.BadParameter(
            tr(
                _(
                    "Give one of: PAGE|ENTRY --on DATE [--was VERSION]; PAGE|ENTRY --withdraw "
                    "--reason TEXT; --pending; --reject MARK --reason TEXT."
                )
            )
        )
    if withdraw and reason is not None:
        from formbook.seen import take_back

        with session.acting() as (store, actor):
            event = take_back(store, target, reason=reason, by=actor, now=clock.now())
        session.out.event(
            event,
            say(
                _("Taken back. Entries that wait again: {n}, marks: {m}."),
                n=len(event.body["entries"]),
                m=len(event.body["marks"]),
            ),
        )
        return
    if target is not None and on is not None:
        from formbook.seen import mark_seen, written_later

        with session.acting() as (store, actor):
            event = mark_seen(
                store,
                target,
                on=on,
                was=was,
                by=actor,
                now=clock.now(),
                today=clock.today(),
            )
            doubtful = written_later(store, event)
        session.out.event(
            event,
            say(
                _("Seen on {date}. Entries: {n}, marks settled: {m}."),
                date=on.isoformat(),
                n=len(event.body["entries"]),
                m=len(event.body["marks"]),
            ),
        )
        session.out.note(_told(event, on))
        for row in doubtful:
            session.out.warn(
                say(
                    _(
                        "Entry {entry}: seen date ({seen}) is earlier than entry date ({written}). "
                        "Please check."
                    ),
                    entry=row["entry"],
                    seen=on.isoformat(),
                    written=row["written_on"],
                )
            )
    elif reject is not None:
        from formbook.seen import reject_mark

        with session.acting() as (store, actor):
            event = reject_mark(store, reject, reason=reason, by=actor, now=clock.now())
        session.out.event(event, say(_("Mark {mark} is rejected."), mark=reject))
    else:
        from formbook.store import views

        with session.store() as store:
            session.out.rows("marks", views.marks(store, state="found"), _COLUMNS)


def _told(event: Event, on: dt.date) -> str:
    """Whether a mark is signed, and how long after the day on paper it was recorded."""
    recorded = dt.date.fromisoformat(clock.shown(event.at)[:10])
    days = (recorded - on).days
    if not days:
        return say(_("The mark is {signed}."), signed=signature(event.key))
    return say(
        _("The mark is {signed}; it is recorded on {recorded}; days after the day on it: {days}."),
        signed=signature(event.key),
        recorded=recorded.isoformat(),
        days=days,
    )
