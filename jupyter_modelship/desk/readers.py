"""Processes that read notebooks for a server, so that its loop never does: see looker.py.

Two kinds of questions that do not wait for each other: quick ones (a look) and slow ones (a lock
asks the package index). Processes are started when they are needed and end with us.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from jupyter_modelship import process
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.places import Places

Pace = Literal["quick", "slow"]
AT_ONCE = 2
"""Questions of a pace that are asked at the same time; others wait."""


@dataclass(frozen=True, slots=True)
class Answer:
    body: bytes
    """JSON: the reply, or the problem."""
    error: tuple[str, int] | None = None
    """Code and exit code of what went wrong."""


class Readers:
    """Up to two processes for each pace."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._idle: list[process.Conversation] = []
        self._gates = {pace: asyncio.Semaphore(AT_ONCE) for pace in ("quick", "slow")}
        self._all: set[process.Conversation] = set()

    @property
    def pids(self) -> frozenset[int]:
        """The processes that there are."""
        return frozenset(each.pid for each in self._all if each.alive)

    async def ask(
        self, what: dict[str, object], body: Sequence[bytes], *, pace: Pace = "quick"
    ) -> Answer:
        """The answer to `what` with a request's body, in pieces. Cancelled, it ends the process
        that was asked."""
        async with self._gates[pace]:
            while self._idle:  # one that died while nobody asked it is no answer
                with suppress(ModelshipError):
                    return await self._asked(self._idle.pop(), what, body)
            return await self._asked(await self._started(), what, body)

    async def _asked(
        self, child: process.Conversation, what: dict[str, object], body: Sequence[bytes]
    ) -> Answer:
        try:
            head, reply = await child.ask(json.dumps(what).encode(), body)
        except BaseException:
            await self._end(child)
            raise
        told = json.loads(head)
        if told["heavy"]:
            await self._end(child)
        else:
            self._idle.append(child)
        error = told["error"]
        return Answer(reply, (error["code"], error["exit_code"]) if error else None)

    async def _started(self) -> process.Conversation:
        places = self._places
        child = await process.converse(
            [
                *(sys.executable, "-m", "jupyter_modelship.desk.looker", "--places"),
                *(places.state, places.cache, places.runtime),
            ],
            cwd=places.state,  # of ours: `-m` puts it first on the module path
        )
        self._all.add(child)
        return child

    async def _end(self, child: process.Conversation) -> None:
        self._all.discard(child)
        await child.end()

    async def close(self) -> None:
        """End all of them."""
        self._idle.clear()
        while self._all:
            await self._all.pop().end()
