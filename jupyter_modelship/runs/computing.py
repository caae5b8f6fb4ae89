"""The stage `rehearse`: artifacts and examples, while the service's environment is being made."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship import environment
from jupyter_modelship.contract import Contract, fill, seen_from_json
from jupyter_modelship.environment.modules import owners
from jupyter_modelship.errors import Blocked
from jupyter_modelship.model import Lock
from jupyter_modelship.plan.findings import blocking
from jupyter_modelship.rehearsal import CellProgress, RehearsalRequest, Rehearsed, rehearse

from .configuration import declared_values
from .context import RunContext
from .events import finding_payload
from .review import Reviewed, needed_modules
from .stages import Note


@dataclass(frozen=True, slots=True)
class Computed:
    """All that a bundle is made of, beyond the plan."""

    rehearsed: Rehearsed
    contract: Contract
    """With its holes filled."""
    lock: Lock
    python: Path
    """The interpreter of the service's environment."""


def rehearsal_request(context: RunContext, reviewed: Reviewed) -> RehearsalRequest:
    """What the rehearsal is asked for."""
    options = reviewed.plan.options
    names = (*options.env, *options.secrets)
    return RehearsalRequest(
        folder=reviewed.folder,
        facts=reviewed.facts,
        kernel_name=reviewed.facts.kernel,
        notebook=reviewed.notebook,
        slice=reviewed.plan.slice,
        places=context.places,
        parameters=options.parameters,
        compare=options.compare,
        environment=declared_values(context.places, reviewed.plan.service, names),
        cell_seconds=int(options.cell_time_limit),
    )


async def compute(context: RunContext, reviewed: Reviewed, note: Note) -> Computed:
    """Rehearse, and make the environment meanwhile; then see that both fit together."""
    request = rehearsal_request(context, reviewed)
    making = asyncio.ensure_future(_environment(context, reviewed, reviewed.lock))
    try:
        rehearsed = await rehearse(
            request,
            on_event=lambda line: context.log("rehearse", line),
            on_cell=lambda progress: _tell(context, progress),
        )
        contract = _filled(context, reviewed, rehearsed)
        lock = await _completed(context, reviewed, rehearsed)
        python = await making
    finally:
        making.cancel()
        await asyncio.wait({making})
    if lock.digest != reviewed.lock.digest:
        python = await _environment(context, reviewed, lock)
    note.summary, note.cached = _summary(reviewed, rehearsed), rehearsed.cached == "all"
    return Computed(rehearsed, contract, lock, python)


async def _environment(context: RunContext, reviewed: Reviewed, lock: Lock) -> Path:
    """The service's interpreter, its byte code warm where it was made just now."""
    python = await environment.realise(
        lock,
        reviewed.facts,
        context.places,
        on_line=lambda line: context.log("rehearse", line),
    )
    warmed = python.parent.parent / ".warm"
    if not warmed.exists():
        await environment.warm(python, needed_modules(reviewed.plan.slice))
        warmed.touch()
    return python


def _tell(context: RunContext, progress: CellProgress) -> None:
    payload: dict[str, object] = {
        "cell": progress.cell,
        "number": progress.number,
        "first": progress.first_line,
        "state": progress.state,
    }
    if progress.state != "running":
        payload["seconds"] = round(progress.seconds, 3)
    context.emit("rehearse", "cell", payload)


def _filled(context: RunContext, reviewed: Reviewed, rehearsed: Rehearsed) -> Contract:
    """The contract without holes; raises Blocked where the rehearsal contradicts it."""
    contract, found = fill(
        reviewed.plan.contract, seen_from_json(rehearsed.seen), slice_=reviewed.plan.slice
    )
    for finding in found:
        context.emit("rehearse", "finding", finding_payload(finding))
    if blocking(found):
        raise Blocked(blocking(found))
    return contract


async def _completed(context: RunContext, reviewed: Reviewed, rehearsed: Rehearsed) -> Lock:
    """The lock with the owners of what the artifacts turned out to be made of."""
    made_of = {module for artifact in rehearsed.artifacts for module in artifact.modules}
    wanted = {module for module in made_of if module.split(".")[0] != "service"}
    local = frozenset(path.split("/")[0].removesuffix(".py") for path in reviewed.modules)
    owned = owners(wanted, reviewed.facts, local=local)
    there = {name for name, _ in reviewed.lock.packages}
    missing = sorted(set(owned.distributions) - there)
    if not missing:
        return reviewed.lock
    context.log("rehearse", f"the artifacts need {', '.join(missing)} too: added to the lock")
    modules = tuple(sorted({*needed_modules(reviewed.plan.slice), *wanted}))
    lock, found = await environment.lock(
        environment.LockRequest(
            reviewed.facts,
            reviewed.folder,
            modules,
            context.places,
            reviewed.plan.slice.installs,
        )
    )
    if lock is None or blocking(found):
        raise Blocked(found)
    return lock


def _summary(reviewed: Reviewed, rehearsed: Rehearsed) -> str:
    """`cells 2 and 5; artifact model (1.2 MB)`, or what the cache knew."""
    numbers = [reviewed.notebook.cell(cell).number for cell in rehearsed.ran]
    if rehearsed.cached == "all":
        ran = "nothing to run, cached" if rehearsed.artifacts else "nothing to run"
    else:
        ran = _cells(numbers)
    if rehearsed.cached == "artifacts":
        ran += ", artifacts cached"
    told = [f"{artifact.name} ({_size(artifact.size)})" for artifact in rehearsed.artifacts]
    noun = "artifact" if len(told) == 1 else "artifacts"
    return f"{ran}; {noun} {', '.join(told)}" if told else ran


def _cells(numbers: list[int]) -> str:
    words = [str(number) for number in sorted(set(numbers))]
    if len(words) <= 1:
        return f"cell {''.join(words)}" if words else "nothing to run"
    return f"cells {', '.join(words[:-1])} and {words[-1]}"


def _size(count: int) -> str:
    if count < 1000:
        return f"{count} B"
    return f"{count / 1e3:.0f} kB" if count < 1_000_000 else f"{count / 1e6:.1f} MB"
