"""Proofs for whoever kept an anchor, and has no register.

That of one entry says what was done about it, each act tied to an anchored head of the log; that of
growth, that the log under the last anchor begins with that under an earlier one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from formbook.errors import AuditFailedError, StoreError, _
from formbook.permissions import MARKING, Act
from formbook.proof import verify_growth, verify_one
from formbook.proof.anchor import Anchor
from formbook.proof.statement import canonical
from formbook.proof.tree import Tree, is_consistent
from formbook.store import NotFoundError, Store
from formbook.store.anchors import anchors, newest
from formbook.store.log import Event, sha256_of_text
from formbook.store.verify.replay import texts_before

SCHEMA = "formbook/proof/1"
VERIFIER = Path(verify_one.__file__)
"""The program that checks a proof, and needs nothing else of formbook."""
GROWTH = "formbook/growth/1"
GROWTH_VERIFIER = Path(verify_growth.__file__)
"""The program that checks that a log grew, and needs nothing else of formbook."""

_ROW = ("seq", "at", "person", "account", "kind", "body_sha256", "previous", "key", "signature")


class NotAnchoredError(StoreError):
    """A proof leads to a head that somebody kept."""

    message = _(
        "No anchor covers what was done about entry {entry} (act {seq}).\n"
        "Nothing was written. Make one with `formbook anchor`, keep its slip, and prove the entry "
        "then."
    )


class NotGrownError(AuditFailedError):
    """The log is not what it was."""

    message = _(
        "The log under the last anchor, of {size} acts, does not begin with that under {name}.\n"
        "Nothing was written. `formbook verify --anchor` with that anchor says what differs."
    )


class NothingToProveError(StoreError):
    """The log does not say enough of an entry."""

    message = _(
        "Entry {entry} was neither marked nor answered, and no scan brought it as it is.\n"
        "Nothing was written. It can be proved once it was marked and anchored; `formbook show "
        "{entry}` shows its history."
    )


def prove_entry(store: Store, entry_id: int) -> bytes:
    """Prove what was done about an entry, or that it came in, where nothing was done.

    The proof holds the entry's texts as they stood, the acts' bodies, and the keys of those who
    signed; of an entry that nobody marked also what else stood on its scan.

    Raises:
        NotFoundError: no such entry.
        NothingToProveError: nobody marked it, and no scan brought it.
        NotAnchoredError: the last anchor is older than the acts.
        AnchorUnreadableError: the last anchor was not written by formbook.
    """
    with store.snapshot():
        if store.row("select id from entries where id = ?", entry_id) is None:
            raise NotFoundError(
                register=store.folder, what="entry", name=str(entry_id), listing="entries"
            )
        acts = _acts(store, entry_id)
        marked = bool(acts)
        texts = dict(_texts_then(store, entry_id, acts) if marked else _as_read(store, entry_id))
        last = max(texts)
        anchor = next(anchors(store), None)
        if anchor is None or anchor.size < last:
            raise NotAnchoredError(entry=entry_id, seq=last)
        proof = _proof(store, anchor, sorted({*texts, *_keys(store, anchor, texts)}), texts)
        return (canonical({**proof, "entry": entry_id if marked else None}) + "\n").encode()


def prove_growth(store: Store, since: Anchor, name: str) -> bytes:
    """Prove to whoever kept an earlier anchor that the log under the last one begins with its own.

    Args:
        store: the register.
        since: the anchor that was kept.
        name: what to call it.

    Raises:
        NoAnchorError: none was made yet.
        NotGrownError: the log was cut or written anew, or the anchor is another register's.
        AnchorUnreadableError: the last anchor was not written by formbook.
    """
    with store.snapshot():
        anchor = newest(store)
        tree = _tree(store, anchor.size)
        path = tree.consistency(since.size) if since.size <= anchor.size else []
        roots = (bytes.fromhex(since.root), tree.root())
        grown = is_consistent(since.size, roots[0], anchor.size, roots[1], path)
        if since.register != anchor.register or anchor.root != roots[1].hex() or not grown:
            raise NotGrownError(size=anchor.size, name=name)
    return (canonical({"schema": GROWTH, "path": [each.hex() for each in path]}) + "\n").encode()


def _acts(store: Store, entry_id: int) -> list[int]:
    """The acts that say what stood in the entry when they were done."""
    kinds = ", ".join(f"'{kind}'" for kind in MARKING)
    return [
        row["seq"]
        for row in store.rows(
            "select e.seq from entry_history h join events e on e.seq = h.seq"
            f" where h.entry_id = ? and e.kind in ({kinds}) order by e.seq",
            entry_id,
        )
        if _digest(_event(store, row["seq"]), entry_id) is not None
    ]


def _event(store: Store, seq: int) -> Event:
    event = store.event(seq)
    if event is None:
        raise NotFoundError(register=store.folder, what="event", name=str(seq), listing="verify")
    return event


def _digest(event: Event, entry_id: int) -> str | None:
    """The hash of the entry's text that an act names."""
    for each in event.body["marked"]["entries"]:
        if each["entry"] == entry_id:
            return str(each["text_sha256"])
    return None


