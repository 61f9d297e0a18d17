"""The proof of one entry, checked by the program that stands alone."""

from __future__ import annotations

import ast
import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registers import (
    CHAIRMAN,
    CLERK,
    KEY,
    NOW,
    SIGNER,
    TODAY,
    add_key,
    add_scan,
    make_register,
    reading,
)

from formbook.anchor import make_anchor
from formbook.correct import correct_entry
from formbook.keys import revoke_key
from formbook.model import PageRef, Status
from formbook.proof import verify_growth, verify_one
from formbook.proof.anchor import Anchor
from formbook.proof.statement import canonical
from formbook.prove import (
    GROWTH_VERIFIER,
    VERIFIER,
    NotAnchoredError,
    NotGrownError,
    NothingToProveError,
    prove_entry,
    prove_growth,
)
from formbook.regroup import add_entry, split_entry
from formbook.respond import respond
from formbook.seen import mark_seen, take_back
from formbook.store import NotFoundError, Store
from formbook.store.anchors import NoAnchorError

sys.path.append(str(Path(__file__).parent / "proof"))

from anchors import an_anchor


@dataclasses.dataclass(frozen=True)
class Office:
    """A register, and a folder to write in."""

    store: Store
    folder: Path

    def anchor(self, by: Any = SIGNER) -> Anchor:
        return make_anchor(self.store, by=by, now=NOW).anchor

    def said(self, proof: bytes, *others: str) -> str:
        """What the verifier says."""
        path = self.folder / "proof.json"
        path.write_bytes(proof)
        return "\n".join(verify_one._check(str(path), *others))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Entries 1 and 2 on page 1/1, seen and signed; entry 3 on page 1/2, which nobody saw."""
    with make_register(tmp_path) as store:
        add_scan(store, reading([("Đường hỏng", 0), ("từ lâu", 0), ("Khen cán bộ", 1)]))
        add_scan(store, reading(["Rác"]), number=2)
        add_key(store)
        mark_seen(store, 1, on=TODAY, by=SIGNER, now=NOW, today=TODAY)
        yield Office(store, tmp_path)


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """A signed proof, and where it can be written."""
    folder = tmp_path_factory.mktemp("proof")
    with make_register(folder) as store:
        add_scan(store, reading([("Đường hỏng", 0)]))
        add_key(store)
        mark_seen(store, 1, on=TODAY, by=SIGNER, now=NOW, today=TODAY)
        make_anchor(store, by=SIGNER, now=NOW)
        return folder / "p.json", prove_entry(store, 1)


@pytest.fixture(scope="module")
def growth(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes, list[str]]:
    """A proof that a log grew, where it can be written, and the two slips."""
    folder = tmp_path_factory.mktemp("growth")
    with make_register(folder) as store:
        old, _, new = (make_anchor(store, by=CLERK, now=NOW).anchor for _ in range(3))
        return folder / "p.json", prove_growth(store, old, "slip"), [old.text, new.text]


def holds(path: Path, content: bytes) -> bool:
    """Whether the verifier is content; it may end in no other way than these two."""
    path.write_bytes(content)
    try:
        verify_one._check(str(path))
    except Exception:  # noqa: BLE001 - as the program itself
        return False
    return True


def test_a_proof_says_who_marked_what_when_and_with_which_key(office) -> None:
    anchor = office.anchor()
    scan = office.store.value("select sha256 from scans where id = 1")
    said = office.said(prove_entry(office.store, 1), anchor.text)
    assert f"SIGNED with key {KEY.key}" in said
    for words in (
        "event 7: seen, recorded 2024-03-01T03:00:00Z by 'Nguyễn Văn Chủ'",
        "on: '2024-03-01'",
        "text: 'Đường hỏng\\ntừ lâu'",
        f"scan with SHA-256 {scan}",
        f"PROVED: in a log of 7 events, root {anchor.root}, signed with key {KEY.key}",
    ):
        assert words in said
    assert "Khen" not in said


def test_a_scan_at_hand_is_compared_with_those_that_were_marked(office) -> None:
    office.anchor()
    proof = prove_entry(office.store, 1)
    shown, other = (
        str(office.store.original(office.store.value("select original from scans where id = ?", n)))
        for n in (1, 2)
    )
    assert "PROVED" in office.said(proof, shown)
    with pytest.raises(ValueError, match="was not marked"):
        office.said(proof, shown, other)


def test_the_slip_of_another_head_is_refused(office) -> None:
    before = office.anchor()
    office.anchor()
    with pytest.raises(ValueError, match="give the slip"):
        office.said(prove_entry(office.store, 1), before.text)


def test_a_head_that_is_not_signed_needs_its_slip(office) -> None:
    anchor = office.anchor(CLERK)
    proof = prove_entry(office.store, 1)
    with pytest.raises(ValueError, match="give the slip"):
        office.said(proof)
    assert "NOT SIGNED, as on the slip" in office.said(proof, anchor.text.lower())


def test_a_text_is_proved_as_it_stood_when_it_was_marked(office) -> None:
    correct_entry(office.store, 1, text="Đường rất hỏng", written_on=None, by=CLERK, now=NOW)
    respond(
        *(office.store, 1, Status.ANSWERED),
        note="Đã sửa",
        due=None,
        to=None,
        duplicate_of=None,
        by=CLERK,
        now=NOW,
        today=TODAY,
    )
    anchor = office.anchor()
    said = office.said(prove_entry(office.store, 1), anchor.text)
    assert said.index("'Đường hỏng\\ntừ lâu'") < said.index("'Đường rất hỏng'")
    assert "NOT SIGNED" in said
    assert "status: 'answered'" in said


def test_what_was_taken_back_is_proved_with_its_reason(office) -> None:
    take_back(office.store, 1, reason="nhầm trang", by=SIGNER, now=NOW)
    office.anchor()
    said = office.said(prove_entry(office.store, 1))
    assert said.count("SIGNED with") == 2
    assert "reason: 'nhầm trang'" in said


def test_a_key_that_was_revoked_is_said_to_be(office) -> None:
    revoke_key(office.store, CHAIRMAN.name, reason="mất", by=SIGNER, now=NOW)
    office.anchor(CLERK)
    anchor = office.anchor(CLERK)
    said = office.said(prove_entry(office.store, 1), anchor.text)
    assert said.index("seen") < said.index("key_revoked")


def test_an_entry_that_nobody_marked_is_proved_to_have_come_in(office) -> None:
    office.anchor()
    said = office.said(prove_entry(office.store, 3))
    assert "event 5: scan_added" in said
    assert "page '1', 2" in said
    assert "text: 'Rác'" in said


def test_what_was_split_off_is_proved_to_have_come_in_and_to_be_seen(office) -> None:
    second = office.store.value("select max(id) from lines where entry_id = 1")
    new = split_entry(office.store, 1, second, by=CLERK, now=NOW)
    entry = office.store.value("select id from entries where first_seq = ?", new.seq)
    office.anchor()
    said = office.said(prove_entry(office.store, entry))
    assert "event 4: scan_added" in said
    assert "text: 'từ lâu'" in said
    take_back(office.store, entry, reason="của người khác", by=SIGNER, now=NOW)
    mark_seen(office.store, entry, on=TODAY, by=SIGNER, now=NOW, today=TODAY)
    office.anchor()
    said = office.said(prove_entry(office.store, entry))
    assert "reason: 'của người khác'" in said
    assert said.count("text: 'từ lâu'") == 2


def test_what_a_person_added_is_proved_once_it_is_marked(office) -> None:
    add_entry(
        *(office.store, PageRef("1", 2), "Bàn ghế"),
        written_on=None,
        by=CLERK,
        now=NOW,
        today=TODAY,
    )
    mark_seen(office.store, 4, on=TODAY, by=SIGNER, now=NOW, today=TODAY)
    office.anchor()
    said = office.said(prove_entry(office.store, 4))
    assert "text: 'Bàn ghế'" in said
    assert "page '1', 2" in said


def test_what_cannot_be_proved_is_said(office) -> None:
    with pytest.raises(NotFoundError):
        prove_entry(office.store, 99)
    with pytest.raises(NotAnchoredError):
        prove_entry(office.store, 1)
    office.anchor()
    mark_seen(office.store, 3, on=TODAY, by=SIGNER, now=NOW, today=TODAY)
    with pytest.raises(NotAnchoredError, match="act 9"):
        prove_entry(office.store, 3)
    add_entry(
        *(office.store, PageRef("1", 1), "Bàn ghế"),
        written_on=None,
        by=CLERK,
        now=NOW,
        today=TODAY,
    )
    with pytest.raises(NothingToProveError):
        prove_entry(office.store, 4)


def test_any_changed_byte_of_a_proof_makes_it_fail(proof) -> None:
    path, content = proof
    assert holds(path, content)
    survived = []
    for at, byte in enumerate(content):
        changed = bytearray(content)
        changed[at] = byte ^ (1 << at % 7)
        if holds(path, bytes(changed)):
            survived.append(at)
    assert survived == []


def test_letters_of_another_case_make_a_proof_fail(proof) -> None:
    path, content = proof
    for at, byte in enumerate(content):
        if chr(byte).isalpha():
            assert not holds(path, content[:at] + bytes([byte ^ 0x20]) + content[at + 1 :])


@given(st.binary(max_size=60), st.integers(0, 3000), st.integers(0, 60))
def test_any_bytes_are_a_proof_or_are_refused(proof, foreign, at, cut) -> None:
    path, content = proof
    changed = content[:at] + foreign + content[at + cut :]
    assert holds(path, changed) == (changed == content)
    assert not holds(path, foreign)


def leaves(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to every value in a proof."""
    if isinstance(value, dict):
        return [way, *(each for name in value for each in leaves(value[name], (*way, name)))]
    if isinstance(value, list):
        return [way, *(each for n, item in enumerate(value) for each in leaves(item, (*way, n)))]
    return [way]


