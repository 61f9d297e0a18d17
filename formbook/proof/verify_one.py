"""Check the proof of one entry: python verify_one.py PROOF [QR-TEXT | SCAN]...

PROOF is what `formbook prove` wrote, QR-TEXT what a slip says, a SCAN a file that was marked;
neither formbook nor the register is needed. A head that nobody kept proves nothing, so give the
slip; compare the key with what its owner shows.
"""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def _demand(holds: object, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)


def _canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _check_signature(statement: dict[str, Any], signature: str) -> None:
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(statement["key"]))
    public.verify(bytes.fromhex(signature), b"formbook/signature/1\n" + _canonical(statement))


def _check_path(leaf: str, index: int, path: list[str], head: dict[str, Any]) -> None:
    """Lead a leaf to the root of the tree (RFC 9162, section 2.1.3.2)."""
    hashed, last = sha256(b"\0" + bytes.fromhex(leaf)).digest(), head["size"] - 1
    _demand(0 <= index <= last, "the log has no such event")
    for beside in map(bytes.fromhex, path):
        left = index & 1 or index == last
        hashed = sha256(b"\1" + (beside + hashed if left else hashed + beside)).digest()
        while left and index and not index & 1:
            index, last = index >> 1, last >> 1
        index, last = index >> 1, last >> 1
    _demand(not last and hashed.hex() == head["root"], "an event is not in the log")


def _check_event(item: Any, proof: Any, owners: dict[str, str], scans: list[str]) -> list[str]:
    row, head, text, body = item["row"], proof["head"], item["text"], json.loads(item["body"])
    _check_path(sha256(_canonical(row)).hexdigest(), row["seq"] - 1, item["path"], head)
    _demand(sha256(item["body"].encode()).hexdigest() == row["body_sha256"], "an event is another")
    said = [f"event {row['seq']}: {row['kind']}, recorded {row['at']} by {row['person']!r}"]
    if row["kind"] in ("key_added", "key_revoked"):
        _demand(text is None, "a text stands where no event says it")
        owners[body.get("person", row["person"])] = body["key"] * (row["kind"] == "key_added")
        return [*said, f"  key {body['key']} of {body.get('person', row['person'])!r}"]
    if row["key"] is not None:
        act = {"schema": "formbook/act/1", "register": head["register"], **row}
        _check_signature(act, act.pop("signature"))
        _demand(owners.get(row["person"]) == row["key"], "a key is not that person's")
    if proof["entry"] is None:  # nobody marked it: what was read when its scan came in
        read = [(page, [x["text"] for x in page["reading"]["lines"]]) for page in body["pages"]]
        page = next(page for page, of in read if f"\n{text}\n" in "\n".join(["", *of, ""]))
        shown = {"notebook": page["notebook"], "page": page["number"], "scans": [body]}
    else:
        shown, digest = body["marked"], sha256(text.encode()).hexdigest()
        _demand({"entry": proof["entry"], "text_sha256": digest} in shown["entries"], "the text")
    scans += [scan["sha256"] for scan in shown["scans"]]
    said.append(f"  SIGNED with key {row['key']}" if row["key"] else "  NOT SIGNED")
    said += [f"  {name}: {body[name]!r}" for name in ("on", "status", "reason") if body.get(name)]
    return [*said, f"  page {shown['notebook']!r}, {shown['page']}", f"  text: {text!r}"]


def _check(path: str, *others: str) -> list[str]:
    proof, owners, scans = json.loads(Path(path).read_bytes()), dict[str, str](), list[str]()
    head, signature, events = proof["head"], proof["signature"], proof["events"]
    seqs = [each["row"]["seq"] for each in events]
    digits = json.dumps([signature, proof["first"], [each["path"] for each in events]])
    kept = _canonical(proof) + b"\n" == Path(path).read_bytes() and digits == digits.lower()
    ours = (proof["schema"], head["schema"]) == ("formbook/proof/1", "formbook/anchor/1")
    whole = sorted(set(seqs)) == seqs != [] and (head["key"] is None) == (signature is None)
    _demand(kept and ours and whole, "it is not written as such a proof is")
    _check_path(head["register"], 0, proof["first"], head)
    said = [line for each in events for line in _check_event(each, proof, owners, scans)]
    slip = "/".join(["FORMBOOK/1", *(str(head[n]) for n in ("register", "size", "root", "at"))])
    if signature is not None:
        _check_signature(head, signature)
        slip += f"/{head['key']}/{signature}"
    given = {other.upper() for other in others if other.upper().startswith("FORMBOOK/")}
    _demand(given <= {slip.upper()} and (signature or given), "give the slip that its head is on")
    for scan in (other for other in others if other.upper() not in given):
        _demand(sha256(Path(scan).read_bytes()).hexdigest() in scans, f"{scan} was not marked")
    said += [f"scan with SHA-256 {scan}" for scan in sorted(set(scans))]
    by = f"signed with key {head['key']}" if signature else "NOT SIGNED, as on the slip"
    return [*said, f"PROVED: in a log of {head['size']} events, root {head['root']}, {by}"]


if __name__ == "__main__":
    try:
        print("\n".join(_check(*sys.argv[1:])))
    except Exception as error:  # noqa: BLE001 - whatever goes wrong, nothing is proved
        sys.exit(f"NOT PROVED: {error!r}")
