"""The entries that nobody has answered, now or as it was on an earlier day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from formbook.model import OPEN_STATUSES
from formbook.store import Store

_OPEN = ", ".join(f"'{status.value}'" for status in OPEN_STATUSES)
_OPEN_ENTRY = """
    select e.id as entry, n.volume as notebook, p.number as page, e.text,
        {assigned_to} as assigned_to, {due} as due, e.written_on, {seen} as seen, e.imported_on,
        {status} as status, e.written_by, e.written_candidates,
        coalesce(e.written_on, {seen}, e.imported_on) as received
    from entries e join pages p on p.id = e.page_id join notebooks n on n.id = p.notebook_id
"""
_LAST_ANSWER = """(select r.{column} from responses r where r.entry_id = e.id and r.on_date <= ?2
    and r.{column} is not null order by r.id desc limit 1)"""
_OPEN_NOW = _OPEN_ENTRY.format(
    assigned_to="e.assigned_to", due="e.due", seen="e.seen_on", status="e.status"
)
_OPEN_THEN = _OPEN_ENTRY.format(
    assigned_to=_LAST_ANSWER.format(column="assigned_to"),
    due=_LAST_ANSWER.format(column="due"),
    seen="case when e.seen_on <= ?2 then e.seen_on end",
    status=f"""coalesce({_LAST_ANSWER.format(column="status")},
        case when e.seen_on <= ?2 then 'seen' else 'received' end)""",
)


def open_entries(
    store: Store, *, as_of: str | None = None, notebook: str | None = None
) -> Iterator[dict[str, Any]]:
    """Entries that nobody has answered, oldest first, with the day their clock started.

    Args:
        store: the register.
        as_of: the entries that were open on this ISO day; now by default.
        notebook: only this volume.
    """
    last_act = store.value("select date(at, '+7 hours') from events order by seq desc limit 1")
    if as_of is None or last_act is None or as_of >= last_act:
        return store.stream(
            f"{_OPEN_NOW} where e.gone is null and e.status in ({_OPEN})"
            " and (?1 is null or n.volume = ?1) order by received, e.id",
            notebook,
        )
    return store.stream(
        f"select * from ({_OPEN_THEN} where e.gone is null and (?1 is null or n.volume = ?1))"
        f" where status in ({_OPEN}) and received <= ?2 order by received, entry",
        notebook,
        as_of,
    )