@given(
    st.data(),
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.just({}) | st.just([]),
)
def test_a_proof_with_any_value_put_in_another_place_fails(proof, data, other) -> None:
    path, content = proof
    value = json.loads(content)
    *way, last = data.draw(st.sampled_from(leaves(value)[1:]))
    place = value
    for step in way:
        place = place[step]
    if place[last] != other:
        place[last] = other
        assert not holds(path, (canonical(value) + "\n").encode())


def forged(content: bytes, **changes: Any) -> bytes:
    value = json.loads(content)
    value["events"][-1].update(changes)
    return (canonical(value) + "\n").encode()


def test_a_proof_with_another_text_or_without_its_key_fails(proof) -> None:
    path, content = proof
    assert not holds(path, forged(content, text="Đường tốt"))
    value = json.loads(content)
    value["events"] = value["events"][-1:]
    assert not holds(path, (canonical(value) + "\n").encode())


@pytest.mark.parametrize("program", [VERIFIER, GROWTH_VERIFIER])
def test_the_verifier_stands_alone_in_a_hundred_lines(program) -> None:
    source = program.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 100
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    packages = {name.partition(".")[0] for name in imported}
    assert packages - set(sys.stdlib_module_names) <= {"cryptography"}


def test_a_log_that_grew_is_proved_between_any_two_slips(office) -> None:
    path = office.folder / "growth.json"
    slips: list[Anchor] = []
    for _ in range(9):
        slips.append(office.anchor(CLERK))
        for old in slips:
            path.write_bytes(prove_growth(office.store, old, "slip"))
            said = verify_growth._check(str(path), old.text, slips[-1].text)
            assert said.startswith(f"PROVED: the first {old.size} of {slips[-1].size} acts")
            forged = dataclasses.replace(old, root="0" * 64).text
            for wrong in ((slips[-1].text, forged), (forged, slips[-1].text)):
                with pytest.raises(ValueError, match=r"anew|older"):
                    verify_growth._check(str(path), *wrong)
    file = office.folder / "anchor.json"
    file.write_bytes(slips[0].as_file())
    path.write_bytes(prove_growth(office.store, slips[0], "slip"))
    assert "PROVED" in verify_growth._check(str(path), str(file), slips[-1].text.lower())
    other = dataclasses.replace(slips[0], register="0" * 64)
    with pytest.raises(ValueError, match="two registers"):
        verify_growth._check(str(path), other.text, slips[-1].text)


