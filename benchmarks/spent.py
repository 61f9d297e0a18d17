"""What some work takes of the processor."""

from __future__ import annotations

import resource
from collections.abc import Callable


def spent(work: Callable[[], object]) -> float:
    """Seconds of the processor, children's included: other work on the machine is not counted."""
    begun = _used()
    work()
    return _used() - begun


def _used() -> float:
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in both)
