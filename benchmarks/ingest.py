"""What `formbook ingest --recognizer tesseract` costs beside bare Tesseract, and its memory.

    python benchmarks/ingest.py [FOLDER [RUNS]]    wall time over the JPEGs of FOLDER, run by run
    python benchmarks/ingest.py --memory [FOLDER]  peak memory for 400 pages against 40

FOLDER is ../shared/data/pages where that is there, else scans.

The peer is `tesseract FILE OUT --psm 3 -l vie`, one file after another in as many processes as
formbook has workers, each on one thread. Wall time decides; processor time, of all processes, is
steadier where other work runs beside. Both start from files on a warm disk; a run of formbook
makes a new register. Files are named page-NNN.jpg, so that each page is new by its number; with
--by-order they are not, and each page is looked for among those held.
"""

from __future__ import annotations

import io
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

FORMBOOK = str(Path(sys.executable).with_name("formbook"))
WORKERS = len(os.sched_getaffinity(0))
PAGES = (Path("../shared/data/pages"), Path("scans"))
ENVIRONMENT = {**os.environ, "OMP_THREAD_LIMIT": "1"}


def bare(pages: list[Path], room: Path) -> float:
    """Seconds that bare Tesseract takes."""

    def read(page: Path) -> None:
        command = ["tesseract", str(page), str(room / page.stem), "--psm", "3", "-l", "vie"]
        subprocess.run(command, env=ENVIRONMENT, capture_output=True, check=True)

    begun = time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(read, pages))
    return time.perf_counter() - begun


def ingest(folder: Path, room: Path) -> tuple[float, int]:
    """Seconds that an import takes, and the peak memory of its largest process in MiB."""
    register = room / "register"
    shutil.rmtree(register, ignore_errors=True)
    here = ["--register", str(register), "--quiet"]
    subprocess.run([FORMBOOK, "init", "--ward", "Nghĩa Đô", *here], check=True)
    workers = ["--recognizer", "tesseract", "--workers", str(WORKERS)]
    command = [FORMBOOK, "ingest", str(folder), *workers, *here]
    begun = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command} ended with {status}")
    return time.perf_counter() - begun, usage.ru_maxrss // 1024


def link(source: Path, folder: Path, *, by_order: bool) -> list[Path]:
    """Give the JPEGs of a folder names with or without a page number."""
    folder.mkdir()
    made = []
    for number, page in enumerate(sorted(source.glob("*.jpg")), 1):
        name = f"IMG{number:03}.jpg" if by_order else f"page-{number:03}.jpg"
        made.append(folder / name)
        made[-1].symlink_to(page.resolve())
    return made


def compare(source: Path, runs: int, *, by_order: bool) -> None:
    """Print each run and the median ratio."""
    with tempfile.TemporaryDirectory() as name:
        room = Path(name)
        pages = link(source, room / "pages", by_order=by_order)
        ratios = []
        for _ in range(runs):
            began = cpu()
            peer = bare(pages, room)
            between = cpu()
            took, peak = ingest(room / "pages", room)
            worked, peer_worked = cpu() - between, between - began
            ratios.append((took / peer, worked / peer_worked))
            print(
                f"{len(pages)} pages: bare {peer:.1f} s (processor {peer_worked:.1f} s),"
                f" ingest {took:.1f} s (processor {worked:.1f} s), {peak} MiB"
            )
        wall, work = (statistics.median(column) for column in zip(*ratios, strict=True))
        print(f"median ratio {wall:.3f}, of processor time {work:.3f}; {WORKERS} workers")


def cpu() -> float:
    """Processor seconds of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def memory(source: Path) -> None:
    """Print peak memory for 40 and 400 pages, made of the JPEGs of a folder packed anew."""
    pages = sorted(source.glob("*.jpg"))
    peaks = []
    for count in (40, 400):
        with tempfile.TemporaryDirectory() as name:
            room = Path(name)
            (room / "pages").mkdir()
            for number in range(count):
                packed = io.BytesIO()
                quality = 70 + number // len(pages)
                Image.open(pages[number % len(pages)]).save(packed, "JPEG", quality=quality)
                (room / "pages" / f"page-{number + 1:03}.jpg").write_bytes(packed.getvalue())
            took, peak = ingest(room / "pages", room)
            peaks.append(peak)
            print(f"{count} pages: {took:.0f} s, peak {peak} MiB in the largest process")
    print(f"ratio {peaks[1] / peaks[0]:.3f}")


def main() -> None:
    """Time or measure memory, as the arguments say."""
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    folder = Path(words[0]) if words else next(filter(Path.is_dir, PAGES))
    if "--memory" in sys.argv:
        memory(folder)
    else:
        runs = int(words[1]) if len(words) > 1 else 3
        compare(folder, runs, by_order="--by-order" in sys.argv)


if __name__ == "__main__":
    main()
