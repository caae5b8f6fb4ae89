"""What a cluster showed of a cause, as a fixture of the unit tests; written where it is asked for.

`MODELSHIP_TEST_RECORD=1` with the campaign of test_causes_for_real.py writes them all anew.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from jupyter_modelship.targets.kubernetes.causes import Seen, causes

VARIABLE = "MODELSHIP_TEST_RECORD"
FOLDER = Path(__file__).parents[2] / "unit" / "targets" / "kubernetes" / "recorded"
_KEPT = ("name", "creationTimestamp")


def first_told(seen: Seen, bad: str) -> datetime:
    """When the cluster first said that something is wrong, by its own clock: the earliest of what
    it warned of, what ended, what runs and is not ready. AssertionError where it said nothing."""
    found = sorted(_moments(seen))
    assert found, f"the cluster says nothing of {bad}: {seen}"
    return found[0]


def _moments(seen: Seen) -> Iterator[datetime]:
    uids = {pod["metadata"]["uid"] for pod in seen.pods}
    for event in seen.events:
        if event["involvedObject"].get("uid") in uids:
            yield _moment(event.get("firstTimestamp") or event["eventTime"])
    for pod in seen.pods:
        for status in (pod.get("status") or {}).get("containerStatuses") or ():
            ended = status["state"].get("terminated") or status["lastState"].get("terminated")
            running = status["state"].get("running")
            if ended:
                yield _moment(ended["finishedAt"])
            elif running and not status["ready"]:
                yield _moment(running["startedAt"])
    for condition in ((seen.deployment or {}).get("status") or {}).get("conditions") or ():
        if condition["type"] == "ReplicaFailure":
            yield _moment(condition["lastTransitionTime"])


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(re.sub(r"(\.\d{6})?Z$", "+00:00", text))


def record(case: str, code: str, seen: Seen, *, now: datetime, clean: dict[str, str]) -> None:
    """Keep what was seen; `clean` are texts that differ from run to run, and what stands for them.

    Specifications are left out, and events of other objects: no cause is read out of them.
    """
    if not os.environ.get(VARIABLE):
        return
    uids = {pod["metadata"]["uid"] for pod in seen.pods}
    events = [each for each in seen.events if each["involvedObject"].get("uid") in uids]
    document = {
        "code": code,
        "now": now.isoformat(),
        "deployment": _shown(seen.deployment),
        "pods": [_shown(pod, "uid") for pod in seen.pods],
        "events": [_event(each) for each in events],
        "logs": dict(seen.logs),
    }
    for number, pod in enumerate(seen.pods, 1):
        clean |= {
            pod["metadata"]["uid"]: f"uid-{number}",
            pod["metadata"]["name"]: f"iris-{number}",
        }
    text = json.dumps(document, indent=1, sort_keys=True)
    for varies, stands in clean.items():
        text = text.replace(varies, stands)
    text = re.sub(r"127\.0\.0\.1:\d+", "registry.example", text)
    cleaned = json.loads(re.sub(r"[0-9a-f]{64}", "0" * 64, text))
    (cause, *_) = causes(shown(cleaned), now=now)
    text = json.dumps({**cleaned, "evidence": cause.evidence}, indent=1, sort_keys=True)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{case.replace(' ', '-')}.json").write_text(f"{text}\n", encoding="utf-8")


def shown(recorded: Any) -> Seen:
    """What was seen, of a fixture."""
    return Seen(**{name: recorded[name] for name in ("deployment", "pods", "events", "logs")})


def _shown(each: Any, *more: str) -> Any:
    if each is None:
        return None
    kept = {name: each["metadata"][name] for name in (*_KEPT, *more)}
    return {"metadata": kept, "status": each.get("status")}


def _event(event: Any) -> Any:
    kept = ("reason", "message", "type", "count", "firstTimestamp", "lastTimestamp", "eventTime")
    whole = {name: event[name] for name in kept if name in event}
    return {**whole, "involvedObject": {"uid": event["involvedObject"]["uid"]}}
