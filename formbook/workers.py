"""Work in several processes, each piece under a time limit, results in the order of the work.

A process that hangs is killed and one that dies is replaced; either costs its own piece and no
other. Pebble does both, which `concurrent.futures` does not. Each process leads a group of its
own, to which the programs that it runs belong: they end with it, and it ends with the process
that started it, however that ends. Pictures of pages that they lay aside go the same way.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import signal
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import TimeoutError as FutureTimeoutError
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, Protocol, TypeVar

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


class PageFaultError(RecognitionError):
    """Reading a page ended in a fault of formbook; others are read nevertheless."""

    message = _(
        "formbook has a fault: {kind} while it read {path}.\n"
        "Nothing of that page was kept. Please tell the makers of formbook what the page looks "
        "like; scanned again, it may be read."
    )


class WorkersEndedError(RecognitionError):
    """No process can be started, or all ended while they had nothing to do."""

    message = _(
        "The processes that read pages ended or could not be started (memory may have run out).\n"
        "What was confirmed before is kept. Try again, with fewer --workers."
    )


P = TypeVar("P", bound=Piece)
R = TypeVar("R")


def default_workers() -> int:
    """One process for each core that this process may use."""
    return len(os.sched_getaffinity(0))


def in_order(
    pieces: Iterable[P], work: Callable[[P], R], *, workers: int, time_limit_s: float
) -> Generator[tuple[P, R | FormbookError], None, None]:
    """Do each piece of work in one of several processes.

    Close it where it may be left before its end, so that the processes end at once.

    Args:
        pieces: what is to be done; taken as room comes free, so that it may be long.
        work: a module's function; it and its results must pickle.
        workers: how many processes.
        time_limit_s: how long one piece may take, in seconds.

    Yields:
        Each piece with its result, or with the error that it ended in, in the order of `pieces`.

    Raises:
        WorkersEndedError: no process is left, nor can be started.
    """
    waiting: deque[tuple[P, ProcessFuture[R]]] = deque()

    def first() -> tuple[P, R | FormbookError]:
        piece, future = waiting.popleft()
        return piece, _outcome(piece, future, time_limit_s)

    with tempfile.TemporaryDirectory(prefix="formbook-", ignore_cleanup_errors=True) as room:
        pool = ProcessPool(
            max_workers=workers,
            context=multiprocessing.get_context("spawn"),
            initializer=_alone,
            initargs=[room],
        )
        try:
            for piece in pieces:
                waiting.append((piece, _scheduled(pool, work, piece, time_limit_s)))
                if len(waiting) >= workers * _WAITING_PER_WORKER:
                    yield first()
            while waiting:
                yield first()
        finally:
            pool.stop()  # type: ignore[no-untyped-call] # as published
            pool.join()


def _scheduled(
    pool: ProcessPool, work: Callable[[P], R], piece: P, time_limit_s: float
) -> ProcessFuture[R]:
    """Start the processes at the first piece.

    They are started deaf to Ctrl-C, which a terminal sends to all: this process ends them.
    """
    heard = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return pool.schedule(work, args=[piece], timeout=time_limit_s)
    except RuntimeError as error:
        raise WorkersEndedError from error
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, heard)


def _outcome(piece: Piece, future: ProcessFuture[R], time_limit_s: float) -> R | FormbookError:
    failure = future.exception()
    if failure is None:
        return future.result()
    if isinstance(failure, FormbookError):
        return failure
    if isinstance(failure, FutureTimeoutError):
        return TimeLimitError(path=piece.path, seconds=f"{time_limit_s:g}")
    if isinstance(failure, ProcessExpired):
        with contextlib.suppress(ProcessLookupError):  # what it ran has ended, too
            os.killpg(failure.pid, signal.SIGKILL)
        return WorkerDiedError(path=piece.path)
    if isinstance(failure, MemoryError):
        return WorkerDiedError(path=piece.path)
    if isinstance(failure, BrokenProcessPool):
        raise WorkersEndedError from failure
    if isinstance(failure, OSError):  # what stops one piece stops them all
        raise failure
    fault = PageFaultError(path=piece.path, kind=type(failure).__name__)
    fault.__cause__ = failure
    return fault


def _alone(room: str) -> None:
    """Make a new process a worker: one core, a group of its own, an end with its parent's.

    Args:
        room: the folder for temporary files.
    """
    tempfile.tempdir = room
    # the caller decides how much runs at once
    os.environ["OMP_THREAD_LIMIT"] = "1"
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # numpy asks once, when it is first imported
    os.setpgid(0, 0)
    end_itself: Any = signal.getsignal(signal.SIGTERM)

    def end_group(number: int, frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(0, signal.SIGTERM)
        end_itself(number, frame)

    signal.signal(signal.SIGTERM, end_group)
    threading.Thread(target=_end_with_parent, args=[room], daemon=True).start()
    import cv2  # noqa: PLC0415 - only in the workers

    cv2.setNumThreads(1)


def _end_with_parent(room: str) -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        shutil.rmtree(room, ignore_errors=True)
        os.killpg(0, signal.SIGKILL)
