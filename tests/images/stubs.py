"""Images of the stub that stands in for the runtime, and a container target with its own places."""

from __future__ import annotations

import json
import os
import shutil
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from jupyter_modelship.places import Places
from jupyter_modelship.targets.container import ContainerTarget
from jupyter_modelship.targets.port import Observation, Release, Staged

from .bases import base_layout
from .services import service_layout

STUB = Path(__file__).parents[1] / "unit" / "targets" / "stub_bundle"


@dataclass
class Yard:
    """Places of a container target, and images to release there."""

    home: Path
    images: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.places = Places(self.home / "state", self.home / "cache", self.home / "run")
        self.target = ContainerTarget(self.places)

    async def image(self, answer: str, **wishes: object) -> str:
        """The name of an image in the target's store whose service gives that answer."""
        layout = self.home / "layouts" / answer
        if not layout.exists():
            service = self.home / "services" / answer
            shutil.copytree(STUB, service)
            (service / "stub.json").write_text(json.dumps({"answer": answer, **wishes}))
            service_layout(base_layout(), service, layout)
        return await self.target.take(layout)

    async def release(
        self, answer: str, *, service: str = "iris", run: int = 0, **options: Any
    ) -> Release:
        folder = self.places.state / "bundles" / answer
        folder.mkdir(parents=True, exist_ok=True)
        return Release(
            service=service,
            plan_digest=f"plan-{answer}",
            bundle_digest=answer,
            bundle_folder=folder,
            python=Path("/of/no/matter"),
            notebook="/books/iris.ipynb",
            run=f"run-{answer}-{run}",
            who="ada",
            options={"token": False, **options},
            image=await self.image(answer),
        )

    async def staged(self, release: Release) -> Staged:
        staged = await self.target.stage(release)
        await self.target.open(staged)
        return staged

    async def deploy(self, answer: str, **options: Any) -> Observation:
        """Bring an image live, the whole way."""
        release = await self.release(answer, **options)
        return await self.target.apply(release, await self.staged(release))

    async def seen(self) -> Observation:
        seen = await self.target.observe("iris")
        assert seen is not None
        return seen

    async def ask(self, path: str = "/answer") -> Any:
        async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
            return (await client.get((await self.seen()).url + path)).json()

    def keeper(self) -> psutil.Process:
        return psutil.Process(int((self.places.state / "keeper.lock").read_text()))

    def firsts(self) -> list[psutil.Process]:
        """The first process of each container: the child of its conmon that is not this user."""
        found: list[psutil.Process] = []
        for monitor in psutil.process_iter(["name", "cmdline"]):
            words = " ".join(monitor.info["cmdline"] or ())
            if monitor.info["name"] == "conmon" and str(self.home) in words:
                with suppress(psutil.Error):
                    found += [one for one in monitor.children() if one.uids().real != os.getuid()]
        return found

    async def clear(self) -> None:
        """No service, no keeper, no container; the images' layers stay."""
        await self.target.close()
        with suppress(FileNotFoundError, psutil.NoSuchProcess):
            keeper = self.keeper()
            keeper.kill()
            psutil.wait_procs([keeper], 10)
        for process in self.firsts():
            with suppress(psutil.Error):
                process.send_signal(signal.SIGKILL)
        shutil.rmtree(self.places.state / "services", ignore_errors=True)
