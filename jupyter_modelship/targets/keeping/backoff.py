"""How long to wait before a process that ended is started again."""

from __future__ import annotations

FIRST_SECONDS = 0.2
LAST_SECONDS = 30.0
HEALTHY_SECONDS = 60.0
"""A process that lived this long starts the count anew."""
LOOP = 3
"""Failures in a row from which on a service counts as failed."""


def delay(failures: int, *, draw: float) -> float:
    """Seconds to wait after that many failures in a row (from 1).

    Doubles up to LAST_SECONDS; `draw` in [0, 1) takes away up to half, so that services that fell
    together do not rise together ("equal jitter").
    """
    ceiling = (
        LAST_SECONDS if failures > 16 else min(FIRST_SECONDS * 2 ** (failures - 1), LAST_SECONDS)
    )
    return max(ceiling * (1 - draw / 2), FIRST_SECONDS)


def failures_after(failures: int, *, lived: float) -> int:
    """Failures in a row, when a process that lived `lived` seconds has just ended."""
    return 1 if lived >= HEALTHY_SECONDS else failures + 1
