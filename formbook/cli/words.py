"""The codes of the register in words, for people; `--json` keeps the codes."""

from __future__ import annotations

from collections.abc import Sequence

from formbook.cli.language import tr
from formbook.errors import FormbookError, _

STATUSES = {
    "received": _("received"),
    "seen": _("seen"),
    "assigned": _("assigned"),
    "answered": _("answered"),
    "forwarded": _("forwarded"),
    "declined": _("declined"),
    "duplicate": _("duplicate"),
    "reopened": _("reopened"),
}

ROLES = {
    "clerk": _("clerk"),
    "chairman": _("chairman"),
    "auditor": _("auditor"),
}

ACTS = {
    "register_created": _("register made"),
    "person_added": _("person added"),
    "ward_named": _("ward named"),
    "rule_set": _("rule set"),
    "holiday_set": _("holiday set"),
    "scan_added": _("scan imported"),
    "scan_placed": _("scan placed on its page"),
    "page_reread": _("page read again"),
    "page_renumbered": _("page given its number"),
    "page_checked": _("page checked"),
    "entry_added": _("entry added"),
    "entry_dropped": _("entry dropped"),
    "entry_corrected": _("text corrected"),
    "entry_split": _("entry split"),
    "entries_joined": _("entries joined"),
    "seen": _("marked as seen"),
    "mark_settled": _("mark on paper settled"),
    "mark_rejected": _("mark rejected"),
    "unseen": _("mark taken back"),
    "responded": _("answer recorded"),
    "weights_learned": _("hands of the ward learned"),
    "key_added": _("key added"),
    "key_revoked": _("key revoked"),
    "anchored": _("log anchored"),
    "undone": _("act undone"),
}

FINDINGS = {
    "event_missing": _("an event of the log is missing"),
    "event_unreplayable": _("an event of the log cannot be replayed"),
    "event_body_changed": _("the content of an event was changed"),
    "event_body_not_canonical": _("the content of an event was not written by formbook"),
    "event_chain_broken": _("the chain of events is broken"),
    "event_changed": _("an event was changed"),
    "event_not_allowed": _("the person had no right to this act"),
    "event_time_unreadable": _("the time of an event is no time"),
    "clock_went_back": _("an event is dated before those that came before it"),
    "marked_otherwise": _("an act says that it stands on other texts or scans than were there"),
    "signature_missing": _("an act of a person who has a key is not signed"),
    "signature_wrong": _("a signature does not match its act"),
    "signature_of_unknown_key": _("an act is signed with a key that was never the person's"),
    "signature_of_ended_key": _("an act is signed with a key that was revoked or replaced before"),
    "key_weak": _("a key was added with which anybody can sign"),
    "anchor_event_wrong": _("an anchor in the log does not match the log before it"),
    "anchor_of_other_register": _("the anchor is of another register, or of this one's old log"),
    "log_cut": _("the log was cut: it is shorter than at the anchor"),
    "log_rebuilt": _("the log was written anew: it is another than at the anchor"),
    "anchor_signature_wrong": _("the signature of the anchor does not match it"),
    "anchor_of_unknown_key": _("the anchor is signed with a key that was nobody's then"),
    "time_stamp_wrong": _("the time stamp of the anchor does not match it"),
    "row_missing": _("a row is missing"),
    "row_added": _("a row was added"),
    "row_changed": _("a row was changed"),
    "row_orphaned": _("a row belongs to nothing"),
    "schema_changed": _("the structure of the database was changed"),
    "database_damaged": _("the database file is damaged"),
    "search_index_damaged": _("the search index is damaged"),
    "original_missing": _("a kept original is missing"),
    "original_changed": _("a kept original was changed"),
    "original_unreadable": _("a kept original cannot be read"),
}

MARKS = {
    "found": _("found, not settled"),
    "settled": _("settled"),
    "rejected": _("rejected"),
}

GONE = {
    "dropped": _("dropped"),
    "joined": _("joined to another"),
}

BASES = {
    "written": _("date written"),
    "written_year_inferred": _("date written, year inferred"),
    "seen": _("date seen"),
    "imported": _("date imported"),
}

HELD = {
    "looks_like": _("looks like a page that is there"),
    "number_taken": _("another page has this number"),
}

SIDES = {
    "left": _("left half"),
    "right": _("right half"),
}

PAGE_FAULTS = {
    "missing": _("missing"),
    "differs": _("another number stands on the paper"),
    "repeated": _("a number that stands on an earlier page too"),
    "extra": _("no number, between pages that follow each other"),
}

DAYS = {
    "holiday": _("day off"),
    "working": _("working day"),
}

SIGNS = {
    "complaint": _("complaint"),
    "denunciation": _("denunciation"),
}

CHECKS = {
    "settings": _("settings"),
    "handwriting": _("handwriting recognizer, its weights for research only"),
    "tesseract": "Tesseract",
    "tesseract_language": _("languages of Tesseract"),
    "file_system": _("file system"),
    "rights": _("rights"),
    "disk": _("disk"),
    "register": _("register, number of acts"),
    "clock": _("clock"),
    "held_scans": _("scans that wait"),
    "backup": _("last good backup"),
    "person": _("who acts"),
}

# Rules that formbook ships; a ward's own are called as the ward calls them.
RULES = {
    "house rule": _("house rule"),
    "due": _("date given with the task"),
}

# What formbook says of its own rules, where they stand in data/rules.toml.
SOURCES = (
    _(
        "No statute sets a term for a suggestion notebook; 10 working days is the term of Luật "
        "Tiếp công dân 2013, Art 28.1, for matters raised at citizen reception."
    ),
)

THINGS = {
    "page": _("page"),
    "entry": _("entry"),
    "line": _("line"),
    "unsettled mark": _("unsettled mark"),
    "held scan": _("held scan"),
    "Page": _("Page"),
    "Entry": _("Entry"),
    "Line": _("Line"),
}

_FIELDS = {
    "what": THINGS,
    "status": STATUSES,
    "wanted": STATUSES,
    "allowed": STATUSES,
    "roles": ROLES,
    "act": ACTS,
}
_AS_TYPED = frozenset({"listing", "name", "path", "person", "register", "text", "why"})


def word(table: dict[str, str], code: str | None) -> str:
    """A code in words; nothing for none, and a code of a newer formbook as it is."""
    return "" if code is None else tr(table.get(code, code))


def words(table: dict[str, str], codes: Sequence[str]) -> str:
    """Several codes in words."""
    return ", ".join(word(table, code) for code in codes)


def explain(error: FormbookError) -> str:
    """An error's message in the language in use, its fields too unless a person typed them."""
    fields = {name: _field(name, value) for name, value in error.fields.items()}
    return tr(error.message).format(**fields)


def _field(name: str, value: object) -> object:
    if not isinstance(value, str) or name in _AS_TYPED:
        return value
    if name in _FIELDS:
        return words(_FIELDS[name], value.split(", "))
    return tr(value)
