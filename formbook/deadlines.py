"""Which entries nobody has answered, how long they wait, and by when they are due.

The clock of an entry starts on the date written on it, else on the day the chairman saw it, else
on the day it was imported; each row says which. Overdue is computed here and stored nowhere.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from formbook.model import DateReason
from formbook.store import Store, views
from formbook.store.waiting import open_entries
from formbook.working_days import DayKind, NamedDay, WorkingCalendar


@dataclass(frozen=True, slots=True)
class Rule:
    """How many working days an answer may take, for clocks that start on or after `from_date`."""

    name: str
    from_date: dt.date
    working_days: int
    source: str


def rules_in_force(store: Store) -> list[Rule]:
    """The shipped rules and the ward's own, of two for one day the ward's or later one last."""
    shipped = tomllib.loads(files("formbook").joinpath("data", "rules.toml").read_text("utf-8"))
    rules = [
        Rule(row["name"], row["from"], row["working_days"], row["source"])
        for row in shipped["rule"]
    ] + [
        Rule(
            row["name"],
            dt.date.fromisoformat(row["from_date"]),
            row["working_days"],
            row["source"],
        )
        for row in views.rules(store)
    ]
    return sorted(rules, key=lambda rule: rule.from_date)


def calendar(store: Store) -> WorkingCalendar:
    """The working days of the register's ward."""
    return WorkingCalendar(
        NamedDay(dt.date.fromisoformat(day["date"]), DayKind(day["kind"]), day["name"])
        for day in views.holidays(store)
    )


def unanswered(
    store: Store, *, as_of: dt.date, notebook: str | None = None, overdue_only: bool = False
) -> Iterator[dict[str, Any]]:
    """Entries that are open on a day, oldest first.

    Args:
        store: the register.
        as_of: the day, in Hanoi; answers recorded after it do not count.
        notebook: only this volume.
        overdue_only: only entries past their deadline.

    Yields:
        One row an entry, as `formbook unanswered --json` prints it and as it stood on the day,
        save for what was corrected since: `received` is the day the clock started and
        `received_basis` why (`written`, `written_year_inferred`, `seen`, `imported`);
        `provisional` is true where holidays up to the deadline may still be announced.
    """
    rules = rules_in_force(store)
    days = calendar(store)
    for row in open_entries(store, as_of=as_of.isoformat(), notebook=notebook):
        received = dt.date.fromisoformat(row["received"])
        rule = _rule_for(rules, received)
        if row["due"] is not None:  # on a day off, the term runs to the next working day
            deadline = days.add_working_days(dt.date.fromisoformat(row["due"]), 0)
        else:
            deadline = days.add_working_days(received, rule.working_days)
        overdue = max(0, days.working_days_between(deadline, as_of))
        if overdue_only and not overdue:
            continue
        yield {
            "entry": row["entry"],
            "notebook": row["notebook"],
            "page": row["page"],
            "text": row["text"],
            "assigned_to": row["assigned_to"],
            "due": row["due"],
            "written_on": row["written_on"],
            "received": row["received"],
            "received_basis": received_basis(row),
            "seen": row["seen"],
            "status": row["status"],
            "waiting_working_days": max(0, days.working_days_between(received, as_of)),
            "deadline": deadline.isoformat(),
            "overdue_working_days": overdue,
            "rule": "due" if row["due"] is not None else rule.name,
            "provisional": row["due"] is None and days.is_guess(deadline),
        }


def _rule_for(rules: Iterable[Rule], received: dt.date) -> Rule:
    """The last rule that was in force when the clock started; the first for older clocks."""
    first, *later = rules
    held = first
    for rule in later:
        if rule.from_date <= received:
            held = rule
    return held


def received_basis(row: dict[str, Any]) -> str:
    """Why the clock of an entry started on that day, by the entry's row."""
    if row["written_on"] is not None:
        guessed = row["written_by"] is None and DateReason.YEAR_INFERRED in (
            row["written_candidates"] or ""
        )
        return "written_year_inferred" if guessed else "written"
    return "imported" if row["seen"] is None else "seen"
