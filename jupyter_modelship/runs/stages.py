"""A stage of the line: told when it begins, when it is done and how long it took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.targets.port import Tell

from .context import RunContext


@dataclass(slots=True)
class Note:
    """What a stage says of itself when it is done."""

    summary: str = ""
    cached: bool = False


@contextmanager
def stage(context: RunContext, name: str) -> Iterator[Note]:
    """Tell the stage's start and end; a failure is told and goes on."""
    note = Note()
    context.emit(name, "stage", {"state": "started"})
    started = time.monotonic()
    try:
        yield note
    except BaseException as error:
        if isinstance(error, ModelshipError):
            error.stage = error.stage or name
        seconds = time.monotonic() - started
        context.emit(name, "stage", {"state": "failed", "seconds": round(seconds, 3)})
        raise
    seconds = time.monotonic() - started
    payload: dict[str, object] = {"state": "done", "seconds": round(seconds, 3)}
    if note.summary:
        payload["summary"] = note.summary
    if note.cached:
        payload["cached"] = True
    context.emit(name, "stage", payload)


def skipped(context: RunContext, name: str, why: str) -> None:
    """Tell that a stage has nothing to do."""
    context.emit(name, "stage", {"state": "skipped", "summary": why})


def waiting(context: RunContext, name: str) -> Tell:
    """Takes what a stage waits for: into its log, and as what it is at."""

    def tell(line: str) -> None:
        context.log(name, line)
        context.emit(name, "progress", {"step": line, "percent": None})

    return tell
