"""How Vietnamese is spelled: the chance of each letter after the letters before it.

A trie of runs of letters that were seen in text. Where a run was not seen, its shorter ends
decide. Digits are all one letter, so that no number is likelier than another.
"""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formbook.recognize.card import WeightsDamagedError, read_card, read_weights

DIGIT = "0"
"""What stands for any digit."""
STEP = 0.05
"""Of the chances in the file, which are kept in a byte each: natural logarithms."""
_MOST = 10.0
"""Of a weight or a bonus: far beyond all that was ever of use."""
_WEIGHTS = 6
"""Of `Manner.certainty`."""
_UNSEEN = -12.0
"""Natural logarithm of the chance of a letter that no text has."""


def spell(letter: str) -> str:
    """Return what a letter counts as: itself, any digit as DIGIT."""
    return DIGIT if letter.isdigit() else letter


@dataclass(frozen=True, slots=True)
class Manner:
    """How much a lexicon has to say beside a network.

    `weight` multiplies its natural logarithms, `bonus` is given for each letter, `openness` is the
    share of letters that may be any: what a network is sure of, no lexicon can talk away.
    `certainty` are the six weights of a logistic regression (`spelling.weigh`).
    """

    weight: float
    bonus: float
    openness: float
    certainty: tuple[float, ...]

    def __post_init__(self) -> None:
        bounded = 0 <= self.weight <= _MOST and abs(self.bonus) <= _MOST and 0 < self.openness <= 1
        if not bounded or len(self.certainty) != _WEIGHTS or not all(map(isfinite, self.certainty)):
            raise ValueError("it says what no lexicon can")


@dataclass(frozen=True, slots=True)
class Trie:
    """The chances of letters after runs of letters.

    Nodes are numbers; 0 is the root, and the children of a node stand one after another, from
    `first` of it to `first` of the next. A state is the node of the longest run of letters before
    that any letter was seen after.

    Args:
        symbols: the letters; the k-th is symbol k, from 1 on.
        letters: the symbol of each node.
        first: the first child of each node, and the number of nodes.
        chances: in STEPs, negative, how likely the letter is after the run before it.
        retreats: in STEPs, negative, what it costs that a letter was not seen after this run.
        ends: of the nodes met so far, the node of the run without its first letter.
    """

    symbols: str
    letters: bytes
    first: Sequence[int]
    chances: bytes
    retreats: bytes
    ends: dict[int, int] = field(default_factory=dict)

    @classmethod
    def unpack(cls, content: bytes, symbols: str) -> Trie:
        """Read what `pack` wrote.

        Raises:
            ValueError: it is no such thing.
            zlib.error: as `ValueError`.
        """
        table = np.frombuffer(zlib.decompress(content), dtype=np.uint8)
        letters, children, chances, retreats = table.reshape(4, -1)
        first = np.concatenate(([1], 1 + np.cumsum(children, dtype=np.int32)), dtype=np.int32)
        if first[-1] != len(letters):
            raise ValueError("the children are not as many as the nodes")
        return cls(symbols, letters.tobytes(), first.data, chances.tobytes(), retreats.tobytes())

    def step(self, state: int, symbol: int) -> tuple[int, float]:
        """Put a letter after what was written.

        Args:
            state: what was written, 0 being nothing.
            symbol: of the letter; 0 for one that no text has.

        Returns:
            The state then, and the natural logarithm of the letter's chance.
        """
        spent = 0
        while (found := self._child(state, symbol)) < 0:
            if not state:
                return 0, _UNSEEN - spent * STEP
            spent += self.retreats[state]
            state = self._end(state)
        chance = -STEP * (spent + self.chances[found])
        while found and self.first[found] == self.first[found + 1]:
            found = self._end(found)
        return found, chance

    def _child(self, node: int, symbol: int) -> int:
        """The node of one letter more, or -1."""
        return self.letters.find(symbol, self.first[node], self.first[node + 1])

    def _end(self, node: int) -> int:
        """The node of a run without its first letter: the trie holds every end of its runs."""
        end = self.ends.get(node)
        if end is None:
            parent = bisect_right(self.first, node) - 1
            end = self._child(self._end(parent), self.letters[node]) if parent else 0
            self.ends[node] = end
        return end


def pack(
    letters: NDArray[np.uint8],
    children: NDArray[np.uint8],
    chances: NDArray[np.uint8],
    retreats: NDArray[np.uint8],
) -> bytes:
    """Write a trie, level by level, the root first.

    Args:
        letters: (N,) uint8, the symbol of each node.
        children: (N,) uint8, how many it has.
        chances: (N,) uint8, STEPs.
        retreats: (N,) uint8, STEPs.

    Source:
        Own format.
    """
    return zlib.compress(np.stack([letters, children, chances, retreats]).tobytes(), 9)


class Lexicon:
    """The chances of letters, read from a file when the first is asked for.

    Args:
        path: the trie; a card of the same name, ending in `.json`, stands beside it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def version(self) -> str:
        """Which it is.

        Raises:
            WeightsMissingError: it has no card.
            WeightsDamagedError: its card is unreadable.
        """
        return str(self._card.get("version"))

    @cached_property
    def manner(self) -> Manner:
        """How much it has to say.

        Raises:
            WeightsMissingError: it has no card.
            WeightsDamagedError: its card is unreadable.
        """
        card = self._card
        try:
            return Manner(
                float(card["weight"]),
                float(card["bonus"]),
                float(card["openness"]),
                tuple(map(float, card["certainty"])),
            )
        except (ArithmeticError, KeyError, TypeError, ValueError) as error:
            raise WeightsDamagedError(path=self.path.with_suffix(".json")) from error

    @cached_property
    def trie(self) -> Trie:
        """The chances themselves.

        Raises:
            WeightsMissingError: a file is not there.
            WeightsDamagedError: a file is not the one released.
        """
        card = self._card
        try:
            content = read_weights(self.path, card["sha256"])
            return Trie.unpack(content, "".join(card["symbols"]))
        except (KeyError, TypeError, ValueError, zlib.error) as error:
            raise WeightsDamagedError(path=self.path) from error

    @cached_property
    def _card(self) -> dict[str, Any]:
        return read_card(self.path)
