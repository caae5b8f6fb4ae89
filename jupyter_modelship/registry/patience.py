"""How long to go on with what may work later: exponential waits with full jitter.

(M. Brooker, "Exponential backoff and jitter", AWS Architecture Blog 2015.)
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from .failures import Transient


@dataclass(frozen=True, slots=True)
class Patience:
    """Waits are in seconds."""

    attempts: int = 5
    first: float = 0.25
    """The bound of the first wait; it doubles."""
    most: float = 20.0
    """No wait is longer; a registry that asks for more is told to people."""
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep
    dice: random.Random = field(default_factory=random.Random)

    def begin(self) -> Tries:
        return Tries(self)


class Tries:
    """The tries of one request."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._failed = 0

    def progress(self) -> None:
        """Something got through: what follows is a new trouble."""
        self._failed = 0

    async def again(self, failure: Transient) -> None:
        """Wait for the next try; raises the failure's final error where that makes no sense."""
        patience = self._patience
        self._failed += 1
        if self._failed >= patience.attempts or (failure.delay or 0) > patience.most:
            raise failure.final from failure
        bound = min(patience.most, patience.first * 2 ** (self._failed - 1))
        jitter = patience.dice.uniform(0, bound)
        await patience.wait(max(failure.delay or 0, 0) + jitter)
