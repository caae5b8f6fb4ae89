"""How often and by which dice: the campaign's tests say both, so that a failure can be repeated.

MODELSHIP_SCALE is the share of the full number (0.01 for a look), MODELSHIP_SEED the seed.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Trials:
    count: int
    seed: int
    dice: random.Random


def trials(full: int, capsys: pytest.CaptureFixture[str], *, least: int = 1) -> Trials:
    """The dice and `full` trials, or the share of it that the environment asks for; prints both."""
    count = max(least, round(full * float(os.environ.get("MODELSHIP_SCALE", "1"))))
    seed = int(os.environ.get("MODELSHIP_SEED", random.SystemRandom().randrange(1 << 32)))
    line = f"MODELSHIP_SEED={seed} N={count}"
    print(line)  # with what a failed test has printed: of several workers nothing else is seen
    with capsys.disabled():
        print(f"\n{line}", flush=True)
    return Trials(count, seed, random.Random(seed))
