"""Bounded logs: two files of limited size, a limited rate, and a reader that follows over both.

Writing never waits for a reader. What comes faster than the rate allows is dropped, and a marker
line says how much.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from io import BufferedReader
from time import monotonic
from typing import Literal

from .hidden import Hidden
from .state import Folder, now

SIZE = 4 << 20
"""Bytes of each of the two files."""
RATE = 1 << 20
"""Bytes a second that are kept over time."""
BURST = 4 << 20
"""Bytes that are kept at once, whatever the rate."""
CHUNK = 1 << 16
POLL_SECONDS = 0.2


class Log:
    """The writing end. `clock` gives seconds."""

    def __init__(self, place: Folder, *, clock: Callable[[], float] = monotonic) -> None:
        self._place = place
        self._clock = clock
        self._allowance = float(BURST)
        self._asked = clock()
        self._dropped = 0
        self._descriptor: int | None = None
        self._size = 0

    @property
    def dropped(self) -> int:
        """Bytes that no marker has told of yet."""
        return self._dropped

    def write(self, lines: bytes) -> None:
        """Keep whole lines, or drop them where they come too fast."""
        moment = self._clock()
        self._allowance = min(BURST, self._allowance + (moment - self._asked) * RATE)
        self._asked = moment
        needed = BURST // 4 if self._dropped else 0  # after a drop, wait for some room again
        if len(lines) > self._allowance or self._allowance < needed:
            self._dropped += len(lines)
            return
        self.mark()
        self._allowance -= len(lines)
        self._append(lines)

    def note(self, event: str, *, level: str = "info", **facts: object) -> None:
        """A line of the keeper's own, in the form of the service's."""
        line = {"time": now(), "level": level, "event": event, **facts}
        self._append(json.dumps(line).encode() + b"\n")

    def mark(self) -> None:
        """Tell how much was dropped since the last time."""
        dropped, self._dropped = self._dropped, 0
        if dropped:
            self.note("log-dropped", level="warning", bytes=dropped)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _append(self, lines: bytes) -> None:
        with suppress(OSError):  # a full disk costs log lines, never the service
            if self._descriptor is None:
                self._open()
            elif self._size + len(lines) > SIZE:
                self.close()
                self._place.log.replace(self._place.older_log)
                self._open()
            assert self._descriptor is not None
            self._size += os.write(self._descriptor, lines)

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._descriptor = os.open(self._place.log, flags, 0o600)
        self._size = os.fstat(self._descriptor).st_size


class Pump:
    """Moves a child's output into the log, line by line, hiding the values it must not show."""

    def __init__(self, descriptor: int, log: Log, *, hidden: Hidden | None = None) -> None:
        self._descriptor = descriptor
        self._log = log
        self._hidden = hidden or Hidden()
        self._begun = b""
        self._loop = asyncio.get_running_loop()
        self._marking: asyncio.TimerHandle | None = None
        os.set_blocking(descriptor, False)
        self._loop.add_reader(descriptor, self._ready)

    def close(self) -> None:
        """Take what is left in the pipe, then let go of it."""
        if self._descriptor < 0:
            return
        for _ in range(64):  # a pipe holds 64 KiB; somebody may still be writing
            if self._take() != "more":
                break
        self._end()

    def _ready(self) -> None:
        if self._take() == "end":
            self._end()

    def _take(self) -> Literal["more", "empty", "end"]:
        try:
            chunk = os.read(self._descriptor, CHUNK)
        except BlockingIOError:
            return "empty"
        except OSError:
            return "end"
        lines, newline, rest = (self._begun + chunk).rpartition(b"\n")
        self._begun = rest
        if newline:
            self._keep(lines + newline)
        if len(rest) > CHUNK:  # a line without end is cut
            self._begun = b""
            self._keep(rest + b"\n")
        return "more" if chunk else "end"

    def _keep(self, lines: bytes) -> None:
        self._log.write(self._hidden.line(lines))
        if self._log.dropped and self._marking is None:
            self._marking = self._loop.call_later(1.0, self._mark)

    def _mark(self) -> None:
        self._marking = None
        self._log.mark()

    def _end(self) -> None:
        self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = -1
        if self._begun:
            self._keep(self._begun + b"\n")
        if self._marking is not None:
            self._marking.cancel()
        self._log.mark()


def last_lines(place: Folder, count: int) -> str:
    """The end of the log, for an error message."""
    try:
        with place.log.open("rb") as file:
            file.seek(max(0, place.log.stat().st_size - CHUNK))
            return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-count:])
    except OSError:
        return ""


async def read(place: Folder, *, follow: bool, last: int | None = None) -> AsyncIterator[str]:
    """Lines of both files, oldest first; `follow` goes on, over rotations, while there is a log.

    With `last` no more than that many of those that are there.
    """
    skipped = _count(place) - last if last is not None else 0
    if place.older_log.exists():
        with suppress(FileNotFoundError), place.older_log.open("rb") as older:
            for line in older:
                skipped -= 1
                if skipped < 0:
                    yield _text(line)
    while True:
        try:
            file = place.log.open("rb")
        except FileNotFoundError:
            if not follow or not place.path.exists():
                return
            await asyncio.sleep(POLL_SECONDS)
            continue
        with file:
            async for line in _lines(file, place, follow=follow):
                skipped -= 1
                if skipped < 0:
                    yield _text(line)
        if not follow:
            return


def _count(place: Folder) -> int:
    """Lines of both files."""
    total = 0
    for path in (place.older_log, place.log):
        with suppress(FileNotFoundError), path.open("rb") as file:
            while block := file.read(1 << 20):
                total += block.count(b"\n")
    return total


async def _lines(file: BufferedReader, place: Folder, *, follow: bool) -> AsyncIterator[bytes]:
    """Lines of one file until it is rotated away (or, without `follow`, to its end)."""
    begun = b""
    while True:
        rotated = _rotated(file, place)  # asked first: what came before the rotation is read below
        for part in file:
            begun += part
            if begun.endswith(b"\n"):
                yield begun
                begun = b""
        if not follow or rotated:
            if begun:
                yield begun
            return
        await asyncio.sleep(POLL_SECONDS)


def _rotated(file: BufferedReader, place: Folder) -> bool:
    try:
        return place.log.stat().st_ino != os.fstat(file.fileno()).st_ino
    except FileNotFoundError:
        return True


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r\n")
