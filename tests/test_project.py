"""What the project ships and what it is set up from."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
HERE_ONLY = re.compile(
    r"(?<![\w.$}])/(?:home|root|work|Users|mnt|opt)/\w"  # a folder of somebody's machine
    r"|(?:pypi|pythonhosted|npmjs)[.](?:org|io|com)"  # a registry's host
)


def tracked_texts() -> dict[str, str]:
    """The text files that git tracks, by name."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("this is no checkout")
    texts = {}
    for name in filter(None, listed.stdout.split("\0")):
        content = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b"\0"
        if b"\0" not in content:
            texts[name] = content.decode(errors="replace")
    return texts


def locked() -> dict[str, list[str]]:
    """The versions that the lock pins, by package; one for each range of Pythons."""
    versions: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([a-z0-9-]+)==(\S+)", LOCK, re.MULTILINE):
        versions.setdefault(name, []).append(version)
    return versions


def wanted() -> list[Requirement]:
    every = [
        *PROJECT["build-system"]["requires"],
        *PROJECT["project"]["dependencies"],
        *PROJECT["dependency-groups"]["dev"],
    ]
    return [Requirement(line) for line in every]


@pytest.mark.parametrize("requirement", wanted(), ids=str)
def test_the_lock_pins_what_the_project_asks_for(requirement) -> None:
    versions = locked().get(re.sub(r"[-_.]+", "-", requirement.name).lower(), [])
    assert versions != [], "run `make lock`"
    assert [v for v in versions if not requirement.specifier.contains(v)] == []


def test_every_locked_package_has_hashes() -> None:
    pins = re.split(r"\n(?=\S)", LOCK.strip())
    assert [pin for pin in pins if "==" in pin and "--hash=sha256:" not in pin] == []


def test_the_lock_names_no_address() -> None:
    options = re.findall(r"^\s*(?!--hash=)-\S+", LOCK, re.MULTILINE)
    assert (re.findall(r"\S*(?:://| @ |/)\S*", LOCK), options) == ([], [])


def test_each_test_file_has_a_basename_of_its_own() -> None:
    """Pytest imports them by it."""
    names = [Path(name).name for name in tracked_texts() if name.startswith("tests/")]
    assert [name for name in names if name.startswith("test_") and names.count(name) > 1] == []


def test_no_file_names_a_machine_or_a_registry() -> None:
    assert {
        name: found for name, text in tracked_texts().items() if (found := HERE_ONLY.findall(text))
    } == {}
