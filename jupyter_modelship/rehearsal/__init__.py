"""Runs the notebook's own code in a clean kernel: artifacts, examples, and their replay."""

from __future__ import annotations

from .compare import Difference, compare
from .rehearse import rehearse
from .replay import Answer, replay, uds_call
from .request import CellProgress, DataRead, RehearsalRequest, Rehearsed

__all__ = [
    "Answer",
    "CellProgress",
    "DataRead",
    "Difference",
    "RehearsalRequest",
    "Rehearsed",
    "compare",
    "rehearse",
    "replay",
    "uds_call",
]
