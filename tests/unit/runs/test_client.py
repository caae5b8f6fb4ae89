"""With real workers: each test starts at least one process."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jupyter_modelship import process
from jupyter_modelship.errors import NothingThere
from jupyter_modelship.places import Places
from jupyter_modelship.runs import client, liveness
from jupyter_modelship.runs.events import RunEvent
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.run import KeyReused, Request, RunActive
from jupyter_modelship.runs.worker import PIPELINE_VARIABLE, main
from tests.processes import ended

LINES = Path(__file__).parents[2] / "faults" / "lines"
Ask = Callable[..., Request]


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Pids of the workers that were started, in order."""
    started: list[int] = []

    def detach(*argv: Any, **ends: Any) -> int:
        started.append(process.detach(*argv, **ends))
        return started[-1]

    monkeypatch.setattr(client, "process", SimpleNamespace(**{**vars(process), "detach": detach}))
    return started


@pytest.fixture
def stub(
    tmp_path: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch, workers: list[int]
) -> Iterator[Ask]:
    """Makes requests for the stub pipeline of the fault tests. Sees their workers end."""
    monkeypatch.setenv(PIPELINE_VARIABLE, str(LINES))

    def request(number: int = 1, *, service: str = "iris", **body: object) -> Request:
        (world := tmp_path / "world" / service).mkdir(parents=True, exist_ok=True)
        return ask(number, service=service, pipeline="stub:line", world=str(world), **body)

    yield request
    assert [worker for worker in workers if not ended(worker)] == []


