from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest

from jupyter_modelship.errors import Cancelled, StageFailed
from jupyter_modelship.runs import attempt
from jupyter_modelship.runs.attempt import Ending, Pipeline, work
from jupyter_modelship.runs.context import Line, RunContext
from jupyter_modelship.runs.events import RunEvent
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.run import Request, Run, State

Ask = Callable[..., Request]
RESULT: dict[str, object] = {"service": "iris", "target": "local", "url": None, "revision": 1}


class Pipe:
    """A pipeline that does what it is told, has one effect, and knows what it cleaned up."""

    def __init__(self, act: Line) -> None:
        self.act = act
        self.cleaned: list[str] = []
        self.clean_fails = False
        self.clean_ends = asyncio.Event()
        self.clean_ends.set()
        self.begun = asyncio.Event()

    def load(self, _body: Mapping[str, object]) -> Pipeline:
        return Pipeline(self.line, self.clean)

    async def line(self, context: RunContext, /) -> Mapping[str, object]:
        await context.effect("stage", intent={}, look=_nothing, do=_done)
        self.begun.set()
        return await self.act(context)

    async def clean(self, context: RunContext, /) -> None:
        if self.clean_fails:
            raise OSError("busy")
        await self.clean_ends.wait()
        assert set(context.journal.effects(context.run.id)) == {"stage"}
        self.cleaned.append(context.run.id)


async def _nothing() -> None:
    return None


async def _done() -> Mapping[str, object]:
    return {}


async def succeed(_context: RunContext, /) -> Mapping[str, object]:
    return RESULT


async def wait(_context: RunContext, /) -> Mapping[str, object]:
    await asyncio.Event().wait()
    return RESULT


async def attended(
    journal: Journal, run: Run, pipe: Pipe, reason: str = ""
) -> tuple[Run | None, Run]:
    """Work on the run; once the line is under way ask it to end for that reason."""
    ending = Ending()
    at_work = asyncio.ensure_future(work(journal, run.id, pipe.load, ending))
    if reason == "cancelled":
        await pipe.begun.wait()
        ending.ask("cancelled")
    if reason == "interrupted":
        await pipe.begun.wait()
        ending.ask("interrupted")
    returned = await at_work
    return returned, journal.get(run.id)


@pytest.fixture
def run(journal: Journal, ask: Ask) -> Run:
    return journal.submit(ask())


async def test_a_line_that_comes_to_its_end_succeeds(journal: Journal, run: Run) -> None:
    returned, now = await attended(journal, run, pipe := Pipe(succeed))
    assert returned == now
    assert (now.state, now.result, now.attempts, now.error) == ("succeeded", RESULT, 1, None)
    assert pipe.cleaned == []


async def test_what_a_person_can_act_on_is_kept_as_data(journal: Journal, run: Run) -> None:
    async def fail(_context: RunContext, /) -> Mapping[str, object]:
        raise StageFailed("cell 2, line 3: KeyError", remedy="look", cell="c2", line=3)

    _, now = await attended(journal, run, pipe := Pipe(fail))
    assert now.state == "failed"
    assert now.error == {
        "code": "stage-failed",
        "message": "cell 2, line 3: KeyError",
        "remedy": "look",
        "detail": "",
        "cell": "c2",
        "line": 3,
        "findings": [],
        "cause": None,
    }
    assert pipe.cleaned == [run.id]


async def test_what_nobody_foresaw_is_internal_and_keeps_its_traceback(
    journal: Journal, run: Run
) -> None:
    async def crash(_context: RunContext, /) -> Mapping[str, object]:
        raise ZeroDivisionError

    _, now = await attended(journal, run, Pipe(crash))
    assert now.error is not None
    assert (now.state, now.error["code"]) == ("failed", "internal")
    assert "ZeroDivisionError" in str(now.error["detail"])


@pytest.mark.parametrize("result", [{}, {**RESULT, "url": 3}, {**RESULT, "call": {"x": {1}}}])
async def test_a_result_that_is_none_is_a_failure(
    result: dict[str, object], journal: Journal, run: Run
) -> None:
    async def answer(_context: RunContext, /) -> Mapping[str, object]:
        return result

    _, now = await attended(journal, run, Pipe(answer))
    assert now.error is not None
    assert (now.state, now.error["code"]) == ("failed", "internal")


