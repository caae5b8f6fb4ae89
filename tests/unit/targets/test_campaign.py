"""The keeper over many deploys and under a log that does not end."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from jupyter_modelship.targets.keeping.log import BURST, RATE, SIZE
from tests.trials import trials

from .conftest import Site

pytestmark = pytest.mark.campaign
PIECE = 16 << 20
KEPT = 12
"""Deploys until no more revisions are kept; `keep_revisions` says 10."""


def held(process: psutil.Process) -> dict[str, int]:
    """What a process may lose sight of."""
    return {
        "descriptors": process.num_fds(),
        "threads": process.num_threads(),
        "children": len(process.children()),
    }


def files(site: Site) -> dict[str, int]:
    """How many files there are in each place, without the bundles that the test wrote."""
    places = site.places
    state = sum(1 for path in places.state.rglob("*") if "bundles" not in path.parts)
    temporary = list(Path(tempfile.gettempdir()).glob("modelship-*"))
    return {
        "state": state,
        "runtime": sum(1 for _ in places.runtime.rglob("*")),
        "temporary": len(temporary),
    }


@pytest.mark.timeout(1200)
async def test_many_deploys_leave_as_much_as_a_few(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    run = trials(300, capsys, least=2 * KEPT)
    us = psutil.Process()
    await deploys(site, range(KEPT))
    before = held(site.keeper()), held(us), files(site)
    await deploys(site, range(KEPT, run.count))
    assert (held(site.keeper()), held(us), files(site)) == before


async def deploys(site: Site, numbers: range) -> None:
    """One deploy after the other, until only the last one's process is left."""
    for number in numbers:
        seen = await site.deploy(f"b{number}")
        assert (seen.state, seen.revision) == ("running", number + 1)
        assert (await site.ask())["answer"] == f"b{number}"
    while len(site.services()) > 1:
        await asyncio.sleep(0.05)


@pytest.mark.timeout(600)
async def test_a_gibibyte_of_log_is_bounded_and_the_service_answers(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    run = trials((1 << 30) // PIECE, capsys, least=2)
    await site.deploy("one")
    keeper = site.keeper()
    before = keeper.memory_info().rss
    began = time.monotonic()
    for _ in range(run.count):
        assert (await site.ask(f"/flood/{PIECE}"))["answer"] == "one"
    assert keeper.memory_info().rss < before + (32 << 20)
    seen = await site.seen()
    assert (seen.state, seen.restarts) == ("running", 0)
    async for line in site.target.logs("iris", follow=True):
        if "log-dropped" in line:
            break
    kept = sum(path.stat().st_size for path in site.places.state.rglob("log*") if path.is_file())
    assert BURST - (1 << 20) < kept <= 2 * SIZE
    assert kept <= BURST + RATE * (time.monotonic() - began + 1)
