from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest
from processes import have_ended

from formbook.errors import ScanError
from formbook.workers import (
    PageFaultError,
    TimeLimitError,
    WorkerDiedError,
    WorkersEndedError,
    default_workers,
    in_order,
)


@dataclass(frozen=True)
class Task:
    """What to do, beside a file to say it in."""

    path: Path
    what: str


def work(task: Task) -> str:
    """Do it, in another process."""
    if task.what in {"hang", "die"}:
        with tempfile.NamedTemporaryFile(delete=False) as left:
            left.write(b"words")
        with subprocess.Popen(["tail", "-f", "/dev/null"]) as program:
            task.path.write_text(f"{program.pid}\n{left.name}")
            if task.what == "die":
                os.kill(os.getpid(), signal.SIGKILL)
    if task.what == "refuse":
        raise ScanError(path=task.path, reason="told to")
    if task.what == "eat":
        raise MemoryError
    if task.what == "ask":
        raise PermissionError(13, "no")
    if task.what == "err":
        raise ZeroDivisionError("words")
    if task.what == "count":
        own = threading.active_count()
        return str(len(list(Path("/proc/self/task").iterdir())) - own)
    return task.what


def do(*whats: str, folder: Path, time_limit_s: float = 60, workers: int = 2) -> list[object]:
    tasks = [Task(folder / f"{number}.txt", what) for number, what in enumerate(whats)]
    found = list(in_order(tasks, work, workers=workers, time_limit_s=time_limit_s))
    assert [task for task, _ in found] == tasks
    return [outcome for _, outcome in found]


def test_results_come_in_the_order_of_the_work(tmp_path):
    whats = [str(number) for number in range(20)]
    assert do(*whats, folder=tmp_path) == whats


def test_no_work_needs_no_process(tmp_path):
    assert do(folder=tmp_path) == []


def test_there_is_a_worker_for_each_core():
    assert default_workers() == len(os.sched_getaffinity(0))


def test_no_library_has_threads_of_its_own_in_a_worker(tmp_path):
    assert do("count", folder=tmp_path) == ["0"]


@pytest.mark.parametrize(
    ("what", "error"),
    [
        ("refuse", ScanError),
        ("eat", WorkerDiedError),
        ("die", WorkerDiedError),
        ("err", PageFaultError),
    ],
)
def test_a_piece_that_fails_costs_no_other(tmp_path, what, error):
    before, failed, after = do("a", what, "b", folder=tmp_path)
    assert (before, type(failed), after) == ("a", error, "b")
    assert str(tmp_path / "1.txt") in str(failed)


def test_a_fault_is_named_without_the_words_that_it_holds(tmp_path):
    (failed,) = do("err", folder=tmp_path)
    assert str(failed).startswith(
        f"formbook has a fault: ZeroDivisionError while it read {tmp_path / '0.txt'}."
    )
    assert "words" not in str(failed)


def test_what_the_operating_system_refuses_to_one_it_refuses_to_all(tmp_path):
    with pytest.raises(PermissionError):
        do("ask", folder=tmp_path)


def watch(said: Path) -> tuple[list[int], Path]:
    """The program that a worker ran, if it still does, and what it laid aside."""
    program, left = said.read_text().split("\n")
    try:
        return [os.pidfd_open(int(program))], Path(left)
    except ProcessLookupError:
        return [], Path(left)


@pytest.mark.parametrize(("what", "error"), [("hang", TimeLimitError), ("die", WorkerDiedError)])
def test_what_a_worker_ran_and_wrote_goes_with_it(tmp_path, what, error):
    (failed,) = do(what, folder=tmp_path, time_limit_s=2)
    assert type(failed) is error
    programs, left = watch(tmp_path / "0.txt")
    assert have_ended(programs)
    assert not left.exists()
    assert not left.parent.exists()


def test_work_that_is_left_before_its_end_is_stopped(tmp_path):
    tasks = [Task(tmp_path / "0.txt", "a"), *[Task(tmp_path / "1.txt", "hang")] * 20]
    outcomes = in_order(tasks, work, workers=1, time_limit_s=600)
    assert next(outcomes)[1] == "a"
    outcomes.close()
    if (tmp_path / "1.txt").exists() and (tmp_path / "1.txt").read_text():
        programs, left = watch(tmp_path / "1.txt")
        assert have_ended(programs)
        assert not left.parent.exists()


@pytest.mark.parametrize("moment", ["scheduled", "running"])
def test_that_no_process_can_be_had_is_said(tmp_path, monkeypatch, moment):
    from concurrent.futures import Future
    from concurrent.futures.process import BrokenProcessPool

    def schedule(*_args, **_how):
        if moment == "scheduled":
            raise BrokenProcessPool
        future: Future[str] = Future()
        future.set_exception(BrokenProcessPool())
        return future

    monkeypatch.setattr("formbook.workers.ProcessPool.schedule", schedule)
    with pytest.raises(WorkersEndedError, match="ended or could not be started"):
        do("a", folder=tmp_path)
