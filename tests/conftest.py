"""What every test may ask for."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no fault of the code: no test is failed by the clock.
settings.register_profile("formbook", deadline=None)
settings.load_profile("formbook")

SHARED = Path(__file__).resolve().parents[2] / "shared"
SCANS = Path(__file__).resolve().parents[1] / "scans"


def has_vietnamese_tesseract() -> bool:
    """Whether Tesseract and its Vietnamese data are installed."""
    program = shutil.which("tesseract")
    if program is None:
        return False
    listed = subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=False)
    return "vie" in listed.stdout.split()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this machine lacks, saying what that is."""
    shared = SHARED.is_dir()
    tesseract = has_vietnamese_tesseract()
    for item in items:
        if "shared" in item.keywords and not shared:
            item.add_marker(pytest.mark.skip(reason="the data folder ../shared is not there"))
        if "tesseract" in item.keywords and not tesseract:
            item.add_marker(
                pytest.mark.skip(reason="Tesseract with Vietnamese data is not installed")
            )


@pytest.fixture
def cheap_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passphrases seal keys fast."""
    monkeypatch.setattr("formbook.proof.keys.COST", 2)


@pytest.fixture
def shared() -> Path:
    """The data folder beside the checkout; mark the test `shared`."""
    return SHARED


@pytest.fixture
def scans() -> Path:
    """The sample pages that the project ships."""
    return SCANS
