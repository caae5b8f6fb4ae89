"""The end of a service's log as it grows, for many readers, each at a place of its own."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from itertools import islice
from typing import NamedTuple

KEPT = 2_000
"""Lines that a reader can go back; at most KEPT_CHARACTERS of them."""
KEPT_CHARACTERS = 2 << 20
PIECE = 500
"""Lines in one piece; at most PIECE_CHARACTERS and a line."""
PIECE_CHARACTERS = 64 << 10
_TURN = 200
"""Lines after which others on the loop get their turn."""
GATHER_SECONDS = 0.1


class Piece(NamedTuple):
    """Lines that follow each other."""

    seq: int
    """Count of all lines up to the last one of these."""
    lines: tuple[str, ...]
    reset: bool
    """They are no continuation of what the reader has: that is of another log, or too old."""
    omitted: int
    """Lines before these that went by while the reader was slow, or away."""


class Tail:
    """Follows `lines` while anybody reads. For one event loop.

    Lines are counted from a number that no earlier tail can have come to, so that a reader who
    comes back from another server is not given the wrong ones.
    """

    def __init__(self, lines: Callable[[], AsyncIterator[str]]) -> None:
        self._lines = lines
        self._kept: deque[str] = deque()
        self._characters = 0
        self._first = self._count = int(time.time() * 1000)
        """Lines that were before the kept ones and the tail itself; all lines so far."""
        self._began = self._count
        self._readers = 0
        self._task: asyncio.Task[None] | None = None
        self._turn = asyncio.Event()
        self._error: BaseException | None = None

    async def follow(self, *, after: int = 0) -> AsyncGenerator[Piece, None]:
        """Lines after the `after`th, as they come, until the log is gone. Close it when it is left.

        Raises what reading the log raises.
        """
        self._readers += 1
        try:
            if self._task is None:
                self._task = asyncio.ensure_future(self._read())
            fresh = not self._began <= after <= self._count
            place = self._began if fresh else after
            while True:
                turn = self._turn
                if place < self._count:
                    piece = self._piece(place, fresh)
                    place, fresh = piece.seq, False
                    yield piece
                elif self._task.done():
                    if self._error is not None:
                        raise self._error
                    return
                else:
                    await turn.wait()
                    await asyncio.sleep(GATHER_SECONDS)
        finally:
            self._readers -= 1
            if not self._readers:
                await self._close()

    @property
    def read(self) -> bool:
        """Whether anybody reads."""
        return self._readers > 0

    def _piece(self, place: int, fresh: bool) -> Piece:
        begin = max(place, self._first)
        lines: list[str] = []
        characters = 0
        for line in islice(self._kept, begin - self._first, None):
            if len(lines) == PIECE or characters > PIECE_CHARACTERS:
                break
            lines.append(line)
            characters += len(line)
        return Piece(begin + len(lines), tuple(lines), fresh, 0 if fresh else begin - place)

    async def _read(self) -> None:
        try:
            async for line in self._lines():
                self._keep(line)
                if self._count % _TURN == 0:
                    await asyncio.sleep(0)
        except Exception as error:  # whoever reads has to know, of whatever kind it is
            self._error = error
        finally:
            self._tell()

    def _keep(self, line: str) -> None:
        self._kept.append(line)
        self._characters += len(line)
        self._count += 1
        while len(self._kept) > KEPT or self._characters > KEPT_CHARACTERS:
            self._characters -= len(self._kept.popleft())
            self._first += 1
        self._tell()

    def _tell(self) -> None:
        if self._readers:
            turn, self._turn = self._turn, asyncio.Event()
            turn.set()

    async def _close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
