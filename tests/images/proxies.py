"""A line to a registry that counts what is sent, and breaks when it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Line:
    """`host` goes to the registry; `sent` is in bytes, of requests with their headers."""

    target: str
    host: str = ""
    sent: int = 0
    break_after: list[int] = field(default_factory=list)
    """At so many bytes of both ways, all connections are reset."""
    received: int = 0
    breaks: int = 0
    open: set[asyncio.StreamWriter] = field(default_factory=set)
    serving: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (task := asyncio.current_task()) is not None:
            self.serving.add(task)
            task.add_done_callback(self.serving.discard)
        address, port = self.target.split(":")
        there_reader, there = await asyncio.open_connection(address, int(port))
        self.open |= {writer, there}
        with suppress(OSError):
            await asyncio.gather(self._pass(reader, there, 1), self._pass(there_reader, writer, 0))
        for one in (writer, there):
            self.open.discard(one)
            one.close()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ours: int
    ) -> None:
        while piece := await reader.read(1 << 16):
            self.sent += len(piece) * ours
            self.received += len(piece) * (1 - ours)
            writer.write(piece)
            await writer.drain()
            if self.break_after and self.sent + self.received >= self.break_after[0]:
                self.break_after.pop(0)
                self.breaks += 1
                for one in list(self.open):
                    one.transport.abort()
                return
        if writer.can_write_eof():
            writer.write_eof()


@asynccontextmanager
async def line_to(host: str) -> AsyncIterator[Line]:
    """A line to `host:port`, on a port of its own, until the block ends."""
    line = Line(host)
    server = await asyncio.start_server(line.serve, "127.0.0.1", 0)
    line.host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield line
    finally:
        server.close()
        for one in list(line.open):
            one.transport.abort()
        await asyncio.gather(*line.serving, return_exceptions=True)
        await server.wait_closed()
