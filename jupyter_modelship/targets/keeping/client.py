"""Speaks to the keeper, and starts it where a write needs one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path
from typing import Any

from jupyter_modelship import process
from jupyter_modelship.errors import ModelshipError, StageFailed
from jupyter_modelship.places import Places, private

from .wire import LINE_LIMIT, LOCK, PROTOCOL, SOCKET, decode, encode, raise_error

START_SECONDS = 15.0
AGAIN_SECONDS = 1.0
GREETING_SECONDS = 5.0
LOG_BYTES = 1 << 20
"""The keeper itself says little; a log beyond this begins anew with the next keeper."""
_MODULE = "jupyter_modelship.targets.keeper"


class Connection:
    """One client of the keeper. What it stages ends with it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._one = asyncio.Lock()

    async def ask(self, do: str, **fields: object) -> Any:
        """The reply to a request. Raises what the keeper raised."""
        async with self._one:
            try:
                self._writer.write(encode({"do": do, **fields}))
                await self._writer.drain()
                line = await self._reader.readline()
            except OSError:
                line = b""
            except BaseException:
                self._writer.close()  # nobody will read this reply: the keeper must not wait for us
                raise
        if not line:
            raise StageFailed(
                "the keeper ended before it had answered", remedy="run the command again"
            )
        message = decode(line)
        if "error" in message:
            raise_error(message["error"])
        return message["reply"]

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


async def connect(places: Places) -> Connection | None:
    """A connection to the keeper that runs, or None where none answers."""
    path = places.socket(SOCKET)
    try:
        reader, writer = await asyncio.open_unix_connection(os.fspath(path), limit=LINE_LIMIT)
    except OSError:
        return None
    try:
        line = await asyncio.wait_for(reader.readline(), GREETING_SECONDS)
    except (OSError, asyncio.TimeoutError):
        line = b""
    if not line:
        writer.close()
        return None
    greeting = decode(line)
    if greeting.get("keeper") != PROTOCOL:
        writer.close()
        raise ModelshipError(
            f"a keeper of jupyter_modelship {greeting.get('version')} is running",
            remedy="stop your services with that version first",
        )
    return Connection(reader, writer)


async def connect_or_start(places: Places) -> Connection:
    """A connection to the keeper, which is started where none runs. Raises ModelshipError."""
    loop = asyncio.get_running_loop()
    until = loop.time() + START_SECONDS
    start_again = 0.0
    while loop.time() < until:
        connection = await connect(places)
        if connection is not None:
            return connection
        if loop.time() >= start_again:
            _start(places)
            start_again = loop.time() + AGAIN_SECONDS
        await asyncio.sleep(0.02)
    raise ModelshipError(
        f"the keeper does not answer{_holder(places)}",
        remedy=f"look at {places.state / 'keeper.log'}; end a keeper that hangs, and try again",
    )


def _start(places: Places) -> None:
    log = private(places.state) / "keeper.log"
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.unlink()
    with contextlib.suppress(ChildProcessError):  # killed: who waits starts another
        process.detach(
            [sys.executable, "-m", _MODULE, "--state", places.state, "--runtime", places.runtime],
            log=log,
            cwd=places.state,
        )


def _holder(places: Places) -> str:
    path: Path = places.state / LOCK
    text = path.read_text() if path.exists() else ""
    return f" (process {text} holds {path})" if text else ""
