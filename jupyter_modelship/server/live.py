"""What the server follows for its windows: services, runs, logs; and the windows themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from jupyter_modelship.desk.followed import Followed
from jupyter_modelship.places import Places

from .board import Board
from .feeds import Feeds
from .session import Session


class Live:
    """One of a server. It looks at nothing while nobody follows anything."""

    def __init__(
        self, places: Places, *, followed: Followed, root: Callable[[], Path | None]
    ) -> None:
        self.board = Board(places, followed=followed, root=root)
        self._feeds = Feeds(places, board=self.board)
        self._sessions: set[Session] = set()
        self._leaving: set[asyncio.Task[None]] = set()

    def join(self, send: Callable[[str], Awaitable[None]]) -> Session:
        """The session of a window that has come."""
        session = Session(self._feeds.open, send)
        self._sessions.add(session)
        return session

    def leave(self, session: Session) -> None:
        """The window has gone."""
        self._sessions.discard(session)
        task = asyncio.ensure_future(session.close())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def close(self) -> None:
        """The server ends."""
        for session in tuple(self._sessions):
            self.leave(session)
        if self._leaving:
            await asyncio.wait(set(self._leaving))
        await self.board.close()
