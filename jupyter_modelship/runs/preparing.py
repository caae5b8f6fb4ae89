"""What is made while the rehearsal runs: the service's environment, and where the artifacts are
known already (only code changed) the service's process itself, which imports its libraries then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_modelship import environment
from jupyter_modelship.bundle.emit_containerfile import USER
from jupyter_modelship.contract import holes
from jupyter_modelship.engines.buildah import Buildah
from jupyter_modelship.engines.buildah.wheels import InContainer
from jupyter_modelship.engines.choosing import Chosen
from jupyter_modelship.engines.port import Progress
from jupyter_modelship.engines.space import guarded
from jupyter_modelship.environment import SERVICE_MODULES, Builder, OnThisMachine, Tree
from jupyter_modelship.environment.modules import owners
from jupyter_modelship.environment.wheels import wheel_platform
from jupyter_modelship.errors import Blocked, StageFailed
from jupyter_modelship.image.assemble import packages_layer
from jupyter_modelship.image.needed import Compiled, compiled_files
from jupyter_modelship.image.platforms import this_platform
from jupyter_modelship.image.recipe import Config, Recipe
from jupyter_modelship.image.scan import load_rules
from jupyter_modelship.model import Artifact, Lock
from jupyter_modelship.plan.findings import blocking
from jupyter_modelship.rehearsal import Known
from jupyter_modelship.targets.port import Staged, Target

from . import rendering
from .basing import lock_platform
from .context import RunContext
from .deploying import release
from .ground import Ground, ground
from .review import Reviewed, needed_modules
from .sofar import installing, unbuilt

if TYPE_CHECKING:
    from kingfisher_sdk import Rules


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
    chosen: Chosen
    """The engine that makes it."""
    compiled: tuple[Compiled, ...]
    """What of the tree needs libraries of the base."""
    rules: Rules
    """By which credentials are searched for."""


@dataclass(frozen=True, slots=True)
class Prepared:
    lock: Lock
    python: Path
    """The interpreter of the service's environment."""
    pinned: str
    """Digest of the lock before its sources were built."""
    early: Early | None = None
    imaged: Imaged | None = None
    """Where the target runs images; the service has no environment of its own then."""


async def prepare(
    context: RunContext,
    reviewed: Reviewed,
    target: Target,
    known: Known | None,
    chosen: Chosen | None,
) -> Prepared:
    """The environment for what is known, and the process where enough is."""
    artifacts = known.artifacts if known is not None else ()
    pinned = await completed(context, reviewed, artifacts)
    if chosen is not None:
        return await for_image(context, reviewed, pinned, chosen)
    lock, python = await realised(context, reviewed, pinned)
    if known is None or known.examples or holes(reviewed.plan.contract):
        return Prepared(lock, python, pinned.digest)
    rendered = rendering.stored(
        rendering.given(reviewed, contract=reviewed.plan.contract, lock=lock, artifacts=artifacts),
        context.places,
        artifacts=known.folder,
    )
    wanted = release(context, reviewed, python=python, rendered=rendered)
    return Prepared(lock, python, pinned.digest, Early(await target.stage(wanted), rendered.code))


async def for_image(
    context: RunContext, reviewed: Reviewed, pinned: Lock, chosen: Chosen
) -> Prepared:
    """The packages of the lock as a tree for the image's platform and base, and as a layer."""
    with installing(context, reviewed.plan.options):
        where = await ground(
            reviewed.plan.options,
            pinned.python,
            context.places,
            lambda line: context.log("rehearse", line),
        )
    assert where.facts.glibc is not None, "the base was found fit"
    lock = pinned
    if pinned.sources:
        lock = await _built(context, reviewed, pinned, await _builder(context, reviewed, where))
    tree = await environment.tree(
        lock,
        reviewed.facts,
        context.places,
        lambda line: context.log("rehearse", line),
        platform=where.platform,
        glibc=where.facts.glibc,
    )
    python = Path(reviewed.facts.python)
    rules = await asyncio.to_thread(load_rules, context.places)
    compiled = await asyncio.to_thread(compiled_files, tree.folder)
    imaged = Imaged(where, tree, chosen, tuple(compiled), rules)
    await _lay(context, imaged)
    return Prepared(lock, python, pinned.digest, imaged=imaged)


async def _lay(context: RunContext, imaged: Imaged) -> None:
    """While the kernel rehearses, the engine makes what lies below code and model. Where it cannot,
    the build will say so better: there the layers below are kept to look into."""
    where, tree = imaged.ground, imaged.tree
    layer = packages_layer(tree.folder, tree.key)
    below = Recipe(where.base, where.platform, (layer,), Config((), USER), system=where.system)
    work = imaged.chosen.engine.lay(below, where.cache, where.access, _Lines(context))
    try:
        await guarded(work, (where.cache,))
    except StageFailed as error:
        context.log("rehearse", f"the packages are packed in the build: {error.message}")


@dataclass(frozen=True, slots=True)
class _Lines:
    """An engine's words in the log of the rehearsal."""

    context: RunContext

    def __call__(self, progress: Progress) -> None:
        if progress.line:
            self.context.log("rehearse", progress.line)


async def _builder(context: RunContext, reviewed: Reviewed, where: Ground) -> Builder:
    """A container of the base, so that what is compiled fits it; where none can be run, this
    machine, and then nothing that is compiled is taken."""
    assert where.facts.glibc is not None, "the base was found fit"
    probe = await Buildah(where.cache).probe()
    here = where.platform == this_platform()
    if here and probe.works:
        return InContainer(
            where.base,
            where.platform,
            wheel_platform(where.platform, where.facts.glibc),
            where.system,
            where.cache,
            where.access,
            lambda told: context.log("rehearse", told.line) if told.line else None,
        )
    why = probe.reason if here else f"the image is for {where.platform}"
    return OnThisMachine(reviewed.facts.base, pure=True, why=f" and not in a container ({why})")


async def _built(context: RunContext, reviewed: Reviewed, pinned: Lock, builder: Builder) -> Lock:
    return await environment.with_built(
        pinned,
        reviewed.facts,
        context.places,
        builder,
        lambda line: context.log("rehearse", line),
        lambda failed: unbuilt(context, failed),
    )


async def realised(context: RunContext, reviewed: Reviewed, pinned: Lock) -> tuple[Lock, Path]:
    """The lock with what was built, and the service's interpreter, its byte code warm where it
    was made just now."""
    lock = await _built(context, reviewed, pinned, OnThisMachine(reviewed.facts.base))
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
    return lock, python


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
            platform=lock_platform(reviewed.plan.options),
        )
    )
    if lock is None or blocking(found):
        raise Blocked(found)
    insist_reviewed(lock, reviewed.lock)
    return lock


def insist_reviewed(lock: Lock, before: Lock) -> None:
    """Nothing is built that nobody has reviewed: raises StageFailed."""
    known = {source.pin for source in before.sources}
    if new := [source.name for source in lock.sources if source.pin not in known]:
        raise StageFailed(
            f"the artifacts need {', '.join(new)}, which would be built from source: that runs its "
            "code, and the review did not show it",
            remedy=f"import it in a cell that an endpoint needs (`import {new[0]}`), so that the "
            "review shows it",
        )
