"""One process of a service: started, spoken to over its control channel, ended.

The channel is a stream socket with JSON lines. Its end is the end: the process exits when it reads
EOF there, so that no service outlives its keeper, on any system.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from jupyter_modelship import process
from jupyter_modelship.errors import StageFailed

from .hidden import Hidden
from .log import Log, Pump
from .wire import LINE_LIMIT, Json, decode, encode

Event = Literal["loaded", "ready", "taking", "draining"]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a process ended, or could not do what it was asked."""

    reason: str
    cell: str | None = None
    line: int | None = None
    traceback: str = ""


class Started(Protocol):
    """What `process.start` returns, as far as it matters here."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...


class Children:
    """Tells of each child's end; one per process, on its main thread."""

    def __init__(self) -> None:
        self._alive: dict[int, tuple[Started, asyncio.Future[int]]] = {}
        self._loop = asyncio.get_running_loop()
        self._loop.add_signal_handler(signal.SIGCHLD, self._sweep)

    def add(self, child: Started) -> asyncio.Future[int]:
        """A future of the child's exit code, negative for a signal."""
        ended: asyncio.Future[int] = self._loop.create_future()
        self._alive[child.pid] = (child, ended)
        self._loop.call_soon(self._sweep)  # it may have ended before it was added
        return ended

    def close(self) -> None:
        self._loop.remove_signal_handler(signal.SIGCHLD)

    def _sweep(self) -> None:
        for child, ended in list(self._alive.values()):
            code = child.poll()
            if code is None:
                continue
            del self._alive[child.pid]
            process.signal_group(child.pid, signal.SIGKILL)  # what it started goes with it
            if not ended.done():
                ended.set_result(code)


class Child:
    """A running process. Made by `spawn`; whoever made it calls `kill` or sees it end."""

    def __init__(
        self,
        pid: int,
        *,
        ended: asyncio.Future[int],
        control: socket.socket,
        pump: Pump,
        hidden: Hidden | None = None,
        end: Callable[[int], None] | None = None,
        reason: Callable[[int], str] | None = None,
    ) -> None:
        self.pid = pid
        self._end = end or _end_group
        self._reason = reason or exit_reason
        self.ended = ended
        self._control = control
        self._pump = pump
        self._hidden = hidden or Hidden()
        self._events: dict[str, asyncio.Event] = {}
        self._facts: dict[str, Json] = {}
        self._failed: Json | None = None
        self._reading = asyncio.get_running_loop().create_task(self._read())
        ended.add_done_callback(lambda _: self._let_go())

    @property
    def alive(self) -> bool:
        return not self.ended.done()

    @property
    def failure(self) -> Failure:
        """Why it ended: its own last word, else its exit code."""
        if self._failed is not None:
            return _last_word(self._failed, self._hidden)
        return Failure(
            self._reason(self.ended.result()) if self.ended.done() else "it does not answer"
        )

    def facts(self, event: Event) -> Json:
        """What came with an event; nothing before it came."""
        return self._facts.get(event, {})

    async def expect(self, event: Event, *, limit: float) -> None:
        """Wait for an event. Raises StageFailed when the process fails, ends or takes too long."""
        word = asyncio.ensure_future(self._event(event).wait())
        try:
            until: set[asyncio.Future[Any]] = {word, self.ended}
            await asyncio.wait(until, timeout=limit, return_when="FIRST_COMPLETED")
            if not self._event(event).is_set() and self.ended.done():
                await asyncio.wait({self._reading})  # its last word may still be in the channel
        finally:
            word.cancel()
        if self._event(event).is_set() and self.alive:
            return
        if self.alive:
            raise StageFailed(
                f"the service's process was not {event} after {limit:.0f} s",
                remedy="look at its log",
            )
        failure = self.failure
        raise StageFailed(
            f"the service's process failed before it was {event}: {failure.reason}",
            detail=failure.traceback,
            cell=failure.cell,
            line=failure.line,
        )

    def tell(
        self,
        order: Literal["open", "take", "drain"],
        *,
        bundle: Path | None = None,
        listener: socket.socket | None = None,
    ) -> None:
        """Give an order. `open` may name the bundle's folder to go on from, `take` come with the
        socket to accept on."""
        message = {"do": order} if bundle is None else {"do": order, "bundle": str(bundle)}
        descriptors = [] if listener is None else [listener.fileno()]
        with suppress(OSError):  # it is gone, as whoever waits for its answer will see
            socket.send_fds(self._control, [encode(message)], descriptors)

    def kill(self) -> None:
        """End it and all it started, now."""
        if self.alive:
            self._end(self.pid)

    async def end(self, *, limit: float) -> None:
        """See it end by itself within `limit` seconds, else end it; gone when this returns."""
        await asyncio.wait({self.ended}, timeout=limit)
        self.kill()
        await asyncio.wait({self.ended})

    def _event(self, name: str) -> asyncio.Event:
        return self._events.setdefault(name, asyncio.Event())

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        begun = b""
        while len(begun) < LINE_LIMIT:
            try:
                chunk = await loop.sock_recv(self._control, 1 << 16)
            except OSError:
                return
            if not chunk:
                return
            *lines, begun = (begun + chunk).split(b"\n")
            for line in lines:
                self._hear(line)

    def _hear(self, line: bytes) -> None:
        with suppress(ValueError):  # user code may write to any descriptor
            message = decode(line)
            name = message.get("event")
            if name == "failed":
                self._failed = message
            elif isinstance(name, str):
                self._facts[name] = message
                self._event(name).set()

    def _let_go(self) -> None:
        self._pump.close()
        loop = asyncio.get_running_loop()
        self._reading.add_done_callback(lambda _: self._control.close())
        # Its last word is still in the channel, and EOF behind it, unless a grandchild that left
        # the process group holds the other end open.
        loop.call_later(1.0, self._reading.cancel)


