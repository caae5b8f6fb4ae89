"""From a pipeline's many small words to few bounded rows of the journal.

Log lines are gathered for a tenth of a second into one event. Of every kind that a notebook can
repeat without end the journal keeps head and tail; a marker stands where the middle was.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from .events import Kind, RunEvent
from .journal import Journal
from .run import dumps

_GATHER_SECONDS = 0.1
_GATHER_BYTES = 32_768
_LINE_LIMIT = 8_192
"""Characters of one line; what is beyond is cut."""


class Bounds(NamedTuple):
    """What the journal keeps of one kind of event, at each end, per run."""

    size: int = 512 << 10
    """Bytes of payload."""
    number: int = 2_000


class Recorder:
    """Writes one run's events. For the event loop's own thread."""

    def __init__(self, journal: Journal, run: str, *, bounds: Bounds | None = None) -> None:
        self._journal = journal
        self._run = run
        kinds: tuple[Kind, ...] = ("log", "progress", "cell", "finding")
        self._ends = {kind: _Ends(bounds or Bounds()) for kind in kinds}
        self._lines: list[str] = []
        self._gathered = 0
        self._stage = ""
        self._timer: asyncio.TimerHandle | None = None
        self.broken: Exception | None = None
        """Why gathered lines could not be written, once that has happened."""
        self._breaks = asyncio.Event()
        for event in journal.events(run):
            self._recall(event)

    def emit(self, stage: str, kind: Kind, payload: Mapping[str, object]) -> None:
        """Tell an event. Log lines may be gathered with others of their stage.

        ValueError for an event that the vocabulary does not have; ModelshipError where the
        journal cannot be written.
        """
        if self.broken is not None:
            raise self.broken
        if kind == "log" and set(payload) == {"lines"}:
            self._gather(stage, payload["lines"])
            return
        self.flush()
        self._write(stage, kind, payload)

    def flush(self) -> None:
        """Write the lines that were gathered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._lines:
            lines, self._lines, self._gathered = self._lines, [], 0
            self._write(self._stage, "log", {"lines": lines})

    def _gather(self, stage: str, lines: object) -> None:
        if not isinstance(lines, Iterable) or isinstance(lines, str | bytes):
            raise ValueError(f"log.lines cannot be {lines!r}")  # noqa: TRY004 - as `check` says it
        if stage != self._stage:
            self.flush()
            self._stage = stage
        for line in lines:
            self._lines.append(_cut(str(line)))
            self._gathered += len(self._lines[-1])
            if self._gathered > _GATHER_BYTES:
                self.flush()
        if self._lines and self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(_GATHER_SECONDS, self._flush_later)

    def _flush_later(self) -> None:
        self._timer = None
        try:
            self.flush()
        except Exception as error:  # a timer has no caller: `until_broken` tells
            self.broken = error
            self._breaks.set()

    async def until_broken(self) -> None:
        """Return once gathered lines could not be written: a line may be silent for hours."""
        await self._breaks.wait()

    def _write(self, stage: str, kind: Kind, payload: Mapping[str, object]) -> None:
        event = self._journal.append(self._run, stage, kind, payload)
        ends = self._ends.get(kind)
        if ends is None:
            return
        ends.add(event)
        if left_out := ends.take_middle():
            self._journal.omit(self._run, left_out, ends.marker(kind))

    def _recall(self, event: RunEvent) -> None:
        """Take up the counts of an earlier worker."""
        omitted, of = event.payload.get("omitted"), event.payload.get("of")
        if isinstance(omitted, int) and of in self._ends:
            self._ends[of].recall_marker(event.seq, omitted)
        elif event.kind in self._ends:
            self._ends[event.kind].add(event)


class _Ends:
    """Which events of one kind are head, and which of the others are no longer tail."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._head = _Sum()
        self._tail = _Sum()
        self._waiting: deque[tuple[int, int, int]] = deque()
        """(seq, bytes, lines or 1) of the tail."""
        self._marker: int | None = None
        self._omitted = 0

    def add(self, event: RunEvent) -> None:
        size, units = len(dumps(event.payload)), _units(event)
        if (
            self._marker is None
            and not self._waiting
            and self._head.plus(size).within(self._bounds)
        ):
            self._head = self._head.plus(size)
            return
        self._waiting.append((event.seq, size, units))
        self._tail = self._tail.plus(size)

    def recall_marker(self, seq: int, omitted: int) -> None:
        self._marker, self._omitted = seq, omitted

    def take_middle(self) -> list[int]:
        """Events to leave out now, the marker's place first; none while there is room.

        A quarter of the tail goes at once: one write in many, not one for each event.
        """
        if self._tail.within(self._bounds):
            return []
        room = Bounds(self._bounds.size * 3 // 4, self._bounds.number * 3 // 4)
        taken: list[int] = []
        while self._waiting and not self._tail.within(room):
            seq, size, units = self._waiting.popleft()
            self._tail = self._tail.minus(size)
            self._omitted += units
            taken.append(seq)
        if self._marker is None:
            self._marker = taken[0]
            return taken
        return [self._marker, *taken]

    def marker(self, kind: Kind) -> dict[str, object]:
        what = "lines of the log" if kind == "log" else f"{kind} events"
        text = f"… {self._omitted} {what} are left out here …"
        return {"lines": [text], "omitted": self._omitted, "of": kind}


class _Sum(NamedTuple):
    size: int = 0
    number: int = 0

    def plus(self, size: int) -> _Sum:
        return _Sum(self.size + size, self.number + 1)

    def minus(self, size: int) -> _Sum:
        return _Sum(self.size - size, self.number - 1)

    def within(self, bounds: Bounds) -> bool:
        return self.size <= bounds.size and self.number <= bounds.number


def _units(event: RunEvent) -> int:
    lines = event.payload.get("lines")
    return len(lines) if event.kind == "log" and isinstance(lines, list) else 1


def _cut(line: str) -> str:
    line = line.rstrip("\r\n")
    if len(line) <= _LINE_LIMIT:
        return line
    return f"{line[:_LINE_LIMIT]} … {len(line) - _LINE_LIMIT} more characters"
