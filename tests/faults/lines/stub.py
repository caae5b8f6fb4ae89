"""A pipeline in miniature: real stages, a real child, two effects on the file system.

Its world is a folder. `staging-RUN` is what it prepares aside, `service` what it deploys: a rename
onto a service that is there already fails, so that doing it twice cannot go unnoticed.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import Mapping
from pathlib import Path

from jupyter_modelship import process
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.failpoints import failpoint
from jupyter_modelship.records import FileFact, RunRecord
from jupyter_modelship.runs import attempt
from jupyter_modelship.runs.context import RunContext


async def line(context: RunContext) -> Mapping[str, object]:
    """Stage, run a child, deploy. The request's "mode" says what else: fail, crash, or wait."""
    world, mode = _world(context), context.run.request.body.get("mode")
    context.emit("rehearse", "stage", {"state": "started"})
    context.emit("rehearse", "cell", {"number": 2, "first": "x = 1", "state": "running"})
    context.log("rehearse", "one line", "another line")
    staged = await context.effect(
        "stage",
        intent={"folder": _staging(context).name},
        look=lambda: _look(_staging(context)),
        do=lambda: _stage(_staging(context), context.run.id),
    )
    await process.run(["sleep", str(context.run.request.body.get("seconds", 0.01))])
    if mode == "fail":
        raise StageFailed("cell 2 (`x = 1`), line 1: KeyError: 'y'", cell="c2", line=1)
    if mode == "crash":
        raise RuntimeError("not foreseen")
    if mode == "flood":
        for number in range(64):
            context.log("rehearse", *(f"{number} {'x' * 400}" for _ in range(80)))
    if mode == "wait" and context.run.attempts == 1:
        context.log("rehearse", "waiting")
        await asyncio.Event().wait()
    if mode == "deaf":
        await _never_listen()
    context.emit("rehearse", "stage", {"state": "done", "seconds": 0.0})
    await context.effect(
        "deploy",
        intent=staged,
        look=lambda: _look_for_own(world / "service", context.run.id),
        do=lambda: _deploy(_staging(context), world / "service"),
    )
    context.keep(_record(context))
    return {"service": context.run.service, "target": "stub", "url": None, "revision": 1}


async def clean(context: RunContext) -> None:
    """Remove what was prepared, and a service of this run that nobody wrote down as deployed."""
    failpoint("stub.clean")
    shutil.rmtree(_staging(context), ignore_errors=True)
    service = _world(context) / "service"
    if await _look_for_own(service, context.run.id):
        shutil.rmtree(service)


def _record(context: RunContext) -> RunRecord:
    return RunRecord(
        run=context.run.id,
        service=context.run.service,
        target="stub",
        revision=1,
        plan_digest="",
        bundle_digest="",
        notebook=FileFact("n.ipynb", "", 0),
        lock_digest="",
        python="",
        who="",
        when=0.0,
    )


def _world(context: RunContext) -> Path:
    return Path(str(context.run.request.body["world"]))


def _staging(context: RunContext) -> Path:
    return _world(context) / f"staging-{context.run.id}"


async def _look(folder: Path) -> Mapping[str, object] | None:
    return {"folder": folder.name} if (folder / "run").exists() else None


async def _look_for_own(service: Path, run: str) -> Mapping[str, object] | None:
    owner = service / "run"
    return {"folder": service.name} if owner.exists() and owner.read_text() == run else None


async def _stage(folder: Path, run: str) -> Mapping[str, object]:
    folder.mkdir(exist_ok=True)  # an earlier worker may have come no further than this
    failpoint("stub.stage.half")
    (folder / "run.new").write_text(run)
    (folder / "run.new").rename(folder / "run")
    return {"folder": folder.name}


async def _deploy(staging: Path, service: Path) -> Mapping[str, object]:
    staging.rename(service)
    return {"folder": service.name}


async def _never_listen() -> None:
    attempt.STOP_SECONDS = 0.2  # a test has less patience than people
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)
