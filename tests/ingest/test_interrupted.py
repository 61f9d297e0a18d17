"""An import survives being stopped at any moment: the next run carries on, and nothing shows."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import driver
import engines
import numpy as np
import papers
import pytest
from campaign import is_long, rounds
from PIL import Image
from processes import FORMBOOK, PATIENCE_S, descendants, ended, have_ended, start
from registers import contents, make_register

from formbook.dates import today_in_hanoi
from formbook.store import Store
from formbook.store.verify import verify
from formbook.training.imagine import imagine_page
from formbook.training.pages import draw_page

DRIVER = Path(driver.__file__)


def kept(register: Path) -> dict[str, list[dict[str, Any]]]:
    """All that a register holds, which must be sound and hold nothing half done."""
    with Store(register) as store:
        assert verify(store).findings == ()
        assert store.value("pragma integrity_check") == "ok"
        assert list(register.rglob("*.part")) == []
        originals = {str(p.relative_to(register)) for p in register.glob("originals/*/*")}
        named = {row["original"] for row in store.rows("select original from scans")}
        assert originals == named
        return contents(store)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Scans of five pages, one of them twice by number and one by likeness."""
    made = tmp_path_factory.mktemp("in")
    for seed, name in enumerate(("tr1", "tr2 mark", "x", "tr7 rows3", "y")):
        papers.save(made / f"{name}.png", papers.draw(seed))
    papers.save(made / "z photo.png", papers.scan_again(papers.draw(1)))
    papers.save(made / "zz tr1 rows4.png", papers.scan_again(papers.draw(0), 0.2))
    return made


@pytest.fixture(scope="module")
def whole(tmp_path_factory, folder) -> dict[str, list[dict[str, Any]]]:
    """What an import that nothing interrupts makes of them."""
    place = tmp_path_factory.mktemp("whole")
    make_register(place).close()
    assert ended(start(sys.executable, DRIVER, place / "register", folder))[0] == 0
    return kept(place / "register")


# -- kill -9 -------------------------------------------------------------------


@pytest.mark.campaign
def test_an_import_killed_between_any_two_lines_is_carried_on(tmp_path, folder, whole):
    make_register(tmp_path / "plan").close()
    plan = tmp_path / "lines"
    watched = (sys.executable, DRIVER, tmp_path / "plan/register", folder, plan, 0)
    assert ended(start(*watched))[0] == 0
    moments: dict[str, list[int]] = {}
    for number, line in enumerate(plan.read_text().splitlines(), 1):
        moments.setdefault(line, []).append(number)
    untried = sorted(moments)
    for index, random in enumerate(rounds(12)):
        if not untried:
            break
        line = untried.pop(random.randrange(len(untried)))
        place = tmp_path / str(index)
        make_register(place).close()
        moment = random.choice(moments[line])
        command = (sys.executable, DRIVER, place / "register", folder, place / "lines")
        assert ended(start(*command, moment))[0] == -signal.SIGKILL, line
        assert ended(start(*command, 0))[0] == 0, line
        assert kept(place / "register") == whole, line


@pytest.mark.campaign
def test_an_import_killed_while_it_reads_leaves_no_process_and_is_carried_on(
    tmp_path, folder, whole
):
    for index, random in enumerate(rounds(10)):
        place = tmp_path / str(index)
        make_register(place).close()
        for _kill in range(random.randint(1, 3)):
            run = start(sys.executable, DRIVER, place / "register", folder)
            for _line in range(random.randint(1, 7)):
                run.stdout.readline()
            below = descendants(run.pid)
            run.kill()
            ended(run)
            assert have_ended(below)
        assert ended(start(sys.executable, DRIVER, place / "register", folder))[0] == 0
        assert kept(place / "register") == whole


def without_times(found: Any, today: str) -> Any:
    """What a register holds, but for when it came in."""
    if isinstance(found, dict):
        hashes = {"body_sha256", "previous", "sha256"} if "body" in found else set()
        return {
            name: without_times(value, today) for name, value in found.items() if name not in hashes
        }
    if isinstance(found, list):
        return [without_times(each, today) for each in found]
    if isinstance(found, str):
        return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", found).replace(today, "TODAY")
    return found


