"""A program that asks a service at a steady pace, in a process of its own: cheap, so that the pace
holds while a cluster is busy beside it.

Arguments: `host:port`, requests a second. Lines of its standard input say what goes on; it ends
when that is closed. It writes JSON lines: `first` when the service has answered, which is waited
for; `lost` for each request that was not answered with 200; `sum` at the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone

CLIENTS = 24
"""So many that one of them may wait for 0.4 s, at 60 requests a second, and the pace holds."""
SLOW_SECONDS = 5
WINDOW = 10
"""Seconds over which the slowest pace is told."""
QUICK = ("predict", b'{"row":[5.1,3.5,1.4,0.2]}')
SLOW = ("wait", b'{"seconds":%d}' % SLOW_SECONDS)
PATIENCE = 30.0


def clock() -> str:
    """Now, to the millisecond, as events of a cluster are told: UTC."""
    return datetime.now(timezone.utc).strftime("%H:%M:%S.%f")[:-3]


def cause(error: BaseException) -> str:
    """The error and what it comes of, down to the system's own word (refused, reset, timed out)."""
    words = [repr(error)]
    while (inner := error.__cause__ or error.__context__) is not None:
        words.append(repr(inner))
        error = inner
    return " <- ".join(dict.fromkeys(words))


class Refused(Exception):
    """A reply that is not 200."""


@dataclass
class Link:
    """A connection, and how many requests it has carried."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    carried: int = 0

    async def ask(self, host: str, endpoint: str, body: bytes) -> bool:
        """Whether the connection is kept by both sides. Raises OSError, EOFError, Refused."""
        head = f"POST /{endpoint} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n"
        self.writer.write(head.encode() + b"content-length: %d\r\n\r\n%s" % (len(body), body))
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
        fields = dict(line.split(": ", 1) for line in lines[1:] if line)
        content = await self.reader.readexactly(int(fields["content-length"]))
        if lines[0].split()[1] != "200":
            raise Refused(f"{lines[0]} {content[:200]!r}")
        self.carried += 1
        return fields.get("connection") != "close"


@dataclass
class Asking:
    host: str
    port: int
    rate: float
    phase: str = "before"
    answers: Counter[str] = field(default_factory=Counter)
    seconds: Counter[int] = field(default_factory=Counter)
    """Answers by the second in which they came, until it ends."""
    ends: asyncio.Event = field(default_factory=asyncio.Event)

    async def first(self) -> None:
        """Ask until there is an answer: no node's proxy is told when a Service is new."""
        while True:
            with contextlib.suppress(OSError, EOFError, Refused, asyncio.TimeoutError):
                link = await self._open()
                await link.ask(self.host, *QUICK)
                link.writer.close()
                return
            await asyncio.sleep(0.05)

    async def all(self) -> None:
        clients = [self._quick(kept=number % 2 == 0) for number in range(CLIENTS)]
        await asyncio.gather(*clients, self._slow(kept=True), self._slow(kept=False))

    async def _quick(self, *, kept: bool) -> None:
        pause, following, link = CLIENTS / self.rate, time.monotonic(), None
        while not self.ends.is_set():
            following += pause
            await asyncio.sleep(max(0.0, following - time.monotonic()))
            link = await self._ask(link, *QUICK, kept=kept)

    async def _slow(self, *, kept: bool) -> None:
        link = None
        while not self.ends.is_set():
            link = await self._ask(link, *SLOW, kept=kept)
            await asyncio.sleep(1 / self.rate)  # a service that refuses is not to be flooded

    async def _open(self) -> Link:
        opening = asyncio.open_connection(self.host, self.port)
        return Link(*await asyncio.wait_for(opening, PATIENCE))

    async def _ask(
        self, link: Link | None, endpoint: str, body: bytes, *, kept: bool
    ) -> Link | None:
        """The connection to go on with; a request that is lost is told."""
        asked, phase, carried = clock(), self.phase, link.carried if link else 0
        try:
            link = link or await self._open()
            goes_on = await asyncio.wait_for(link.ask(self.host, endpoint, body), PATIENCE)
        except (OSError, EOFError, Refused, asyncio.TimeoutError) as error:
            phase = phase if phase == self.phase else f"{phase} to {self.phase}"
            over = f"kept ({carried} requests)" if carried else "new"
            lost = f"{asked} to {clock()} {endpoint} on a {over} connection, {phase}"
            _tell(lost=f"{lost}: {cause(error)}")
            goes_on = False
        else:
            self.answers[endpoint] += 1
            if not self.ends.is_set():
                self.seconds[int(time.monotonic())] += 1
        if link is not None and not (kept and goes_on):
            link.writer.close()
            return None
        return link

    def pace(self) -> Pace:
        """Over whole seconds: the first and the last one are not."""
        return paced(
            [self.seconds[each] for each in range(min(self.seconds) + 1, max(self.seconds))]
        )


@dataclass(frozen=True)
class Pace:
    seconds: int
    mean: float
    """Answers a second."""
    slowest: float
    """The same in the slowest window."""


def paced(counts: Sequence[int]) -> Pace:
    """Of the answers of each second."""
    seconds, window = len(counts), min(WINDOW, len(counts))
    if not seconds:
        return Pace(0, 0.0, 0.0)
    windows = [sum(counts[at : at + window]) for at in range(seconds - window + 1)]
    return Pace(seconds, sum(counts) / seconds, min(windows) / window)


def _tell(**what: object) -> None:
    print(json.dumps(what), flush=True)


async def main(host: str, port: int, rate: float) -> None:
    asking = Asking(host, port, rate)
    await asking.first()
    _tell(first=clock())
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    at_it = asyncio.create_task(asking.all())
    while line := await reader.readline():
        asking.phase = line.decode().strip()
    asking.ends.set()
    await at_it
    _tell(sum={"answers": asking.answers, "pace": asdict(asking.pace())})


if __name__ == "__main__":
    host, _, port = sys.argv[1].rpartition(":")
    asyncio.run(main(host, int(port), float(sys.argv[2])))
