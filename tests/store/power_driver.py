"""Does random acts in a new register, and says aloud each that is acknowledged.

python power_driver.py FOLDER SEED ACTS
"""

from __future__ import annotations

import hashlib
import io
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import random_acts
import registers
from registers import NOW, make_register

from formbook.backup import backup


def _kept_scan(store, read, *, content=None, **more):
    """Add a scan whose original is kept by the register's own way, not by the tests' short one."""
    content = content or f"scan {store.head()[0]}".encode() * 300
    sha256 = hashlib.sha256(content).hexdigest()
    store.keep_original(Path("scan.jpg"), io.BytesIO(content), sha256)
    return registers.add_scan(store, read, content=content, **more)


def _acknowledge(store) -> None:
    sys.stdout.write("{} {}\n".format(*store.head()))
    sys.stdout.flush()


def main(folder: Path, seed: str, acts: str) -> None:
    """Act, and back up in between."""
    random_acts.add_scan = _kept_scan
    rng = random.Random(seed)
    with make_register(folder) as store:
        _acknowledge(store)
        office = random_acts.RandomActs(store, rng)
        for number in range(int(acts)):
            if office.act():
                _acknowledge(store)
            if number == int(acts) // 2:
                made = backup(store, folder / "disk", now=NOW)
                sys.stdout.write(f"backup {made.path.name}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
