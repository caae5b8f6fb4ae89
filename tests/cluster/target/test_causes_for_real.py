"""Each cause is brought about on a real cluster, and named while the revision before answers."""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml

from jupyter_modelship.bundle.release import naming
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.targets.kubernetes import ground
from jupyter_modelship.targets.kubernetes.cause_texts import CODES
from jupyter_modelship.targets.kubernetes.causes import Seen
from jupyter_modelship.targets.kubernetes.observing import of_run
from jupyter_modelship.targets.kubernetes.rollout import Rollout
from jupyter_modelship.targets.port import Release, Staged

from .answers import asked
from .bringing import BROUGHT, Scene, tainted
from .dock import Dock
from .recording import first_told, record
from .test_kept_whole import OWN
from .test_tenants import RBAC, Tenant

OFTEN = ("crash", "pod security", "too little processor time")
"""One of the process, one of the API's, one that waiting may cure."""
SECONDS = 15.0
"""From the first that the cluster says of it."""
CASES = [
    case if case in OFTEN else pytest.param(case, marks=pytest.mark.campaign) for case in BROUGHT
]


ALL_NODES = ("taint", "waiting_cures")
"""In the names of tests that change the nodes, and so run while no other one of these does."""


@pytest.fixture
def scene(dock: Dock, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Scene]:
    folder = tmp_path / "scene"
    folder.mkdir()
    alone = any(word in request.node.name for word in ALL_NODES)
    with (
        dock.images.cluster.kubeconfig.open("rb") as shared,
        ExitStack() as after,
        pytest.MonkeyPatch.context() as patch,
    ):
        fcntl.flock(shared, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield Scene(dock, folder, patch, after)


@pytest.mark.parametrize("case", CASES)
async def test_a_cause_is_named_in_time_and_takes_nothing_down(scene: Scene, case: str) -> None:
    dock, (code, bring) = scene.dock, BROUGHT[case]
    one = await dock.ship(dock.release("one"))
    async with asked(dock, one) as answers:
        release = bring(scene)
        staged = await dock.target.stage(release)
        try:
            line = await _named(dock, staged, code)
            now, seen = datetime.now(timezone.utc), await _seen(dock, release)
        finally:
            await dock.target.discard(staged)
        answers.clear()
        await asyncio.wait_for(answers.some(), 30)
    assert line.startswith(f"{CODES[code].what}: ")
    assert (now - first_told(seen, case)).total_seconds() <= SECONDS
    assert set(answers.all) == {'{"answer": "one", "region": null}'}
    assert await dock.target.observe("iris") == one
    assert dock.names() == OWN | {"controllerrevision/iris.1"}
    clean = {dock.namespace: "team-a", dock.images.cluster.registry: "registry.example"}
    record(case, code, seen, now=now, clean=clean)


@pytest.mark.campaign
async def test_what_waiting_cures_is_told_and_comes_up(scene: Scene) -> None:
    dock = scene.dock
    release = tainted(scene)
    staged = await dock.target.stage(release)
    told: asyncio.Queue[str] = asyncio.Queue()
    opening = asyncio.create_task(dock.target.open(staged, tell=told.put_nowait))
    try:
        what = CODES["tainted"].what
        assert (await asyncio.wait_for(told.get(), 60)).startswith(f"{what}: ")
        scene.after.close()
        await opening
        assert await told.get() == f"no longer: {what}"
        assert (await dock.target.apply(release, staged)).state == "running"
    finally:
        await dock.target.discard(staged)


@pytest.mark.campaign
async def test_what_the_api_refuses_is_said_at_once_with_the_permission_that_lacks(
    dock: Dock,
) -> None:
    one = await dock.ship(dock.release("one"))
    given, _ = yaml.safe_load_all(RBAC.read_text())
    tenant = Tenant(dock)
    tenant.bind([rule for rule in given["rules"] if "networkpolicies" not in rule["resources"]])
    tenant.log_in()
    async with asked(dock, one) as answers:
        with pytest.raises(StageFailed, match=r"networkpolicies.* is forbidden") as no:
            await dock.ship(dock.release("bad"))
        answers.clear()
        await asyncio.wait_for(answers.some(), 30)
    assert no.value.remedy.startswith("ask who administers the cluster for the permission")
    assert set(answers.all) == {'{"answer": "one", "region": null}'}


async def _named(dock: Dock, staged: Staged, code: str) -> str:
    """What is said of the release: by the error where no waiting helps, else by the first line."""
    told: asyncio.Queue[str] = asyncio.Queue()
    opening = asyncio.create_task(dock.target.open(staged, tell=told.put_nowait))
    remedy = CODES[code].remedy.replace("SERVICE", "iris")
    if CODES[code].sure:
        with pytest.raises(StageFailed) as caught:
            await opening
        assert (caught.value.detail, caught.value.remedy) == (f"cause: {code}", remedy)
        return str(caught.value)
    line = await asyncio.wait_for(told.get(), 60)
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)
    assert line.endswith(f"; {remedy}")
    return line


async def _seen(dock: Dock, release: Release) -> Seen:
    async with ground.ground() as here:
        rollout = Rollout(here.api, dock.namespace, release.service)
        pods: list[Any] = of_run(await rollout.pods(), naming.run_label(release.run))
        return await rollout.seen(pods)
