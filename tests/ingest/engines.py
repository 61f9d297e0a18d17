"""Programs that stand in for Tesseract, for the real command line to run."""

from __future__ import annotations

from pathlib import Path

_VERSION = '#!/bin/sh\n[ "$1" = --version ] && echo tesseract 5.3.0 && exit\n'
_TABLE = (
    r"level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"
    r"1\t1\t0\t0\t0\t0\t0\t0\t800\t1000\t-1\t\n"
    r"5\t1\t1\t1\t1\t1\t60\t100\t200\t40\t90\tĐường\n"
    r"5\t1\t1\t1\t1\t2\t280\t100\t200\t40\t90\thỏng\n"
)


def quick(folder: Path) -> Path:
    """A folder for PATH with a Tesseract that reads the same two words on each page."""
    return _made(folder, f"printf '{_TABLE}' > \"$2.tsv\"\n")


def endless(folder: Path, started: Path) -> Path:
    """A folder for PATH with a Tesseract that never ends; `started` is a pipe that it opens."""
    return _made(folder, f"echo > '{started}'\nexec sleep 600\n")


def _made(folder: Path, script: str) -> Path:
    folder.mkdir()
    program = folder / "tesseract"
    program.write_text(_VERSION + script)
    program.chmod(0o755)
    return folder
