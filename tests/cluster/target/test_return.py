"""A revision that was confirmed and fails afterwards: named with its cause, and gone back from."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping

import pytest

from jupyter_modelship.runs import client, deploying, returning
from jupyter_modelship.runs.attempt import Ending, Pipeline, attend, work
from jupyter_modelship.runs.context import RunContext
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.run import Request, Run, new_id
from jupyter_modelship.targets.port import Fault, Observation

from .dock import Dock

CRASH = Fault("the process ends by itself: KeyError: 'x'", "3f2a", 2)
UNREADY = "the process runs and does not become ready: running for "


async def shipped(journal: Journal, dock: Dock, answer: str) -> Run:
    """A run that brought that answer live, as a worker's that watches for five minutes."""

    async def line(context: RunContext, /) -> Mapping[str, object]:
        before = await dock.target.observe("iris")
        release = dock.release(answer, run=context.run.id, grace=300)
        staged = await dock.target.stage(release)
        try:
            await dock.target.open(staged)
            done = await deploying.deploy(context, dock.target, release, staged, before)
        finally:
            await dock.target.discard(staged)
        return {"service": "iris", "target": "kubernetes", "url": None, **done}

    request = Request(new_id(), "iris", "kubernetes", "/books/iris.ipynb", "a" * 64, "b" * 64)
    run = journal.submit(request)
    ended = await work(journal, run.id, lambda _: Pipeline(line), Ending())
    assert ended is not None
    assert ended.state == "succeeded", ended.error
    return ended


async def broken(dock: Dock, seen: Observation | None, how: str) -> None:
    assert seen is not None
    with contextlib.suppress(OSError):  # it may end in the middle of it
        await dock.ask(seen, how)


@pytest.mark.parametrize("how", ["/break", pytest.param("/lose", marks=pytest.mark.campaign)])
async def test_a_revision_that_fails_later_gives_way_to_the_one_before(
    dock: Dock, how: str
) -> None:
    """By a worker's own run, from the watch to the end of it."""
    with Journal.open(dock.places) as journal:
        await shipped(journal, dock, "one")
        two = await shipped(journal, dock, "two")
        watch = Pipeline(returning.line, after=returning.watch)
        watching = asyncio.create_task(attend(journal, two, lambda _: watch, Ending()))
        await broken(dock, await dock.target.observe("iris"), how)
        await watching
        back = await client.wait(journal.list(service="iris")[0].id, dock.places)
    assert back.state == "succeeded", back.error
    told = back.request.back or {}
    why = str(told["why"])
    assert why == CRASH.told if how == "/break" else why.startswith(UNREADY)
    seen = await dock.target.observe("iris")
    assert seen is not None
    last = seen.revisions[-1]
    assert (seen.state, last.number, last.origin, last.run, last.who, last.why) == (
        "running",
        3,
        1,
        back.id,
        "automatic return",
        why,
    )
    assert await dock.ask(seen) == {"answer": "one", "region": None}
    assert await dock.target.failing("iris", 2, 300) is None, "another one is live"


@pytest.mark.campaign
async def test_where_the_one_before_does_not_come_up_the_one_that_fails_stays(dock: Dock) -> None:
    """It is told in the run that tried, and all is as it was; what stands in the way taken away,
    one goes back by hand."""
    with Journal.open(dock.places) as journal:
        await shipped(journal, dock, "one")
        two = await shipped(journal, dock, "two")
        before = dock.names()
        no_other_pod(dock)
        watch = Pipeline(returning.line, after=returning.watch)
        watching = asyncio.create_task(attend(journal, two, lambda _: watch, Ending()))
        await broken(dock, await dock.target.observe("iris"), "/break")
        await watching
        back = await client.wait(journal.list(service="iris")[0].id, dock.places)
    assert (back.state, (back.request.back or {})["why"]) == ("failed", CRASH.told)
    assert back.error is not None
    assert str(back.error["message"]).startswith(
        "the namespace's quota has no room for another pod: "
    )
    while (seen := await dock.target.observe("iris")) is None or seen.state == "starting":
        pass  # for a moment, each time that the cluster starts the process again
    assert (seen.revision, seen.state, seen.reason) == (2, "failed", CRASH.told)
    assert dock.names() == before

    dock.kubectl("delete", "resourcequota", "small")
    again = await dock.target.rollback("iris", 1)
    assert (again.revision, again.state, again.reason) == (3, "running", "")
    assert await dock.ask(again) == {"answer": "one", "region": None}


def no_other_pod(dock: Dock) -> None:
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "small", "namespace": dock.namespace},
        "spec": {"hard": {"pods": "1"}},
    }
    dock.images.cluster.apply(quota)
    used = "--for=jsonpath={.status.used.pods}=1"
    dock.kubectl("wait", "resourcequota/small", used, "--timeout=60s")
