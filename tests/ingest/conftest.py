"""An empty register, and a folder of scans to bring into it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from registers import make_register

from formbook.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with make_register(tmp_path) as register:
        yield register


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "in"
    made.mkdir()
    return made
