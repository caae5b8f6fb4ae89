"""A socket of this machine that leads to a port of a pod, through the API server.

Nobody else reaches it: it lies in a folder of ours, where a TCP port would be everybody's.
WebSocket subprotocol v4.channel.k8s.io: the first byte of a message is its channel, 0 for data and
1 for errors; the first message of each channel names the port.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.places import Places

from .failures import pauses
from .kinds import POD
from .within import within

if TYPE_CHECKING:
    from .api import Api
    from .rollout import Rollout

_PROTOCOL = "v4.channel.k8s.io"
_DATA, _ERROR = 0, 1
_CHUNK = 65_536
HANDSHAKE_SECONDS = 10.0
"""For the API server to lead to a pod."""
Pod = Callable[[], Awaitable[str]]
"""Gives the name of a pod. Raises StageFailed."""


class Forward:
    """Accepts on `socket` and passes on to `port` of a pod, until it is closed.

    `pod` is asked for its name at each connection: one that has gone in between is not waited for.
    """

    def __init__(
        self,
        api: Api,
        namespace: str,
        pod: Pod,
        port: int,
        socket: Path,
    ) -> None:
        self._api = api
        self._namespace = namespace
        self._pod = pod
        self._port = port
        self._socket = socket
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_unix_server(self._accepted, self._socket)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        self._socket.unlink(missing_ok=True)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            path = POD.path(self._namespace, await self._pod(), sub="portforward")
            async with contextlib.AsyncExitStack() as inside:
                await _both(reader, writer, await self._led(inside, path))
        except (StageFailed, aiohttp.ClientError, OSError, asyncio.TimeoutError):
            pass  # the caller sees a connection that closes, and says so
        except asyncio.CancelledError:
            pass  # asyncio's server would tell the loop of it as of an error
        finally:
            self._open.discard(task)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _led(self, inside: contextlib.AsyncExitStack, path: str) -> Any:
        """The other end; an API server that is away is waited for, a pod that is is not."""
        waits = pauses(self._api.patience)
        while True:
            far = self._api.socket(path, {"ports": str(self._port)}, _PROTOCOL)
            try:
                led = inside.enter_async_context(far)
                return await within(led, HANDSHAKE_SECONDS)
            except aiohttp.ClientConnectionError:
                pause = next(waits, None)
                if pause is None:
                    raise
            await asyncio.sleep(pause)


@contextlib.asynccontextmanager
async def forwarded(rollout: Rollout, pod: Pod, port: int, places: Places) -> AsyncIterator[Path]:
    """A socket that leads to the port of the pod."""
    socket = places.socket(f"f-{secrets.token_hex(6)}")
    forward = Forward(rollout.api, rollout.namespace, pod, port, socket)
    await forward.start()
    try:
        yield socket
    finally:
        await forward.close()


def always(pod: str) -> Pod:
    """That one."""

    async def named() -> str:
        return pod

    return named


def any_of(rollout: Rollout, run_label: str) -> Pod:
    """One of the pods of that run that are ready at the time; not always the same."""

    async def chosen() -> str:
        pods = await rollout.serving(run_label)
        if not pods:
            raise StageFailed(
                f"no pod of {rollout.service} is ready",
                remedy=f"see why: jupyter modelship status {rollout.service}",
            )
        return str(secrets.choice(pods)["metadata"]["name"])

    return chosen


async def _both(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, far: Any) -> None:
    """Pass on both ways until one side ends."""
    ways = {asyncio.create_task(_out(reader, far)), asyncio.create_task(_in(far, writer))}
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _out(reader: asyncio.StreamReader, far: Any) -> None:
    while data := await reader.read(_CHUNK):
        await far.send_bytes(bytes([_DATA]) + data)


async def _in(far: Any, writer: asyncio.StreamWriter) -> None:
    named: set[int] = set()
    async for message in far:
        if message.type is not aiohttp.WSMsgType.BINARY or not message.data:
            continue
        channel, data = message.data[0], message.data[1:]
        if channel not in named:
            named.add(channel)
            continue
        if channel == _ERROR:
            return
        writer.write(data)
        await writer.drain()
