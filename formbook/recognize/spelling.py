"""From the network's chances for each column to text: the likeliest spelling, and how sure it is.

What was read up to a column is a prefix. The likeliest few prefixes are kept; of those that end
alike, as far as the lexicon can tell, only the likeliest goes on, as they have the same future. How
much less likely the others were says how sure its letters are, and what else its words may be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from formbook.recognize.lexicon import Lexicon, Manner, spell

BEAM = 12
"""Prefixes kept at each column."""
_LEAST = 0.005
"""Chance from which a letter of a column is looked at."""
_SHARE = 1e-3
"""Of the likeliest prefix's chance, from which another is kept."""
LEAST_SURE = 0.36
"""No character that is read is less sure: what is said to be less is right as often, on drawn lines
of training writers."""
_OTHER = 0.02
"""Odds from which another spelling of a word is worth telling."""
_READY = 200_000
"""Steps of the lexicon kept ready."""
_ANY = 100
"""Letters among which one that no text foretells is chosen."""


@dataclass(frozen=True, slots=True)
class Spelled:
    """A text, what speaks for and against each of its characters, and other spellings.

    `peaks` are the network's greatest chances for the characters, `odds` how likely what would
    stand in their place is against them; `others` has, for each word, its other spellings,
    likeliest first.
    """

    text: str
    peaks: tuple[float, ...]
    odds: tuple[float, ...]
    others: tuple[tuple[str, ...], ...]

    def certainty(self, certainty: Sequence[float]) -> tuple[float, ...]:
        """How sure each character is, 0 to 1; `certainty` is the manner's."""
        if not self.text:
            return ()
        score = weigh(self.peaks, self.odds) @ np.asarray(certainty)
        return tuple((1 / (1 + np.exp(-score))).clip(LEAST_SURE, 1).tolist())


def weigh(peaks: Sequence[float], odds: Sequence[float]) -> NDArray[np.float64]:
    """Return what speaks for characters as numbers that a logistic regression takes.

    Args:
        peaks: chances in 0..1.
        odds: from 0 on.

    Returns:
        (N, 6) float64: 1, the logarithms of both as odds for a character, and their products.

    Source:
        Own method; the weights of the six are fitted by training.tuning.
    """
    chance = np.clip(np.asarray(peaks, dtype=np.float64), 1e-3, 1 - 1e-3)
    seen = np.log(chance / (1 - chance))
    told = -np.log(np.clip(np.asarray(odds, dtype=np.float64), 1e-3, 10))
    return np.stack([np.ones_like(seen), seen, told, seen * told, seen**2, told**2], axis=1)


class Speller:
    """Reads the network's chances with a lexicon.

    Args:
        lexicon: how words are spelled.
        letters: the k-th is the network's class k; class 0 is the blank.
        manner: how much the lexicon has to say, if not as its card has it.
    """

    def __init__(self, lexicon: Lexicon, letters: str, manner: Manner | None = None) -> None:
        self._trie, self._manner = lexicon.trie, manner or lexicon.manner
        places = {symbol: index for index, symbol in enumerate(self._trie.symbols, 1)}
        self.certainty = self._manner.certainty
        self.letters = letters
        self.space = letters.index(" ") + 1
        self.classes = len(letters) + 1
        self._symbols = [0, *(places.get(spell(letter), 0) for letter in letters)]
        self.most = exp(self._manner.bonus)
        self._ready: dict[int, tuple[int, float]] = {}
        self.start, _ = self.step(0, self.space)

    def step(self, state: int, letter: int) -> tuple[int, float]:
        """Put a letter, by its class, after a state; with what the lexicon says, as a factor."""
        key = state * self.classes + letter
        step = self._ready.get(key)
        if step is None:
            manner = self._manner
            after, chance = self._trie.step(state, self._symbols[letter])
            open_chance = (1 - manner.openness) * exp(chance) + manner.openness / _ANY
            step = after, exp(manner.weight * log(open_chance) + manner.bonus)
            if len(self._ready) >= _READY:
                self._ready.clear()
            self._ready[key] = step
        return step

    def spell(self, chances: NDArray[np.float32]) -> Spelled:
        """Read one line.

        Args:
            chances: (T, C) float32, each row adding up to 1.

        Returns:
            The likeliest text; spaces at its ends and after spaces are left out.

        Source:
            Graves and Jaitly: Towards End-to-End Speech Recognition with Recurrent Neural
            Networks, ICML 2014, algorithm 1 (prefix search); recombination as in Viterbi's
            algorithm; the odds are our own, after Wessel et al.: Confidence Measures for Large
            Vocabulary Continuous Speech Recognition, 2001.
        """
        search = _Search(self)
        for column, blank, found in _columns(chances):
            search.go_on(column, blank, found)
        return search.end(chances)


