"""What `formbook --help` costs beside an empty Typer app with as many commands.

    python benchmarks/help.py [RUNS]

Each runs as a whole process, in turn; printed are medians and the median of the ratios.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from typer.main import get_command

from formbook.cli import app

FORMBOOK = str(Path(sys.executable).with_name("formbook"))


def write_empty_app(path: Path) -> int:
    """Write an app whose commands do nothing, as many as formbook's, as an installed script."""
    names = list(get_command(app).commands)
    bodies = "\n".join(
        f'@app.command(name="{name}", help="Do nothing.")\ndef c{number}() -> None: ...\n'
        for number, name in enumerate(names)
    )
    path.write_text(f"import typer\napp = typer.Typer()\n{bodies}\napp()\n", encoding="utf-8")
    return len(names)


def run(command: list[str]) -> float:
    """Seconds that a command takes."""
    begun = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun


def main() -> None:
    """Time both in turn."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as room:
        empty = Path(room) / "empty.py"
        count = write_empty_app(empty)
        pairs = [
            (run([FORMBOOK, "--help"]), run([sys.executable, str(empty), "--help"]))
            for _ in range(runs + 1)
        ][1:]
    ours, peer = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    print(f"{count} commands: formbook {ours:.3f} s, empty app {peer:.3f} s, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
