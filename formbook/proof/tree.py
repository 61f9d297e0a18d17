"""A Merkle tree over the log: one hash that stands for all events, and short proofs against it.

A leaf is the SHA-256 of an event, as 32 bytes. Nothing of the tree is stored: what is not stored
cannot be altered, and a million events give their root in a second.

Source:
    RFC 6962, section 2.1 (hashes, audit paths, consistency proofs); RFC 9162, sections 2.1.3.2 and
    2.1.4.2 (their verification). Checked against the vectors of Certificate Transparency in
    tests/proof/test_tree.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

EMPTY = sha256(b"").digest()
"""The root of a tree without leaves."""


def leaf_hash(leaf: bytes) -> bytes:
    """What stands for a leaf in the tree; no node's hash can be taken for it."""
    return sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """What stands for two subtrees."""
    return sha256(b"\1" + left + right).digest()


class Growing:
    """A tree that takes one leaf after another and knows its root at any time.

    It keeps the roots of its complete subtrees only, at most one for each bit of its size.
    """

    __slots__ = ("_complete", "size")

    def __init__(self) -> None:
        self.size = 0
        self._complete: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Put a leaf behind the last one."""
        hashed = sha256(b"\0" + leaf).digest()
        complete = self._complete
        full = self.size
        while full & 1:
            hashed = sha256(b"\1" + complete.pop() + hashed).digest()
            full >>= 1
        complete.append(hashed)
        self.size += 1

    def root(self) -> bytes:
        """The hash that stands for all leaves so far."""
        if not self._complete:
            return EMPTY
        *lower, hashed = self._complete
        for left in reversed(lower):
            hashed = node_hash(left, hashed)
        return hashed


class Tree:
    """A whole tree, to prove from; it takes some 130 bytes a leaf.

    Args:
        leaves: all of them, in order.
    """

    __slots__ = ("_levels", "size")

    def __init__(self, leaves: Iterable[bytes]) -> None:
        level = [leaf_hash(leaf) for leaf in leaves]
        self.size = len(level)
        self._levels = [level]
        while len(level) > 1:
            pairs = iter(level)
            above = [node_hash(left, right) for left, right in zip(pairs, pairs, strict=False)]
            if len(level) % 2:
                above.append(level[-1])
            self._levels.append(level := above)

    def root(self) -> bytes:
        """The hash that stands for all leaves."""
        return self._levels[-1][0] if self.size else EMPTY

    def inclusion(self, index: int) -> list[bytes]:
        """The hashes beside the way from a leaf to the root, the lowest first.

        Raises:
            IndexError: there is no such leaf.
        """
        if not 0 <= index < self.size:
            raise IndexError(index)
        path = []
        for level in self._levels[:-1]:
            if index ^ 1 < len(level):
                path.append(level[index ^ 1])
            index >>= 1
        return path

    def consistency(self, size: int) -> list[bytes]:
        """The hashes that prove that the first leaves are those of an earlier tree.

        Args:
            size: how many leaves the earlier tree had, from 1.

        Raises:
            IndexError: the tree never had that size.
        """
        if not 1 <= size <= self.size:
            raise IndexError(size)
        start, end, whole, path = 0, self.size, True, []
        while size != end:
            middle = start + (1 << (end - start - 1).bit_length() - 1)
            if size <= middle:
                path.append(self._node(middle, end))
                end = middle
            else:
                path.append(self._node(start, middle))
                start, whole = middle, False
        if not whole:
            path.append(self._node(start, end))
        return path[::-1]

    def _node(self, start: int, end: int) -> bytes:
        """The hash of leaves that form a subtree."""
        height = (end - start - 1).bit_length()
        return self._levels[height][start >> height]


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether a path proves that a tree of this size and root has this leaf at this index."""
    if not 0 <= index < size:
        return False
    hashed, last = leaf_hash(leaf), size - 1
    for beside in path:
        if not last:
            return False
        if index & 1 or index == last:
            hashed = node_hash(beside, hashed)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            hashed = node_hash(hashed, beside)
        index, last = index >> 1, last >> 1
    return not last and hashed == root


def is_consistent(
    old_size: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether a path proves that a tree begins with all leaves of an earlier one, in order."""
    if not 1 <= old_size <= size:
        return False
    if old_size == size:
        return not path and old_root == root
    hashes = list(path)
    if not old_size & (old_size - 1):
        hashes.insert(0, old_root)
    if not hashes:
        return False
    index, last = old_size - 1, size - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    older = newer = hashes[0]
    for beside in hashes[1:]:
        if not last:
            return False
        if index & 1 or index == last:
            older, newer = node_hash(beside, older), node_hash(beside, newer)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            newer = node_hash(newer, beside)
        index, last = index >> 1, last >> 1
    return not last and (older, newer) == (old_root, root)
