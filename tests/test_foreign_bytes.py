"""Whatever bytes come in from outside end in a result or in a message, never in a fault."""

from __future__ import annotations

import contextlib
import copy
import hashlib
import json
import os
import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from broken_files import spoil, whole_files
from campaign import rounds, tell
from random_acts import RandomActs
from registers import CLERK, NOW, make_register

from formbook.anchor import make_anchor
from formbook.backup import backup, restore
from formbook.cli import config
from formbook.dates import find_dates
from formbook.errors import FormbookError
from formbook.export import Format, export
from formbook.export.restore import import_register
from formbook.imaging.scan import load_frame, probe
from formbook.ingest.numbering import Numbering
from formbook.model import PageRef
from formbook.proof import verify_one
from formbook.proof.anchor import read_anchor
from formbook.proof.keys import Passphrase, PrivateKey, unseal
from formbook.proof.statement import canonical
from formbook.proof.time_stamp import (
    BadTimeStampError,
    RootsUnreadableError,
    roots_of,
    said_at,
    stamped_at,
)
from formbook.prove import prove_entry
from formbook.recognize.handwriting import Handwriting
from formbook.store import Store
from formbook.store.copies import last_backup
from formbook.store.folder import BACKUP_NOTE
from formbook.store.log import GENESIS, event_sha256, sha256_of_text
from formbook.store.verify import verify

sys.path.append(str(Path(__file__).parent / "proof"))

from time_stamp_office import SHA256, Office, octets, oid, sequence

