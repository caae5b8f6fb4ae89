"""How services stood when their target last answered: one that is out of reach hides none of its
services, and keeps no other target waiting."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.runs import services
from jupyter_modelship.targets.port import Observation, Target

PATIENCE_SECONDS = 10.0
PAUSE = 4.0
"""So many times as long as it took not to answer, it is not asked again."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Of a target that does not answer."""

    since: float
    """UTC epoch seconds: the first look that it did not answer."""
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class _Silent:
    silence: Silence
    again: float
    """Seconds on the clock."""


class Remembered:
    """What each target told last, for as long as it is among those that are asked. `clock` gives
    UTC epoch seconds."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._told: dict[str, tuple[Observation, ...]] = {}
        self._silent: dict[str, _Silent] = {}

    async def ask(
        self, targets: Mapping[str, Target], *, patience: float = PATIENCE_SECONDS
    ) -> Sequence[tuple[Observation, Silence | None]]:
        """Every service of every target, with the silence of those that do not answer."""
        began = self._clock()
        resting = {name: one for name, one in self._silent.items() if began < one.again}
        asked = {name: each for name, each in targets.items() if name not in resting}
        found, failed = await services.gathered_of(asked, patience=patience)
        silent = {name: self._fell_silent(name, why, began) for name, why in failed.items()}
        self._silent = resting | silent
        self._told = {name: found.get(name, self._told.get(name, ())) for name in targets}
        told = list(self._told.items())
        return [(seen, self._silence(name)) for name, seen_of in told for seen in seen_of]

    def _fell_silent(self, name: str, why: ModelshipError, began: float) -> _Silent:
        known, now = self._silent.get(name), self._clock()
        since = known.silence.since if known else began
        return _Silent(Silence(since, why.message, why.remedy), now + PAUSE * (now - began))

    def _silence(self, name: str) -> Silence | None:
        silent = self._silent.get(name)
        return silent.silence if silent else None
