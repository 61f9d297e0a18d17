from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from registers import AUDITOR, CHAIRMAN, CLERK, NOW, TODAY, contents, make_register

from formbook import office
from formbook.model import Role
from formbook.permissions import ALLOWED, Act, Actor, NotAllowedError, require
from formbook.store import Store, views

OFFICE = {Act.RULE_SET, Act.HOLIDAY_SET, Act.PAGE_CHECKED, Act.MARK_SETTLED, Act.MARK_REJECTED}
OFFICE |= {Act.RESPONDED, Act.UNSEEN, Act.UNDONE}
EVERYBODY = {Act.KEY_ADDED, Act.KEY_REVOKED, Act.ANCHORED}
MAY = {
    Role.CLERK: set(Act) - {Act.SEEN},
    Role.CHAIRMAN: OFFICE | EVERYBODY | {Act.SEEN},
    Role.AUDITOR: EVERYBODY,
}


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Store]:
    with make_register(tmp_path) as store:
        yield store


# -- permissions --------------------------------------------------------------


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("role", Role)
def test_each_role_may_do_its_own_acts_and_no_others(role: Role, act: Act):
    actor = Actor("Minh", frozenset({role}), "minh")
    if act in MAY[role]:
        require(actor, act)
        return
    with pytest.raises(NotAllowedError) as refused:
        require(actor, act)
    others = ", ".join(sorted(ALLOWED[act]))
    assert str(refused.value) == (
        f"Minh may not do this ({act.value}); it is for: {others}.\n"
        "Nothing was changed. `formbook people` lists who may; act as one of them with --as NAME."
    )


def test_a_person_of_two_roles_may_do_the_acts_of_both():
    both = Actor("Minh", frozenset({Role.CLERK, Role.CHAIRMAN}), "minh")
    for act in Act:
        require(both, act)


def test_a_person_without_a_role_may_do_nothing():
    for act in Act:
        with pytest.raises(NotAllowedError):
            require(Actor("Minh", frozenset(), "minh"), act)


@pytest.mark.parametrize("who", [CHAIRMAN, AUDITOR])
def test_a_refused_act_writes_nothing(register: Store, who: Actor):
    before = contents(register)
    with pytest.raises(NotAllowedError):
        office.add_person(register, "Minh", [Role.CLERK], account=None, by=who, now=NOW)
    assert contents(register) == before


# -- people -------------------------------------------------------------------


def test_the_account_that_makes_a_register_becomes_its_first_clerk(register: Store):
    assert office.acting(register, None, "lan") == CLERK
    event = register.event(1)
    assert event is not None
    assert (event.kind, event.person) == (Act.REGISTER_CREATED, "Lan")


def test_who_has_left_does_not_act_for_who_has_the_account_now(register: Store):
    for name, roles in (("Minh", [Role.CLERK]), ("Thu", [Role.CLERK]), ("Minh", [])):
        office.add_person(register, name, roles, account="desk", by=CLERK, now=NOW)
    assert office.acting(register, None, "desk").name == "Thu"


def test_one_acts_under_ones_name_or_ones_account(register: Store):
    assert office.acting(register, CHAIRMAN.name, "lan") == Actor(
        CHAIRMAN.name, CHAIRMAN.roles, "lan"
    )
    assert office.acting(register, unicodedata.normalize("NFD", CHAIRMAN.name), "chu") == CHAIRMAN
    assert office.acting(register, "", "hoa") == AUDITOR


@pytest.mark.parametrize(("name", "account"), [("Minh", "lan"), (None, "minh"), ("\udcff", "lan")])
def test_whom_nobody_added_cannot_act(register: Store, name: str | None, account: str):
    with pytest.raises(office.UnknownPersonError) as refused:
        office.acting(register, name, account)
    assert f"knows no person {name or account}" in str(refused.value)
    assert "--add NAME --role ROLE" in str(refused.value)


def test_other_roles_replace_those_held_and_the_account_stays(register: Store):
    office.add_person(
        register, CLERK.name, [Role.CHAIRMAN, Role.CLERK], account=None, by=CLERK, now=NOW
    )
    assert office.acting(register, None, "lan").roles == {Role.CLERK, Role.CHAIRMAN}
    office.add_person(register, CLERK.name, [Role.CLERK], account="lan2", by=CLERK, now=NOW)
    assert office.acting(register, None, "lan2").roles == {Role.CLERK}


