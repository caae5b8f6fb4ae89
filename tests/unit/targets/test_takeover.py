"""A release goes live: nothing is lost, and what fails leaves the old revision serving."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from jupyter_modelship.errors import StageFailed, UsageError
from jupyter_modelship.targets.keeping.listener import bind_first, port_of
from tests.processes import ended

from .conftest import Site

APPLIES = 5


async def test_the_staged_process_itself_takes_over(site: Site) -> None:
    site.bundle("one")
    release = site.release("one")
    staged = await site.staged(release)
    transport = httpx.AsyncHTTPTransport(uds=str(staged.socket))
    async with httpx.AsyncClient(transport=transport, base_url="http://staged") as client:
        proved = (await client.get("/answer")).json()
    await site.target.apply(release, staged)
    assert await site.ask() == proved


async def test_a_process_staged_from_a_draft_goes_on_from_the_complete_bundle(site: Site) -> None:
    site.bundle("draft")
    site.bundle("one")
    staged = await site.target.stage(site.release("draft"))
    await site.target.open(staged, bundle=site.bundle("one"))
    await site.target.apply(site.release("one"), staged)
    before = await site.ask()
    assert before["answer"] == "one"
    site.services()[0].kill()
    after = await site.ask()
    assert (after["answer"], after["pid"] == before["pid"]) == ("one", False)


async def test_nobody_listens_before_the_first_revision_is_live(site: Site) -> None:
    site.bundle("one")
    release = site.release("one")
    staged = await site.staged(release)
    assert await site.target.observe("iris") is None
    seen = await site.target.apply(release, staged)
    await site.target.stop("iris")
    again = site.release("two")
    site.bundle("two")
    await site.staged(again)
    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(seen.url)


@pytest.mark.parametrize("kind", ["stub", "real"])
async def test_five_takeovers_under_load_lose_no_request(site: Site, kind: str) -> None:
    for number in range(APPLIES + 1):
        (site.bundle if kind == "stub" else site.real_bundle)(f"b{number}")
    first = site.release("b0")
    url = (await site.target.apply(first, await site.staged(first))).url + "/answer"
    stop = asyncio.Event()
    answers: list[str] = []
    failures: list[str] = []

    async def hammer(client: httpx.AsyncClient) -> None:
        while not stop.is_set():
            try:
                reply = await client.get(url)
                answers.append(reply.raise_for_status().json()["answer"])
            except httpx.HTTPError as error:
                failures.append(repr(error))

    keeping = httpx.AsyncClient(trust_env=False, timeout=60)
    limits = httpx.Limits(max_keepalive_connections=0)
    fresh = httpx.AsyncClient(trust_env=False, timeout=60, limits=limits)
    async with keeping, fresh:
        load = [asyncio.create_task(hammer(client)) for client in (keeping, fresh) * 4]
        for number in range(1, APPLIES + 1):
            release = site.release(f"b{number}")
            await site.target.apply(release, await site.staged(release))
            assert (await fresh.get(url)).json()["answer"] == f"b{number}"
        stop.set()
        await asyncio.gather(*load)
    print(f"{kind}: {len(answers)} requests, {len(failures)} failed")
    assert failures == []
    assert set(answers) == {f"b{number}" for number in range(APPLIES + 1)}


async def test_a_request_in_flight_is_finished_by_the_old_revision(site: Site) -> None:
    await site.deploy("one")
    slow = asyncio.create_task(site.ask("/sleep/1.5"))
    while not site.services()[0].net_connections("tcp")[1:]:
        await asyncio.sleep(0.01)
    await site.deploy("two")
    assert (await site.ask())["answer"] == "two"
    assert (await slow)["answer"] == "one"


@pytest.mark.parametrize("phase", ["import", "setup", "listen"])
@pytest.mark.parametrize("way", ["fail", "die"])
async def test_a_release_that_fails_leaves_the_old_one_serving(
    site: Site, phase: str, way: str
) -> None:
    before = await site.deploy("one")
    live = await site.ask()
    site.bundle("two", **{way: phase})
    release = site.release("two")
    with pytest.raises(StageFailed) as caught:
        await site.target.apply(release, await site.staged(release))
    if way == "fail":
        assert "KeyError: 'x'" in caught.value.message
        assert (caught.value.cell, caught.value.line) == ("3f2a", 2)
    else:
        assert "exit code 7" in caught.value.message
    assert await site.ask() == live
    assert await site.seen() == before
    assert len(site.services()) == 1


async def test_a_first_release_that_fails_leaves_nothing(site: Site) -> None:
    site.bundle("one", fail="import")
    with pytest.raises(StageFailed):
        await site.target.stage(site.release("one"))
    assert list((site.places.state / "services").iterdir()) == []


async def test_of_two_runs_on_one_revision_the_second_is_told_who_won(site: Site) -> None:
    await site.deploy("one")
    for digest in ("two", "three"):
        site.bundle(digest)
    second, third = site.release("two"), site.release("three")
    staged = [await site.staged(second), await site.staged(third)]
    outcomes = await asyncio.gather(
        site.target.apply(second, staged[0]),
        site.target.apply(third, staged[1]),
        return_exceptions=True,
    )
    lost = [each for each in outcomes if isinstance(each, StageFailed)]
    assert len(lost) == 1
    assert "revision 2 went live (run run-t" in lost[0].message
    assert "by ada" in lost[0].message
    assert (await site.seen()).revision == 2


async def test_a_run_is_applied_once(site: Site) -> None:
    first = await site.deploy("one")
    release = site.release("one")
    again = await site.target.apply(release, await site.staged(release))
    assert again == first


async def test_a_staged_process_ends_with_the_run_that_staged_it(site: Site) -> None:
    await site.deploy("one")
    site.bundle("two")
    await site.staged(site.release("two"))
    staged = [child for child in site.services() if "two" in " ".join(child.cmdline())]
    assert len(staged) == 1
    await site.target.close()
    assert ended(staged[0].pid)


async def test_a_name_belongs_to_one_notebook(site: Site) -> None:
    await site.deploy("one")
    site.bundle("two")
    other = site.release("two")
    with pytest.raises(UsageError, match="belongs to the notebook"):
        await site.target.stage(replace(other, notebook="/books/other.ipynb"))


async def test_another_port_can_be_chosen_for_a_new_revision(site: Site) -> None:
    first = await site.deploy("one")
    with bind_first(Path("another")) as free:
        port = port_of(free)
    second = await site.deploy("two", port=port)
    assert second.url == f"http://127.0.0.1:{port}" != first.url
    assert (await site.ask())["answer"] == "two"
    assert (await site.deploy("three")).url == second.url


async def test_rollback_makes_a_new_revision_of_an_old_plan(site: Site) -> None:
    await site.deploy("one")
    await site.deploy("two")
    seen = await site.target.rollback("iris", who="bob")
    assert (seen.revision, seen.plan_digest) == (3, "plan-one")
    assert [(each.number, each.origin) for each in seen.revisions] == [(1, None), (2, None), (3, 1)]
    assert (await site.ask())["answer"] == "one"


async def test_old_revisions_go_and_their_bundles_with_them(site: Site) -> None:
    for number in range(4):
        await site.deploy(f"b{number}", keep_revisions=2)
    seen = await site.seen()
    assert [each.number for each in seen.revisions] == [3, 4]
    left = sorted(folder.name for folder in (site.places.state / "bundles").iterdir())
    assert left == ["b2", "b3"]
