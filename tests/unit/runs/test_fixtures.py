"""Recorded streams of events: what the terminal, REST and TypeScript replay in their tests.

Each file is what the journal has after a scripted run, one event a line. After a change of the
vocabulary record them anew with MODELSHIP_RECORD=1 and read the difference.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest

from jupyter_modelship.errors import Blocked, StageFailed
from jupyter_modelship.model import Finding
from jupyter_modelship.runs import recorder
from jupyter_modelship.runs.attempt import Ending, Pipeline, work
from jupyter_modelship.runs.context import RunContext
from jupyter_modelship.runs.events import KINDS, PAYLOADS, RunEvent, finding_payload
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.recorder import Bounds
from jupyter_modelship.runs.run import STATES, Request

FIXTURES = Path(__file__).parent / "fixtures"
Ask = Callable[..., Request]
Script = Callable[[RunContext, Ending], Awaitable[Mapping[str, object]]]
STALE = Finding(
    "stale-cell",
    "warn",
    "Cell 7 was run before cell 6 changed.",
    "Run the notebook from the top.",
    "9bd1",
    7,
    2,
)
SECRET = Finding("secret", "block", "Cell 2 holds a password.", "Read it from the environment.")


def done(context: RunContext, stage: str, seconds: float, summary: str, **more: object) -> None:
    context.emit(stage, "stage", {"state": "started"})
    context.emit(stage, "stage", {"state": "done", "seconds": seconds, "summary": summary, **more})


def rehearse(context: RunContext) -> None:
    context.emit("rehearse", "stage", {"state": "started"})
    for number, cell, first, seconds in (
        (2, "3f2a", "iris = load_iris()", 1.8),
        (5, "9bd1", "model.fit(iris.data, iris.target)", 6.1),
    ):
        told = {"number": number, "cell": cell, "first": first}
        context.emit("rehearse", "cell", {**told, "state": "running"})
        context.log("rehearse", f"cell {number}: line one", "naïve ☃ \x1b[31mred\x1b[0m")
        context.emit("rehearse", "cell", {**told, "state": "done", "seconds": seconds})


async def deploys(context: RunContext, _ending: Ending) -> Mapping[str, object]:
    done(context, "extract", 0.0, "6 of 9 cells ship")
    context.emit("plan", "finding", finding_payload(STALE))
    done(context, "lock", 0.1, "14 packages, cached", cached=True)
    rehearse(context)
    context.emit(
        "rehearse",
        "stage",
        {"state": "done", "seconds": 8.4, "summary": "cells 2 and 5; artifact model (1.2 MB)"},
    )
    done(context, "render", 0.0, "bundle 81c2aa")
    done(context, "prove", 3.1, "3 of 3 examples answer as in the notebook")
    done(context, "deploy", 0.2, "revision 5 takes over from 4")
    done(context, "confirm", 0.0, "")
    return {
        "service": "iris",
        "target": "local",
        "url": "http://127.0.0.1:8731",
        "revision": 5,
        "unproven": False,
        "call": {
            "function": "predict",
            "method": "POST",
            "path": "/predict",
            "arguments": {"row": [5.1, 3.5, 1.4, 0.2]},
        },
    }


async def deploys_an_image(context: RunContext, _ending: Ending) -> Mapping[str, object]:
    done(context, "lock", 0.1, "14 packages, cached", cached=True)
    done(context, "rehearse", 0.0, "nothing to run, cached", cached=True)
    context.emit("build", "stage", {"state": "started"})
    context.emit("build", "progress", {"step": "dependencies", "percent": None})
    context.log("build", "overlay (the kernel mounts overlay for this user)")
    context.emit("build", "progress", {"step": "code", "percent": 50.0})
    context.emit("build", "stage", {"state": "done", "seconds": 0.6, "summary": "image 5f0c11"})
    done(context, "prove", 3.1, "3 of 3 examples answer as in the notebook")
    context.emit("push", "stage", {"state": "started"})
    context.emit("push", "progress", {"step": "layers", "percent": 62})
    context.emit("push", "stage", {"state": "done", "seconds": 0.2, "summary": "40 kB sent"})
    done(context, "deploy", 0.2, "revision 6 takes over from 5")
    done(context, "confirm", 0.0, "")
    return {
        "service": "iris",
        "target": "container",
        "url": "http://127.0.0.1:8731",
        "revision": 6,
        "unproven": True,
        "call": None,
    }


async def finds_it_unchanged(context: RunContext, _ending: Ending) -> Mapping[str, object]:
    done(context, "lock", 0.1, "14 packages, cached", cached=True)
    for stage in ("rehearse", "prove", "deploy", "confirm"):
        summary = "revision 5 is this plan already"
        context.emit(stage, "stage", {"state": "skipped", "summary": summary})
    return {
        "service": "iris",
        "target": "local",
        "url": "http://127.0.0.1:8731",
        "revision": 5,
        "unchanged": True,
    }


async def fails_in_a_cell(context: RunContext, _ending: Ending) -> Mapping[str, object]:
    context.emit("rehearse", "stage", {"state": "started"})
    told = {"number": 5, "cell": "9bd1", "first": "model.fit(…)"}
    context.emit("rehearse", "cell", {**told, "state": "running"})
    context.emit("rehearse", "cell", {**told, "state": "failed", "seconds": 0.2})
    context.emit("rehearse", "stage", {"state": "failed", "seconds": 2.6})
    raise StageFailed(
        "cell 5 (`model.fit(…)`), line 3: KeyError: 'petal width'",
        remedy="correct the cell and deploy again",
        detail="Traceback (most recent call last):\n  …\nKeyError: 'petal width'",
        cell="9bd1",
        line=3,
    )


async def is_blocked(context: RunContext, _ending: Ending) -> Mapping[str, object]:
    context.emit("plan", "finding", finding_payload(SECRET))
    raise Blocked([SECRET])


async def is_cancelled(context: RunContext, ending: Ending) -> Mapping[str, object]:
    rehearse(context)
    context.journal.request_cancel(context.run.id)
    ending.ask("cancelled")
    return await _for_ever()


async def is_interrupted_once(context: RunContext, ending: Ending) -> Mapping[str, object]:
    if context.run.attempts == 1:
        rehearse(context)
        ending.ask("interrupted")
        return await _for_ever()
    return await deploys(context, ending)


async def talks_too_much(context: RunContext, _ending: Ending) -> Mapping[str, object]:
    for number in range(20):
        context.log("rehearse", f"line {number}")
        context.emit("rehearse", "stage", {"state": "started"})
    return await finds_it_unchanged(context, _ending)


async def _for_ever() -> Mapping[str, object]:
    await asyncio.Event().wait()
    return {}


SCRIPTS: Mapping[str, Script] = {
    "deploys": deploys,
    "deploys-an-image": deploys_an_image,
    "finds-it-unchanged": finds_it_unchanged,
    "fails-in-a-cell": fails_in_a_cell,
    "is-blocked": is_blocked,
    "is-cancelled": is_cancelled,
    "is-interrupted-once": is_interrupted_once,
    "talks-too-much": talks_too_much,
}


async def recorded(journal: Journal, request: Request, script: Script) -> list[RunEvent]:
    run = journal.submit(request)
    while run.active:
        ending = Ending()

        async def line(context: RunContext, /, ending: Ending = ending) -> Mapping[str, object]:
            return await script(context, ending)

        await work(journal, run.id, lambda _, line=line: Pipeline(line), ending)  # type: ignore[misc] # a lambda has no types
        run = journal.get(run.id)
    return list(journal.events(run.id))


def read(name: str) -> list[RunEvent]:
    lines = (FIXTURES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [RunEvent.from_json(json.loads(line)) for line in lines]


@pytest.mark.parametrize("name", SCRIPTS)
async def test_a_stream_is_still_what_was_recorded(
    name: str, journal: Journal, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "Bounds", lambda *said: Bounds(*said or (4_000, 4)))
    events = await recorded(journal, ask(), SCRIPTS[name])
    if os.environ.get("MODELSHIP_RECORD"):
        lines = [json.dumps(event.to_json(), ensure_ascii=False) for event in events]
        (FIXTURES / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert events == read(name)


def test_every_file_is_recorded_by_a_script() -> None:
    assert {path.stem for path in FIXTURES.iterdir()} == set(SCRIPTS)


def test_the_streams_show_the_whole_vocabulary() -> None:
    events = [event for name in SCRIPTS for event in read(name)]
    shown = {(event.kind, key) for event in events for key in event.payload}
    assert shown == {(kind, key) for kind in KINDS for key in PAYLOADS[kind]}
    states = {event.payload["state"] for event in events if event.kind == "run"}
    assert states == set(STATES)


def test_every_stream_ends_as_a_run_does() -> None:
    for name in SCRIPTS:
        events = read(name)
        assert [event.last for event in events] == [False] * (len(events) - 1) + [True]
