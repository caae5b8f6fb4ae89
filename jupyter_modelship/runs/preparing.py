"""What is made while the rehearsal runs: the service's environment, and where the artifacts are
known already (only code changed) the service's process itself, which imports its libraries then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship import environment
from jupyter_modelship.contract import holes
from jupyter_modelship.environment import SERVICE_MODULES, Tree
from jupyter_modelship.environment.modules import owners
from jupyter_modelship.errors import Blocked
from jupyter_modelship.model import Artifact, Lock
from jupyter_modelship.plan.findings import blocking
from jupyter_modelship.rehearsal import Known
from jupyter_modelship.targets.port import Staged, Target

from . import rendering
from .context import RunContext
from .deploying import release
from .ground import Ground, ground
from .review import Reviewed, needed_modules


@dataclass(frozen=True, slots=True)
class Early:
    """A process that was started before the examples were known."""

    staged: Staged
    code: str
    """Digest of what it runs."""


@dataclass(frozen=True, slots=True)
class Imaged:
    """What an image is made of, beyond the bundle."""

    ground: Ground
    tree: Tree


@dataclass(frozen=True, slots=True)
class Prepared:
    lock: Lock
    python: Path
    """The interpreter of the service's environment."""
    early: Early | None = None
    imaged: Imaged | None = None
    """Where the target runs images; the service has no environment of its own then."""


async def prepare(
    context: RunContext, reviewed: Reviewed, target: Target, known: Known | None
) -> Prepared:
    """The environment for what is known, and the process where enough is."""
    artifacts = known.artifacts if known is not None else ()
    lock = await completed(context, reviewed, artifacts)
    if target.runs != "bundles":
        return await for_image(context, reviewed, lock)
    python = await realised(context, reviewed, lock)
    if known is None or known.examples or holes(reviewed.plan.contract):
        return Prepared(lock, python)
    rendered = rendering.stored(
        rendering.given(reviewed, contract=reviewed.plan.contract, lock=lock, artifacts=artifacts),
        context.places,
        artifacts=known.folder,
    )
    wanted = release(context, reviewed, python=python, rendered=rendered)
    return Prepared(lock, python, Early(await target.stage(wanted), rendered.code))


async def for_image(context: RunContext, reviewed: Reviewed, lock: Lock) -> Prepared:
    """The packages of the lock as a tree for the image's platform and base."""
    where = await ground(reviewed.plan.options, lock.python, context.places)
    assert where.facts.glibc is not None, "the base was found fit"
    tree = await environment.tree(
        lock,
        reviewed.facts,
        context.places,
        lambda line: context.log("rehearse", line),
        platform=where.platform,
        glibc=where.facts.glibc,
    )
    return Prepared(lock, Path(reviewed.facts.python), imaged=Imaged(where, tree))


async def realised(context: RunContext, reviewed: Reviewed, lock: Lock) -> Path:
    """The service's interpreter, its byte code warm where it was made just now."""
    python = await environment.realise(
        lock,
        reviewed.facts,
        context.places,
        on_line=lambda line: context.log("rehearse", line),
    )
    warmed = python.parent.parent / ".warm"
    if not warmed.exists():
        await environment.warm(python, [*SERVICE_MODULES, *needed_modules(reviewed.plan.slice)])
        warmed.touch()
    return python


async def completed(context: RunContext, reviewed: Reviewed, artifacts: Sequence[Artifact]) -> Lock:
    """The lock with the owners of what the artifacts turned out to be made of."""
    made_of = {module for artifact in artifacts for module in artifact.modules}
    wanted = {module for module in made_of if module.split(".")[0] != "service"}
    local = frozenset(path.split("/")[0].removesuffix(".py") for path in reviewed.modules)
    owned = owners(wanted, reviewed.facts, local=local)
    there = {name for name, _ in reviewed.lock.packages}
    missing = sorted(set(owned.distributions) - there)
    if not missing:
        return reviewed.lock
    context.log("rehearse", f"the artifacts need {', '.join(missing)} too: added to the lock")
    modules = tuple(sorted({*reviewed.modules_needed, *wanted}))
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
