"""Pixels in, boxes out; knows no text and no register."""

from __future__ import annotations
