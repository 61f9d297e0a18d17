"""The command line with a teacher that costs no time, for `train` to be watched or killed.

    python quick_teacher.py train --from-register ...

What is learned from and what is learned stand in; all that goes to the disk is the program's own.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

import formbook.training.register as learning
from formbook.cli import main
from formbook.recognize.card import read_card
from formbook.training.lesson import DRAWN, OTHERS, SAME, Lesson, WardLine

WEIGHTS_BYTES = 1 << 20


def teach(lines: list[WardLine], weights: Path, target: Path, **_how: Any) -> Lesson:
    """New weights that nobody can read with, better by what is said of them."""
    content = os.urandom(WEIGHTS_BYTES)
    target.write_bytes(content)
    before = dict.fromkeys((SAME, OTHERS, DRAWN), 0.2)
    sha256 = hashlib.sha256(content).hexdigest()
    return Lesson(
        learned=len(lines),
        held_back=dict.fromkeys(before, 9),
        before=before,
        after={**before, SAME: 0.1},
        card={**read_card(weights), "sha256": sha256, "version": f"1+{sha256[:8]}"},
    )


if __name__ == "__main__":
    line = np.full((40, 200), 255, np.uint8)
    stand_ins = {"formbook.training.ward": SimpleNamespace(teach=teach)}
    for name in ("torch", "onnx"):
        stand_ins[name] = SimpleNamespace(__spec__=importlib.util.spec_from_loader(name, None))
    sys.modules.update(stand_ins)  # type: ignore[arg-type] - they have what is used of modules
    learning.corrected_lines = lambda _store: [WardLine(line, "dòng", row % 4) for row in range(40)]
    main()