def _by_chance(found: tuple[int, float]) -> float:
    return -found[1]


def _columns(
    chances: NDArray[np.float32],
) -> Iterator[tuple[int, float, list[tuple[int, float]]]]:
    """Of each column its number, the blank's chance, and the letters worth looking at."""
    rows, classes = np.nonzero(chances > _LEAST)
    values = chances[rows, classes].tolist()
    bounds = np.searchsorted(rows, np.arange(len(chances) + 1)).tolist()
    pairs = list(zip(classes.tolist(), values, strict=True))
    blanks = chances[:, 0].tolist()
    for column, blank in enumerate(blanks):
        found = pairs[bounds[column] : bounds[column + 1]]
        yield column, blank, found[1:] if found and not found[0][0] else found


class _Search:
    """One line being read: a tree of prefixes, of which 0 is the empty one."""

    def __init__(self, speller: Speller) -> None:
        self.speller = speller
        self.parents = [-1]
        self.letters = [speller.space]
        self.states = [speller.start]
        self.factors = [1.0]
        self.births = [0]
        self.longer: dict[int, int] = {}
        self.beam: list[tuple[int, float, float]] = [(0, 1.0, 0.0)]
        self.merged: dict[tuple[int, int], float] = {}

    def go_on(self, column: int, blank: float, found: list[tuple[int, float]]) -> None:
        """Take one more column: the prefixes stay as they are, or grow by a letter."""
        if not found:
            self.beam = [(prefix, off + on, 0.0) for prefix, off, on in self.beam]
            return
        own = dict(found)
        letters, longer, factors = self.letters, self.longer, self.factors
        space, classes, most = self.speller.space, self.speller.classes, self.speller.most
        offs: dict[int, float] = {}
        ons: dict[int, float] = {}
        enough = 0.0
        found.sort(key=_by_chance)
        for prefix, off, on in self.beam:
            last, total = letters[prefix], off + on
            offs[prefix] = total * blank
            stays = ons[prefix] = ons.get(prefix, 0.0) + on * own.get(last, 0.0)
            enough = max(enough, (total * blank + stays) * _SHARE)
            base = prefix * classes
            for letter, chance in found:
                mass = (off if letter == last else total) * chance
                grown = longer.get(base + letter)
                if grown is None:
                    if mass * most < enough or (letter == space and last == space):
                        continue
                    grown = self._grow(prefix, letter, column)
                mass = ons[grown] = ons.get(grown, 0.0) + mass * factors[grown]
                enough = max(enough, mass * _SHARE)
        self._keep(offs, ons)

    def _grow(self, prefix: int, letter: int, column: int) -> int:
        state, factor = self.speller.step(self.states[prefix], letter)
        grown = len(self.parents)
        self.parents.append(prefix)
        self.letters.append(letter)
        self.states.append(state)
        self.factors.append(factor)
        self.births.append(column)
        self.longer[prefix * self.speller.classes + letter] = grown
        return grown

    def _keep(self, offs: dict[int, float], ons: dict[int, float]) -> None:
        """Keep the likeliest prefixes, one of those that end alike."""
        ranked = sorted(
            [(on + offs.get(prefix, 0.0), -prefix) for prefix, on in ons.items()], reverse=True
        )
        most = ranked[0][0] or 1.0
        classes, merged = self.speller.classes, self.merged
        winners: dict[int, tuple[int, float]] = {}
        beam: list[tuple[int, float, float]] = []
        for mass, negative in ranked:
            if mass < most * _SHARE:
                break
            prefix = -negative
            end = self.states[prefix] * classes + self.letters[prefix]
            winner = winners.get(end)
            if winner is not None:
                pair = (winner[0], prefix)
                merged[pair] = max(merged.get(pair, 0.0), mass / winner[1])
            elif len(beam) < BEAM:
                winners[end] = prefix, mass
                beam.append((prefix, offs.get(prefix, 0.0) / most, ons[prefix] / most))
        self.beam = beam

    def end(self, chances: NDArray[np.float32]) -> Spelled:
        """Choose among the prefixes that are left; a line ends like a word."""
        space = self.speller.space
        ends = sorted(
            (
                (off + on)
                * (
                    1.0 if self.letters[p] == space else self.speller.step(self.states[p], space)[1]
                ),
                -p,
            )
            for p, off, on in self.beam
        )
        most, negative = ends.pop()
        path = self._path(-negative)
        for mass, other in ends:
            self.merged[path[-1] if path else 0, -other] = mass / (most or 1.0)
        return _Account(self, path).give(chances)

    def _path(self, prefix: int) -> list[int]:
        """The prefixes on the way to one, without the empty one."""
        path = []
        while prefix:
            path.append(prefix)
            prefix = self.parents[prefix]
        return path[::-1]


