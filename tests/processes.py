"""Other processes: starting one, which there are below it, and when they have ended."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

FORMBOOK = Path(sys.executable).with_name("formbook")
PATIENCE_S = 30


def start(*command: object, **more: Any) -> subprocess.Popen[str]:
    """Start a process whose output can be read; in a group of its own, as a shell does."""
    return subprocess.Popen(
        [each if isinstance(each, Path) else str(each) for each in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
        **more,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Its exit code and all that it wrote to stdout and stderr, once it has ended."""
    out, err = process.communicate(timeout=600)
    return process.returncode, out, err


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
