"""The register's tables, by numbered steps. A released step is never edited.

`events` is the register; every other table is a projection that `projection.py` writes from
it, and `undo_rows` the rows as they stood before the last acts.
"""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("formbook")

PROJECTION = (
    "register",
    "people",
    "keys",
    "rules",
    "holidays",
    "notebooks",
    "pages",
    "scans",
    "entries",
    "lines",
    "readings",
    "corrections",
    "marks",
    "links",
    "responses",
    "entry_history",
    "weights",
    "anchors",
    "undo_rows",
)

_TABLES = """
create table events (
    seq integer primary key,
    at text not null,
    person text not null,
    account text not null,
    kind text not null,
    body text not null,
    body_sha256 text not null,
    previous text not null,
    key text,
    signature text,
    sha256 text not null unique,
    check ((key is null) = (signature is null))
) strict;
create trigger events_are_not_changed before update on events
    begin select raise(abort, 'the log cannot be changed'); end;
create trigger events_are_not_deleted before delete on events
    begin select raise(abort, 'the log cannot be changed'); end;
create trigger events_only_follow before insert on events
    when new.seq <> (select coalesce(max(seq), 0) + 1 from events)
    begin select raise(abort, 'the log only grows at its end'); end;

create table register (
    id integer primary key check (id = 1),
    ward text not null,
    ward_code text,
    ward_as_of text
) strict;
create table people (
    id integer primary key autoincrement,
    name text not null unique,
    roles text not null,
    account text
) strict;
create table keys (
    id integer primary key autoincrement,
    person text not null,
    key text not null unique,
    from_seq integer not null references events (seq),
    until_seq integer references events (seq),
    ended_by text,
    reason text
) strict;
create unique index keys_in_force on keys (person) where until_seq is null;
create table rules (
    id integer primary key autoincrement,
    name text not null,
    from_date text not null,
    working_days integer not null,
    source text not null
) strict;
create table holidays (
    id integer primary key autoincrement,
    date text not null unique,
    kind text not null check (kind in ('holiday', 'working')),
    name text not null
) strict;
create table notebooks (
    id integer primary key autoincrement,
    volume text not null unique,
    sort_key text not null unique
) strict;
create table pages (
    id integer primary key autoincrement,
    notebook_id integer not null references notebooks (id),
    number integer not null,
    checked_by text,
    checked_at text,
    unique (notebook_id, number)
) strict;
create table scans (
    id integer primary key autoincrement,
    sha256 text not null,
    frame integer not null,
    side text not null check (side in ('whole', 'left', 'right')),
    outline text not null,
    name text not null,
    original text not null,
    bytes integer not null,
    width integer not null,
    height integer not null,
    dpi real,
    fingerprint text not null,
    page_id integer references pages (id),
    looks_like integer references pages (id),
    held text check (held in ('looks_like', 'number_taken')),
    numbered_by text not null check (numbered_by in ('option', 'name', 'paper', 'order')),
    notebook text not null,
    number integer not null,
    number_read integer,
    seq integer not null references events (seq),
    unique (sha256, frame, side),
    check ((page_id is null) = (held is not null))
) strict;
create index scans_page on scans (page_id);
create index scans_held on scans (held) where held is not null;
create table entries (
    id integer primary key autoincrement,
    page_id integer not null references pages (id),
    position integer not null,
    text text not null,
    own_text text,
    corrected_by text,
    confidence real not null,
    polygon text not null,
    status text not null,
    assigned_to text,
    due text,
    written_on text,
    written_text text,
    written_candidates text,
    written_by text,
    seen_on text,
    seen_seq integer references events (seq),
    imported_on text not null,
    closed_on text,
    duplicate_of integer references entries (id),
    joined_into integer references entries (id),
    gone text check (gone in ('joined', 'dropped')),
    gone_reason text,
    first_seq integer not null references events (seq)
) strict;
create index entries_page on entries (page_id, position);
create index entries_open on entries (coalesce(written_on, seen_on, imported_on), id)
    where gone is null and status in ('received', 'seen', 'assigned', 'reopened');
create index entries_joined on entries (joined_into) where joined_into is not null;
create index entries_duplicates on entries (duplicate_of) where duplicate_of is not null;
create table lines (
    id integer primary key autoincrement,
    page_id integer not null references pages (id),
    scan_id integer not null references scans (id),
    entry_id integer references entries (id),
    position integer not null,
    polygon text not null,
    text text not null,
    confidence real not null,
    corrected_by text
) strict;
create index lines_page on lines (page_id, position);
create index lines_entry on lines (entry_id, position);
create index lines_scan on lines (scan_id);
create table readings (
    id integer primary key autoincrement,
    line_id integer not null references lines (id),
    scan_id integer not null references scans (id),
    engine text not null,
    polygon text not null,
    text text not null,
    confidences text not null,
    seq integer not null references events (seq)
) strict;
create index readings_line on readings (line_id);
create index readings_scan on readings (scan_id);
create table corrections (
    id integer primary key autoincrement,
    entry_id integer references entries (id),
    line_id integer references lines (id),
    text text not null,
    person text not null,
    seq integer not null references events (seq)
) strict;
create index corrections_entry on corrections (entry_id);
create index corrections_line on corrections (line_id);
create table marks (
    id integer primary key autoincrement,
    page_id integer not null references pages (id),
    scan_id integer references scans (id),
    entry_id integer references entries (id),
    polygon text,
    text text,
    date_text text,
    candidates text,
    stamp integer not null,
    signature integer not null,
    confidence real,
    state text not null check (state in ('found', 'settled', 'rejected')),
    date text,
    settled_by text,
    settled_seq integer references events (seq),
    reason text,
    seq integer not null references events (seq)
) strict;
create index marks_page on marks (page_id);
create index marks_entry on marks (entry_id) where entry_id is not null;
create index marks_scan on marks (scan_id) where scan_id is not null;
create index marks_found on marks (state) where state = 'found';
create table links (
    id integer primary key autoincrement,
    first_id integer not null references entries (id),
    then_id integer not null references entries (id),
    seq integer not null references events (seq)
) strict;
create index links_first on links (first_id);
create index links_then on links (then_id);
create table responses (
    id integer primary key autoincrement,
    entry_id integer not null references entries (id),
    status text not null,
    note text,
    due text,
    assigned_to text,
    person text not null,
    on_date text not null,
    seq integer not null references events (seq)
) strict;
create index responses_entry on responses (entry_id);
create table entry_history (
    entry_id integer not null,
    seq integer not null references events (seq),
    primary key (entry_id, seq)
) strict, without rowid;
create table weights (
    id integer primary key autoincrement,
    original text not null,
    engine text not null,
    lines integer not null,
    seq integer not null references events (seq)
) strict;
create table anchors (
    id integer primary key autoincrement,
    seq integer not null references events (seq)
) strict;
create table undo_rows (
    seq integer not null,
    nth integer not null,
    row_table text not null,
    row_id integer not null,
    before text,
    primary key (seq, nth)
) strict, without rowid;
create index undo_rows_row on undo_rows (row_table, row_id);
create virtual table entry_search using fts5 (
    exact, folded, tokenize = "unicode61 remove_diacritics 0"
);
"""


def _statements(script: str) -> list[str]:
    """Split at the semicolons that end a line, save those inside a trigger's body."""
    found: list[str] = []
    kept: list[str] = []
    for line in script.strip().splitlines():
        kept.append(line)
        whole = "\n".join(kept)
        inside_trigger = "create trigger" in whole and not line.rstrip().endswith("end;")
        if line.rstrip().endswith(";") and not inside_trigger:
            found.append(whole)
            kept = []
    return found


@migrations()
def m001_log_and_projection(db: Database) -> None:
    """Create the log, the tables projected from it, and the search index."""
    for statement in _statements(_TABLES):
        db.execute(statement)
