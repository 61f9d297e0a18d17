"""Pixels in, boxes out; knows no text and no register.

files, scan, pdf, turn         from a file to upright pixels, and back
desk, curl, flatten, lid       the paper, level and straight
ink, ruling, verso, seals      what is written, told from rules, the other side and seals
ridges, lines                  lines of writing
strips, rows, labels, pens     lines that stand side by side
blocks, edges, numbers         comments, where they run on, the page's number
signatures, marks              where the chairman's mark may be
orient, sheet, page            all of that in its order
outlines, cut                  what others get of a line
likeness                       whether two scans show one page
debug                          a picture of each step
pixels, faults                 what all of them need
"""

from __future__ import annotations

import logging

# What is wrong with a file is raised, and named; Pillow says it once more, without the file.
logging.getLogger("PIL").addHandler(logging.NullHandler())
