"""Other processes: which there are below one, and when they have ended."""

from __future__ import annotations

import os
import select
from pathlib import Path

PATIENCE_S = 30


def descendants(process: int) -> list[int]:
    """Process descriptors of all that a process started, and they in turn."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:  # it has ended since
            continue
        parents.setdefault(parent, []).append(int(stat.parent.name))
    found, below = [], [process]
    while below:
        children = parents.get(below.pop(), [])
        below += children
        found += children
    return [opened for each in found for opened in _opened(each)]


def _opened(process: int) -> list[int]:
    try:
        return [os.pidfd_open(process)]
    except ProcessLookupError:
        return []


def have_ended(descriptors: list[int]) -> bool:
    """Whether all of them end soon; closes the descriptors."""
    try:
        return all(select.select([each], [], [], PATIENCE_S)[0] for each in descriptors)
    finally:
        for each in descriptors:
            os.close(each)
