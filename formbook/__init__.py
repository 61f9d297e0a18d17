"""formbook: from a ward's handwritten suggestion notebook to a register of answers."""

from __future__ import annotations