async def test_a_pipeline_that_cannot_be_loaded_is_a_failure(journal: Journal, run: Run) -> None:
    def load(_body: Mapping[str, object]) -> Pipeline:
        raise ModuleNotFoundError("pipeline")

    ended = await work(journal, run.id, load, Ending())
    assert ended is not None
    assert ended.error is not None
    assert (ended.state, ended.error["code"]) == ("failed", "internal")


async def test_a_cancel_stops_the_line_and_cleans_up(journal: Journal, run: Run) -> None:
    _, now = await attended(journal, run, pipe := Pipe(wait), "cancelled")
    assert (now.state, now.error, pipe.cleaned) == ("cancelled", None, [run.id])


async def test_a_machine_that_goes_down_leaves_the_run_to_be_resumed(
    journal: Journal, run: Run
) -> None:
    _, now = await attended(journal, run, pipe := Pipe(wait), "interrupted")
    assert (now.state, pipe.cleaned) == ("interrupted", [])
    pipe.act = succeed
    _, now = await attended(journal, run, pipe)
    assert (now.state, now.attempts) == ("succeeded", 2)


async def test_of_a_cancel_and_a_machine_going_down_the_cancel_counts(
    journal: Journal, run: Run
) -> None:
    async def cancelled_meanwhile(context: RunContext, /) -> Mapping[str, object]:
        context.journal.request_cancel(context.run.id)
        return await wait(context)

    _, now = await attended(journal, run, pipe := Pipe(cancelled_meanwhile), "interrupted")
    assert (now.state, pipe.cleaned) == ("cancelled", [run.id])


async def test_a_line_that_fails_while_it_is_stopped_was_stopped_and_says_why(
    journal: Journal, run: Run
) -> None:
    async def stumble(context: RunContext, /) -> Mapping[str, object]:
        try:
            return await wait(context)
        except asyncio.CancelledError as cause:
            raise StageFailed("a tool was killed") from cause

    _, now = await attended(journal, run, Pipe(stumble), "cancelled")
    assert now.error is not None
    assert (now.state, now.error["message"]) == ("cancelled", "a tool was killed")


async def test_a_line_that_had_its_result_when_it_was_stopped_has_succeeded(
    journal: Journal, run: Run
) -> None:
    async def finish(context: RunContext, /) -> Mapping[str, object]:
        try:
            return await wait(context)
        except asyncio.CancelledError:
            return RESULT

    _, now = await attended(journal, run, Pipe(finish), "cancelled")
    assert now.state == "succeeded"


async def test_a_line_may_cancel_itself(journal: Journal, run: Run) -> None:
    async def give_up(_context: RunContext, /) -> Mapping[str, object]:
        raise Cancelled("nothing to do")

    _, now = await attended(journal, run, Pipe(give_up))
    assert now.state == "cancelled"
    assert journal.events(run.id)[-1].payload["reason"] == "nothing to do"