class _Account:
    """What a search says of the text that it ended with."""

    def __init__(self, search: _Search, path: Sequence[int]) -> None:
        names = " " + search.speller.letters
        self.names, self.search, self.path = names, search, path
        self.places = {0: -1, **{prefix: index for index, prefix in enumerate(path)}}
        self.text = "".join(names[search.letters[prefix]] for prefix in path)

    def give(self, chances: NDArray[np.float32]) -> Spelled:
        odds = [0.0] * len(self.text)
        others: dict[int, dict[str, float]] = defaultdict(dict)
        for (winner, loser), share in self.search.merged.items():
            end = self.places.get(winner)
            if end is None:
                continue
            start, other = self._detour(loser)
            if start > end + 1:  # it is the text itself, and goes on
                continue
            for index in _changed(self.text, start, end + 1, other):
                odds[index] += share
            if share >= _OTHER:
                for number, word in self._words(start, end + 1, other):
                    others[number][word] = others[number].get(word, 0.0) + share
        text = self.text.rstrip(" ")
        told = tuple(
            tuple(sorted(others[number], key=lambda word: (-others[number][word], word)))
            for number in range(len(text.split(" ")) if text else 0)
        )
        return Spelled(text, self._peaks(chances)[: len(text)], tuple(odds[: len(text)]), told)

    def _detour(self, loser: int) -> tuple[int, str]:
        """Where a prefix leaves the text, and what it has from there on."""
        search, other = self.search, []
        while (place := self.places.get(loser)) is None:
            other.append(self.names[search.letters[loser]])
            loser = search.parents[loser]
        return place + 1, "".join(reversed(other))

    def _words(self, start: int, end: int, other: str) -> Iterator[tuple[int, str]]:
        """The words that differ if a part of the text is replaced, if they are as many."""
        head = self.text.rfind(" ", 0, start) + 1
        tail = self.text.find(" ", end - 1)
        tail = len(self.text) if tail < 0 else tail
        own = self.text[head:tail].split(" ")
        new = (self.text[head:start] + other + self.text[end:tail]).rstrip(" ").split(" ")
        if len(own) == len(new):
            first = self.text.count(" ", 0, head)
            for number, (word, replaced) in enumerate(zip(own, new, strict=True), first):
                if word != replaced and replaced:
                    yield number, replaced

    def _peaks(self, chances: NDArray[np.float32]) -> tuple[float, ...]:
        """The network's greatest chance for each letter before the next but one begins."""
        search = self.search
        births = [search.births[prefix] for prefix in self.path] + [len(chances)] * 2
        return tuple(
            float(chances[births[index] : births[index + 2], search.letters[prefix]].max())
            for index, prefix in enumerate(self.path)
        )


def _changed(text: str, start: int, end: int, other: str) -> range:
    """The characters of a part that go if another takes its place; at least one, if there is."""
    kept = 0
    while kept < min(end - start, len(other)) and text[end - 1 - kept] == other[-1 - kept]:
        kept += 1
    return range(start, max(end - kept, min(start + 1, len(text))))
