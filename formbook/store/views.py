"""What a register shows: rows for the screen, for scripts and for export.

Every function returns dictionaries ready for JSON. A page is named by its notebook (the volume)
and its number on paper; `entry`, `line`, `scan` and `mark` are numbers of the register.
"""

from __future__ import annotations

import json
from typing import Any

from formbook.dates import in_hanoi
from formbook.model import PageRef
from formbook.store import NotFoundError, Store
from formbook.store.marked import has_changed_since
from formbook.store.refusals import EntryDroppedError, EntryJoinedError
from formbook.store.search import query_of
from formbook.store.version import version_of

Row = dict[str, Any]

_ENTRY = """
    select e.id as entry, n.volume as notebook, p.number as page, e.text, e.status,
        e.assigned_to, e.due, e.written_on, e.written_text, e.written_by, e.seen_on as seen,
        v.seq as seen_event, v.at as seen_at, v.person as seen_by, v.key as seen_key,
        e.imported_on, e.closed_on, e.duplicate_of, e.confidence, e.corrected_by,
        (select min(k.then_id) from links k join entries t on t.id = k.then_id
            join pages q on q.id = t.page_id where k.first_id = e.id and t.gone is null
            and (p.checked_by is null or q.checked_by is null)) as may_go_on_in
    from entries e join pages p on p.id = e.page_id join notebooks n on n.id = p.notebook_id
    left join events v on v.seq = e.seen_seq
"""
_GONE = """
    select e.id as entry, n.volume as notebook, p.number as page, e.text, e.gone,
        e.gone_reason as reason, e.joined_into, e.status, e.seen_on as seen, v.seq as event,
        v.person, v.at
    from entries e join pages p on p.id = e.page_id join notebooks n on n.id = p.notebook_id
    join events v on v.seq = (
        select max(h.seq) from entry_history h join events w on w.seq = h.seq
        where h.entry_id = e.id
        and w.kind = case e.gone when 'dropped' then 'entry_dropped' else 'entries_joined' end)
"""
_ON_PAPER = "order by n.sort_key, p.number, e.position, e.id"


def register(store: Store) -> Row:
    """The ward, as named last."""
    return store.row("select ward, ward_code, ward_as_of from register") or {}


def people(store: Store) -> list[Row]:
    """Everybody who acts, with roles as a list."""
    return [
        {**row, "roles": [role for role in row["roles"].split(",") if role]}
        for row in store.rows("select name, roles, account from people order by name")
    ]


def rules(store: Store) -> list[Row]:
    """The ward's own rules, oldest first."""
    return store.rows("select name, from_date, working_days, source from rules order by id")


def holidays(store: Store) -> list[Row]:
    """The ward's own holidays and make-up days."""
    return store.rows("select date, kind, name from holidays order by date")


def pages(store: Store, notebook: str | None = None) -> list[Row]:
    """Pages in paper order, each with what stands on it."""
    return store.rows(
        """
        select n.volume as notebook, p.number as page,
            (select count(*) from scans s where s.page_id = p.id) as scans,
            (select count(*) from entries e where e.page_id = p.id and e.gone is null) as entries,
            (select count(*) from marks m where m.page_id = p.id and m.state = 'found')
                as marks_found,
            (select max(m.date) from marks m where m.page_id = p.id and m.state = 'settled')
                as seen,
            (select count(*) from marks m join events v on v.seq = m.settled_seq
                where m.page_id = p.id and m.state = 'settled' and v.key is null) as unsigned,
            (select s.number_read from scans s where s.page_id = p.id
                and s.number_read is not null order by s.id desc limit 1) as number_read,
            p.checked_by, p.checked_at
        from pages p join notebooks n on n.id = p.notebook_id
        where ?1 is null or n.volume = ?1
        order by n.sort_key, p.number
        """,
        notebook,
    )


def page(store: Store, ref: PageRef) -> Row:
    """One page with its scans, entries and marks.

    Raises:
        NotFoundError: the register does not hold it.
    """
    page_id = page_id_of(store, ref)
    scans = store.rows(
        "select id as scan, name, sha256, frame, side, outline, original, width, height, dpi,"
        " number_read from scans where page_id = ? order by id",
        page_id,
    )
    row = store.row(
        "select checked_by, checked_at, (select s.number_read from scans s where s.page_id = p.id"
        " and s.number_read is not null order by s.id desc limit 1) as number_read"
        " from pages p where id = ?",
        page_id,
    )
    return {
        "notebook": ref.notebook,
        "page": ref.number,
        **(row or {}),
        "scans": [{**scan, "outline": json.loads(scan["outline"])} for scan in scans],
        "entries": entries(store, page_id=page_id),
        "from_before": store.rows(
            "select distinct e.id as entry, n.volume as notebook, p.number as page"
            " from lines l join entries e on e.id = l.entry_id join pages p on p.id = e.page_id"
            " join notebooks n on n.id = p.notebook_id"
            " where l.page_id = ?1 and e.page_id <> ?1 and e.gone is null order by e.id",
            page_id,
        ),
        "marks": marks(store, page_id=page_id),
    }


