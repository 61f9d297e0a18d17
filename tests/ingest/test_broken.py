"""The real command line on files that are broken, oddly named, gone or being written to."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import driver
import engines
import papers
import pytest
from broken_files import (
    can_read_anything,
    make_broken_files,
    make_half_broken_tiff,
    spoil,
    whole_files,
)
from campaign import rounds
from processes import FORMBOOK, ended, start
from registers import make_register

from formbook.imaging.faults import PathNotFoundError
from formbook.model import PageRef
from formbook.store import Store, views
from formbook.store.folder import OriginalChangedError
from formbook.store.verify import verify

NAMES = (
    "two  spaces.png",
    "a\nline.png",
    "[red]markup[/].png".replace("/", "\N{DIVISION SLASH}"),
    os.fsdecode(b"caf\xe9.png"),
    "ảnh 😀.png",
    unicodedata.normalize("NFD", "quyển một.png"),
    "x" * 251 + ".png",
    "--help.png",
    "-.PNG",
    "\x1b[31mcolour.png",
    "right\N{RIGHT-TO-LEFT OVERRIDE}gnp.png",
    "%s{path}.png",
)


@pytest.fixture
def register(tmp_path, monkeypatch) -> Path:
    """A register that the command line finds, and a Tesseract that it takes for real."""
    monkeypatch.setenv("PATH", str(engines.quick(tmp_path / "bin")), prepend=os.pathsep)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.setenv("FORMBOOK_REGISTER", str(tmp_path / "register"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "room"))
    (tmp_path / "room").mkdir()
    assert ended(start(FORMBOOK, "init", "--ward", "Nghĩa Đô"))[0] == 0
    return tmp_path / "register"


def run(*arguments: object) -> tuple[int, str, str]:
    """Run formbook; whatever happens, it has no fault of its own and leaves nothing behind."""
    code, out, err = ended(start(FORMBOOK, *arguments))
    assert "Traceback" not in err
    assert "formbook has a fault" not in err
    assert list(Path(os.environ["TMPDIR"]).iterdir()) == []
    return code, out, err


def is_sound(register: Path) -> bool:
    with Store(register) as store:
        return verify(store).findings == () and list(register.rglob("*.part")) == []


def fill(folder: Path) -> tuple[dict[str, str], list[Path]]:
    """Write broken and whole files; names and errors of the broken, frames of the whole."""
    broken = {str(path): error.__name__ for path, error in make_broken_files(folder).items()}
    half = make_half_broken_tiff(folder)
    whole = [half]
    for name, content in whole_files().items():
        whole += [folder / name] * (2 if name == "two.tif" else 1)
        (folder / name).write_bytes(content)
    for seed, name in enumerate(NAMES):
        whole.append(papers.save(folder / f"{seed}.png", papers.draw(seed)).rename(folder / name))
    return broken | {str(half): "BrokenScanError"}, whole


def failures(report: Any) -> dict[str, str]:
    return {row["path"]: row["error"] for row in report["failed"]}


def test_every_broken_file_is_named_and_all_others_come_in(register, folder):
    broken, whole = fill(folder)
    (folder / "dangling.png").symlink_to("nowhere.png")
    (folder / "self.png").symlink_to("self.png")
    (folder / "below").symlink_to(folder)
    os.mkfifo(folder / "pipe.png")
    (folder / ".hidden.png").write_bytes(b"")
    code, out, err = run("ingest", folder, "--json")
    report = json.loads(out)
    broken |= {
        str(folder / "dangling.png"): "PathNotFoundError",
        str(folder / "self.png"): "AccessDeniedError",
    }
    assert code == 8
    assert failures(report) == broken
    assert all(row["message"] for row in report["failed"])
    assert all(Path(path).name in err for path in broken)
    assert len(report["pages_added"]) + len(report["held"]) == len(whole)
    assert [Path(path).name for path in report["ignored"]] == [".hidden.png", "pipe.png"]
    assert "\x1b" not in err
    assert "More samples per pixel" not in err  # what Pillow logs by itself
    assert is_sound(register)
    again = json.loads(run("ingest", folder, "--json")[1])
    assert (failures(again), again["known"]) == (broken, len(whole))


def test_read_names_every_broken_file_and_reads_all_others(register, folder):
    broken, whole = fill(folder)
    code, out, err = run("read", "--json", "--", *folder.iterdir())
    read = [json.loads(line)["image"] for line in out.splitlines()]
    assert code == 8
    assert sorted(read) == sorted(str(path) for path in whole)
    assert all(Path(path).name in err for path in broken)
    for path, error in broken.items():
        if error != "BrokenScanError":
            code, out, err = run("read", path)
            assert (code, out) == (3, "")
            assert Path(path).name in err
            break


def test_nothing_but_broken_files_is_partial_as_well(register, folder):
    (folder / "a.jpg").write_bytes(b"")
    (folder / "b.jpg").write_bytes(b"no picture")
    code, out, _err = run("ingest", folder, "--json")
    assert (code, len(json.loads(out)["failed"])) == (8, 2)


@pytest.mark.parametrize("inside", [None, "notes.txt", ".hidden.png"])
def test_a_folder_without_scans_is_said_to_hold_none(register, folder, inside):
    if inside:
        (folder / inside).write_text("x")
    code, out, err = run("ingest", folder)
    assert (code, out) == (3, "")
    assert err.startswith(f"Error: {folder} holds no scans.\nNothing was changed.")


@pytest.mark.skipif(can_read_anything(), reason="rights do not bind this account")
def test_a_folder_that_may_not_be_read_is_named_and_the_others_come_in(register, folder):
    papers.save(folder / "tr1.png", papers.draw(1))
    locked = folder / "locked"
    locked.mkdir(mode=0)
    code, out, _err = run("ingest", folder, "--json")
    report = json.loads(out)
    assert (code, report["pages_added"]) == (8, ["1/1"])
    assert failures(report) == {str(locked): "AccessDeniedError"}


def test_a_pipe_that_is_named_is_refused_and_not_waited_for(register, folder):
    os.mkfifo(folder / "pipe.png")
    code, _out, err = run("ingest", folder / "pipe.png")
    assert code == 8
    assert "pipe.png cannot be opened: it is not a file" in err


@pytest.mark.campaign
def test_no_spoiled_file_stops_an_import_or_a_second_one(tmp_path):
    whole = whole_files()
    for index, random in enumerate(rounds(10)):
        make_register(tmp_path / str(index)).close()
        register, folder = tmp_path / str(index) / "register", tmp_path / str(index) / "in"
        folder.mkdir()
        for number in range(40):
            name = random.choice(sorted(whole))
            content = spoil(whole[name], random.randrange(2**32))
            (folder / f"{number}-{name}").write_bytes(content)
        papers.save(folder / "good tr99.png", papers.draw(1))
        heads = []
        for _run in range(2):
            code, out, err = ended(start(sys.executable, driver.__file__, register, folder))
            assert (code, "Traceback" in err) == (0, False)
            assert out.count("step") == int(out.split()[1])
            with Store(register) as store:
                heads.append(store.head())
                assert views.find_page(store, PageRef("1", 99)) is not None
        assert heads[0] == heads[1]
        assert is_sound(register)


# -- files that do not keep still ----------------------------------------------


class Meddling:
    """Does something to the files once they are planned."""

    def __init__(self, meddle) -> None:
        self._meddle = meddle

    def begin(self, frames: int) -> None:
        if frames:
            self._meddle()

    def step(self, *, entries, failed) -> None:
        pass


@pytest.mark.parametrize(
    ("name", "meddle", "error"),
    [
        ("tr2 vanish", None, PathNotFoundError),
        ("tr2 grow", None, OriginalChangedError),
        ("tr2", lambda path: path.unlink(), PathNotFoundError),
        ("tr2", lambda path: papers.save(path, papers.draw(9)), OriginalChangedError),
    ],
)
def test_a_file_that_does_not_keep_still_fails_alone(tmp_path, folder, name, meddle, error):
    papers.save(folder / "tr1.png", papers.draw(1))
    moving = papers.save(folder / f"{name}.png", papers.draw(2))
    papers.save(folder / "tr3.png", papers.draw(3))
    with make_register(tmp_path) as store:
        report = driver.bring_in(
            store, folder, progress=Meddling(lambda: meddle and meddle(moving))
        )
        assert [(f.path, type(f.error)) for f in report.failed] == [(moving, error)]
        assert [str(ref) for ref in report.pages_added] == ["1/1", "1/3"]
        assert len(views.entries(store)) == 4
    assert is_sound(tmp_path / "register")


# -- a disk that fills up ------------------------------------------------------

_ON_A_SMALL_DISK = """
mount -t tmpfs -o size={small}k none {disk} || exit 99
{formbook} init --ward Moi --quiet || exit 98
{formbook} ingest {folder} --quiet --workers 1 >&2
echo $?
{formbook} verify --quiet > /dev/null; echo $?
cat /dev/zero > {disk}/rest 2>&-
{formbook} pages >&2
echo $?
rm {disk}/rest
mount -o remount,size=64m {disk}
{formbook} verify --quiet > /dev/null; echo $?
{formbook} ingest {folder} --quiet --workers 1 >&2
echo $?
{formbook} verify --quiet > /dev/null; echo $?
find {disk} -name '*.part'
{formbook} pages --json
"""


@pytest.fixture
def own_mounts() -> None:
    """Mounts that only one process sees."""
    tried = ["unshare", "--mount", "--map-root-user", "true"]
    if not shutil.which("unshare") or subprocess.run(tried, check=False).returncode:
        pytest.skip("this account may not mount a small disk for itself")


@pytest.mark.parametrize("small", [500, 640, 800])
def test_a_full_disk_stops_the_import_and_the_next_run_carries_on(
    register, folder, own_mounts, small, tmp_path, monkeypatch
):
    for number in range(1, 13):
        papers.save(folder / f"tr{number}.png", papers.draw(number, rows=12))
    disk = tmp_path / "disk"
    disk.mkdir()
    monkeypatch.setenv("FORMBOOK_REGISTER", str(disk / "register"))
    script = _ON_A_SMALL_DISK.format(small=small, disk=disk, folder=folder, formbook=FORMBOOK)
    shell = start("unshare", "--mount", "--map-root-user", "sh", "-c", script)
    code, out, err = ended(shell)
    *codes, pages = out.split("\n", 6)
    assert code == 0
    assert codes.pop(2) in {"0", "6"}, err
    assert codes == ["6", "6", "0", "0", "0"], err
    assert len(json.loads(pages)["rows"]) == 12
    assert err.startswith(f"Error: The disk of {disk}/register is full.\n")
    assert "damaged" not in err


def test_a_disk_that_fails_while_a_file_is_read_costs_that_file(tmp_path, folder, monkeypatch):
    papers.save(folder / "tr1.png", papers.draw(1))
    bad = papers.save(folder / "tr2.png", papers.draw(2))
    digest = hashlib.file_digest

    def fail(file, name):
        if file.name == str(bad):
            raise OSError(errno.EIO, "Input/output error")
        return digest(file, name)

    monkeypatch.setattr(hashlib, "file_digest", fail)
    with make_register(tmp_path) as store:
        report = driver.bring_in(store, folder)
    assert [str(ref) for ref in report.pages_added] == ["1/1"]
    assert "tr2.png cannot be opened: Input/output error" in str(report.failed[0].error)


def test_many_runs_hold_no_more_files_open_than_one(tmp_path, folder):
    papers.save(folder / "tr0.png", papers.draw(0))
    open_files = []
    with make_register(tmp_path) as store:
        for number in range(3):
            papers.save(folder / f"tr{number}.png", papers.draw(number))
            driver.bring_in(store, folder)
            open_files.append(len(list(Path("/proc/self/fd").iterdir())))
    assert open_files == open_files[:1] * 3


# -- two at once ---------------------------------------------------------------


def test_two_imports_of_one_folder_at_once_make_what_one_makes(tmp_path, folder):
    for seed, name in enumerate(("tr1", "tr2 mark", "x", "tr4 rows3", "y", "z")):
        papers.save(folder / f"{name}.png", papers.draw(seed))
    papers.save(folder / "zz tr1 rows4.png", papers.scan_again(papers.draw(0), 0.2))
    make_register(tmp_path).close()
    runs = [
        start(sys.executable, driver.__file__, tmp_path / "register", folder) for _run in range(2)
    ]
    assert [ended(each)[::2] for each in runs] == [(0, "")] * 2
    assert is_sound(tmp_path / "register")
    with Store(tmp_path / "register") as store:
        assert store.value("select count(*) from scans") == 7
        assert store.value("select count(*) from pages") == 6
        assert store.value("select count(*) from entries") == 2 + 2 + 2 + 3 + 2 + 2 + 2


def test_imports_of_several_folders_at_once_lose_nothing(tmp_path, folder):
    make_register(tmp_path).close()
    for volume in range(3):
        (folder / f"{volume}").mkdir()
        for number in range(1, 6):
            name = f"{volume}/q{volume} tr{number}.png"
            papers.save(folder / name, papers.draw(10 * volume + number))
    runs = [
        start(sys.executable, driver.__file__, tmp_path / "register", folder / f"{volume}")
        for volume in range(3)
    ]
    assert [ended(each)[::2] for each in runs] == [(0, "")] * 3
    assert is_sound(tmp_path / "register")
    with Store(tmp_path / "register") as store:
        assert sorted(str(row["notebook"]) for row in views.pages(store)) == sorted("012" * 5)
        assert len(views.entries(store)) == 30