Fuzz = Callable[[random.Random, Path], None]
ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 2**63, 10**400, 1e308, "", "0", "\ud800", "\0", [], {}, [[]]),
    *("9999-99-99", "../../etc/passwd", {"a": [1]}, "e\u0302" * 99, [None] * 3, "1/1"),
)
SETTINGS = b'language = "vi"\nworkers = 4\npage_time_limit_s = 1.5\n[a]\nb = [1, {c = 2}]\n'
SECRET = Passphrase("bốn từ không liên quan")
LINE = np.where(np.indices((40, 120)).sum(0) % 17 < 3, 0, 255).astype(np.uint8)
DATES = ("ng\u00e0y 12 th\u00e1ng 3 n\u0103m 2024", "12-3-24", "l2/3/2O24", "T3 05.03.2024", "12/3")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A register of random acts, exported, backed up, anchored, and an entry of it proved."""
    place = tmp_path_factory.mktemp("made")
    with make_register(place) as store:
        acts = RandomActs(store, random.Random(1))
        for _ in range(60):
            acts.act()
        while True:
            anchor = make_anchor(store, by=CLERK, now=NOW).anchor
            with contextlib.suppress(FormbookError):
                entry = store.value("select id from entries where seen_seq is not null")
                (place / "proof.json").write_bytes(prove_entry(store, entry))
                break
            acts.act()
        (place / "anchor.json").write_bytes(anchor.as_file())
        (place / "slip.txt").write_text(anchor.text, "utf-8")
        export(store, place / "log.json", Format.JSON)
        backup(store, place / "disk", now=NOW)
    return place


def spoiled(content: bytes, rng: random.Random) -> bytes:
    return spoil(content, rng.randrange(2**32))


def in_it(value: Any, rng: random.Random) -> None:
    """Change something, at any depth."""
    while True:
        keys = [*value] if isinstance(value, dict) else [*range(len(value))]
        if not keys:
            return
        key = rng.choice(keys)
        if isinstance(value[key], dict | list) and value[key] and rng.random() < 0.8:
            value = value[key]
            continue
        if rng.random() < 0.2:
            del value[key]
        else:
            value[key] = copy.deepcopy(rng.choice(ODD))
        return


def hashed_anew(log: dict[str, Any]) -> None:
    """Let all hashes fit, as one would who knows the program."""
    previous = GENESIS
    for event in log["events"]:
        event["body_sha256"] = sha256_of_text(canonical(event["body"]))
        event["previous"] = previous
        fields = {name: value for name, value in event.items() if name not in ("body", "sha256")}
        previous = event["sha256"] = event_sha256(**fields)
    log["head"]["sha256"] = previous


def fuzz_import(made: Path, rng: random.Random, place: Path) -> None:
    content = (made / "log.json").read_bytes()
    if rng.random() < 0.3:
        content = spoiled(content, rng)
    else:
        log = json.loads(content)
        event = rng.choice(log["events"])
        in_it(event["body"] if rng.random() < 0.8 else log, rng)
        with contextlib.suppress(AttributeError, LookupError, TypeError, ValueError):
            hashed_anew(log)  # unless it is too odd for that
        content = json.dumps(log).encode()
    (place / "log.json").write_bytes(content)
    try:
        import_register(place / "log.json", place / "back")
    except FormbookError:
        assert not (place / "back").exists()
        return
    with Store(place / "back") as store:
        verify(store)


def fuzz_backup(made: Path, rng: random.Random, place: Path) -> None:
    saved = next((made / "disk").iterdir())
    shutil.copytree(saved, place / "saved")
    for path in rng.sample(sorted(p for p in (place / "saved").rglob("*") if p.is_file()), 2):
        path.write_bytes(spoiled(path.read_bytes(), rng) if path.stat().st_size else b"x")
    try:
        restore(place / "saved", place / "back", damaged=rng.random() < 0.5)
    except FormbookError:
        assert not (place / "back").exists()


def fuzz_settings(rng: random.Random, place: Path) -> None:
    kinds = (spoiled(SETTINGS, rng), b"a = " + b"[" * rng.randrange(5000), rng.randbytes(50))
    (place / config.FILE).write_bytes(rng.choice(kinds))
    config.language_of(place)
    with contextlib.suppress(FormbookError):
        config.read(place)
    (place / BACKUP_NOTE).write_bytes(rng.choice(kinds))
    last_backup(place)


def fuzz_scan(rng: random.Random, place: Path) -> None:
    name, content = rng.choice(sorted(whole_files().items()))
    (place / name).write_bytes(spoiled(content, rng))
    with contextlib.suppress(FormbookError):
        load_frame(place / name, rng.randint(1, probe(place / name).frames))


def fuzz_text(rng: random.Random, place: Path) -> None:
    text = spoiled(rng.choice(DATES).encode(), rng).decode(errors=rng.choice(("replace", "ignore")))
    text = "".join(rng.choices((text, *"/.-0123456789 \u0663\u0967\u200f\u0301o"), k=9))
    find_dates(text)
    PageRef.parse(text)
    pattern = rng.choice((None, "{page}", "{notebook}{page}*", text))
    try:
        Numbering(pattern=pattern).of_name(Path(text.replace("\0", "") or "a"))
    except FormbookError:
        assert pattern == text


def changed(content: bytes, rng: random.Random) -> bytes:
    """A JSON file spoiled, or with something in it changed and written anew."""
    if rng.random() < 0.3:
        return spoiled(content, rng)
    value = json.loads(content)
    for _ in range(rng.randint(1, 3)):
        in_it(value, rng)
    return json.dumps(value).encode() if rng.random() < 0.3 else canonical(value).encode() + b"\n"


def fuzz_anchor(made: Path, rng: random.Random) -> None:
    name = rng.choice(("anchor.json", "slip.txt"))
    content = (made / name).read_bytes()
    with contextlib.suppress(FormbookError):
        found = read_anchor((spoiled if name == "slip.txt" else changed)(content, rng), name)
        assert read_anchor(found.text.encode(), name).statement == found.statement
        found.is_signed()


def fuzz_proof(made: Path, rng: random.Random, place: Path) -> None:
    whole, slip = (made / "proof.json").read_bytes(), (made / "slip.txt").read_text("utf-8")
    content = changed(whole, rng)
    (place / "proof.json").write_bytes(content)
    if content != whole:
        with pytest.raises(Exception):  # noqa: B017, PT011 - however it ends, nothing is proved
            verify_one._check(str(place / "proof.json"), slip)


def fuzz_stamp(office: Office, rng: random.Random) -> None:
    text = "FORMBOOK/1/"
    imprint = octets(hashlib.sha256(text.encode()).digest())
    response = office.response(sequence(sequence(oid(SHA256)), imprint), b"")
    at = rng.randrange(len(response))
    bit = response[:at] + bytes([response[at] ^ 1 << rng.randrange(8)]) + response[at + 1 :]
    for content in (spoiled(response, rng), bit):
        with contextlib.suppress(BadTimeStampError):
            said_at(content, text)
        with contextlib.suppress(BadTimeStampError, RootsUnreadableError):
            stamped_at(content, text, roots_of(spoiled(office.root_pem, rng), "roots"))


def fuzz_key(sealed: bytes, rng: random.Random) -> None:
    with contextlib.suppress(FormbookError):
        assert unseal(changed(sealed, rng), SECRET).sealed(SECRET)


def fuzz_learned(whole: tuple[bytes, dict[str, Any]], rng: random.Random, place: Path) -> None:
    """A network and its card, or a lexicon's, of which the hashes may be made to fit."""
    content, card = whole[0], dict(whole[1])
    if rng.random() < 0.6:
        at = rng.randrange(len(content))
        content = content[:at] + rng.randbytes(rng.randint(1, 99)) + content[at + 40 :]
    card["sha256"] = hashlib.sha256(content).hexdigest()
    if rng.random() < 0.6:
        in_it(card, rng)
    (place / "it").write_bytes(content)
    (place / "it.json").write_text(json.dumps(card), "utf-8")
    with contextlib.suppress(FormbookError):
        if "letters" in whole[1]:
            Handwriting(place / "it", lexicon=None).read([LINE])
        else:
            Handwriting(lexicon=place / "it").read([LINE])


