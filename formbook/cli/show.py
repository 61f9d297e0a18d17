"""`formbook show`: all that is known of a page or of an entry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from formbook.cli import clock
from formbook.cli.language import say, tr
from formbook.cli.options import Target
from formbook.cli.session import Session, reads
from formbook.cli.signed import signature
from formbook.cli.words import ACTS, MARKS, SIDES, STATUSES, word
from formbook.errors import _

if TYPE_CHECKING:
    from formbook.cli.output import Output
    from formbook.store import Store

Row = Mapping[str, Any]


@reads(_("Show a page or an entry: text, lines, marks, answers and history."))
def show(session: Session, target: Target) -> None:
    from formbook.store import views
    from formbook.text import complaint_signs

    with session.store() as store:
        show_of = views.entry if isinstance(target, int) else views.page
        found = show_of(store, target)
        _check_signatures(store, found)
    if not isinstance(target, int):
        if session.out.as_json:
            session.out.json("page", **found)
        else:
            _show_page(session.out, found)
        return
    signs = complaint_signs(found["text"])
    if session.out.as_json:
        session.out.json("entry", **found, signs=signs)
    else:
        _show_entry(session.out, found)
    if signs:
        session.out.warn(
            say(
                _("Entry {id} looks like a complaint/denunciation: pass to citizen reception."),
                id=target,
            )
        )


def _check_signatures(store: Store, found: dict[str, Any]) -> None:
    """Say of all that is said to be signed whether its signature holds."""
    acts = [act for name in ("marks", "responses", "history") for act in found.get(name, ())]
    signed = [act for act in acts if act["key"] is not None]
    if signed or found.get("seen_key") is not None:
        from formbook.store.judging import holds_signature

        for act in signed:
            act["signature_holds"] = holds_signature(store, act["event"])
        if found.get("seen_key") is not None:
            found["seen_signature_holds"] = holds_signature(store, found["seen_event"])


def _show_entry(out: Output, entry: Row) -> None:
    out.text(
        say(
            _("Entry {entry}, page {notebook}/{page}"), **_only(entry, "entry", "notebook", "page")
        ),
        heading=True,
    )
    out.text(entry["text"])
    out.text()
    _fields(
        out,
        {
            _("Status"): word(STATUSES, entry["status"]),
            _("With"): entry["assigned_to"],
            _("Due"): entry["due"],
            _("Written on"): _written(entry),
            _("Seen on"): _seen(entry),
            _("Imported on"): entry["imported_on"],
            _("Closed on"): entry["closed_on"],
            _("Repeats entry"): entry["duplicate_of"],
            _("May go on in entry"): entry["may_go_on_in"],
            _("Corrected by"): entry["corrected_by"],
        },
    )
    _section(out, _("Lines"), (_line(line) for line in entry["lines"]))
    _section(out, _("Marks"), (_mark(mark) for mark in entry["marks"]))
    _section(out, _("Answers"), (_response(each) for each in entry["responses"]))
    _section(out, _("History"), (_act(act) for act in entry["history"]))


def _show_page(out: Output, page: Row) -> None:
    out.text(say(_("Page {notebook}/{page}"), **_only(page, "notebook", "page")), heading=True)
    checked_at = page["checked_at"] and clock.shown(page["checked_at"])
    _fields(
        out,
        {
            _("Number on the paper"): page["number_read"],
            _("Checked by"): page["checked_by"],
            _("Checked at"): checked_at,
        },
    )
    _section(out, _("Scans"), (_scan(scan) for scan in page["scans"]))
    _section(out, _("Marks"), (_mark(mark) for mark in page["marks"]))
    for entry in page["from_before"]:
        out.text()
        told = _("Entry {entry} goes on here from page {notebook}/{page}.")
        out.text(say(told, **_only(entry, "entry", "notebook", "page")), heading=True)
    for entry in page["entries"]:
        out.text()
        out.text(
            say(
                _("Entry {entry} ({status})"),
                entry=entry["entry"],
                status=word(STATUSES, entry["status"]),
            ),
            heading=True,
        )
        out.text(entry["text"])
        if entry["may_go_on_in"] is not None:
            _fields(out, {_("May go on in entry"): entry["may_go_on_in"]})


def _fields(out: Output, fields: dict[str, Any]) -> None:
    for title, value in fields.items():
        if value is not None:
            out.text(f"{tr(title)}: {value}")


def _section(out: Output, title: str, lines: Iterable[str]) -> None:
    listed = [*lines]
    if listed:
        out.text()
        out.text(tr(title), heading=True)
        for line in listed:
            out.text(f"  {line}")


def _only(row: Row, *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}


def _written(entry: Row) -> str | None:
    """The date, or the dates that it can mean, and how it stands on paper."""
    if entry["written_on"] is not None:
        date = str(entry["written_on"])
    elif entry["written_candidates"]:
        dates = " / ".join(each["date"] for each in entry["written_candidates"])
        date = say(_("not settled: {dates}"), dates=dates)
    else:
        return None
    return f"{date} (“{entry['written_text']}”)" if entry["written_text"] else date


def _seen(entry: Row) -> str | None:
    if entry["seen"] is None:
        return None
    changed = tr(_("the text was changed since")) if entry["changed_since_seen"] else None
    act = {
        "date": entry["seen"],
        "at": entry["seen_at"],
        "key": entry["seen_key"],
        "signature_holds": entry.get("seen_signature_holds", True),
    }
    told = _recorded(act)
    return "; ".join(each for each in (f"{entry['seen']}, {told}", changed) if each)


def _recorded(act: Row) -> str:
    """When an act was recorded, how long after the day on paper, and whether it is signed."""
    at = clock.shown(act["at"])
    days = (dt.date.fromisoformat(at[:10]) - dt.date.fromisoformat(act["date"])).days
    later = say(_("days later: {days}"), days=days) if days else None
    told = say(_("recorded {at}"), at=at)
    return ", ".join(each for each in (told, later, _signature(act)) if each)


def _signature(act: Row) -> str:
    return signature(act["key"], holds=act.get("signature_holds", True))


def _line(line: Row) -> str:
    said = f"{line['line']}  {line['confidence']:.2f}  {line['text']}"
    if line["corrected_by"] is None or line["read_as"] is None:
        return said
    read = say(_("read as “{text}”"), text=line["read_as"])
    return f"{said}  ({read})"


def _mark(mark: Row) -> str:
    parts = [str(mark["mark"]), word(MARKS, mark["state"])]
    if mark["date"]:
        parts.append(mark["date"])
    if mark["text"]:
        parts.append(f"“{mark['text']}”")
    dates = " / ".join(each["date"] for each in mark["candidates"])
    if dates and mark["state"] == "found":
        parts.append(say(_("can mean {dates}"), dates=dates))
    if mark["settled_by"]:
        parts.append(mark["settled_by"])
    if mark["date"] and mark["at"]:
        parts.append(_recorded(mark))
    if mark["reason"]:
        parts.append(mark["reason"])
    return "  ".join(parts)


def _scan(scan: Row) -> str:
    told = [str(scan["scan"]), scan["name"], f"{scan['width']}×{scan['height']}"]
    if scan["side"] != "whole":
        told.append(word(SIDES, scan["side"]))
    return "  ".join([*told, scan["original"]])


def _response(response: Row) -> str:
    told = (response["assigned_to"], response["due"], response["note"])
    return "  ".join(
        [
            response["on_date"],
            word(STATUSES, response["status"]),
            response["person"],
            *(each for each in told if each),
            _signature(response),
        ]
    )


def _act(act: Row) -> str:
    said = f"{act['event']}  {clock.shown(act['at'])}  {act['person']}  {word(ACTS, act['kind'])}"
    return f"{said}  {_signature(act)}" if act["key"] else said
