"""`formbook doctor`: what is wrong, and what helps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from formbook.cli import clock
from formbook.cli.language import tr
from formbook.cli.output import Column
from formbook.cli.session import Session, writes
from formbook.cli.words import CHECKS, explain, word
from formbook.errors import AuditFailedError, FormbookError, _

if TYPE_CHECKING:
    from formbook.doctor import Check

_COLUMNS = (
    Column(_("Checked"), lambda row: word(CHECKS, row["check"])),
    Column(_("State"), lambda row: tr(_("well")) if row["ok"] else tr(_("fault"))),
    Column(_("Found"), lambda row: row["found"] if row["ok"] else row["message"]),
)


@writes(
    _(
        "Look for what is wrong with the machine or the register; each fault with its remedy.\n\n"
        "Looks at the engines and their languages, settings, disk, rights, clock and register, at "
        "who acts, for scans that wait, and how old the last good backup is. Ends with exit code 7 "
        "if anything is wrong."
    )
)
def doctor(session: Session) -> None:
    rows = [
        {
            "check": check.name,
            "ok": check.fault is None,
            "found": check.found,
            "error": check.fault and type(check.fault).__name__,
            "message": check.fault and explain(check.fault),
        }
        for check in _checks(session)
    ]
    session.out.rows("doctor", rows, _COLUMNS)
    faults = sum(not row["ok"] for row in rows)
    if faults:
        raise AuditFailedError(count=faults, register=session.folder)


def _checks(session: Session) -> Iterator[Check]:
    from formbook.doctor import Check, examine

    try:
        yield Check("settings", session.settings.recognizer)
    except FormbookError as error:
        yield Check("settings", "", error)
    yield from examine(session.folder, clock.now())
    try:
        with session.acting() as (_store, actor):
            yield Check("person", actor.name)
    except FormbookError as error:
        yield Check("person", "", error)
