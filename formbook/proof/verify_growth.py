"""Check that one log grew from another: python verify_growth.py PROOF OLD-SLIP NEW-SLIP.

PROOF is what `formbook prove --since` wrote; the slips are the texts of their QR codes, or files
that `formbook anchor` wrote. Neither formbook nor the register is needed. PROVED says that all
acts under the old slip are the first ones under the new, none of them dropped, changed or moved.
"""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path


def _demand(holds: object, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)


def _head(slip: str) -> tuple[str, int, bytes]:
    """The register of a slip, how many acts it covers, and the root of their tree."""
    if not slip.upper().startswith("FORMBOOK/"):
        said = json.loads(Path(slip).read_bytes())["statement"]
        _demand(said["schema"] == "formbook/anchor/1", f"{slip} is no anchor")
        return said["register"], said["size"], bytes.fromhex(said["root"])
    kind, version, register, size, root, *_more = "".join(slip.lower().split()).split("/")
    _demand((kind, version) == ("formbook", "1"), "a slip is of another kind")
    return register, int(size), bytes.fromhex(root)


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def _check(proof: str, *slips: str) -> str:
    """Lead both roots out of the same hashes (RFC 9162, section 2.1.4.2)."""
    said = json.loads(Path(proof).read_bytes())
    _demand(said["schema"] == "formbook/growth/1", "it is no proof that a log grew")
    (register, size, root), (register_then, size_then, root_then) = map(_head, slips)
    _demand(register == register_then, "the slips are of two registers")
    _demand(1 <= size <= size_then, "the second slip is the older one")
    path = [bytes.fromhex(each) for each in said["path"]]
    if size == size_then or not size & (size - 1):
        path.insert(0, root)
    index, last = (size - 1, size_then - 1) if size < size_then else (0, 0)
    while index & 1:
        index, last = index >> 1, last >> 1
    old = new = path[0]
    for beside in path[1:]:
        left = index & 1 or index == last
        old = _node(beside, old) if left else old
        new = _node(beside, new) if left else _node(new, beside)
        while left and index and not index & 1:
            index, last = index >> 1, last >> 1
        index, last = index >> 1, last >> 1
    _demand(not last and (old, new) == (root, root_then), "the log was cut or written anew")
    return f"PROVED: the first {size} of {size_then} acts are those under the old slip"


if __name__ == "__main__":
    try:
        print(_check(*sys.argv[1:]))
    except Exception as error:  # noqa: BLE001 - whatever goes wrong, nothing is proved
        sys.exit(f"NOT PROVED: {error!r}")
