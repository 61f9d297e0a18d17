"""Draws pages and lines whose truth is known, to train and to measure with.

`pages` puts a page together: `paper` rules it, `hands` write on it, `marks` are the
chairman's, `camera` takes the picture, `truth` says what stands where. `samples` draws the
pages in `scans/`.
"""

from __future__ import annotations