def _texts_then(store: Store, entry_id: int, acts: list[int]) -> Iterator[tuple[int, str]]:
    """Each act with the text as it stood; the log is replayed where it was corrected since."""
    text = store.value("select text from entries where id = ?", entry_id)
    digest, since = sha256_of_text(text), []
    for seq in acts:
        if digest == _digest(_event(store, seq), entry_id):
            yield seq, text
        else:
            since.append(seq)
    if since:
        yield from texts_before(store, entry_id, since)


def _as_read(store: Store, entry_id: int) -> Iterator[tuple[int, str]]:
    """The scan that brought the entry, or what it was split from, with what was read of it then."""
    seq = store.value(
        "select min(r.seq) from readings r join lines l on l.id = r.line_id where l.entry_id = ?",
        entry_id,
    )
    if seq is None:  # a person added it
        raise NothingToProveError(entry=entry_id)
    event = _event(store, seq)
    text = store.value(
        "select group_concat(text, char(10)) from (select r.text from readings r join lines l"
        " on l.id = r.line_id where l.entry_id = ? and r.seq = ? order by l.position, l.id)",
        *(entry_id, seq),
    )
    pages = event.body["pages"] if event.kind is Act.SCAN_ADDED else []
    read = ["\n".join(line["text"] for line in page["reading"]["lines"]) for page in pages]
    if text is None or not any(f"\n{text}\n" in f"\n{lines}\n" for lines in read):
        raise NothingToProveError(entry=entry_id)
    yield seq, text


def _keys(store: Store, anchor: Anchor, acts: Iterable[int]) -> list[int]:
    """The events that gave their keys to those who signed, and those that ended them."""
    signers = {
        row["person"]
        for seq in acts
        for row in store.rows("select person from events where seq = ? and key is not null", seq)
    }
    return [
        seq
        for row in store.rows("select person, key, from_seq, until_seq from keys order by id")
        if row["person"] in signers or row["key"] == anchor.key
        for seq in (row["from_seq"], row["until_seq"])
        if seq is not None and seq <= anchor.size
    ]


def _proof(store: Store, anchor: Anchor, seqs: list[int], texts: dict[int, str]) -> dict[str, Any]:
    tree = _tree(store, anchor.size)

    def path(seq: int) -> list[str]:
        return [each.hex() for each in tree.inclusion(seq - 1)]

    rows = [store.row("select * from events where seq = ?", seq) or {} for seq in seqs]
    return {
        "schema": SCHEMA,
        "head": anchor.statement,
        "signature": anchor.signature,
        "first": path(1),
        "events": [
            {
                "row": {name: row[name] for name in _ROW},
                "body": row["body"],
                "path": path(row["seq"]),
                "text": texts.get(row["seq"]),
            }
            for row in rows
        ],
    }


def _tree(store: Store, size: int) -> Tree:
    rows = store.stream("select sha256 from events where seq <= ? order by seq", size)
    return Tree(bytes.fromhex(row["sha256"]) for row in rows)