def _last_word(failed: Mapping[str, object], hidden: Hidden) -> Failure:
    said = (hidden.text(str(failed.get(key) or "")) for key in ("phase", "error", "message"))
    phase, error, message = said
    cell, line = failed.get("cell"), failed.get("line")
    where = f"{phase}: " if phase else ""
    return Failure(
        f"{where}{error}: {message}" if message else f"{where}{error}",
        cell=cell if isinstance(cell, str) else None,
        line=line if isinstance(line, int) else None,
        traceback=hidden.text(str(failed.get("traceback") or "")),
    )


def _end_group(pid: int) -> None:
    process.signal_group(pid, signal.SIGKILL)


def exit_reason(code: int) -> str:
    """What an exit code means to a person."""
    if code >= 0:
        return f"it ended with exit code {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
    hint = " (out of memory, perhaps)" if name == "SIGKILL" else ""
    return f"it was ended by {name}{hint}"


def spawn(
    start: Callable[[int], Started],
    *,
    children: Children,
    control: tuple[socket.socket, socket.socket],
    log: Log,
    hidden: Hidden,
    remedy: str,
    end: Callable[[int], None] | None = None,
    reason: Callable[[int], str] | None = None,
) -> Child:
    """Start a process. Raises StageFailed, with `remedy`, where there is none.

    `start` is given the descriptor for both outputs. `control` is a pair of sockets: ours and its.
    `end` kills the process of that id and all it started; `reason` says what an exit code means.
    Without them: its group is killed, the code is its own.
    """
    ours, its = control
    ours.setblocking(False)
    output, writing = os.pipe()
    try:
        started = start(writing)
    except OSError as error:
        ours.close()
        os.close(output)
        raise StageFailed(
            f"cannot start {error.filename}: {error.strerror or error}", remedy=remedy
        ) from error
    finally:
        its.close()
        os.close(writing)
    return Child(
        started.pid,
        ended=children.add(started),
        control=ours,
        pump=Pump(output, log, hidden=hidden),
        hidden=hidden,
        end=end,
        reason=reason,
    )
