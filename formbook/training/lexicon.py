"""Counts how Vietnamese is spelled; `tuning` makes the file of it.

Runs of up to ORDER letters of the texts that may be trained on are counted; what follows which is
weighed by Kneser and Ney's method; runs that say little more than their shorter ends are dropped.
Sentences that share a run of words with lines that progress is measured with are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formbook.recognize.lexicon import STEP, pack, spell

ORDER = 8
"""Letters of the longest run; 8 symbols of a byte each make a number of 64 bits."""
_BITS = 8
_KEPT = 3
"""Letters of the runs that are all kept."""
_SHARED = 6
"""Words in a row that a sentence may not share with a line to measure with."""

Keys = NDArray[np.uint64]
Numbers = NDArray[np.int64]
Shares = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Runs:
    """All runs of one length, in the order of their keys, with what is known of each."""

    keys: Keys
    counts: Numbers
    chances: Shares


def leave_out(sentences: Iterable[str], measured: Iterable[str]) -> list[str]:
    """Leave out the sentences that share _SHARED words in a row with a line to measure with."""
    held = {run for line in measured for run in _word_runs(line)}
    return [sentence for sentence in sentences if held.isdisjoint(_word_runs(sentence))]


def count_runs(texts: Sequence[str], symbols: str, order: int = ORDER) -> list[Runs]:
    """Count the runs of letters of texts, and weigh what follows which.

    Args:
        texts: each begins and ends like a word.
        symbols: the letters; a run that holds any other is not counted.
        order: letters of the longest run, at most ORDER.

    Returns:
        Runs of 1, 2, ... `order` letters; `counts` is how often each was seen, `chances` how
        likely its last letter is after the others.

    Source:
        Chen and Goodman: An Empirical Study of Smoothing Techniques for Language Modeling, 1999,
        section 4.3: interpolated Kneser-Ney smoothing with three discounts.
    """
    places = {symbol: index for index, symbol in enumerate(symbols, 1)}
    joined = " " + " ".join(texts) + " "
    stream = np.array([places.get(spell(letter), 0) for letter in joined], dtype=np.uint64)
    seen: list[tuple[Keys, Numbers]] = []
    keys, whole = stream, stream > 0
    for length in range(1, order + 1):
        if length > 1:
            keys = (keys[:-1] << np.uint64(_BITS)) | stream[length - 1 :]
            whole = whole[:-1] & (stream[length - 1 :] > 0)
        seen.append(_tally(keys[whole]))
    runs: list[Runs] = []
    for length, (keys, counts) in enumerate(seen, 1):
        weights = counts
        if length < order:
            ends, weights = _tally(seen[length][0] & _mask(length))
            weights = np.bincount(
                np.searchsorted(keys, ends), weights=weights, minlength=len(keys)
            ).astype(np.int64)
            weights = np.maximum(weights, 1)
        runs.append(Runs(keys, counts, _smooth(keys, weights, length, runs)))
    return runs


def prune(runs: Sequence[Runs], least: float) -> list[Runs]:
    """Drop runs that their shorter ends foretell; every beginning and end of one kept is kept.

    Args:
        runs: as `count_runs` returns them.
        least: what a run must say to be kept: its count times the difference of logarithms.

    Source:
        Seymore and Rosenfeld: Scalable Backoff Language Models, ICSLP 1996 (weighted difference).
    """
    kept: list[Runs] = []
    needed = np.zeros(0, dtype=np.uint64)
    for length in range(len(runs), 0, -1):
        now = runs[length - 1]
        stays = np.ones(len(now.keys), dtype=bool)
        if length > _KEPT:
            lower = _lower(now.keys, length, runs[length - 2])
            retreat = _retreats(now.keys, now.chances, lower)
            told = now.counts * np.abs(np.log(now.chances) - np.log(retreat * lower))
            stays = (told > least) & (now.counts > 1)
        stays[np.searchsorted(now.keys, needed)] = True
        kept.insert(0, Runs(now.keys[stays], now.counts[stays], now.chances[stays]))
        keys = kept[0].keys
        needed = np.union1d(keys >> np.uint64(_BITS), keys & _mask(length - 1))
    return kept


def pack_runs(runs: Sequence[Runs]) -> bytes:
    """Put runs into a trie, as `recognize.lexicon` reads it."""
    letters = [np.zeros(1, dtype=np.uint8)]
    chances = [np.zeros(1, dtype=np.uint8)]
    children: list[NDArray[np.uint8]] = []
    retreats = [np.zeros(1, dtype=np.uint8)]
    above = np.zeros(1, dtype=np.uint64)
    for length, now in enumerate(runs, 1):
        parents = np.searchsorted(above, now.keys >> np.uint64(_BITS))
        children.append(np.bincount(parents, minlength=len(above)).astype(np.uint8))
        letters.append((now.keys & _mask(1)).astype(np.uint8))
        chances.append(_steps(now.chances))
        costs = np.ones(len(now.keys))
        if length < len(runs):
            longer = runs[length]
            lower = _lower(longer.keys, length + 1, now)
            starts, _ = _groups(longer.keys >> np.uint64(_BITS))
            places = np.searchsorted(now.keys, longer.keys[starts] >> np.uint64(_BITS))
            costs[places] = _retreats(longer.keys, longer.chances, lower)[starts]
        retreats.append(_steps(costs))
        above = now.keys
    children.append(np.zeros(len(above), dtype=np.uint8))
    return pack(*(np.concatenate(part) for part in (letters, children, chances, retreats)))


def _word_runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[i : i + _SHARED]) for i in range(len(words) - _SHARED + 1)}


def _mask(length: int) -> np.uint64:
    """The bits of the last letters of a run."""
    return np.uint64((1 << (_BITS * length)) - 1)


def _tally(keys: Keys) -> tuple[Keys, Numbers]:
    found, counts = np.unique(keys, return_counts=True)
    return found, counts.astype(np.int64)


def _groups(beginnings: Keys) -> tuple[Numbers, Numbers]:
    """Where each beginning first stands, and which of them each run has."""
    new = np.concatenate(([True], beginnings[1:] != beginnings[:-1]))
    return np.flatnonzero(new), np.cumsum(new) - 1


def _lower(keys: Keys, length: int, shorter: Runs) -> Shares:
    """How likely the last letter of runs is after all but the first of the others."""
    return shorter.chances[np.searchsorted(shorter.keys, keys & _mask(length - 1))]


def _smooth(keys: Keys, weights: Numbers, length: int, shorter: Sequence[Runs]) -> Shares:
    starts, group = _groups(keys >> np.uint64(_BITS))
    totals = np.add.reduceat(weights, starts)[group]
    if not shorter:
        return np.asarray(weights / totals)
    once, twice, thrice, more = (max(1, int((weights == n).sum())) for n in (1, 2, 3, 4))
    share = once / (once + 2 * twice)
    discounts = np.array(
        [
            0,
            1 - 2 * share * twice / once,
            2 - 3 * share * thrice / twice,
            3 - 4 * share * more / thrice,
        ]
    ).clip(0, [0, 1, 2, 3])
    taken = discounts[np.minimum(weights, 3)]
    given = np.add.reduceat(taken, starts)[group]
    return np.asarray((weights - taken + given * _lower(keys, length, shorter[-1])) / totals)


def _retreats(keys: Keys, chances: Shares, lower: Shares) -> Shares:
    """What is left for letters not seen after a run, for each run of one letter more."""
    starts, group = _groups(keys >> np.uint64(_BITS))
    left = 1 - np.add.reduceat(chances, starts)
    unseen = 1 - np.add.reduceat(lower, starts)
    return np.asarray((left.clip(1e-6, 1) / unseen.clip(1e-6, 1))[group])


def _steps(chances: Shares) -> NDArray[np.uint8]:
    return np.round(-np.log(chances) / STEP).clip(0, 255).astype(np.uint8)
