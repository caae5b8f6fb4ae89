"""One window's channels: many streams of frames over one connection, each with a window of its own.

Knows no web: frames go out through a coroutine that returns when the peer's socket has taken them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import NamedTuple

from jupyter_modelship.desk.problem import problem
from jupyter_modelship.errors import ModelshipError, UsageError

_log = logging.getLogger(__name__)

WINDOW = 64
"""Frames of a channel that may be under way; then the server waits for an `ack`."""
CHANNELS = 256
WISH_LIMIT = 4096
_NAME_LIMIT = 200
_LARGEST = 2**53
"""What JavaScript still counts exactly."""


class Frame(NamedTuple):
    """What a feed gives: a place in the stream, and the data as JSON text."""

    seq: float
    """Ascending."""
    data: str


Feed = AsyncGenerator[Frame, None]
"""Frames in order; it is asked for the next one only when there is room for it."""


class Gone(Exception):
    """The peer has left."""


class BadWish(UsageError):
    """A frame from a client that asks for nothing that there is."""

    code = "bad-frame"


class Session:
    """The subscriptions of one connection.

    `feeds` opens the feed of a channel from after a seq; it raises ModelshipError for a channel
    that there is not. `send` takes the text of a frame, and returns when it is written; it raises
    Gone.
    """

    def __init__(
        self, feeds: Callable[[str, float], Feed], send: Callable[[str], Awaitable[None]]
    ) -> None:
        self._feeds = feeds
        self._send = send
        self._open: dict[str, _Subscription] = {}

    async def hear(self, message: str | bytes) -> None:
        """Do what a frame asks for; one that asks for nothing sensible is answered by an error.
        Raises Gone."""
        channel = ""
        try:
            wish = _parsed(message)
            channel = _channel(wish)
            await self._do(wish, channel)
        except ModelshipError as error:
            await self._send(_error(channel, error))

    async def close(self) -> None:
        """End all subscriptions."""
        opened, self._open = list(self._open.values()), {}
        for subscription in opened:
            await subscription.close()

    async def _do(self, wish: Mapping[str, object], channel: str) -> None:
        do = wish.get("do")
        known = self._open.get(channel)
        if do == "subscribe":
            await self._subscribe(channel, _number(wish, "after"))
        elif do == "unsubscribe":
            if known is not None:
                del self._open[channel]
                await known.close()
        elif do == "ack":
            seq = _number(wish, "seq")
            if known is not None:  # it may have ended while the ack was under way
                known.acknowledge(seq)
        else:
            raise BadWish(
                "the frame asks for nothing that there is",
                remedy="`do` is one of subscribe, unsubscribe, ack",
            )

    async def _subscribe(self, channel: str, after: float) -> None:
        """Begin, or begin again from another place."""
        before = self._open.pop(channel, None)
        if before is not None:
            await before.close()
        if len(self._open) >= CHANNELS:
            raise BadWish(
                f"there are {CHANNELS} channels on this connection already",
                remedy="unsubscribe from one of them first",
            )
        self._open[channel] = _Subscription(
            channel, self._feeds(channel, after), self._send, self._forget
        )

    def _forget(self, subscription: _Subscription) -> None:
        if self._open.get(subscription.channel) is subscription:
            del self._open[subscription.channel]


class _Subscription:
    def __init__(
        self,
        channel: str,
        feed: Feed,
        send: Callable[[str], Awaitable[None]],
        ended: Callable[[_Subscription], None],
    ) -> None:
        self.channel = channel
        self._feed = feed
        self._send = send
        self._ended = ended
        self._head = f'{{"channel":{json.dumps(channel)},"kind":'
        self._unacknowledged: deque[float] = deque()
        self._room = asyncio.Event()
        self._room.set()
        self._task = asyncio.ensure_future(self._run())

    def acknowledge(self, seq: float) -> None:
        """The client has all frames up to this one."""
        while self._unacknowledged and self._unacknowledged[0] <= seq:
            self._unacknowledged.popleft()
        if len(self._unacknowledged) < WINDOW:
            self._room.set()

    async def close(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        try:
            async with contextlib.aclosing(self._feed) as frames:
                async for frame in frames:
                    await self._event(frame)
            await self._send(f'{self._head}"end"}}')
        except Gone:
            pass
        except Exception as error:  # a mistake of ours ends this channel and no other
            if not isinstance(error, ModelshipError):
                _log.exception("channel %s failed", self.channel)
            with contextlib.suppress(Gone):
                await self._send(_error(self.channel, error))
        finally:
            self._ended(self)

    async def _event(self, frame: Frame) -> None:
        """Send a frame, and return when there is room for the next."""
        self._unacknowledged.append(frame.seq)
        await self._send(f'{self._head}"event","seq":{frame.seq},"data":{frame.data}}}')
        if len(self._unacknowledged) >= WINDOW:
            self._room.clear()
            await self._room.wait()


def _parsed(message: str | bytes) -> Mapping[str, object]:
    if isinstance(message, bytes) or len(message) > WISH_LIMIT:
        raise BadWish("the frame is no short text", remedy="send JSON text as the API says")
    try:
        wish = json.loads(message)
    except (ValueError, RecursionError) as error:
        raise BadWish("the frame is not JSON", remedy="send JSON text as the API says") from error
    if not isinstance(wish, dict):
        raise BadWish("the frame is not a JSON object", remedy="send an object with `do`")
    return wish


def _channel(wish: Mapping[str, object]) -> str:
    channel = wish.get("channel")
    if not isinstance(channel, str) or len(channel) > _NAME_LIMIT:
        raise BadWish("the frame names no channel", remedy="`channel` is a short text")
    return channel


def _number(wish: Mapping[str, object], key: str) -> float:
    number = wish.get(key)
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise BadWish(f"`{key}` is no number", remedy="send the `seq` of a frame, or 0")
    if not 0 <= number <= _LARGEST:
        raise BadWish(f"`{key}` is no place in a channel", remedy="send the `seq` of a frame, or 0")
    return number


def _error(channel: str, error: Exception) -> str:
    return json.dumps({"channel": channel, "kind": "error", "problem": problem(error)})
