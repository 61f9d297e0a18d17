"""What a ward teaches the weights, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""(H, W) uint8 grey, 0 black to 255 white."""

SAME, OTHERS, DRAWN = "same_hands", "other_hands", "drawn"
LOSS = 0.005
"""Share of characters that may be read worse where nothing was to be learned."""


@dataclass(frozen=True, slots=True)
class WardLine:
    """A line as it was cut out, what a person says it says, and the comment it stands in."""

    picture: Picture
    text: str
    entry: int


@dataclass(frozen=True, slots=True)
class Lesson:
    """What came of it: shares of wrong characters before and after, for each held-back set.

    `held_back` is how many lines each set has; `card` is that of the new weights.
    """

    learned: int
    held_back: Mapping[str, int]
    before: Mapping[str, float]
    after: Mapping[str, float]
    card: Mapping[str, Any]

    @property
    def better(self) -> bool:
        """Whether the new weights are worth keeping."""
        worse = (self.after[name] - self.before[name] > LOSS for name in (OTHERS, DRAWN))
        return self.after[SAME] < self.before[SAME] and not any(worse)