def page_id_of(store: Store, ref: PageRef) -> int:
    """The register's number of a page.

    Raises:
        NotFoundError: the register does not hold it.
    """
    page_id = find_page(store, ref)
    if page_id is None:
        raise NotFoundError(register=store.folder, what="page", name=str(ref), listing="pages")
    return page_id


def find_page(store: Store, ref: PageRef) -> int | None:
    """The register's number of a page, None if it does not hold it."""
    page_id = store.value(
        "select p.id from pages p join notebooks n on n.id = p.notebook_id"
        " where n.volume = ? and p.number = ?",
        ref.notebook,
        ref.number,
    )
    return None if page_id is None else int(page_id)


def ref_of(store: Store, page_id: int) -> PageRef:
    """Notebook and number of a page that the register holds."""
    row = store.rows(
        "select n.volume, p.number from pages p join notebooks n on n.id = p.notebook_id"
        " where p.id = ?",
        page_id,
    )[0]
    return PageRef(row["volume"], row["number"])


def next_number(store: Store, notebook: str) -> int:
    """The number after a notebook's last page."""
    return int(
        store.value(
            "select coalesce(max(p.number), 0) + 1 from pages p"
            " join notebooks n on n.id = p.notebook_id where n.volume = ?",
            notebook,
        )
    )


def held_scans(store: Store) -> list[Row]:
    """Scans that wait for a person to say which page they show."""
    return store.rows(
        """
        select s.id as scan, s.name, s.frame, s.side, s.held, s.notebook, s.number,
            n.volume as like_notebook, p.number as like_page
        from scans s left join pages p on p.id = s.looks_like
            left join notebooks n on n.id = p.notebook_id
        where s.held is not null order by s.id
        """
    )


def entries(
    store: Store,
    *,
    notebook: str | None = None,
    page_id: int | None = None,
    status: str | None = None,
) -> list[Row]:
    """Entries in paper order; those joined to others or dropped are left out."""
    where, values = _where({"n.volume": notebook, "e.page_id": page_id, "e.status": status})
    return store.rows(f"{_ENTRY} where e.gone is null {where} {_ON_PAPER}", *values)


def gone_entries(
    store: Store, *, notebook: str | None = None, page_id: int | None = None
) -> list[Row]:
    """Entries that were dropped or joined to another, in paper order: why, by whom and when."""
    where, values = _where({"n.volume": notebook, "e.page_id": page_id})
    return store.rows(f"{_GONE} where e.gone is not null {where} {_ON_PAPER}", *values)


def entry(store: Store, entry_id: int) -> Row:
    """One entry with its lines, scans, marks, answers, history and version.

    A mark that stands for the whole page is among them unless it was settled to another day than
    the one on which this entry was seen.

    Raises:
        NotFoundError: the register does not hold it, or it was joined to another or dropped.
    """
    row = live_entry(store, entry_id)
    return {
        **row,
        "version": version_of(row["text"], row["written_on"]),
        "polygon": json.loads(
            store.value("select polygon from entries where id = ?", entry_id) or "[]"
        ),
        "written_candidates": json.loads(
            store.value("select written_candidates from entries where id = ?", entry_id) or "[]"
        ),
        "changed_since_seen": row["seen_event"] is not None
        and has_changed_since(store, entry_id, row["seen_event"]),
        "lines": lines(store, entry_id=entry_id),
        "marks": _mark_rows(
            store,
            "m.page_id in (select page_id from entries where id = ?1 union"
            " select page_id from lines where entry_id = ?1)"
            " and (m.entry_id = ?1 or m.entry_id is null and (m.state <> 'settled'"
            " or m.date = (select seen_on from entries where id = ?1)))",
            entry_id,
        ),
        "responses": store.rows(
            "select r.status, r.note, r.due, r.assigned_to, r.person, r.on_date, v.seq as event,"
            " v.at, v.account, v.key from responses r join events v on v.seq = r.seq"
            " where r.entry_id = ? order by r.id",
            entry_id,
        ),
        "history": store.rows(
            "select e.seq as event, e.at, e.person, e.account, e.kind, e.key from entry_history h"
            " join events e on e.seq = h.seq where h.entry_id = ? order by h.seq",
            entry_id,
        ),
    }


