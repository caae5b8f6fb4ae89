"""The stages of a run as they happen: redrawn in place on a terminal, one line each elsewhere."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from typing import TextIO

from jupyter_modelship.cli.ink import Ink, plain

SHOWN = ("lock", "rehearse", "build", "prove", "push", "deploy", "confirm")
"""The stages that people see; the others take no time and say nothing of their own."""
_WHEEL = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_MARKS = {"done": ("✓", "green"), "failed": ("✗", "red"), "skipped": ("-", "dim")}


class Progress:
    """Shows stage, cell and log events. `tick` redraws the running stage on a terminal."""

    def __init__(
        self, stream: TextIO, ink: Ink, *, live: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream
        self._ink = ink
        self._live = live
        self._clock = clock
        self._stage = ""
        self._since = 0.0
        self._doing = ""
        self._drawn = False

    def stage(self, name: str, payload: Mapping[str, object]) -> None:
        """A stage started or ended; `seconds` and `summary` as in runs.events."""
        if name not in SHOWN:
            return
        if payload["state"] == "started":
            self._stage, self._since, self._doing = name, self._clock(), ""
            self.tick()
            return
        seconds = float(str(payload.get("seconds") or 0.0))
        mark, colour = _MARKS.get(str(payload["state"]), ("?", "dim"))
        summary = plain(str(payload.get("summary") or ""))
        self._stage = ""
        self._line(f"  {self._ink.paint(mark, colour)} {name:<9}{seconds:>6.1f} s  {summary}")

    def doing(self, text: str) -> None:
        """What the running stage is at, e.g. a cell of the rehearsal."""
        self._doing = plain(text)
        self.tick()

    def tick(self) -> None:
        """Redraw the running stage; nothing where the stream is no terminal."""
        if not (self._live and self._stage):
            return
        seconds = self._clock() - self._since
        wheel = _WHEEL[int(seconds * 10) % len(_WHEEL)]
        width = shutil.get_terminal_size().columns - 1
        text = f"{self._stage:<9}{seconds:>6.1f} s  {self._doing}"[: max(width - 4, 10)]
        self._stream.write(f"\r\x1b[K  {self._ink.paint(wheel, 'blue')} {text}")
        self._stream.flush()
        self._drawn = True

    def clear(self) -> None:
        """Take the line of the running stage away, so that other text can be printed."""
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._drawn = False

    def _line(self, text: str) -> None:
        self.clear()
        self._stream.write(text.rstrip() + "\n")
        self._stream.flush()
