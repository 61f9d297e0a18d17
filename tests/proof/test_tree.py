"""The tree against the vectors of Certificate Transparency, and against its own definition."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formbook.proof.tree import EMPTY, Growing, Tree, is_consistent, is_included

# Leaves, roots and proofs of the reference implementation of RFC 6962 (merkle tree tests of
# google/certificate-transparency).
LEAVES = [
    bytes.fromhex(text)
    for text in (
        *("", "00", "10", "2021", "3031", "40414243"),
        *("5051525354555657", "606162636465666768696a6b6c6d6e6f"),
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
OF_TWO = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
OF_FIVE = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
OF_SEVEN_AND_EIGHT = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
INCLUSIONS = [
    (1, 1, []),
    (
        *(1, 8),
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            OF_TWO,
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (6, 8, [OF_FIVE, OF_SEVEN_AND_EIGHT, ROOTS[3]]),
    (3, 3, [ROOTS[1]]),
    (2, 5, [ROOTS[0], OF_TWO, OF_FIVE]),
]
CONSISTENCIES = [
    (1, 1, []),
    (1, 8, INCLUSIONS[1][2]),
    (
        *(6, 8),
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            OF_SEVEN_AND_EIGHT,
            ROOTS[3],
        ],
    ),
    (2, 5, [OF_TWO, OF_FIVE]),
]


def hexed(path: list[bytes]) -> list[str]:
    return [each.hex() for each in path]


def leaves(count: int) -> list[bytes]:
    return [sha256(b"%d" % number).digest() for number in range(count)]


def test_a_growing_tree_has_the_roots_of_the_reference() -> None:
    tree = Growing()
    roots = [tree.root()]
    for leaf in LEAVES:
        tree.append(leaf)
        roots.append(tree.root())
    assert hexed(roots) == [sha256().hexdigest(), *ROOTS]
    assert tree.size == 8


def test_a_whole_tree_has_the_roots_of_the_reference() -> None:
    assert [Tree(LEAVES[:size]).root().hex() for size in range(1, 9)] == ROOTS
    assert Tree([]).root() == EMPTY


@pytest.mark.parametrize(("leaf", "size", "path"), INCLUSIONS)
def test_an_inclusion_is_proved_as_the_reference_does(leaf, size, path) -> None:
    found = Tree(LEAVES[:size]).inclusion(leaf - 1)
    assert hexed(found) == path
    assert is_included(LEAVES[leaf - 1], leaf - 1, size, found, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("old", "size", "path"), CONSISTENCIES)
def test_a_consistency_is_proved_as_the_reference_does(old, size, path) -> None:
    found = Tree(LEAVES[:size]).consistency(old)
    assert hexed(found) == path
    roots = [bytes.fromhex(ROOTS[each - 1]) for each in (old, size)]
    assert is_consistent(old, roots[0], size, roots[1], found)


@given(st.data())
def test_every_leaf_of_every_tree_is_proved_and_nothing_else(data) -> None:
    size = data.draw(st.integers(1, 70))
    index = data.draw(st.integers(0, size - 1))
    every = leaves(size)
    tree = Tree(every)
    path, root = tree.inclusion(index), tree.root()
    assert is_included(every[index], index, size, path, root)
    other = data.draw(st.integers(-1, size + 1).filter(lambda each: each != index))
    assert not is_included(every[index], other, size, path, root)
    assert not is_included(every[index], index, size, [*path, EMPTY], root)
    assert not is_included(EMPTY, index, size, path, root)
    if path:
        assert not is_included(every[index], index, size, path[:-1], root)
        at = data.draw(st.integers(0, len(path) - 1))
        assert not is_included(
            every[index], index, size, [*path[:at], EMPTY, *path[at + 1 :]], root
        )


@given(st.data())
def test_every_earlier_tree_is_proved_to_be_the_beginning_and_no_other_is(data) -> None:
    size = data.draw(st.integers(1, 70))
    old = data.draw(st.integers(1, size))
    tree, root = Tree(leaves(size)), Tree(leaves(size)).root()
    path, before = tree.consistency(old), Tree(leaves(old)).root()
    assert is_consistent(old, before, size, root, path)
    assert not is_consistent(old, EMPTY, size, root, path)
    assert not is_consistent(old, before, size, EMPTY, path)
    assert not is_consistent(old, before, size, root, [*path, EMPTY])
    assert not is_consistent(0, EMPTY, size, root, path)
    if path:
        assert not is_consistent(old, before, size, root, path[:-1])
        assert not is_consistent(old, before, size, root, [])
        at = data.draw(st.integers(0, len(path) - 1))
        assert not is_consistent(old, before, size, root, [*path[:at], EMPTY, *path[at + 1 :]])


@given(st.integers(0, 200))
def test_a_growing_tree_and_a_whole_one_agree(size) -> None:
    tree = Growing()
    for leaf in leaves(size):
        tree.append(leaf)
    assert (tree.size, tree.root()) == (size, Tree(leaves(size)).root())


def test_what_is_not_in_a_tree_cannot_be_proved_from_it() -> None:
    tree = Tree(LEAVES)
    for index in (-1, 8):
        with pytest.raises(IndexError):
            tree.inclusion(index)
    for size in (0, 9):
        with pytest.raises(IndexError):
            tree.consistency(size)
