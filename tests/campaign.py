"""How long a campaign runs and from which seed.

A campaign is a test that repeats something random until its time is up: kills, broken files.
`make test` gives each a minute at most, always from the same seed; `make campaign` gives each
longer, from a new seed that it prints. Such a test is marked `campaign`.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator


def is_long() -> bool:
    """Whether this is `make campaign`."""
    return "FORMBOOK_CAMPAIGN_S" in os.environ


def tell(done: str) -> None:
    """Say how far a campaign came, for whoever reads its output."""
    print(done)


def rounds(short_s: float = 60) -> Iterator[random.Random]:
    """Give each round its own source of chance, at least once, until the time is up.

    Args:
        short_s: how long that is in `make test`, in seconds.
    """
    seed = int(os.environ.get("FORMBOOK_SEED", "1"))
    end = time.monotonic() + float(os.environ.get("FORMBOOK_CAMPAIGN_S", short_s))
    number = 0
    while number == 0 or time.monotonic() < end:
        print(f"FORMBOOK_SEED={seed}, round {number}")
        yield random.Random(f"{seed}/{number}")
        number += 1
