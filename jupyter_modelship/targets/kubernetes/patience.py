"""How long each cause may stand: told when it is seen, told when it is over, raised when no waiting
helps.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from jupyter_modelship.bundle.release.pod import START_SECONDS
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.targets.port import Tell

from .causes import Cause

SURE_SECONDS = 4.0
"""A cause that waiting cannot help stands for so long before it ends the run: a registry that
stumbles once, or a Secret that comes right after, is no failure."""
READY_SECONDS = START_SECONDS + 300
"""For a node to pull the image, and the process to come up."""


class Patience:
    """Judges what stands in the way, look after look."""

    def __init__(
        self,
        tell: Tell,
        seconds: float = READY_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tell = tell
        self._clock = clock
        self._until = clock() + seconds
        self._since: dict[str, float] = {}
        self._told: Mapping[str, Cause] = {}

    def judge(self, found: Sequence[Cause]) -> None:
        """Tell what is new, and what is over. Raises StageFailed where waiting does not help any
        more."""
        now = self._clock()
        self._since = {each.code: self._since.get(each.code, now) for each in found}
        self._say({each.code: each for each in found})
        for cause in found:
            if cause.sure and now - self._since[cause.code] >= SURE_SECONDS:
                raise failed(cause)
        if now > self._until:
            raise failed(found[0]) if found else _late()

    def _say(self, found: Mapping[str, Cause]) -> None:
        for code, cause in self._told.items():
            if code not in found:
                self._tell(f"no longer: {cause.what}")
        for code, cause in found.items():
            if code not in self._told:
                self._tell(f"{cause.what}: {cause.evidence}; {cause.remedy}")
        self._told = found


def failed(cause: Cause) -> StageFailed:
    return StageFailed(
        f"{cause.what}: {cause.evidence}",
        remedy=cause.remedy,
        detail=f"cause: {cause.code}",
        cell=cause.cell,
        line=cause.line,
    )


def _late() -> StageFailed:
    return StageFailed("the pods did not become ready in time", remedy="see: kubectl get pods")