def test_a_log_that_did_not_grow_from_a_slip_is_not_said_to(office) -> None:
    with pytest.raises(NoAnchorError):
        prove_growth(office.store, an_anchor(), "slip")
    anchor = office.anchor(CLERK)
    for other in ({"root": "0" * 64}, {"register": "0" * 64}, {"size": anchor.size + 1}):
        with pytest.raises(NotGrownError, match="slip"):
            prove_growth(office.store, dataclasses.replace(anchor, **other), "slip")


@given(st.binary(max_size=60), st.integers(0, 300), st.integers(0, 60))
def test_any_bytes_are_a_proof_that_a_log_grew_or_are_refused(growth, foreign, at, cut) -> None:
    path, content, slips = growth
    for changed in (foreign, content[:at] + foreign + content[at + cut :]):
        path.write_bytes(changed)
        try:
            verify_growth._check(str(path), *slips)
        except Exception:  # noqa: BLE001 - as the program itself
            continue
        assert json.loads(changed) == json.loads(content)


def test_the_verifier_runs_as_a_program_and_its_exit_code_says_which(proof, tmp_path) -> None:
    path, content = proof
    path.write_bytes(content)
    program = tmp_path / "verify_one.py"
    program.write_bytes(VERIFIER.read_bytes())

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-I", program, *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            env={"PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"},
        )

    good = run(path)
    assert (good.returncode, good.stderr) == (0, "")
    assert "PROVED" in good.stdout
    path.write_bytes(content[:-2])
    for arguments in ((path,), (tmp_path / "none",), ()):
        bad = run(*arguments)
        assert (bad.returncode, bad.stdout) == (1, "")
        assert bad.stderr.startswith("NOT PROVED: ")
