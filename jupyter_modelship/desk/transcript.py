"""A run's events as lines of text."""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_modelship.runs.events import RunEvent


def event_lines(event: RunEvent) -> list[str]:
    """An event as text, with the stage in front."""
    payload = event.payload
    head = f"[{event.stage or 'run'}]"
    if event.kind == "log":
        lines = payload["lines"]
        return [f"{head} {line}" for line in lines] if isinstance(lines, list) else []
    if event.kind == "cell":
        seconds = f" in {payload['seconds']} s" if "seconds" in payload else ""
        where = f"cell {payload['number']} (`{payload['first']}`)"
        return [f"{head} {where} {payload['state']}{seconds}"]
    if event.kind == "stage":
        return [f"{head} {payload['state']} {payload.get('summary') or ''}".rstrip()]
    if event.kind == "finding":
        return [f"{head} {payload['severity']}: {payload['message']}"]
    if event.kind == "run":
        said = f"{head} {payload['state']} {payload.get('reason') or ''}".rstrip()
        return [said, *_cause(head, payload.get("error"))]
    return []


def _cause(head: str, error: object) -> list[str]:
    """Why a run failed: the sentence, then the traceback or what else stands behind it."""
    if not isinstance(error, Mapping):
        return []
    message = str(error.get("message") or "").splitlines()
    detail = str(error.get("detail") or "").splitlines()
    said = {line.strip() for line in message}
    more = [] if said.issuperset(line.strip() for line in detail) else detail
    return [f"{head} {line}".rstrip() for line in (*message, *more)]
