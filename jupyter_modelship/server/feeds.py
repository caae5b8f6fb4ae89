"""Which channels there are, and what comes through each of them."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing

from jupyter_modelship.desk.tailing import KEPT, Tail
from jupyter_modelship.desk.watching import RunWatch
from jupyter_modelship.errors import NothingThere
from jupyter_modelship.places import Places
from jupyter_modelship.runs import services

from .board import Board
from .session import Feed, Frame


class Feeds:
    """The feeds of a server. Whatever is behind them is looked at once for all windows."""

    def __init__(self, places: Places, *, board: Board) -> None:
        self._places = places
        self._board = board
        self._runs = RunWatch(places)
        self._tails: dict[str, Tail] = {}

    def open(self, channel: str, after: float) -> Feed:
        """The frames of a channel after that place. NothingThere for one that there is not."""
        kind, _, name = channel.partition(":")
        if channel == "services":
            return self._board.services()
        if kind == "run" and name:
            return self._run(name, after)
        if kind == "metrics" and name:
            return self._board.metrics(name)
        if kind == "logs" and name:
            return self._log(name, after)
        raise NothingThere(
            "there is no such channel",
            remedy="channels: run:ID, services, logs:SERVICE, metrics:SERVICE",
        )

    async def _run(self, run: str, after: float) -> AsyncGenerator[Frame, None]:
        async with aclosing(self._runs.follow(run, after=after)) as told:
            async for place, event in told:
                yield Frame(place, json.dumps(event.to_json()))

    async def _log(self, service: str, after: float) -> AsyncGenerator[Frame, None]:
        target, _ = await services.find(service, self._places)
        tail = self._tails.get(service)
        if tail is None or not tail.read:
            tail = Tail(lambda: target.logs(service, follow=True, last=KEPT))
            self._tails[service] = tail
        try:
            async with aclosing(tail.follow(after=int(after))) as pieces:
                async for piece in pieces:
                    data = {
                        "lines": piece.lines,
                        "reset": piece.reset,
                        "omitted": piece.omitted,
                    }
                    yield Frame(piece.seq, json.dumps(data))
        finally:
            if not tail.read and self._tails.get(service) is tail:
                del self._tails[service]