async def test_a_worker_that_is_killed_before_it_has_begun_leaves_a_run_to_take_up(
    stub: Ask, here: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = stub()
    with monkeypatch.context() as patched:

        def die(*_: object, **__: object) -> int:
            raise ChildProcessError

        patched.setattr(client, "process", SimpleNamespace(**{**vars(process), "detach": die}))
        run = client.submit_and_start(request, here)
    assert client.get(run.id, here).state == "interrupted"
    client.submit_and_start(request, here)
    assert (await client.wait(run.id, here)).state == "succeeded"


async def until(run: str, here: Places, text: str) -> None:
    """Until the run's log says so."""
    async for event in client.follow(run, here):
        lines = event.payload.get("lines")
        if isinstance(lines, list) and text in lines:
            return


async def kinds(run: str, here: Places, after: int = 0) -> list[str]:
    return [event.kind async for event in client.follow(run, here, after=after)]


async def test_a_run_is_followed_to_its_end(stub: Ask, here: Places) -> None:
    run = client.submit_and_start(stub(), here)
    assert run.state == "queued"
    events = [event async for event in client.follow(run.id, here)]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert (events[0].payload["state"], events[-1].payload["state"]) == ("queued", "succeeded")
    assert client.get(run.id, here).state == "succeeded"
    assert client.latest("iris", here) == client.get(run.id, here)


async def test_following_goes_on_anywhere_and_loses_and_repeats_nothing(
    stub: Ask, here: Places
) -> None:
    run = client.submit_and_start(stub(), here).id
    whole = [event async for event in client.follow(run, here)]
    for after in range(len(whole) + 1):
        assert [event async for event in client.follow(run, here, after=after)] == whole[after:]


async def test_the_same_request_again_is_the_same_run_and_starts_nothing(
    stub: Ask, here: Places, workers: list[int]
) -> None:
    run = client.submit_and_start(stub(), here)
    again = client.submit_and_start(stub(), here)
    assert (again.id, len(workers)) == (run.id, 1)
    ended = await client.wait(run.id, here)
    assert client.submit_and_start(stub(), here) == ended
    assert ended.attempts == 1


async def test_fifty_at_once_get_one_run_and_one_worker(stub: Ask, here: Places) -> None:
    def submit(_: int) -> str:
        return client.submit_and_start(stub(), here).id

    with ThreadPoolExecutor(50) as crowd:
        ids = set(crowd.map(submit, range(50)))
    assert ids == {stub().id}
    ended = await client.wait(stub().id, here)
    assert (ended.state, ended.attempts) == ("succeeded", 1)
    assert len(client.runs(here)) == 1


async def test_an_id_with_another_body_and_a_busy_service_are_refused(
    stub: Ask, here: Places
) -> None:
    run = client.submit_and_start(stub(1, mode="wait"), here)
    with pytest.raises(KeyReused):
        client.submit_and_start(stub(1, mode="other"), here)
    with pytest.raises(RunActive, match=run.id[:8]):
        client.submit_and_start(stub(2), here)
    client.cancel(run.id, here)
    assert (await client.wait(run.id, here)).state == "cancelled"


async def test_a_cancel_ends_a_run_and_leaves_nothing(
    stub: Ask, here: Places, tmp_path: Path
) -> None:
    run = client.submit_and_start(stub(mode="wait"), here).id
    await until(run, here, "waiting")
    assert list((tmp_path / "world" / "iris").iterdir()) != []
    client.cancel(run, here)
    assert (await client.wait(run, here)).state == "cancelled"
    assert list((tmp_path / "world" / "iris").iterdir()) == []


async def test_sigterm_interrupts_and_the_next_write_resumes(
    stub: Ask, here: Places, workers: list[int]
) -> None:
    run = client.submit_and_start(stub(1, mode="wait"), here).id
    await until(run, here, "waiting")
    os.kill(workers[0], signal.SIGTERM)
    assert (await client.wait(run, here)).state == "interrupted"
    with Journal.open(here) as journal:
        assert journal.get(run).state == "interrupted", "it wrote that down itself"
    client.submit_and_start(stub(2, service="other"), here)
    ended = await client.wait(run, here)
    assert (ended.state, ended.attempts) == ("succeeded", 2)
    assert (await client.wait(stub(2).id, here)).state == "succeeded"


async def test_a_killed_worker_is_reported_by_readers_and_changed_by_none(
    stub: Ask, here: Places, workers: list[int]
) -> None:
    run = client.submit_and_start(stub(mode="wait"), here).id
    await until(run, here, "waiting")
    os.kill(workers[0], signal.SIGKILL)
    events = [event async for event in client.follow(run, here)]
    assert events[-1].payload["state"] == "interrupted"
    assert events[-1].seq == events[-2].seq, "it is in no journal"
    assert client.get(run, here).state == client.runs(here)[0].state == "interrupted"
    with Journal.open(here) as journal:
        assert journal.get(run).state == "running"


async def test_a_servers_start_resumes_what_lies_there_and_only_that(
    stub: Ask, here: Places, workers: list[int]
) -> None:
    run = client.submit_and_start(stub(mode="wait"), here).id
    await until(run, here, "waiting")
    assert client.resume_all(here) == ()
    os.kill(workers[0], signal.SIGKILL)
    await client.wait(run, here)
    assert [resumed.id for resumed in client.resume_all(here)] == [run]
    assert (await client.wait(run, here)).state == "succeeded"
    assert client.resume_all(here) == ()


async def test_following_goes_on_once_a_killed_run_is_resumed(
    stub: Ask, here: Places, workers: list[int]
) -> None:
    run = client.submit_and_start(stub(mode="wait"), here).id
    await until(run, here, "waiting")
    os.kill(workers[0], signal.SIGKILL)
    last = [event async for event in client.follow(run, here)][-1]
    client.resume_all(here)
    more = [event async for event in client.follow(run, here, after=last.seq)]
    assert [event.payload.get("state") for event in more][:2] == ["interrupted", "running"]
    assert more[-1].payload["state"] == "succeeded"


async def test_cancelling_a_run_without_a_worker_has_somebody_clean_up(
    stub: Ask, here: Places, tmp_path: Path, workers: list[int]
) -> None:
    run = client.submit_and_start(stub(mode="wait"), here).id
    await until(run, here, "waiting")
    os.kill(workers[0], signal.SIGKILL)
    await client.wait(run, here)
    client.cancel(run, here)
    assert (await client.wait(run, here)).state == "cancelled"
    assert list((tmp_path / "world" / "iris").iterdir()) == []


async def test_a_worker_that_cannot_start_leaves_the_run_interrupted(
    stub: Ask, here: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    run = client.submit_and_start(stub(), here).id
    assert (await client.wait(run, here)).state == "interrupted"
    monkeypatch.undo()


async def test_without_waiting_only_what_there_is_is_told(ask: Ask, here: Places) -> None:
    with Journal.open(here) as journal, liveness.hold(here, journal.submit(ask()).id):
        told = [event async for event in client.follow(ask().id, here, wait=False)]
    assert [event.payload for event in told] == [{"state": "queued"}]


def test_a_worker_leaves_quietly_where_somebody_else_is_at_work(ask: Ask, here: Places) -> None:
    with Journal.open(here) as journal:
        run = journal.submit(ask()).id
        with liveness.hold(here, run):
            places = [str(here.state), str(here.cache), str(here.runtime)]
            assert main([run, "--places", *places]) == 0
        assert journal.get(run).state == "queued"


def test_a_worker_started_by_hand_takes_the_lock_itself(stub: Ask, here: Places) -> None:
    with Journal.open(here) as journal:
        run = journal.submit(stub()).id
    places = [str(here.state), str(here.cache), str(here.runtime)]
    argv = [sys.executable, "-m", "jupyter_modelship.runs.worker", run, "--places", *places]
    assert asyncio.run(process.run(argv)).code == 0
    assert client.get(run, here).state == "succeeded"


async def test_a_run_that_is_not_there_is_named(ask: Ask, here: Places) -> None:
    for attempt in (client.get, client.cancel):
        with pytest.raises(NothingThere):
            attempt(ask().id, here)
    with pytest.raises(NothingThere):
        await kinds(ask().id, here)
    assert client.latest("iris", here) is None


async def test_a_line_that_does_not_stop_is_ended_with_its_process(stub: Ask, here: Places) -> None:
    run = client.submit_and_start(stub(mode="deaf"), here).id
    while not any(event.kind == "cell" for event in _told(run, here)):
        await asyncio.sleep(0.02)
    client.cancel(run, here)
    ended = await asyncio.wait_for(client.wait(run, here), 60)
    assert ended.state == "cancelled"
    await asyncio.wait_for(_gone(run, here), 60)


def _told(run: str, here: Places) -> tuple[RunEvent, ...]:
    with Journal.open(here) as journal:
        return journal.events(run)


async def _gone(run: str, here: Places) -> None:
    while liveness.alive(here, run):
        await asyncio.sleep(0.02)
