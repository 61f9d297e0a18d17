from __future__ import annotations

import re
from pathlib import Path

import pytest

from formbook.cli import words
from formbook.model import Role, Status
from formbook.permissions import Act
from formbook.store import verify
from formbook.text import Sign
from formbook.working_days import DayKind


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        (words.ACTS, Act),
        (words.STATUSES, Status),
        (words.ROLES, Role),
        (words.DAYS, DayKind),
        (words.SIGNS, Sign),
    ],
)
def test_every_code_has_a_word(table, codes):
    assert sorted(table) == sorted(codes)


def test_every_finding_has_a_word():
    source = Path(verify.__file__).read_text(encoding="utf-8")
    assert sorted(words.FINDINGS) == sorted(set(re.findall(r'\bfinding\(\s*"(\w+)"', source)))
