"""Pixels in, boxes out; knows no text and no register."""

from __future__ import annotations

import logging

# What is wrong with a file is raised, and named; Pillow says it once more, without the file.
logging.getLogger("PIL").addHandler(logging.NullHandler())
