"""A day of random acts in a register, for laws that must hold after any of them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import random

from registers import (
    CLERK,
    NOW,
    TODAY,
    add_scan,
    mark,
    place_scan,
    reading,
    reread,
    written,
)

from formbook import anchor, correct, office, regroup, respond, seen, undo
from formbook.errors import StoreError
from formbook.keys import revoke_key
from formbook.model import PageRef, Role, Status
from formbook.permissions import Act, Actor
from formbook.proof.keys import PrivateKey
from formbook.store import Store, views
from formbook.store.signatures import key_in_force
from formbook.training.lesson import Lesson
from formbook.training.register import keep_weights

WORDS = ("đường", "hoà", "điện", "nước", "rác", "đèn", "chợ", "trường", "1/3", "k0", "Nghĩa")


# The private halves of all keys of all registers, as their owners hold them.
_HELD: dict[str, PrivateKey] = {}


class RandomActs:
    """Does one random act after another, as three people would.

    Args:
        store: the register; made by `make_register`.
        rng: decides everything.
        undoing: whether acts are undone, too.
        keys: whether people come to have keys, too.
    """

    def __init__(
        self, store: Store, rng: random.Random, *, undoing: bool = True, keys: bool = True
    ) -> None:
        self._store = store
        self._rng = rng
        self._acts = (
            *(self._scan, self._scan, self._rescan, self._hold, self._place, self._reread),
            *(self._correct_line, self._correct_entry, self._check, self._renumber),
            *(self._split, self._join, self._add, self._drop),
            *(self._see_page, self._see_entry, self._reject, self._respond, self._respond),
            *(self._person, self._ward, self._rule, self._holiday),
            *(self._take_back, self._anchor, self._learn),
            *((self._new_key, self._revoke_key) if keys else ()),
            *((self._undo, self._undo) if undoing else ()),
        )

    def act(self) -> bool:
        """Try one act; whether the register took it."""
        before = self._store.head()
        try:
            self._rng.choice(self._acts)()
        except StoreError:
            return False
        return self._store.head() != before

    def someone(self, role: Role) -> Actor:
        """A person who has a role at this time; a clerk where nobody has it."""
        people = views.people(self._store)
        names = [row["name"] for row in people if role in row["roles"]] or [
            row["name"] for row in people if Role.CLERK in row["roles"]
        ]
        actor = office.acting(self._store, self._rng.choice(names), "lan")
        signer = _HELD.get(key_in_force(self._store, actor.name) or "")
        return dataclasses.replace(actor, signer=signer)

    def _any(self, sql: str) -> int:
        rows = self._store.rows(sql)
        return int(self._rng.choice(rows)["id"]) if rows else 0

    def _entry(self) -> int:
        return self._any("select id from entries where gone is null")

    def _page(self) -> PageRef:
        return PageRef("1", self._rng.randint(1, 6))

    def _text(self) -> str:
        return " ".join(self._rng.choices(WORDS, k=self._rng.randint(1, 4)))

    def _reading(self):
        groups = sorted(self._rng.choice((0, 0, 1, 1, 2, None)) or 0 for _ in range(3))
        lines = [(self._text(), group) for group in groups]
        date = written(
            "1/3", "2024-03-01", "2024-01-03", date=self._rng.choice((None, "2024-03-01"))
        )
        marks = [mark(self._rng.choice((None, date)), entry=self._rng.choice((None, 0)))]
        return reading(lines, marks=marks[: self._rng.randint(0, 1)])

    def _known(self, page_id: int) -> dict[int, int]:
        lines = self._store.rows("select id from lines where page_id = ? order by id", page_id)
        return {index: line["id"] for index, line in enumerate(lines[: self._rng.randint(0, 3)])}

    def _scan(self) -> None:
        clerk = self.someone(Role.CLERK)
        add_scan(self._store, self._reading(), number=1 + (self._store.head()[0] % 6), by=clerk)

    def _rescan(self) -> None:
        page = self._store.row("select id, number from pages order by id desc") or {}
        known = self._known(page.get("id", 0))
        add_scan(
            self._store,
            self._reading(),
            number=page.get("number", 1),
            known=known,
            by=self.someone(Role.CLERK),
        )

    def _hold(self) -> None:
        clerk = self.someone(Role.CLERK)
        add_scan(self._store, self._reading(), held="number_taken", number=1, by=clerk)

    def _place(self) -> None:
        scan = self._any("select id from scans where held is not null")
        if scan:
            place_scan(
                self._store,
                scan,
                self._reading(),
                number=self._rng.randint(1, 6),
                by=self.someone(Role.CLERK),
            )

    def _reread(self) -> None:
        scan = self._any("select id from scans where held is null")
        if scan:
            page = self._store.value("select page_id from scans where id = ?", scan)
            reread(
                self._store,
                scan,
                self._reading(),
                known=self._known(page),
                by=self.someone(Role.CLERK),
            )

    def _correct_line(self) -> None:
        line = self._any("select id from lines")
        correct.correct_line(self._store, line, self._text(), by=self.someone(Role.CLERK), now=NOW)

    def _correct_entry(self) -> None:
        text = "\n".join(self._text() for _ in range(self._rng.randint(1, 3)))
        day = self._rng.choice((None, TODAY))
        correct.correct_entry(
            self._store,
            self._entry(),
            text=text,
            written_on=day,
            by=self.someone(Role.CLERK),
            now=NOW,
        )

    def _check(self) -> None:
        correct.check_page(self._store, self._page(), by=self.someone(Role.CHAIRMAN), now=NOW)

    def _renumber(self) -> None:
        correct.renumber_page(
            self._store, self._page(), self._page(), by=self.someone(Role.CLERK), now=NOW
        )

    def _split(self) -> None:
        line = self._any("select id from lines where entry_id is not null")
        entry = self._store.value("select entry_id from lines where id = ?", line) or 0
        regroup.split_entry(self._store, entry, line, by=self.someone(Role.CLERK), now=NOW)

    def _join(self) -> None:
        regroup.join_entries(
            self._store, self._entry(), [self._entry()], by=self.someone(Role.CLERK), now=NOW
        )

    def _add(self) -> None:
        regroup.add_entry(
            self._store,
            self._page(),
            self._text(),
            written_on=self._rng.choice((None, TODAY)),
            by=self.someone(Role.CLERK),
            now=NOW,
            today=TODAY,
        )

    def _drop(self) -> None:
        regroup.drop_entry(
            self._store, self._entry(), reason="vết mực", by=self.someone(Role.CLERK), now=NOW
        )

    def _see_page(self) -> None:
        seen.mark_seen(
            self._store,
            self._page(),
            on=TODAY,
            by=self.someone(Role.CHAIRMAN),
            now=NOW,
            today=TODAY,
        )

    def _see_entry(self) -> None:
        who = self.someone(self._rng.choice((Role.CLERK, Role.CHAIRMAN)))
        seen.mark_seen(self._store, self._entry(), on=TODAY, by=who, now=NOW, today=TODAY)

    def _take_back(self) -> None:
        target = self._rng.choice((self._page(), self._entry()))
        who = self.someone(self._rng.choice((Role.CLERK, Role.CHAIRMAN)))
        seen.take_back(self._store, target, reason="nhầm trang", by=who, now=NOW)

    def _new_key(self) -> None:
        who = self.someone(self._rng.choice((Role.CHAIRMAN, Role.AUDITOR)))
        made = PrivateKey.generate()
        _HELD[made.key] = made
        signing = dataclasses.replace(who, signer=who.signer or made)
        with self._store.writing():
            self._store.append(Act.KEY_ADDED, {"key": made.key}, by=signing, at=NOW)

    def _revoke_key(self) -> None:
        who = self.someone(self._rng.choice((Role.CLERK, Role.CHAIRMAN)))
        whose = self._store.value("select person from keys where until_seq is null")
        revoke_key(self._store, whose or "", reason="mất", by=who, now=NOW)

    def _reject(self) -> None:
        found = self._any("select id from marks where state = 'found'")
        seen.reject_mark(self._store, found, reason=None, by=self.someone(Role.CLERK), now=NOW)

    def _respond(self) -> None:
        status = self._rng.choice(list(Status))
        respond.respond(
            self._store,
            self._entry(),
            status,
            note=self._text(),
            due=self._rng.choice((None, TODAY)),
            to="Tổ đô thị",
            duplicate_of=self._entry() if status == Status.DUPLICATE else None,
            by=self.someone(Role.CHAIRMAN),
            now=NOW,
            today=TODAY,
        )

    def _person(self) -> None:
        name = self._rng.choice((CLERK.name, "Minh", "Thu"))
        roles = self._rng.sample(list(Role), self._rng.randint(0, 2))
        office.add_person(
            self._store, name, roles, account=None, by=self.someone(Role.CLERK), now=NOW
        )

    def _ward(self) -> None:
        office.name_ward(
            self._store,
            self._text(),
            ward_code=None,
            ward_as_of=None,
            by=self.someone(Role.CLERK),
            now=NOW,
        )

    def _rule(self) -> None:
        office.set_rule(
            self._store,
            "ward rule",
            from_date=TODAY,
            working_days=self._rng.randint(1, 20),
            source="QĐ 1",
            by=self.someone(Role.CHAIRMAN),
            now=NOW,
        )

    def _holiday(self) -> None:
        day = TODAY + dt.timedelta(days=self._rng.randint(0, 3))
        office.set_holiday(
            self._store,
            day,
            working=bool(self._rng.randint(0, 1)),
            name="bù",
            by=self.someone(Role.CLERK),
            now=NOW,
        )

    def _anchor(self) -> None:
        who = self.someone(self._rng.choice(list(Role)))
        anchor.make_anchor(self._store, by=who, now=NOW)

    def _learn(self) -> None:
        content = self._rng.randbytes(40)
        card = {
            "version": "1+ward",
            "sha256": hashlib.sha256(content).hexdigest(),
            "letters": "ab",
            "softness": 1.0,
        }
        shares = {"same_hands": 0.1, "other_hands": 0.2, "drawn": 0.1}
        lesson = Lesson(40, dict.fromkeys(shares, 5), shares, shares, card)
        target = self._store.folder / "cache" / "learned.onnx"
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content)
        keep_weights(self._store, target, lesson, self.someone(Role.CLERK), NOW)
        target.unlink()

    def _undo(self) -> None:
        acts = undo.undoable(self._store)[:8]
        if acts:
            who = self.someone(self._rng.choice((Role.CLERK, Role.CHAIRMAN)))
            seq = int(str(self._rng.choice(acts)["act"]))
            undo.undo(self._store, seq, reason="nhầm", by=who, now=NOW)
