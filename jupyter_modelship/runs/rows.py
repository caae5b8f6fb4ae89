"""The journal's rows as values."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from .events import RunEvent
from .run import Request, Run


@dataclass(frozen=True, slots=True)
class Effect:
    """Something a run does to the world. `result` is None until it is known to be done."""

    name: str
    intent: Mapping[str, object]
    result: Mapping[str, object] | None


def run_of(row: sqlite3.Row) -> Run:
    request = Request(
        id=row["id"],
        service=row["service"],
        target=row["target"],
        notebook=row["notebook"],
        notebook_digest=row["notebook_digest"],
        plan_digest=row["plan_digest"],
        body=json.loads(row["body"]),
    )
    return Run(
        request=request,
        state=row["state"],
        created=row["created"],
        started=row["started"],
        finished=row["finished"],
        attempts=row["attempts"],
        cancel=bool(row["cancel"]),
        error=_loaded(row["error"]),
        result=_loaded(row["result"]),
        record=_loaded(row["record"]),
    )


def effect_of(row: sqlite3.Row) -> Effect:
    return Effect(row["name"], json.loads(row["intent"]), _loaded(row["result"]))


def _loaded(text: str | None) -> Mapping[str, object] | None:
    return None if text is None else json.loads(text)


def event_of(row: sqlite3.Row) -> RunEvent:
    payload = json.loads(row["payload"])
    return RunEvent(row["run"], row["seq"], row["time"], row["stage"], row["kind"], payload)
