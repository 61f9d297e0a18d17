"""Build hook: compile the message catalogues that the package carries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def compile_catalogues(root: Path) -> None:
    """Write `formbook.mo` beside every `formbook.po` below `root`."""
    for source in sorted(root.glob("formbook/locale/*/LC_MESSAGES/formbook.po")):
        with source.open("rb") as po:
            catalogue = read_po(po, locale=source.parts[-3])
        with source.with_suffix(".mo").open("wb") as mo:
            write_mo(mo, catalogue)


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Compiles before every build, the editable one included."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Compile into the source tree; the artifacts setting takes the files along."""
        compile_catalogues(Path(self.root))
