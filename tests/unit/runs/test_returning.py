"""The automatic return: what is asked for when a revision fails, and how its run goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from jupyter_modelship.runs import client, deploying, returning
from jupyter_modelship.runs.attempt import Ending, Pipeline, attend, work
from jupyter_modelship.runs.context import RunContext
from jupyter_modelship.runs.http import Reply
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.run import Request, Run
from jupyter_modelship.targets.fake import FakeTarget
from jupyter_modelship.targets.port import Fault, Release

Ask = Callable[..., Request]
FAULT = Fault("the process ends by itself: KeyError: 'x'", "3f2a", 2)
GRACE = 30.0


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> FakeTarget:
    made = FakeTarget(name="local", honours={"grace": ""}, faults={"iris": FAULT})
    monkeypatch.setattr(returning, "open_target", lambda *_: made)

    async def ready(*_: object, **__: object) -> Reply:
        return Reply(200, b"{}", 0.0)

    monkeypatch.setattr(returning, "ask", ready)
    return made


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """What was asked for, without a worker that works on it."""
    found: list[Request] = []
    monkeypatch.setattr(client, "submit_and_start", lambda request, _: found.append(request))
    return found


async def deployed(target: FakeTarget, run: str) -> Mapping[str, object]:
    """A revision of that run goes live."""
    release = Release("iris", "plan", "bundle", Path(), Path(), "/home/ada/iris.ipynb", run)
    staged = await target.stage(release)
    seen = await target.apply(release, staged)
    return {"service": "iris", "target": "local", "url": None, "revision": seen.revision}


async def shipped(
    journal: Journal, ask: Ask, target: FakeTarget, number: int, *, grace: float = GRACE
) -> Run:
    """A run that deployed to the target and has succeeded."""

    async def line(context: RunContext, /) -> Mapping[str, object]:
        before = await target.observe("iris")

        async def do() -> Mapping[str, object]:
            return await deployed(target, context.run.id)

        async def look() -> None:
            return None

        intent = {"before": before.revision if before else 0, "grace": grace}
        await context.effect(deploying.EFFECT, intent=intent, look=look, do=do)
        seen = await target.observe("iris")
        assert seen is not None
        return {"service": "iris", "target": "local", "url": None, "revision": seen.revision}

    run = journal.submit(ask(number))
    ended = await work(journal, run.id, lambda _: Pipeline(line), Ending())
    assert ended is not None
    assert ended.state == "succeeded"
    await attend(journal, ended, lambda _: Pipeline(line, after=returning.watch), Ending())
    return ended


async def test_a_revision_that_fails_is_gone_back_from_in_a_run_of_its_own(
    journal: Journal, ask: Ask, target: FakeTarget, asked: list[Request]
) -> None:
    await shipped(journal, ask, target, 1)
    assert asked == [], "there is nothing to go back to"
    failed = await shipped(journal, ask, target, 2)
    (request,) = asked
    assert request.body == {
        "who": "automatic return",
        "back": {
            "failed": 2,
            "to": 1,
            "why": FAULT.told,
            "cell": "3f2a",
            "line": 2,
            "run": failed.id,
        },
    }
    back = journal.submit(request)
    load = Pipeline(returning.line, after=returning.watch)
    ended = await work(journal, back.id, lambda _: load, Ending())
    assert ended is not None
    assert ended.result == {
        "service": "iris", "target": "local", "url": "http://iris.invalid", "revision": 3,
    }  # fmt: skip
    logged = [event.payload for event in journal.events(back.id) if event.kind == "log"]
    assert logged == [{"lines": [f"revision 2 fails: {FAULT.told}"]}]
    seen = await target.observe("iris")
    assert seen is not None
    record = seen.revisions[-1]
    assert (record.number, record.origin, record.who, record.why) == (
        3,
        1,
        "automatic return",
        FAULT.told,
    )
    await attend(journal, ended, lambda _: load, Ending())
    assert asked == [request], "what was brought back is not gone back from"


async def test_an_option_turns_it_off(
    journal: Journal, ask: Ask, target: FakeTarget, asked: list[Request]
) -> None:
    await shipped(journal, ask, target, 1)
    await shipped(journal, ask, target, 2, grace=0)
    assert (asked, "failing iris" in target.calls) == ([], False)


async def test_a_revision_that_lasts_stays(
    journal: Journal, ask: Ask, target: FakeTarget, asked: list[Request]
) -> None:
    del target.faults["iris"]
    await shipped(journal, ask, target, 1)
    await shipped(journal, ask, target, 2)
    assert (asked, "failing iris" in target.calls) == ([], True)


async def test_a_worker_that_is_told_to_end_watches_no_longer(
    journal: Journal, ask: Ask, target: FakeTarget, asked: list[Request]
) -> None:
    await shipped(journal, ask, target, 1)
    run = await shipped(journal, ask, target, 2, grace=0)
    ending, cancelled = Ending(), []
    ending.ask("interrupted")

    async def for_ever(_context: RunContext, /) -> None:
        try:
            await Ending().asked()
        finally:
            cancelled.append(True)

    await attend(journal, run, lambda _: Pipeline(returning.line, after=for_ever), ending)
    assert cancelled == [True]


async def test_nothing_is_brought_back_where_another_revision_is_live_by_then(
    journal: Journal, ask: Ask, target: FakeTarget, asked: list[Request]
) -> None:
    await shipped(journal, ask, target, 1)
    await shipped(journal, ask, target, 2)
    await deployed(target, "somebody else's")
    back = journal.submit(asked[0])
    ended = await work(journal, back.id, lambda _: Pipeline(returning.line), Ending())
    assert ended is not None
    assert ended.state == "cancelled"
    seen = await target.observe("iris")
    assert seen is not None
    assert [each.number for each in seen.revisions] == [1, 2, 3]
