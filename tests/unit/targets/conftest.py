"""A keeper of our own in a folder of its own, and bundles for it to run."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

import jupyter_modelship
from jupyter_modelship.places import Places
from jupyter_modelship.targets.local import LocalTarget
from jupyter_modelship.targets.port import Observation, Release, Staged
from tests.processes import ended

STUB = Path(__file__).parent / "stub_bundle"
RUNTIME = Path(jupyter_modelship.__file__).parent / "runtime"
SERVICE = """
import os
import select
from modelship_runtime import App

app = App("iris")

def answer() -> dict[str, object]:
    return {{"answer": {answer!r}, "pid": os.getpid()}}

app.serve(answer, "GET /answer", takes={{}}, returns=dict[str, object])
"""


@dataclass
class Site:
    """One user's places with their target."""

    places: Places
    target: LocalTarget

    def bundle(self, digest: str, **wishes: object) -> Path:
        """A bundle whose stub of a runtime does what `wishes` say."""
        folder = self.places.state / "bundles" / digest
        if not folder.exists():
            shutil.copytree(STUB, folder)
            (folder / "stub.json").write_text(json.dumps({"answer": digest, **wishes}))
        return folder

    def real_bundle(self, digest: str) -> Path:
        """A bundle with the runtime that ships."""
        folder = self.places.state / "bundles" / digest
        if not folder.exists():
            shutil.copytree(RUNTIME, folder / "modelship_runtime")
            (folder / "service.py").write_text(SERVICE.format(answer=digest))
        return folder

    def release(self, digest: str, *, service: str = "iris", **options: Any) -> Release:
        return Release(
            service=service,
            plan_digest=f"plan-{digest}",
            bundle_digest=digest,
            bundle_folder=self.places.state / "bundles" / digest,
            python=Path(sys.executable),
            notebook="/books/iris.ipynb",
            run=f"run-{digest}",
            who="ada",
            options={"token": False, **options},
        )

    async def staged(self, release: Release) -> Staged:
        staged = await self.target.stage(release)
        await self.target.open(staged)
        return staged

    async def deploy(self, digest: str, **options: Any) -> Observation:
        """Bring a stub's bundle live, the whole way."""
        self.bundle(digest)
        release = self.release(digest, **options)
        staged = await self.target.stage(release)
        try:
            await self.target.open(staged)
            return await self.target.apply(release, staged)
        finally:
            await self.target.discard(staged)

    async def ask(self, path: str = "/answer") -> Any:
        """The service's reply; waits while the service is being restarted."""
        seen = await self.seen()
        async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
            return (await client.get(seen.url + path)).json()

    async def seen(self) -> Observation:
        seen = await self.target.observe("iris")
        assert seen is not None
        return seen

    async def seen_as(self, state: str) -> Observation:
        """The observation once the service is in that state."""
        while (seen := await self.seen()).state != state:
            await asyncio.sleep(0.02)
        return seen

    def keeper(self) -> psutil.Process:
        return psutil.Process(int((self.places.state / "keeper.lock").read_text()))

    def services(self) -> list[psutil.Process]:
        """The processes that the keeper keeps, running and not only dead; it goes when idle."""
        with suppress(psutil.NoSuchProcess):
            return [child for child in self.keeper().children() if _runs(child)]
        return []

    def kill_keeper(self) -> None:
        keeper = self.keeper()
        keeper.kill()
        assert ended(keeper.pid)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    home = tmp_path / "h"
    places = Places(home / "state", home / "cache", home / "run")
    site = Site(places, LocalTarget(places))
    yield site
    await site.target.close()
    if not (places.state / "keeper.lock").exists():
        return
    with suppress(psutil.NoSuchProcess):
        if str(places.state) in _argv(keeper := site.keeper()):
            keeper.kill()
            assert ended(keeper.pid)


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _argv(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []
