"""What a target waits for is told by the run: in its log, and as what the stage is at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from jupyter_modelship.runs.context import RunContext
from jupyter_modelship.runs.deploying import deploy
from jupyter_modelship.runs.events import check
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.run import Request
from jupyter_modelship.targets.fake import FakeTarget
from jupyter_modelship.targets.port import Release

LINE = "no node has the processor time: 0/1 nodes are available: 1 Insufficient cpu."


async def test_a_deploy_that_waits_says_for_what(
    journal: Journal, ask: Callable[..., Request]
) -> None:
    told: list[tuple[str, str, object]] = []
    run = journal.transition(journal.submit(ask()).id, "queued", "running")
    context = RunContext(
        run, journal, lambda stage, kind, payload: told.append((stage, kind, payload))
    )
    release = Release("iris", "p", "b", Path("/b"), Path("/python"), "/books/iris.ipynb", run.id)
    target = FakeTarget(waits=[LINE])
    done = await deploy(context, target, release, await target.stage(release), None)
    assert done == {"revision": 1}
    assert told == [
        ("deploy", "log", {"lines": [LINE]}),
        ("deploy", "progress", {"step": LINE, "percent": None}),
    ]
    for stage, kind, payload in told:
        check(stage, kind, payload)  # type: ignore[arg-type] # as a worker's context does
