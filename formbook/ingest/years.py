"""Dates without a year take it from their neighbours, and say so."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from formbook.dates import parse_date, settle
from formbook.model import PageReading, PageRef, WrittenDate
from formbook.store import Store


def with_years(store: Store, ref: PageRef, reading: PageReading, today: dt.date) -> PageReading:
    """Fill in the dates that a reading gives without a year, and drop days that have not come.

    The neighbour is another date of the page, else that of the nearest page of the notebook
    that has one. Such a date carries the reason `year_inferred`.
    """
    near = _date_on(reading) or _date_near(store, ref)

    def settled(written: WrittenDate | None) -> WrittenDate | None:
        if written is None:
            return None
        if written.date is None and not written.candidates and near is not None:
            candidates = parse_date(written.text, near=near)
            written = replace(written, candidates=candidates, date=settle(candidates, near=near))
        if written.date is not None and written.date > today:
            written = replace(written, date=None)
        return written

    return replace(
        reading,
        entries=tuple(replace(e, written=settled(e.written)) for e in reading.entries),
        marks=tuple(replace(m, written=settled(m.written)) for m in reading.marks),
    )


def _date_on(reading: PageReading) -> dt.date | None:
    dates = [found.written for found in reading.marks] + [
        found.written for found in reading.entries
    ]
    return next((found.date for found in dates if found and found.date), None)


def _date_near(store: Store, ref: PageRef) -> dt.date | None:
    found = store.value(
        """
        select date from (
            select p.number as number, m.date as date from marks m
                join pages p on p.id = m.page_id join notebooks n on n.id = p.notebook_id
                where n.volume = ?1 and m.state = 'settled'
            union all
            select p.number, e.written_on from entries e
                join pages p on p.id = e.page_id join notebooks n on n.id = p.notebook_id
                where n.volume = ?1 and e.written_on is not null and e.gone is null
        )
        order by abs(number - ?2), date desc limit 1
        """,
        ref.notebook,
        ref.number,
    )
    return None if found is None else dt.date.fromisoformat(found)