def draw_notebook(folder: Path, pages: int) -> Path:
    """Draw pages to be read, small for Tesseract to be quick."""
    folder.mkdir()
    for number in range(1, pages + 1):
        chance = np.random.default_rng(number)
        picture = Image.fromarray(draw_page(imagine_page(chance), chance).image)
        picture.thumbnail((900, 900))
        picture.save(folder / f"q1-tr{number:03}.jpg")
    return folder


@pytest.mark.campaign
@pytest.mark.tesseract
def test_twenty_kills_during_an_import_do_not_show_in_the_register(tmp_path):
    pages, kills = (40, 20) if is_long() else (4, 2)
    notebook = draw_notebook(tmp_path / "in", pages)
    today = today_in_hanoi(dt.datetime.now(dt.UTC)).isoformat()

    def register(name: str) -> tuple[object, ...]:
        place = tmp_path / name
        made = start(FORMBOOK, "init", "--register", place, "--ward", "Nghĩa Đô")
        assert ended(made)[0] == 0
        return (
            FORMBOOK,
            "ingest",
            notebook,
            "--recognizer",
            "tesseract",
            "--register",
            place,
            "--json",
        )

    begun = dt.datetime.now(dt.UTC)
    code, out, _ = ended(start(*register("whole")))
    assert (code, len(json.loads(out)["pages_added"])) == (0, pages)
    whole_s = (dt.datetime.now(dt.UTC) - begun).total_seconds()
    whole = without_times(kept(tmp_path / "whole"), today)
    for index, random in enumerate(rounds(1)):
        ingest = register(str(index))
        killed = 0
        for _kill in range(kills):
            run = start(*ingest)
            try:
                run.wait(random.uniform(0, whole_s * 3 / kills))
            except subprocess.TimeoutExpired:
                below = descendants(run.pid)
                run.kill()
                assert have_ended(below)
                killed += 1
            ended(run)
        sys.stdout.write(f"{killed} of {kills} kills came before the end\n")
        assert ended(start(*ingest))[0] == 0
        assert without_times(kept(tmp_path / str(index)), today) == whole


# -- Ctrl-C, and a friendly kill -----------------------------------------------


def room(tmp_path: Path) -> Path:
    """Where temporary files go."""
    made = tmp_path / "room"
    made.mkdir(exist_ok=True)
    return made


@pytest.fixture
def busy(tmp_path, folder, monkeypatch) -> tuple[subprocess.Popen[str], list[int]]:
    """A real `formbook ingest` while its Tesseract runs, and all processes below it."""
    started = tmp_path / "started"
    os.mkfifo(started)
    programs = engines.endless(tmp_path / "bin", started)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.setenv("TMPDIR", str(room(tmp_path)))
    monkeypatch.setenv("FORMBOOK_REGISTER", str(tmp_path / "register"))
    assert ended(start(FORMBOOK, "init", "--ward", "Nghĩa Đô"))[0] == 0
    pipe = os.open(started, os.O_RDONLY | os.O_NONBLOCK)
    run = start(FORMBOOK, "ingest", folder, "--recognizer", "tesseract", "--workers", "1")
    assert select.select([pipe], [], [], PATIENCE_S)[0]
    os.close(pipe)
    return run, descendants(run.pid)


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_asked_to_end_an_import_says_so_and_takes_its_processes_along(busy, tmp_path, sent, code):
    run, below = busy
    os.killpg(run.pid, sent)
    found = ended(run)
    assert found == (code, "", "Stopped. What was confirmed before is kept.\n")
    assert have_ended(below)
    assert kept(tmp_path / "register")["scans"] == []
    assert list(room(tmp_path).iterdir()) == []


def test_killed_an_import_takes_its_tesseract_along(busy, tmp_path):
    run, below = busy
    run.kill()
    assert have_ended(below)
    assert ended(run)[0] == -signal.SIGKILL
    assert kept(tmp_path / "register")["scans"] == []
    assert list(room(tmp_path).iterdir()) == []
