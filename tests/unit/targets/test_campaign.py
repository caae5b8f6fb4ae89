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
STILL = 20
"""Looks in a row that must see the same."""


def held(process: psutil.Process) -> dict[str, int]:
    """What a process may lose sight of."""
    return {
        "descriptors": process.num_fds(),
        "threads": process.num_threads(),
        "children": len(process.children()),
    }


def files(site: Site, temporary: Path) -> dict[str, int]:
    """How many files there are in each place, without the bundles that the test wrote."""
    places = site.places
    state = sum(1 for path in places.state.rglob("*") if "bundles" not in path.parts)
    return {
        "state": state,
        "runtime": sum(1 for _ in places.runtime.rglob("*")),
        "temporary": sum(1 for _ in temporary.rglob("*")),
    }


@pytest.mark.timeout(1200)
async def test_many_deploys_leave_as_much_as_a_few(
    site: Site, own_temporary_files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = trials(300, capsys, least=2 * KEPT)
    await deploys(site, range(KEPT))
    before = await at_rest(site, own_temporary_files)
    await deploys(site, range(KEPT, run.count))
    assert await at_rest(site, own_temporary_files) == before


@pytest.fixture
def own_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """For us and the keeper: whoever else runs on this machine writes temporary files, too."""
    folder = tmp_path / "t"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


async def at_rest(site: Site, temporary: Path) -> dict[str, dict[str, int]]:
    """What is held once it no longer changes: a connection that is just being closed is no leak."""
    seen: list[dict[str, dict[str, int]]] = []
    while len(seen) < STILL or any(look != seen[-1] for look in seen[-STILL:]):
        await asyncio.sleep(0.05)
        ours = {"keeper": held(site.keeper()), "us": held(psutil.Process())}
        seen.append({**ours, "files": files(site, temporary)})
    return seen[-1]


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
