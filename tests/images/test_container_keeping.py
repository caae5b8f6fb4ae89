"""Containers are kept as processes are: taken over, started again, and never left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import httpx
import psutil
import pytest

from jupyter_modelship.targets.port import Observation
from tests.processes import ended
from tests.trials import trials

from .stubs import Yard

pytestmark = pytest.mark.ordinary_user


async def _running(yard: Yard, *, restarts: int) -> Observation:
    while (seen := await yard.seen()).state != "running" or seen.restarts < restarts:
        await asyncio.sleep(0.05)
    return seen


async def _flood(yard: Yard, answers: list[str]) -> tuple[list[str], list[str]]:
    """Deploy one answer after the other under load: answers that came, and failures."""
    for answer in set(answers):  # not under load: unpacking takes all of a small machine
        await yard.image(answer)
    url = (await yard.deploy(answers[0])).url + "/answer"
    stop = asyncio.Event()
    came: list[str] = []
    failures: list[str] = []

    async def hammer(client: httpx.AsyncClient) -> None:
        while not stop.is_set():
            began = time.monotonic()
            try:
                reply = await client.get(url)
                came.append(reply.raise_for_status().json()["answer"])
            except httpx.HTTPError as error:
                failures.append(f"after {time.monotonic() - began:.2f} s: {error!r}")

    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(trust_env=False, timeout=30, limits=limits) as fresh:
        load = [asyncio.create_task(hammer(fresh)) for _ in range(4)]
        for number, answer in enumerate(answers[1:], start=1):
            release = await yard.release(answer, run=number)
            await yard.target.apply(release, await yard.staged(release))
            assert (await fresh.get(url)).json()["answer"] == answer
        stop.set()
        await asyncio.gather(*load)
    return came, failures


async def test_takeovers_from_container_to_container_lose_no_connection(yard: Yard) -> None:
    came, failures = await _flood(yard, ["one", "two", "one"])
    assert failures == []
    assert set(came) == {"one", "two"}


@pytest.mark.campaign
@pytest.mark.timeout(3600)
async def test_many_takeovers_lose_no_connection(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    run = trials(100, capsys, least=4)
    came, failures = await _flood(yard, ["one", "two"] * (run.count // 2))
    with capsys.disabled():
        print(f"{len(came)} requests over {run.count - 1} takeovers, {len(failures)} failed")
    assert failures == []


async def test_a_container_whose_process_is_killed_is_started_again(yard: Yard) -> None:
    await yard.deploy("one")
    (first,) = yard.firsts()
    first.kill()
    seen = await _running(yard, restarts=1)
    assert seen.reason == "it was ended by SIGKILL (out of memory, perhaps)"
    assert (await yard.ask())["answer"] == "one"
    assert [process.pid for process in yard.firsts()] != [first.pid]


async def test_an_exit_code_is_the_service_s_own(yard: Yard) -> None:
    await yard.deploy("one")
    with pytest.raises(httpx.HTTPError):
        await yard.ask("/crash/3")
    assert (await _running(yard, restarts=1)).reason == "it ended with exit code 3"


async def test_a_container_ends_with_all_that_it_started(yard: Yard) -> None:
    await yard.deploy("one")
    (first,) = yard.firsts()
    await yard.ask("/child")
    (child,) = first.children()
    first.kill()
    assert ended(child.pid)


async def test_a_podman_that_is_killed_leaves_no_second_container(yard: Yard) -> None:
    await yard.deploy("one")
    (first,) = yard.firsts()
    for process in yard.keeper().children():
        process.kill()
    seen = await _running(yard, restarts=1)
    assert seen.reason.startswith("podman, which ran it: it was ended by SIGKILL")
    assert ended(first.pid)
    assert len(yard.firsts()) == 1
    assert (await yard.ask())["answer"] == "one"


async def test_when_the_keeper_is_killed_its_containers_end_and_a_start_brings_them_back(
    yard: Yard,
) -> None:
    before = await yard.deploy("one")
    (first,) = yard.firsts()
    yard.keeper().kill()
    assert ended(first.pid)
    assert (await yard.seen()).state == "gone"
    after = await yard.target.start("iris")
    assert (after.state, after.url, after.target) == ("running", before.url, "container")
    assert (await yard.ask())["answer"] == "one"


async def test_a_container_that_hangs_is_cleared_away_by_the_next_keeper(yard: Yard) -> None:
    await yard.deploy("one")
    (first,) = yard.firsts()
    first.send_signal(signal.SIGSTOP)
    yard.keeper().kill()
    assert not ended(first.pid, seconds=1)
    assert (await yard.target.start("iris")).state == "running"
    assert ended(first.pid)
    assert (await yard.ask())["answer"] == "one"


async def test_a_container_that_hangs_is_stopped_within_its_limits(yard: Yard) -> None:
    await yard.deploy("one", drain=0)
    (first,) = yard.firsts()
    first.send_signal(signal.SIGSTOP)
    stopped = await asyncio.wait_for(yard.target.stop("iris"), 60)
    assert stopped.state == "stopped"
    assert ended(first.pid)
    assert yard.firsts() == []


async def test_nothing_is_left_of_a_service_that_was_deleted(yard: Yard) -> None:
    await yard.deploy("one", drain=0)
    keeper = yard.keeper()
    await yard.target.delete("iris")
    podman = await yard.target.probe()
    assert await podman.ask("ps", "--all", "--quiet") == ""
    assert list(yard.places.runtime.glob("p-*")) == []
    assert ended(keeper.pid)
    mine = [one for one in psutil.process_iter(["uids", "cmdline"]) if _ours(one, yard)]
    assert mine == []


def _ours(process: psutil.Process, yard: Yard) -> bool:
    words = " ".join(process.info["cmdline"] or ())
    return process.pid != os.getpid() and str(yard.home) in words
