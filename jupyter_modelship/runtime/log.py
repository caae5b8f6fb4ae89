"""The log: one JSON object a line on standard output. What user code prints becomes a line too."""

from __future__ import annotations

import datetime
import io
import json
import os
import sys
import time
import traceback
from collections.abc import Mapping
from types import TracebackType
from typing import Any

REFUSALS_PER_SECOND = 20
"""Lines for 4xx replies: a flood of bad requests must not become a flood of log."""
_TEXT = 16_384


class Log:
    """Writes lines to a file descriptor. `lines` maps a line of service.py to (cell id, line)."""

    def __init__(
        self, descriptor: int, module: str = "", lines: Mapping[int, tuple[str, int]] | None = None
    ) -> None:
        self._descriptor = descriptor
        self.module = module
        self._lines = dict(lines or {})
        self._second = 0
        self._refusals = 0

    def write(self, event: str, level: str = "info", **facts: Any) -> None:
        """One line; facts that are None are left out. A reader that is gone is no failure."""
        now = datetime.datetime.now(datetime.timezone.utc)
        line = {
            "time": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": level,
            "event": event,
            **{key: value for key, value in facts.items() if value is not None},
        }
        data = json.dumps(line).encode() + b"\n"  # ASCII: nothing in it ends a line
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            return

    def failure(self, event: str, error: BaseException, **facts: Any) -> None:
        """A line with what was raised, and where in the notebook."""
        self.write(event, "error", **facts, **self.describe(error))

    def refusal(self, event: str = "refused", **facts: Any) -> None:
        """A line for a request that was refused; at most so many a second, the rest counted."""
        second = int(time.monotonic())
        if second != self._second:
            if self._refusals > REFUSALS_PER_SECOND:
                self.write("refused", "warning", more=self._refusals - REFUSALS_PER_SECOND)
            self._second, self._refusals = second, 0
        self._refusals += 1
        if self._refusals <= REFUSALS_PER_SECOND:
            self.write(event, **facts)

    def describe(self, error: BaseException) -> dict[str, Any]:
        """Class, message, cell, line and traceback of an exception."""
        cell, line = self.origin(error)
        return {
            "error": type(error).__name__,
            "message": _cut(str(error)),
            "cell": cell,
            "line": line,
            "traceback": _cut("".join(self._traceback(error))),
        }

    def _traceback(self, error: BaseException) -> list[str]:
        """From the notebook's code on, where it is in it: what is above is ours."""
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename != self.module:
            trace = trace.tb_next
        kept = trace if trace is not None else error.__traceback__
        return traceback.format_exception(type(error), error, kept)

    def origin(self, error: BaseException) -> tuple[str | None, int | None]:
        """Cell id and line of the innermost frame that is the notebook's code."""
        found: tuple[str | None, int | None] = (None, None)
        seen: BaseException | None = error
        while seen is not None:
            found = self._place(seen)
            if found[0] is not None:
                return found
            seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
        return found

    def _place(self, error: BaseException) -> tuple[str | None, int | None]:
        number: int | None = None
        if isinstance(error, SyntaxError) and error.filename == self.module:
            number = error.lineno
        trace: TracebackType | None = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == self.module:
                number = trace.tb_lineno
            trace = trace.tb_next
        return self._lines.get(number or 0, (None, None))


class Printed(io.TextIOBase):
    """Stands for sys.stdout: whole lines of what user code prints become log lines."""

    encoding = "utf-8"

    def __init__(self, log: Log) -> None:
        self._log = log
        self._rest = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        if len(self._rest) > _TEXT:
            lines, self._rest = [*lines, self._rest], ""
        for line in lines:
            self._log.write("print", message=_cut(line))
        return len(text)


def take_stdout() -> int:
    """A descriptor of standard output for the log alone; what others write there goes to
    standard error, so that every line of the log is JSON."""
    descriptor = os.dup(1)
    sys.stdout.flush()
    os.dup2(2, 1)
    return descriptor


def _cut(text: str) -> str:
    """At most 16 KiB, the end of it: that is where a traceback says what happened."""
    return text if len(text) <= _TEXT else "…" + text[-_TEXT:]
