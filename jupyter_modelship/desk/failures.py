"""Requests that failed in a served revision, from the service's log, by today's cell numbers."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_modelship.notebook import read
from jupyter_modelship.targets.port import Observation, RevisionRecord, Target

MOST = 100
_MILLISECONDS = len("2026-01-01T00:00:00.000")
"""Times are compared to here: what follows says UTC in one way or the other."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One of them. `cell` is the nbformat id, `number` where it stands today."""

    time: str
    """RFC 3339, UTC."""
    request_id: str
    endpoint: str
    status: int
    message: str
    cell: str | None
    number: int | None
    line: int | None
    revision: int


async def failures(target: Target, seen: Observation) -> list[Failure]:
    """The last ones, newest first. Reads log and notebook: not for an event loop that others
    wait for."""
    found: deque[dict[str, Any]] = deque(maxlen=MOST)
    async for line in target.logs(seen.service):
        if (event := _failed(line)) is not None:
            found.append(event)
    numbers = cell_numbers(seen.notebook) if any(event.get("cell") for event in found) else {}
    return [_failure(event, numbers, seen) for event in reversed(found)]


def cell_numbers(notebook: str) -> Mapping[str, int]:
    """Cell id -> number in the notebook as it is on disk today; none where it cannot be read."""
    try:
        found = read(Path(notebook).read_bytes()).notebook
    except OSError:
        return {}
    return {cell.id: cell.number for cell in found.cells} if found else {}


def _failed(line: str) -> dict[str, Any] | None:
    """The failed request that a line of the log tells of. Anybody may write anything there."""
    if '"failed"' not in line:
        return None
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    told = isinstance(event, dict) and event.get("event") == "failed"
    return event if told and isinstance(event.get("request_id"), str) else None


def _failure(event: Mapping[str, Any], numbers: Mapping[str, int], seen: Observation) -> Failure:
    time, cell = _text(event, "time"), event.get("cell")
    cell = cell if isinstance(cell, str) else None
    return Failure(
        time=time,
        request_id=_text(event, "request_id"),
        endpoint=_text(event, "endpoint"),
        status=_whole(event.get("status")) or 500,
        message=_message(event),
        cell=cell,
        number=numbers.get(cell) if cell else None,
        line=_whole(event.get("line")),
        revision=_live_at(time, seen.revisions, seen.revision),
    )


def _message(event: Mapping[str, Any]) -> str:
    """As Python says it where something was raised, else the sentence."""
    message = _text(event, "message")
    if "traceback" not in event:
        return message or _text(event, "error")
    return f"{_text(event, 'error')}: {message}".removesuffix(": ")


def _live_at(time: str, revisions: Iterable[RevisionRecord], otherwise: int) -> int:
    """The revision that had gone live last at that time; `otherwise` where none had."""
    live: Sequence[int] = [
        one.number for one in revisions if one.when[:_MILLISECONDS] <= time[:_MILLISECONDS]
    ]
    return live[-1] if live else otherwise


def _text(event: Mapping[str, Any], key: str) -> str:
    value = event.get(key)
    return value if isinstance(value, str) else ""


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