def learned(path: Path) -> tuple[bytes, dict[str, Any]]:
    return path.read_bytes(), json.loads(path.with_suffix(".json").read_text("utf-8"))


@pytest.mark.campaign
def test_no_foreign_bytes_are_a_fault(made, tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("FORMBOOK_")]:
        if name not in ("FORMBOOK_SEED", "FORMBOOK_CAMPAIGN_S"):
            monkeypatch.delenv(name)
    monkeypatch.setattr("formbook.proof.keys.COST", 2)
    office, sealed = Office(), PrivateKey.generate().sealed(SECRET)
    network, lexicon = learned(Handwriting().weights), learned(Handwriting().lexicon)
    parsers: dict[str, Fuzz] = {
        "import": lambda rng, place: fuzz_import(made, rng, place),
        "backup": lambda rng, place: fuzz_backup(made, rng, place),
        "settings": fuzz_settings,
        "scan": fuzz_scan,
        "text": fuzz_text,
        "anchor": lambda rng, _place: fuzz_anchor(made, rng),
        "proof": lambda rng, place: fuzz_proof(made, rng, place),
        "time stamp": lambda rng, _place: fuzz_stamp(office, rng),
        "key": lambda rng, _place: fuzz_key(sealed, rng),
        "network": lambda rng, place: fuzz_learned(network, rng, place),
        "lexicon": lambda rng, place: fuzz_learned(lexicon, rng, place),
    }
    few = {"import": 2, "backup": 1, "scan": 10, "network": 1, "lexicon": 1}
    tried = dict.fromkeys(parsers, 0)
    for rng in rounds(10):
        for name, fuzz in parsers.items():
            for _ in range(few.get(name, 50)):
                place = tmp_path / name
                place.mkdir()
                fuzz(rng, place)
                shutil.rmtree(place)
                tried[name] += 1
        tell(", ".join(f"{count} of {name}" for name, count in tried.items()))