def live_entry(store: Store, entry_id: int) -> Row:
    """One entry's row.

    Raises:
        NotFoundError: the register does not hold it.
        EntryDroppedError, EntryJoinedError: it was dropped, or joined to another.
    """
    row = store.row(f"{_ENTRY} where e.gone is null and e.id = ?", entry_id)
    if row is not None:
        return row
    gone = store.row(f"{_GONE} where e.gone is not null and e.id = ?", entry_id)
    if gone is None:
        raise NotFoundError(
            register=store.folder, what="entry", name=str(entry_id), listing="entries"
        )
    name, person, date = str(entry_id), gone["person"], in_hanoi(gone["at"])[:10]
    if gone["gone"] == "joined":
        raise EntryJoinedError(name=name, person=person, date=date, into=gone["joined_into"])
    raise EntryDroppedError(name=name, person=person, date=date, why=gone["reason"])


def lines(store: Store, *, entry_id: int | None = None, page_id: int | None = None) -> list[Row]:
    """Lines in reading order, with outline, scan and the version that a correction names."""
    where, values = _where({"l.entry_id": entry_id, "l.page_id": page_id})
    found = store.rows(
        f"""
        select l.id as line, n.volume as notebook, p.number as page, l.entry_id as entry,
            l.scan_id as scan, l.text, l.confidence, l.corrected_by, l.polygon,
            (select r.text from readings r where r.line_id = l.id order by r.id desc limit 1)
                as read_as,
            (select r.engine from readings r where r.line_id = l.id order by r.id desc limit 1)
                as engine
        from lines l join pages p on p.id = l.page_id join notebooks n on n.id = p.notebook_id
        where true {where} order by n.sort_key, p.number, l.position, l.id
        """,
        *values,
    )
    return [
        {**row, "polygon": json.loads(row["polygon"]), "version": version_of(row["text"])}
        for row in found
    ]


_MARK = """
    select m.id as mark, n.volume as notebook, p.number as page, m.entry_id as entry, m.text,
        m.date_text, m.candidates, m.date, m.state, m.settled_by, m.reason, m.stamp, m.signature,
        m.confidence, m.polygon, v.seq as event, v.at, v.account, v.key
    from marks m join pages p on p.id = m.page_id join notebooks n on n.id = p.notebook_id
    left join events v on v.seq = m.settled_seq
"""


def marks(store: Store, *, page_id: int | None = None, state: str | None = None) -> list[Row]:
    """The chairman's marks, found by a machine or made by a person."""
    where, values = _where({"m.page_id": page_id, "m.state": state})
    return _mark_rows(store, f"true {where}", *values)


def _where(wanted: dict[str, Any]) -> tuple[str, list[Any]]:
    """Conditions on the columns that are asked for, so that their indexes serve."""
    asked = {column: value for column, value in wanted.items() if value is not None}
    return "".join(f" and {column} = ?" for column in asked), list(asked.values())


def _mark_rows(store: Store, where: str, *values: Any) -> list[Row]:
    found = store.rows(f"{_MARK} where {where} order by n.sort_key, p.number, m.id", *values)
    return [
        {
            **row,
            "candidates": json.loads(row["candidates"] or "[]"),
            "polygon": json.loads(row["polygon"] or "[]"),
            "stamp": bool(row["stamp"]),
            "signature": bool(row["signature"]),
        }
        for row in found
    ]


def search(store: Store, text: str, *, limit: int) -> list[Row]:
    """Entries that hold all the words of a text, marks or no marks; exact ones first.

    Args:
        store: the register.
        text: what a person typed; the last word may be the beginning of one.
        limit: how many rows at most.
    """
    query = query_of(text)
    if query is None:
        return []
    folded, exact = query
    ranked = "select rowid as id from entry_search where entry_search match ?1"
    found = store.rows(f"{ranked} order by rank, rowid limit ?2", exact, limit)
    if len(found) < limit:
        found += store.rows(
            f"{ranked} and rowid not in (select value from json_each(?3))"
            " order by rank, rowid limit ?2",
            folded,
            limit - len(found),
            json.dumps([row["id"] for row in found]),
        )
    return [live_entry(store, row["id"]) for row in found]


def unchecked_pages(store: Store) -> int:
    """How many pages no person has compared with their picture, held scans included."""
    return int(
        store.value(
            "select (select count(*) from pages where checked_by is null)"
            " + (select count(*) from scans where held is not null)"
        )
    )