def test_one_who_has_left_holds_no_role(register: Store):
    office.add_person(register, AUDITOR.name, [], account=None, by=CLERK, now=NOW)
    assert office.acting(register, None, "hoa").roles == frozenset()
    assert views.people(register)[0]["roles"] == []


@pytest.mark.parametrize("name", [CLERK.name, unicodedata.normalize("NFD", CLERK.name)])
def test_the_only_clerk_stays_a_clerk(register: Store, name: str):
    before = contents(register)
    with pytest.raises(office.LastClerkError, match=f"is the only clerk of {register.folder}"):
        office.add_person(register, name, [Role.AUDITOR], account=None, by=CLERK, now=NOW)
    assert contents(register) == before


def test_the_only_clerk_stays_one_however_the_name_is_typed(tmp_path: Path):
    name = "Hoà"
    with office.create_register(
        tmp_path,
        ward="x",
        ward_code=None,
        ward_as_of=None,
        person=unicodedata.normalize("NFD", name),
        account="hoa",
        now=NOW,
    ) as store:
        clerk = office.acting(store, name, "hoa")
        for form in ("NFC", "NFD"):
            with pytest.raises(office.LastClerkError):
                office.add_person(
                    store, unicodedata.normalize(form, name), [], account=None, by=clerk, now=NOW
                )


def test_one_of_two_clerks_may_become_another_thing(register: Store):
    office.add_person(register, "Minh", [Role.CLERK], account="minh", by=CLERK, now=NOW)
    office.add_person(register, CLERK.name, [Role.AUDITOR], account=None, by=CLERK, now=NOW)
    assert office.acting(register, "Lan", "lan").roles == {Role.AUDITOR}


# -- ward, rules, holidays ----------------------------------------------------


def test_the_ward_is_the_one_named_last_and_the_log_keeps_the_other(register: Store):
    office.name_ward(register, "Nghĩa Tân", ward_code="00163", ward_as_of=None, by=CLERK, now=NOW)
    assert views.register(register)["ward"] == "Nghĩa Tân"
    assert register.event(1).body["ward"] == "Nghĩa Đô"


def test_rules_add_up_and_a_day_is_what_was_said_last(register: Store):
    for days in (5, 7):
        office.set_rule(
            register, "r", from_date=TODAY, working_days=days, source="-", by=CHAIRMAN, now=NOW
        )
    for working in (True, False):
        office.set_holiday(register, TODAY, working=working, name="-", by=CHAIRMAN, now=NOW)
    assert [row["working_days"] for row in views.rules(register)] == [5, 7]
    assert [row["kind"] for row in views.holidays(register)] == ["holiday"]


@pytest.mark.parametrize("days", [0, -1])
def test_a_rule_gives_at_least_one_day(register: Store, days: int):
    head = register.head()
    with pytest.raises(ValueError, match=f"{days} working days"):
        office.set_rule(
            register, "r", from_date=TODAY, working_days=days, source="-", by=CLERK, now=NOW
        )
    assert register.head() == head


def test_one_who_has_left_acts_no_more_and_stays_in_the_list(register: Store):
    office.person_left(register, CHAIRMAN.name, by=CLERK, now=NOW)
    assert office.acting(register, CHAIRMAN.name, "chu").roles == frozenset()
    (row,) = [row for row in views.people(register) if row["name"] == CHAIRMAN.name]
    assert (row["roles"], row["account"]) == ([], CHAIRMAN.account)


def test_nobody_unknown_can_leave_nor_the_last_clerk(register: Store):
    with pytest.raises(office.UnknownPersonError, match="knows no person Minh"):
        office.person_left(register, "Minh", by=CLERK, now=NOW)
    with pytest.raises(office.LastClerkError):
        office.person_left(register, CLERK.name, by=CLERK, now=NOW)
    with pytest.raises(NotAllowedError):
        office.person_left(register, AUDITOR.name, by=CHAIRMAN, now=NOW)
