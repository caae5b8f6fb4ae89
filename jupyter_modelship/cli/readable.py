"""Lines of a service's JSON log as people read them. Where nobody looks they stay JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

_PLACED = ("time", "replica", "level", "event", "message", "traceback")
"""Facts that stand elsewhere in the line, or below it."""


def readable(line: str) -> list[str]:
    """Time of day here, replica where it names one, level where it is not "info", what happened,
    its message, the other facts; a traceback in lines of its own. What is no JSON stays as it is.
    """
    told = _told(line)
    if told is None:
        return [line]
    level = str(told.get("level") or "info")
    head = [
        _clock(str(told.get("time") or "")),
        str(told.get("replica") or ""),
        "" if level == "info" else level.upper(),
        str(told["event"]),
        str(told.get("message") or ""),
        *(f"{name}={_fact(value)}" for name, value in told.items() if name not in _PLACED),
    ]
    below = str(told.get("traceback") or "").rstrip().splitlines()
    return ["  ".join(filter(None, head)), *(f"    {each}" for each in below)]


def _told(line: str) -> Mapping[str, object] | None:
    if not line.startswith("{"):
        return None
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) and "event" in told else None


def _clock(time: str) -> str:
    try:
        return datetime.fromisoformat(time.replace("Z", "+00:00")).astimezone().strftime("%H:%M:%S")
    except (ValueError, OverflowError):
        return time


def _fact(value: object) -> str:
    return value if isinstance(value, str) and value and " " not in value else json.dumps(value)
