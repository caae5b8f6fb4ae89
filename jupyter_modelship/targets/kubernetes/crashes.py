"""What the end of a service's log says of its end: the error, and its place in the notebook."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_RAISED = re.compile(r"^[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt)\b(?:: .*)?$")


@dataclass(frozen=True, slots=True)
class Told:
    text: str = ""
    """`KeyError: 'a'`; empty where the log does not say."""
    cell: str | None = None
    line: int | None = None


def crash(log: str) -> Told:
    """The last error in a log of the runtime's (JSON lines), else the last line of a traceback.

    The beginning of the text may be cut off anywhere.
    """
    lines = [line for line in log.splitlines() if line.strip()]
    for text in reversed(lines):
        told = _entry(text)
        if told is not None:
            return told
    raised = [line for line in lines if _RAISED.match(line.strip())]
    return Told(raised[-1].strip() if raised else "")


def _entry(text: str) -> Told | None:
    try:
        entry: Any = json.loads(text)
        error = entry["error"]
    except (ValueError, TypeError, KeyError):
        return None
    cell, line = entry.get("cell"), entry.get("line")
    return Told(
        f"{error}: {entry.get('message') or ''}".removesuffix(": "),
        cell if isinstance(cell, str) else None,
        line if isinstance(line, int) else None,
    )
