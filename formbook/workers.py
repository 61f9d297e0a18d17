"""Work in several processes, each piece under a time limit, results in the order of the work.

A process that hangs is killed and one that dies is replaced; either costs its own piece and no
other. Pebble does both, and its processes end with the one that started them, which those of
`concurrent.futures` do not.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import TimeoutError as FutureTimeoutError
from pathlib import Path
from typing import Protocol, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from formbook.errors import FormbookError, RecognitionError, _

_WAITING_PER_WORKER = 4


class Piece(Protocol):
    """A piece of work that belongs to a frame of a file."""

    @property
    def path(self) -> Path:
        """The file."""
        ...


class TimeLimitError(RecognitionError):
    """Reading a page took too long."""

    message = _(
        "Reading {path} took longer than {seconds} seconds and was stopped.\n"
        "Nothing of that page was kept. Try it alone with a longer --time-limit, or scan it again."
    )


class WorkerDiedError(RecognitionError):
    """The process that read a page ended before it was done."""

    message = _(
        "The process that read {path} ended unexpectedly (memory may have run out).\n"
        "Nothing of that page was kept. Try it alone, or with fewer --workers."
    )


P = TypeVar("P", bound=Piece)
R = TypeVar("R")


def default_workers() -> int:
    """One process for each core that this process may use."""
    return len(os.sched_getaffinity(0))


def in_order(
    pieces: Iterable[P], work: Callable[[P], R], *, workers: int, time_limit_s: float
) -> Iterator[tuple[P, R | FormbookError]]:
    """Do each piece of work in one of several processes.

    Args:
        pieces: what is to be done; taken as room comes free, so that it may be long.
        work: a module's function; it and its results must pickle.
        workers: how many processes.
        time_limit_s: how long one piece may take, in seconds.

    Yields:
        Each piece with its result, or with the error that it ended in, in the order of `pieces`.
    """
    context = multiprocessing.get_context("spawn")
    waiting: deque[tuple[P, ProcessFuture[R]]] = deque()
    with ProcessPool(max_workers=workers, context=context, initializer=_alone) as pool:
        try:
            for piece in pieces:
                future = pool.schedule(work, args=[piece], timeout=time_limit_s)
                waiting.append((piece, future))
                if len(waiting) >= workers * _WAITING_PER_WORKER:
                    done, future = waiting.popleft()
                    outcome = _outcome(done, future, time_limit_s)
                    yield done, outcome
            while waiting:
                done, future = waiting.popleft()
                outcome = _outcome(done, future, time_limit_s)
                yield done, outcome
        finally:
            if waiting:
                pool.stop()  # type: ignore[no-untyped-call] # as published


def _outcome(piece: Piece, future: ProcessFuture[R], time_limit_s: float) -> R | FormbookError:
    try:
        return future.result()
    except FormbookError as error:
        return error
    except FutureTimeoutError:
        return TimeLimitError(path=piece.path, seconds=f"{time_limit_s:g}")
    except ProcessExpired:
        return WorkerDiedError(path=piece.path)


def _alone() -> None:
    """Keep a worker to one core: the caller decides how much runs at once."""
    os.environ["OMP_THREAD_LIMIT"] = "1"
    import cv2  # noqa: PLC0415 - only in the workers

    cv2.setNumThreads(1)
