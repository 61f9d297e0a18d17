"""The ward, its people, rules and holidays."""

from __future__ import annotations

from formbook.store.log import Event
from formbook.store.projection.texts import Body
from formbook.store.rows import Rows


def register_created(rows: Rows, event: Event, body: Body) -> None:
    """Name the ward and the first clerk."""
    rows.insert(
        "register",
        id=1,
        ward=body["ward"],
        ward_code=body["ward_code"],
        ward_as_of=body["ward_as_of"],
    )
    person_added(rows, event, body["person"])


def ward_named(rows: Rows, event: Event, body: Body) -> None:  # noqa: ARG001 - one signature
    """Name the ward anew."""
    rows.update(
        "register",
        1,
        ward=body["ward"],
        ward_code=body["ward_code"],
        ward_as_of=body["ward_as_of"],
    )


def person_added(rows: Rows, event: Event, body: Body) -> None:  # noqa: ARG001 - one signature
    """Add a person, or give one other roles."""
    values = {"roles": ",".join(sorted(body["roles"])), "account": body["account"]}
    held = rows.all("select id from people where name = ?", body["name"])
    if held:
        rows.update("people", held[0]["id"], **values)
    else:
        rows.insert("people", name=body["name"], **values)


def key_added(rows: Rows, event: Event, body: Body) -> None:
    """Put a key in force, in the place of the person's last one. No undoing takes it back."""
    for held in _in_force(rows, event.person):
        rows.update_for_good("keys", held, until_seq=event.seq, ended_by=event.person)
    rows.insert_for_good("keys", person=event.person, key=body["key"], from_seq=event.seq)


def key_revoked(rows: Rows, event: Event, body: Body) -> None:
    """End a key. No undoing brings it back."""
    (held,) = _in_force(rows, body["person"])
    rows.update_for_good(
        "keys", held, until_seq=event.seq, ended_by=event.person, reason=body["reason"]
    )


def _in_force(rows: Rows, person: str) -> list[int]:
    held = rows.all("select id from keys where person = ? and until_seq is null", person)
    return [row["id"] for row in held]


def rule_set(rows: Rows, event: Event, body: Body) -> None:  # noqa: ARG001 - one signature
    """Add a rule of the ward."""
    rows.insert(
        "rules",
        name=body["name"],
        from_date=body["from"],
        working_days=body["working_days"],
        source=body["source"],
    )


def holiday_set(rows: Rows, event: Event, body: Body) -> None:  # noqa: ARG001 - one signature
    """Set a day off or a make-up day."""
    held = rows.all("select id from holidays where date = ?", body["date"])
    if held:
        rows.update("holidays", held[0]["id"], kind=body["kind"], name=body["name"])
    else:
        rows.insert("holidays", date=body["date"], kind=body["kind"], name=body["name"])


def weights_learned(rows: Rows, event: Event, body: Body) -> None:
    """Read with other weights from now on."""
    rows.insert(
        "weights",
        original=body["original"],
        engine=body["card"]["version"],
        lines=body["learned"],
        seq=event.seq,
    )
