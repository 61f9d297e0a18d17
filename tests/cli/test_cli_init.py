from __future__ import annotations

import grp
import json
import os
import stat
from pathlib import Path
from typing import BinaryIO

import pytest

from formbook.cli.config import TEMPLATE
from formbook.store import Store, views
from formbook.store import folder as folders


def test_init_makes_a_register_whose_first_clerk_is_whose_account_it_is(tmp_path, run) -> None:
    folder = tmp_path / "sổ"
    result = run("init", "--ward", "Nghĩa Đô", "--register", folder, "--json")
    assert result.exit_code == 0
    assert result.stderr == (
        f"The register of Nghĩa Đô is in {folder}; lan is its first clerk.\n"
        "Next: `formbook people --add NAME --role chairman` for the chairman, then "
        "`formbook ingest PATH` for the scans.\n"
    )
    assert json.loads(result.stdout)["body"] == {
        "ward": "Nghĩa Đô",
        "ward_code": None,
        "ward_as_of": "2024-03-01",
        "person": {"name": "lan", "roles": ["clerk"], "account": "lan"},
    }
    assert (folder / "formbook.toml").read_text(encoding="utf-8") == TEMPLATE


def test_init_takes_the_ward_as_it_was_on_a_day_and_a_persons_name(tmp_path, run) -> None:
    old = ("--ward", "Nghĩa Tân", "--ward-code", "00160", "--ward-as-of", "1/5/2025")
    assert run("init", *old, "--name", "Trần Lan").exit_code == 0
    with Store(tmp_path) as store:
        assert views.register(store) == {
            "ward": "Nghĩa Tân",
            "ward_code": "00160",
            "ward_as_of": "2025-05-01",
        }
        assert [person["name"] for person in views.people(store)] == ["Trần Lan"]


def test_init_refuses_a_second_time_and_leaves_the_first_alone(store, folder, run) -> None:
    before = sorted(folder.rglob("*"))
    result = run("init", "--ward", "Cầu Giấy", lang="vi")
    assert result.exit_code == 6
    assert result.stderr.startswith(f"Lỗi: {folder} đã có sổ đăng ký.\n")
    assert sorted(folder.rglob("*")) == before
    assert views.register(store)["ward"] == "Nghĩa Đô"


@pytest.mark.parametrize("there", [False, True])
def test_an_init_that_fails_leaves_nothing_behind(tmp_path, run, monkeypatch, there) -> None:
    folder = tmp_path / "a" / "b"
    if there:
        folder.mkdir(parents=True)
        (folder / "scan.jpg").touch()

    private = folders.private

    def full(path: Path) -> BinaryIO:
        if path.name == "formbook.toml":
            raise OSError(28, "No space left on device")
        return private(path)

    monkeypatch.setattr(folders, "private", full)
    result = run("init", "--ward", "Nghĩa Đô", "--register", folder)
    assert result.exit_code == 15
    assert result.stderr.startswith("Error: The operating system refused: No space left on device")
    left = sorted(tmp_path.rglob("*"))
    assert left == ([tmp_path / "a", folder, folder / "scan.jpg"] if there else [])


def test_settings_that_are_there_stay(tmp_path, run) -> None:
    (tmp_path / "formbook.toml").write_text('language = "vi"\n', encoding="utf-8")
    result = run("init", "--ward", "Nghĩa Đô")
    assert result.stderr.startswith("Sổ đăng ký của Nghĩa Đô nằm ở ")
    assert (tmp_path / "formbook.toml").read_text(encoding="utf-8") == 'language = "vi"\n'


def test_init_makes_a_register_that_an_office_shares(tmp_path, run) -> None:
    folder = tmp_path / "sổ"
    name = grp.getgrgid(os.getgid()).gr_name
    assert run("init", "--ward", "Nghĩa Đô", "--group", name, "--register", folder).exit_code == 0
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())}
    assert modes == {
        "sổ": 0o2770,
        "originals": 0o2770,
        "cache": 0o2770,
        "formbook.db": 0o660,
        "formbook.toml": 0o660,
    }


@pytest.mark.parametrize(
    ("group", "said"),
    [("không-có", "This machine has no group"), ("theirs", "This account is not in the group")],
)
def test_a_register_is_shared_only_with_a_group_of_ones_own(
    tmp_path, run, monkeypatch, group, said
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "getgroups", list)
    monkeypatch.setattr(os, "getegid", lambda: 1000)
    if group == "theirs":
        monkeypatch.setattr(grp, "getgrnam", lambda _name: grp.getgrgid(0))
    result = run("init", "--ward", "Nghĩa Đô", "--group", group, "--register", tmp_path / "sổ")
    assert (result.exit_code, said in result.stderr) == (2, True)
    assert not (tmp_path / "sổ").exists()
