"""A socket of this machine that leads to a port of a pod, through the API server.

Nobody else reaches it: it lies in a folder of ours, where a TCP port would be everybody's.
WebSocket subprotocol v4.channel.k8s.io: the first byte of a message is its channel, 0 for data and
1 for errors; the first message of each channel names the port.
"""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from .kinds import POD

if TYPE_CHECKING:
    from .api import Api

_PROTOCOL = "v4.channel.k8s.io"
_DATA, _ERROR = 0, 1
_CHUNK = 65_536


class Forward:
    """Accepts on `socket` and passes on to `port` of a pod, until it is closed."""

    def __init__(self, api: Api, namespace: str, pod: str, port: int, socket: Path) -> None:
        self._api = api
        self._path = POD.path(namespace, pod, sub="portforward")
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
            async with self._api.socket(self._path, {"ports": str(self._port)}, _PROTOCOL) as far:
                await _both(reader, writer, far)
        except (aiohttp.ClientError, OSError, asyncio.TimeoutError):
            pass  # the caller sees a connection that closes, and says so
        except asyncio.CancelledError:
            pass  # asyncio's server would tell the loop of it as of an error
        finally:
            self._open.discard(task)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


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
