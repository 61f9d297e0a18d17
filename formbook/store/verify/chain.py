"""The log's own hashes, computed again: of each body, of each event, of the tree over all.

One pass over bytes as they lie in the file, since a register may hold a million events: a text is
decoded only where it has to be looked at.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import Any

from formbook.permissions import Act
from formbook.proof.anchor import AnchorUnreadableError, read_anchor
from formbook.proof.statement import as_stored
from formbook.proof.tree import Growing
from formbook.store import Store
from formbook.store.finding import Finding, finding
from formbook.store.log import GENESIS

_TEXTS = ("at", "person", "account", "kind", "body", "body_sha256", "previous")
_COLUMNS = ", ".join(
    (
        "cast(seq as integer)",
        *(f"coalesce(cast({name} as blob), x'')" for name in (*_TEXTS, "sha256")),
        *(f"cast({name} as blob)" for name in ("key", "signature")),
    )
)
_TOLD = 5000
"""After how many events progress is told; each time takes as long as hashing some of them."""
_ANCHORED = Act.ANCHORED.value.encode()
_OF_TIME = b"0123456789-:TZ"
_OF_HASH = b"0123456789abcdef"

Fields = tuple[Any, ...]


class Chain:
    """Checks that each event is what its hash says and follows the one before it.

    After `check`, `altered` holds the numbers of the events that are not, `tree` the log's tree,
    and `roots` what it was at the sizes asked for.

    Args:
        sizes: after how many events the tree's root is wanted.
    """

    def __init__(self, sizes: Iterable[int] = ()) -> None:
        self.tree = Growing()
        self.roots: dict[int, str] = {}
        self.altered: set[int] = set()
        self._wanted = set(sizes)
        self._quoted: dict[bytes, tuple[bytes, bool]] = {}

    def check(
        self, store: Store, progress: Callable[[int], None] = lambda _seq: None
    ) -> Iterator[Finding]:
        """Walk the log and name what is wrong with it, in its order.

        Args:
            store: the register.
            progress: told now and then which event was hashed.
        """
        with store.errors():
            cursor = store._connection.cursor()  # noqa: SLF001 - bare tuples, for speed
            cursor.row_factory = None
            rows = cursor.execute(f"select {_COLUMNS} from main.events order by seq")
            previous, expected = GENESIS.encode(), 1
            for row in rows:
                yield from self._check(row, previous, expected)
                previous, expected = row[8], row[0] + 1
                if not row[0] % _TOLD:
                    progress(row[0])

    def _check(self, row: Fields, previous: bytes, expected: int) -> Iterator[Finding]:
        seq, at, person, account, kind, body, body_sha256, link, stored, key, signature = row
        quote, tree = self._quote, self.tree
        quoted_person, is_person = quote(person)
        quoted_account, is_account = quote(account)
        quoted_kind, is_kind = quote(kind)
        quoted_at, is_at = (b'"%b"' % at, True) if not at.translate(None, _OF_TIME) else quote(at)
        made = sha256(
            b'{"account":%b,"at":%b,"body_sha256":%b,"key":%b,"kind":%b,"person":%b,'
            b'"previous":%b,"seq":%d,"signature":%b}'
            % (
                quoted_account,
                quoted_at,
                _in_json(body_sha256),
                _in_json(key),
                quoted_kind,
                quoted_person,
                _in_json(link),
                seq,
                _in_json(signature),
            )
        )
        if seq != expected:
            yield finding("event_missing", event=expected)
        found = len(self.altered)
        if (of_body := sha256(body).hexdigest().encode()) != body_sha256:
            self.altered.add(seq)
            yield _difference("event_body_changed", seq, of_body, body_sha256)
        if link != previous:
            self.altered.add(seq)
            yield _difference("event_chain_broken", seq, link, previous)
        said = made.hexdigest().encode()
        if said != stored or not (is_person and is_account and is_kind and is_at):
            self.altered.add(seq)
            yield _difference("event_changed", seq, stored, said)
        if kind == _ANCHORED and len(self.altered) == found:
            yield from self._check_anchor(seq, body, key)
        tree.append(made.digest())
        if tree.size in self._wanted:
            self.roots[tree.size] = tree.root().hex()

    def _quote(self, text: bytes) -> tuple[bytes, bool]:
        """A text in JSON, and whether the log could have stored it so."""
        if text not in self._quoted:
            self._quoted[text] = _as_json(text), _is_stored(text)
        return self._quoted[text]

    def _check_anchor(self, seq: int, body: bytes, key: bytes | None) -> Iterator[Finding]:
        """Compare an anchor that stands in the log with the log before it."""
        here = (self.tree.size, self.tree.root().hex(), key and key.decode())
        try:
            anchor = read_anchor(json.loads(body)["anchor"].encode(), "")
        except (AnchorUnreadableError, AttributeError, LookupError, TypeError, ValueError):
            yield finding("anchor_event_wrong", event=seq, stored=body, expected=list(here[:2]))
            return
        said = (anchor.size, anchor.root, anchor.key)
        if said != here or (anchor.key and not anchor.is_signed()):
            yield finding("anchor_event_wrong", event=seq, stored=list(said), expected=list(here))


def _difference(kind: str, seq: int, stored: bytes, expected: bytes) -> Finding:
    said = (value.decode(errors="replace") for value in (stored, expected))
    return finding(kind, event=seq, stored=next(said), expected=next(said))


def _in_json(value: bytes | None) -> bytes:
    """A hash, a key or a signature in JSON; anything that stands in its place, too."""
    if value is None:
        return b"null"
    return b'"%b"' % value if not value.translate(None, _OF_HASH) else _as_json(value)


def _as_json(text: bytes) -> bytes:
    decoded = text.decode(errors="surrogateescape")
    return json.dumps(decoded, ensure_ascii=False).encode(errors="surrogateescape")


def _is_stored(text: bytes) -> bool:
    decoded = text.decode(errors="surrogateescape")
    return decoded == as_stored(decoded)
