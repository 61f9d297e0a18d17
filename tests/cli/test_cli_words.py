from __future__ import annotations

import re
from pathlib import Path

import pytest

from formbook import store
from formbook.cli import words
from formbook.model import Role, Status
from formbook.permissions import Act
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
    sources = Path(store.__file__).parent.rglob("*.py")
    named = re.compile(
        r'\b_?(?:finding|difference)\(\s*"(\w+)"|\bkind = "(\w+)" if .* else "(\w+)"'
    )
    found = {
        kind
        for source in sources
        for kinds in named.findall(source.read_text(encoding="utf-8"))
        for kind in kinds
        if kind
    }
    assert sorted(words.FINDINGS) == sorted(found)
