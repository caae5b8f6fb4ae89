"""Runs the notebook's own code in a clean kernel: artifacts, examples, and their replay."""

from __future__ import annotations

from .compare import Difference, compare
from .rehearse import known, recalled, rehearse
from .replay import Answer, replay, uds_call
from .request import CellProgress, DataRead, Known, RehearsalRequest, Rehearsed

__all__ = [
    "Answer",
    "CellProgress",
    "DataRead",
    "Difference",
    "Known",
    "RehearsalRequest",
    "Rehearsed",
    "compare",
    "known",
    "recalled",
    "rehearse",
    "replay",
    "uds_call",
]
