"""Settings that change no answer: how messages are worded and how fast things go."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_PAGE_S = 86_400.0
"""Seconds; longer than a day, no page is waited for."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What `formbook.toml` and the environment say; only the command line reads those.

    Args:
        language: of messages, `vi` or `en`; None leaves it to the environment.
        recognizer: the engine that reads.
        workers: how many processes read at once; None for one a core.
        time_stamp_url: the server that stamps anchors (RFC 3161); None asks nobody.
        time_stamp_roots: a PEM file of its root certificate, from the register's folder.
        page_time_limit_s: how long reading one page may take, in seconds.
    """

    language: str | None = None
    recognizer: str = "handwriting"
    workers: int | None = None
    page_time_limit_s: float = 120.0
    time_stamp_url: str | None = None
    time_stamp_roots: str | None = None
