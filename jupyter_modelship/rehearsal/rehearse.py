"""The rehearsal: run what must be computed, keep it, record the examples; or know it all already.

Two keys (see cache.py): a change of code runs the examples again, not the training; nothing
changed means that nothing runs, no kernel starts and papermill is not even imported.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jupyter_modelship.errors import StageFailed, UsageError
from jupyter_modelship.model import Artifact, Example

from . import artifacts, cells, inject
from . import examples as calls
from .cache import Cache, Stored
from .cells import Step
from .digest import key, sealed
from .engine import Planned, Run
from .failure import CellRaised
from .kernel import Kernel
from .reads import FileState, as_reads, mentioned, merged, states
from .request import Cached, CellProgress, Known, RehearsalRequest, Rehearsed

_FORMAT = 1
"""Version of what cache entries hold."""


async def rehearse(
    request: RehearsalRequest,
    *,
    on_event: Callable[[str], None],
    on_cell: Callable[[CellProgress], None] | None = None,
    allowed: asyncio.Event | None = None,
) -> Rehearsed:
    """Artifacts and examples of a slice, from the cache where nothing changed.

    `on_event` gets a line for the log, also each that a cell prints; `on_cell` the start and end
    of every cell of the user's. Before `allowed` is set the kernel starts, no cell runs, and
    nothing is told.
    Raises StageFailed naming the cell and line, UsageError for unknown parameters; on
    cancellation the kernel is gone before CancelledError goes on.
    """
    _check_parameters(request)
    try:
        return await _Rehearsal(request, on_event, on_cell, allowed).result()
    except StageFailed as error:
        raise request.confidential.failure(error) from None


async def known(request: RehearsalRequest) -> Known | None:
    """What the cache tells of a rehearsal before anything runs; None where it knows nothing."""
    _check_parameters(request)
    rehearsal = _Rehearsal(request, lambda _: None, None)
    return await asyncio.to_thread(rehearsal.known)


async def recalled(request: RehearsalRequest) -> Rehearsed | None:
    """The whole of a rehearsal from the cache; None where something is left to run."""
    _check_parameters(request)
    rehearsal = _Rehearsal(request, lambda _: None, None)
    return await asyncio.to_thread(rehearsal.recalled)


class _Rehearsal:
    def __init__(
        self,
        request: RehearsalRequest,
        on_event: Callable[[str], None],
        on_cell: Callable[[CellProgress], None] | None,
        allowed: asyncio.Event | None = None,
    ) -> None:
        self._request = request
        self._on_event = on_event
        self._on_cell = on_cell
        self._allowed = allowed if allowed is not None else _at_once()
        self._cache = Cache(request.places)
        self._ran: list[str] = []

    async def result(self) -> Rehearsed:
        wanted = artifacts_key(self._request)
        stored = None
        if not self._request.fresh:
            stored = await asyncio.to_thread(self._cache.artifacts, wanted)
        if stored is None:
            return await self._full(wanted)
        recorded = self._known_examples(stored)
        if recorded is not None:
            return self._answer(stored, recorded, "all")
        if stored.entry["lost"]:
            lost = stored.entry["lost"][0]
            await self._allowed.wait()
            self._on_event(
                f"`{lost['name']}`, which the examples use, cannot be kept ({lost['reason']}): "
                "everything runs again"
            )
            return await self._full(wanted)
        return await self._examples(wanted, stored)

    def known(self) -> Known | None:
        """What the cache tells of the request."""
        stored = self._cache.artifacts(artifacts_key(self._request))
        if stored is None or self._request.fresh:
            return None
        found = tuple(_artifact(item) for item in stored.entry["artifacts"])
        return Known(found, stored.folder, self._known_examples(stored) is not None)

    def recalled(self) -> Rehearsed | None:
        """The answer, where nothing has to run for it."""
        stored = self._cache.artifacts(artifacts_key(self._request))
        if stored is None or self._request.fresh:
            return None
        found = self._known_examples(stored)
        return None if found is None else self._answer(stored, found, "all")

    def _known_examples(self, stored: Stored) -> Sequence[Any] | None:
        if not self._request.slice.examples:
            return ()
        recorded = self._cache.examples(examples_key(self._request, stored))
        return None if recorded is None else recorded["calls"]

    async def _full(self, wanted: str) -> Rehearsed:
        request = self._request
        steps = cells.full(request.notebook, request.slice)
        sources = [source for _, source in cells.keyed(request.notebook, request.slice)]
        before = mentioned(sources, request.folder)
        with self._cache.work() as (work, socket):
            made = work / "entry"
            made.mkdir()
            report: dict[str, Any] = {
                "artifacts": [],
                "problems": [],
                "names": [],
                "lost": [],
                "reads": [],
            }
            if any(step.cell is not None for step in steps):
                await self._run(steps, None, work, socket)
                report = json.loads((work / "harvest.json").read_text("ascii"))
            stored = await asyncio.to_thread(self._keep, wanted, made, report, before)
            return self._recorded(stored, work, "nothing")

    def _keep(
        self, wanted: str, made: Path, report: dict[str, Any], before: Mapping[str, tuple[int, int]]
    ) -> Stored:
        request = self._request
        found = artifacts.collect(report, made, request.notebook, request.slice, request.facts)
        artifacts.check_secrets(found, made, request)
        names, lost = artifacts.without_secrets(report["names"], made, request)
        opened = [(path, size, moment) for path, size, moment in report["reads"]]
        entry = {
            "artifacts": [asdict(artifact) for artifact in found],
            "names": [artifacts.digested(name, made) for name in names],
            "lost": [*_masked(report["lost"], request), *lost],
            "reads": [asdict(state) for state in states(merged(opened, before))],
        }
        return self._cache.put_artifacts(wanted, made, entry)

    async def _examples(self, wanted: str, stored: Stored) -> Rehearsed:
        steps = cells.examples_only(self._request.notebook, self._request.slice)
        try:
            with self._cache.work() as (work, socket):
                (work / "entry").mkdir()
                await self._run(steps, stored, work, socket)
                return self._recorded(stored, work, "artifacts")
        except CellRaised as error:
            if error.exception != "NameError":
                raise
            # An example uses a name that nobody saw it use (through `globals()`, say).
            told = self._request.confidential.masked(error.message)
            self._on_event(f"{told}: everything runs again")
            return await self._full(wanted)

    def _recorded(self, stored: Stored, work: Path, cached: Cached) -> Rehearsed:
        recorded = calls.recorded(work / "calls.jsonl")
        found = self._request.confidential.without_calls(recorded)
        if self._request.slice.examples:
            wanted = examples_key(self._request, stored)
            self._cache.put_examples(wanted, work, {"calls": found})
        return self._answer(stored, found, cached)

    async def _run(
        self, steps: Sequence[Step], stored: Stored | None, work: Path, socket: Path
    ) -> None:
        request = self._request
        loop = asyncio.get_running_loop()
        kernel = Kernel(request.kernel, folder=request.folder, work=work, socket=socket)
        boot = Planned(inject.boot(self._settings(work)))
        run = Run(
            kernel=kernel,
            cells=(boot, *(_planned(step, stored) for step in steps)),
            parameters=request.parameters,
            environment=request.environment,
            cell_seconds=request.cell_seconds,
            on_cell=lambda progress: loop.call_soon_threadsafe(self._tell, progress),
            on_line=lambda line: loop.call_soon_threadsafe(self._print, line),
            allowed=self._allowed,
        )
        await run.finish()

    def _print(self, line: str) -> None:
        self._on_event(self._request.confidential.masked(line))

    def _tell(self, progress: CellProgress) -> None:
        if progress.state != "running":
            self._ran.append(progress.cell)
        if self._on_cell is not None:
            self._on_cell(progress)
        elif progress.state != "running":
            self._on_event(
                f"cell {progress.number} (`{progress.first_line}`) "
                f"{progress.state} in {progress.seconds:.1f} s"
            )

    def _settings(self, work: Path) -> inject.Settings:
        piece, places = self._request.slice, self._request.places
        private = [(name, f"name-{at}") for at, name in enumerate(piece.example_names)]
        return inject.Settings(
            folder=str(work / "entry"),
            report=str(work / "harvest.json"),
            calls=str(work / "calls.jsonl"),
            excluded=(str(places.cache), str(places.state), str(places.runtime)),
            endpoints=tuple(endpoint.function for endpoint in piece.endpoints),
            shipped=artifacts.shipped_names(piece),
            computed=artifacts.stems(item.name for item in piece.computed),
            example_names=tuple(private),
        )

    def _answer(self, stored: Stored, recorded: Sequence[Any], cached: Cached) -> Rehearsed:
        request = self._request
        found: tuple[Example, ...] = calls.examples(recorded, request.compare)
        return Rehearsed(
            artifacts=tuple(_artifact(item) for item in stored.entry["artifacts"]),
            folder=stored.folder,
            examples=found,
            seen=calls.seen(recorded),
            reads=as_reads(FileState(**state) for state in stored.entry["reads"]),
            ran=tuple(dict.fromkeys(self._ran)),
            cached=cached,
            notes=calls.notes(recorded, request.notebook),
        )


def _at_once() -> asyncio.Event:
    allowed = asyncio.Event()
    allowed.set()
    return allowed


def artifacts_key(request: RehearsalRequest) -> str:
    """The key of the computed values; which data they read is checked on a hit."""
    piece, facts = request.slice, request.facts
    distributions = [(d.name, d.version, d.url) for _, d in sorted(facts.distributions.items())]
    return key(
        {
            "format": _FORMAT,
            "injected": inject.digest(),
            "folder": str(request.folder),
            "cells": cells.keyed(request.notebook, piece),
            "computed": [item.name for item in piece.computed],
            "example_names": piece.example_names,
            "shipped": artifacts.shipped_names(piece),
            "parameters": request.parameters,
            "environment": sealed(request.environment, request.places),
            "python": (facts.python, facts.version),
            "distributions": distributions,
        }
    )


def examples_key(request: RehearsalRequest, stored: Stored) -> str:
    """The key of the recorded calls: these artifacts, this code, these example cells."""
    piece = request.slice
    return key(
        {
            "artifacts": stored.digest,
            "statements": [(s.cell, s.text) for s in piece.statements],
            "examples": [(cell, request.notebook.cell(cell).source) for cell in piece.examples],
            "endpoints": [endpoint.function for endpoint in piece.endpoints],
            "parameters": request.parameters,
            "environment": sealed(request.environment, request.places),
            "modules": [
                (path, hashlib.sha256(content).hexdigest())
                for path, content in sorted(request.modules.items())
            ],
        }
    )


def _masked(
    lost: Sequence[Mapping[str, str]], request: RehearsalRequest
) -> list[Mapping[str, str]]:
    """What could not be kept, with reasons that quote no secret."""
    masked = request.confidential.masked
    return [{**item, "reason": masked(item["reason"])} for item in lost]


def _planned(step: Step, stored: Stored | None) -> Planned:
    if not step.stage:
        return Planned(step.source, step.cell, step.parameters)
    arguments: list[object] = list(step.names)
    if step.stage == "restore":
        assert stored is not None, "only stored artifacts can be restored"
        arguments = [_files(stored, step.names)]
    return Planned(inject.stage(step.stage, *arguments))


def _files(stored: Stored, names: Sequence[str]) -> list[list[str]]:
    items = {item["name"]: item for item in (*stored.entry["artifacts"], *stored.entry["names"])}
    return [
        [name, str(stored.folder / items[name]["file"]), items[name]["format"]] for name in names
    ]


def _artifact(item: dict[str, Any]) -> Artifact:
    return Artifact(**{**item, "modules": tuple(item["modules"])})


def _check_parameters(request: RehearsalRequest) -> None:
    unknown = sorted(set(request.parameters) - set(request.slice.parameters))
    if unknown:
        known = ", ".join(request.slice.parameters) or "none"
        raise UsageError(
            f"the notebook has no parameter `{unknown[0]}`",
            remedy=f"its `parameters` cell binds: {known}",
        )
