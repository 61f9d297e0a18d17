"""The office behind the register: its making, the ward, the people, rules and holidays."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterable
from pathlib import Path

from formbook.errors import StoreError, _
from formbook.model import Role
from formbook.permissions import Act, Actor
from formbook.store import RegisterExistsError, Store
from formbook.store.log import Event

LONGEST_TERM = 1000
"""Working days, some four years."""


class UnknownPersonError(StoreError):
    """Nobody of that name acts in this register."""

    message = _(
        "{register} knows no person {person}.\n"
        "Nothing was changed. `formbook people` lists everybody; a clerk adds people with "
        "`formbook people --add NAME --role ROLE`, and --as NAME or FORMBOOK_PERSON says who acts."
    )


class LastClerkError(StoreError):
    """Somebody must be able to add people."""

    message = _(
        "{person} is the only clerk of {register}.\nNothing was changed. Add another clerk first."
    )


def create_register(
    folder: Path,
    *,
    ward: str,
    ward_code: str | None,
    ward_as_of: str | None,
    person: str,
    account: str,
    now: dt.datetime,
    group: int | None = None,
) -> Store:
    """Make a register whose first clerk is `person`, the operating-system account's owner.

    It is that account's alone, or shared by a `group` of the operating system, by its number.

    Raises:
        RegisterExistsError, RegisterReadOnlyError, NetworkFileSystemError: as each says.
    """
    clerk = Actor(person, frozenset({Role.CLERK}), account)
    body = {
        "ward": ward,
        "ward_code": ward_code,
        "ward_as_of": ward_as_of,
        "person": {"name": person, "roles": [Role.CLERK.value], "account": account},
    }
    store = Store.create(folder, group=group)
    with contextlib.ExitStack() as unless_made:
        unless_made.callback(store.close)
        with store.writing():
            if store.head()[0]:
                raise RegisterExistsError(register=folder)
            store.append(Act.REGISTER_CREATED, body, by=clerk, at=now)
        unless_made.pop_all()
    return store


def acting(store: Store, name: str | None, account: str) -> Actor:
    """The person who acts: the one named, else the first with a role whose account this is.

    Raises:
        UnknownPersonError: the register knows no such person.
    """
    column, value = ("name", name) if name else ("account", account)
    row = store.row(
        f"select name, roles from people where {column} = ? order by roles = '', id", value
    )
    if row is None:
        raise UnknownPersonError(register=store.folder, person=value)
    return Actor(row["name"], frozenset(Role(r) for r in row["roles"].split(",") if r), account)


def add_person(
    store: Store,
    name: str,
    roles: Iterable[Role],
    *,
    account: str | None,
    by: Actor,
    now: dt.datetime,
) -> Event:
    """Add a person, or give one who is there other roles; without any, one who has left.

    Without an account, one who is there keeps the account that is known.

    Raises:
        NotAllowedError: the actor is no clerk.
        LastClerkError: nobody would be left who may add people.
    """
    wanted = sorted(set(roles))
    with store.writing():
        if Role.CLERK not in wanted:
            others = store.value(
                "select count(*) from people where name <> ?"
                " and ',' || roles || ',' like '%,clerk,%'",
                name,
            )
            if not others:
                raise LastClerkError(person=name, register=store.folder)
        if account is None:
            account = store.value("select account from people where name = ?", name)
        body = {"name": name, "roles": [role.value for role in wanted], "account": account}
        return store.append(Act.PERSON_ADDED, body, by=by, at=now)


def person_left(store: Store, name: str, *, by: Actor, now: dt.datetime) -> Event:
    """Take all roles from a person who left; what was done in that name stays.

    Raises:
        UnknownPersonError: the register knows no such person.
        NotAllowedError: the actor is no clerk.
        LastClerkError: nobody would be left who may add people.
    """
    if store.row("select id from people where name = ?", name) is None:
        raise UnknownPersonError(register=store.folder, person=name)
    return add_person(store, name, (), account=None, by=by, now=now)


def name_ward(
    store: Store,
    ward: str,
    *,
    ward_code: str | None,
    ward_as_of: str | None,
    by: Actor,
    now: dt.datetime,
) -> Event:
    """Rename the ward, for example after a merger; the log keeps the old name."""
    body = {"ward": ward, "ward_code": ward_code, "ward_as_of": ward_as_of}
    with store.writing():
        return store.append(Act.WARD_NAMED, body, by=by, at=now)


def set_rule(
    store: Store,
    name: str,
    *,
    from_date: dt.date,
    working_days: int,
    source: str,
    by: Actor,
    now: dt.datetime,
) -> Event:
    """Set how many working days an answer may take, for clocks that start on or after a date.

    Raises:
        ValueError: `working_days` is not from 1 to `LONGEST_TERM`.
    """
    if not 1 <= working_days <= LONGEST_TERM:
        raise ValueError(f"{working_days} working days")
    body = {
        "name": name,
        "from": from_date.isoformat(),
        "working_days": working_days,
        "source": source,
    }
    with store.writing():
        return store.append(Act.RULE_SET, body, by=by, at=now)


def set_holiday(
    store: Store, date: dt.date, *, working: bool, name: str, by: Actor, now: dt.datetime
) -> Event:
    """Set a day off, or a working day where the calendar says otherwise."""
    body = {
        "date": date.isoformat(),
        "kind": "working" if working else "holiday",
        "name": name,
    }
    with store.writing():
        return store.append(Act.HOLIDAY_SET, body, by=by, at=now)