async def test_a_silent_line_whose_log_cannot_be_written_fails_of_that(
    journal: Journal, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def say_and_wait(context: RunContext, /) -> Mapping[str, object]:
        with monkeypatch.context() as full:
            full.setattr(Journal, "append", _no_room)
            context.log("rehearse", "a line")
            return await wait(context)

    pipe = Pipe(say_and_wait)
    left = await work(journal, run.id, pipe.load, Ending())
    assert left is not None
    assert (left.state, (left.error or {})["message"]) == ("failed", "no room for a line")
    assert pipe.cleaned == [run.id]


def _no_room(*_: object, **__: object) -> RunEvent:
    raise StageFailed("no room for a line")


async def test_a_line_that_does_not_listen_is_given_up(
    journal: Journal, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = asyncio.Event()

    async def deaf(_context: RunContext, /) -> Mapping[str, object]:
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                continue
        return RESULT

    monkeypatch.setattr(attempt, "STOP_SECONDS", 0.01)
    returned, now = await attended(journal, run, Pipe(deaf), "cancelled")
    released.set()
    assert returned is None, "the process must end itself"
    assert now.state == "cancelled"
    assert "was given up" in str(journal.events(run.id)[-1].payload["reason"])


@pytest.mark.parametrize("state", ["queued", "running", "interrupted"])
async def test_a_cancel_without_a_worker_is_done_by_the_next_one(
    state: State, journal: Journal, run: Run
) -> None:
    if state != "queued":
        journal.transition(run.id, "queued", "running")
        journal.intend(run.id, "stage", {}, attempt=1)
    if state == "interrupted":
        journal.transition(run.id, "running", "interrupted")
    journal.request_cancel(run.id)
    _, now = await attended(journal, run, pipe := Pipe(succeed))
    assert (now.state, now.result) == ("cancelled", None)
    assert pipe.cleaned == ([] if state == "queued" else [run.id])


async def test_a_run_that_costs_three_workers_their_lives_has_failed(
    journal: Journal, run: Run
) -> None:
    for _ in range(3):
        journal.transition(run.id, journal.get(run.id).state, "running")
        journal.transition(run.id, "running", "interrupted")
    _, now = await attended(journal, run, Pipe(succeed))
    assert now.error is not None
    assert (now.state, now.error["code"], now.attempts) == ("failed", "interrupted", 3)


async def test_a_run_whose_worker_was_killed_tells_so_before_it_goes_on(
    journal: Journal, run: Run
) -> None:
    journal.transition(run.id, "queued", "running")
    await attended(journal, run, Pipe(succeed))
    states = [e.payload["state"] for e in journal.events(run.id) if e.kind == "run"]
    assert states == ["queued", "running", "interrupted", "running", "succeeded"]


async def test_a_run_that_has_ended_is_left_alone(journal: Journal, run: Run) -> None:
    ended = journal.transition(run.id, "queued", "cancelled")
    returned, now = await attended(journal, run, pipe := Pipe(succeed))
    assert (returned, now, pipe.begun.is_set()) == (ended, ended, False)


async def test_a_clean_up_that_fails_is_tried_again_by_the_services_next_run(
    journal: Journal, run: Run, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fail(_context: RunContext, /) -> Mapping[str, object]:
        raise StageFailed("no")

    pipe = Pipe(fail)
    pipe.clean_fails = True
    _, now = await attended(journal, run, pipe)
    assert (now.state, pipe.cleaned) == ("failed", [])
    assert "OSError: busy" in capsys.readouterr().err

    pipe.clean_fails, pipe.act = False, succeed
    _, now = await attended(journal, journal.submit(ask(2)), pipe)
    assert (now.state, pipe.cleaned) == ("succeeded", [run.id])


async def test_to_clean_up_may_take_longer_than_to_stop(
    journal: Journal, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "STOP_SECONDS", 0.0)
    journal.transition(run.id, "queued", "running")
    journal.intend(run.id, "stage", {}, attempt=1)
    journal.request_cancel(run.id)
    pipe = Pipe(succeed)
    pipe.clean_ends.clear()
    asyncio.get_running_loop().call_later(0.01, pipe.clean_ends.set)
    _, now = await attended(journal, run, pipe)
    assert (now.state, pipe.cleaned, journal.effects(run.id)) == ("cancelled", [run.id], {})


async def test_a_clean_up_without_an_end_is_tried_again_as_well(
    journal: Journal, run: Run, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "CLEAN_SECONDS", 0.01)
    journal.transition(run.id, "queued", "running")
    journal.intend(run.id, "stage", {}, attempt=1)
    journal.request_cancel(run.id)
    pipe = Pipe(succeed)
    pipe.clean_ends.clear()
    _, now = await attended(journal, run, pipe)
    assert (now.state, pipe.cleaned) == ("cancelled", [])
    pipe.clean_ends.set()
    await attended(journal, journal.submit(ask(2)), pipe)
    assert pipe.cleaned == [run.id]


async def test_a_run_that_gave_way_is_cleaned_up_by_its_successor(
    journal: Journal, run: Run, ask: Ask
) -> None:
    journal.transition(run.id, "queued", "running")
    journal.intend(run.id, "stage", {}, attempt=1)
    _, now = await attended(journal, journal.submit(ask(2)), pipe := Pipe(succeed))
    assert (now.state, pipe.cleaned) == ("succeeded", [run.id])
    assert journal.get(run.id).state == "cancelled"
