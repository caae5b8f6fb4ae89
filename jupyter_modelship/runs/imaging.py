"""The stages `build` and `push`: an image of the bundle, for targets that run images."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_modelship.engines import janitor
from jupyter_modelship.engines.choosing import Chosen
from jupyter_modelship.engines.port import Access, Engine, Image, Job, Progress, Pushed
from jupyter_modelship.engines.scratch import scratch
from jupyter_modelship.engines.space import guarded
from jupyter_modelship.environment.bytecode import write_bytecode
from jupyter_modelship.errors import Blocked
from jupyter_modelship.image.assemble import (
    artifact_layer,
    assemble,
    code_layer,
    packages_layer,
    stage_code,
)
from jupyter_modelship.image.needed import lacks, library_findings
from jupyter_modelship.image.platforms import foreign
from jupyter_modelship.image.recipe import SERVICE, Platform, Recipe
from jupyter_modelship.image.sbom import components, debian_components
from jupyter_modelship.names import short
from jupyter_modelship.places import Places
from jupyter_modelship.plan.findings import blocking
from jupyter_modelship.targets.port import Supply, Target

from . import attesting, preflight
from .computing import Computed
from .context import RunContext
from .events import finding_payload
from .ground import access_for
from .preparing import Imaged
from .rendering import Rendered
from .review import Reviewed
from .searching import search
from .sofar import SoFar, kept_if_failed, loading, serving, upon
from .stages import skipped, stage

_JOBS = "builds"
_TOLD_SECONDS = 0.25
PUSH = "push"
TAKE = "take"
Push = Callable[[RunContext], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Pushing:
    """What brings an image to its repository: before it is proved, where the target takes it from
    there, else after."""

    before: Push
    after: Push


@dataclass(frozen=True, slots=True)
class Built:
    """An image that is made, and in the job's scratch for as long as it is needed."""

    engine: Engine
    image: Image
    job: Job
    imaged: Imaged
    name: str
    """`Release.image`: what the target calls it."""


@asynccontextmanager
async def built(
    context: RunContext,
    target: Target,
    supply: Supply,
    reviewed: Reviewed,
    computed: Computed,
    rendered: Rendered,
) -> AsyncIterator[Built | None]:
    """The image of the bundle, where the target runs images; its scratch is gone afterwards."""
    imaged = computed.prepared.imaged
    if imaged is None:
        yield None
        return
    janitor.clear(jobs(context.places), imaged.ground.cache)
    with (
        scratch(jobs(context.places), context.run.id) as folder,
        kept_if_failed(context, folder) as far,
    ):
        job = Job(context.run.id, folder / "engine", imaged.ground.cache)
        job.scratch.mkdir(mode=0o700)
        with stage(context, "build") as note:
            await _check_libraries(context, imaged, far)
            chosen = imaged.chosen
            context.log("build", *chosen.passed, f"engine {chosen.engine.name}: {chosen.probe.how}")
            recipe = await _recipe(reviewed, computed, rendered, imaged, folder)
            await preflight.tell_context(context, recipe)
            await search(context, reviewed, rendered, recipe, imaged, supply.repository)
            far.laying(recipe)
            take = target.take if supply.runs == "layouts" else None
            work = _made(context, take, chosen, recipe, job, imaged)
            image, name = await guarded(work, (folder, imaged.ground.cache))
            note.summary = _summary(image, chosen, imaged.ground.platform)
        far.at(serving(reviewed.plan.options), recipe)
        yield Built(chosen.engine, image, job, imaged, name)


def jobs(places: Places) -> Path:
    """Where builds have their scratch folders."""
    return places.cache / _JOBS


def pushing(
    supply: Supply, reviewed: Reviewed, computed: Computed, rendered: Rendered, image: Built | None
) -> Pushing:
    """What brings the image to its repository, and says there what it is."""

    early = supply.runs == "pushed"
    replayed = 0 if early else len(computed.rehearsed.examples)

    async def push(context: RunContext) -> None:
        if image is not None:
            await _push(
                context, supply.repository, reviewed, computed, rendered, image, replayed=replayed
            )

    async def nothing(_: RunContext) -> None:
        pass

    return Pushing(push, nothing) if early else Pushing(nothing, push)


def image_name(context: RunContext, supply: Supply, image: Built | None) -> str:
    """What the target calls the image: `Release.image`."""
    if supply.runs == "pushed":
        return supply.pulled(pushed_to(context))
    return image.name if image is not None else ""


def pushed_to(context: RunContext) -> str:
    """`registry/repository@sha256:…` of what this run has pushed, by any of its workers; empty
    where that is nothing."""
    known = context.journal.effects(context.run.id).get(PUSH)
    return str(known.result["reference"]) if known and known.result else ""


async def _push(
    context: RunContext,
    repository: str,
    reviewed: Reviewed,
    computed: Computed,
    rendered: Rendered,
    image: Built,
    *,
    replayed: int,
) -> None:
    if not repository:
        skipped(context, PUSH, "no repository is named: the image stays on this machine")
        return
    access = access_for(reviewed.plan.options.base, repository)
    with stage(context, PUSH) as note:
        done = await context.effect(
            PUSH,
            intent={"repository": repository, "digest": image.image.digest},
            look=_nothing,
            do=lambda: _pushed(context, image, repository, access, reviewed.plan.service),
        )
        reference, imaged = str(done["reference"]), image.imaged
        went_in = await attesting.inputs(
            context, reviewed, computed, rendered, imaged, image.engine.name, replayed=replayed
        )
        parts = (
            *components(imaged.tree.folder, computed.prepared.lock.sources),
            *debian_components(imaged.ground.system),
        )
        said = attesting.documents(reference, reviewed.plan.service, went_in, parts)
        await attesting.attest(reference, said, access)
        note.summary = f"{reference}, {_size(int(str(done['sent'])))} sent"


async def _nothing() -> Mapping[str, object] | None:
    """Pushing again sends what is missing, and nothing else: there is no need to look."""
    return None


async def _pushed(
    context: RunContext, image: Built, repository: str, access: Access, service: str
) -> Mapping[str, object]:
    pushed: Pushed = await image.engine.push(
        image.image,
        image.job,
        repository,
        access,
        _Teller(context, PUSH),
        tags=(service,),
    )
    return {"reference": pushed.reference, "sent": pushed.sent, "tags": list(pushed.tags)}


async def _check_libraries(context: RunContext, imaged: Imaged, far: SoFar) -> None:
    """Every compiled file of the wheels finds its libraries in the base, or says which it lacks."""
    compiled = imaged.compiled
    lacking = {lack.by.path: None for lack in lacks(compiled, imaged.ground.facts)}
    packages = packages_layer(imaged.tree.folder, imaged.tree.key)
    far.at(loading(tuple(lacking)), upon(imaged.ground, packages))
    found = library_findings(compiled, imaged.ground.facts)
    for finding in found:
        context.emit("build", "finding", finding_payload(finding))
    if blocking(found):
        raise Blocked(blocking(found))
    far.nowhere()


async def _recipe(
    reviewed: Reviewed, computed: Computed, rendered: Rendered, imaged: Imaged, folder: Path
) -> Recipe:
    code = folder / "code"
    stage_code(rendered.bundle, code)
    await write_bytecode(code, SERVICE, python=reviewed.facts.base)
    return assemble(
        (
            packages_layer(imaged.tree.folder, imaged.tree.key),
            artifact_layer(rendered.bundle, rendered.folder, folder / "artifacts"),
            code_layer(rendered.bundle, code, python=reviewed.facts.version),
        ),
        base=imaged.ground.base,
        platform=imaged.ground.platform,
        service=reviewed.plan.service,
        bundle_digest=rendered.bundle.digest,
        lock_digest=computed.prepared.lock.digest,
        system=imaged.ground.system,
    )


async def _made(
    context: RunContext,
    take: Callable[[Path], Awaitable[str]] | None,
    chosen: Chosen,
    recipe: Recipe,
    job: Job,
    imaged: Imaged,
) -> tuple[Image, str]:
    tell = _Teller(context, "build")
    image = await chosen.engine.build(recipe, job, imaged.ground.access, tell)
    if take is None:
        return image, ""
    # Written before: a run that pushes nothing is one to clean up after as well.
    meant = {"digest": image.digest}
    context.journal.intend(context.run.id, TAKE, meant, attempt=context.run.attempts)
    tell(Progress(step="handing the image to the target"))
    layout = await chosen.engine.export(image, job, job.scratch.with_name("layout"))
    return image, await take(layout)


@dataclass(slots=True)
class _Teller:
    """An engine's words as events: lines at once, progress a few times a second."""

    context: RunContext
    stage: str
    _step: str = field(default="", init=False)
    _told: float = field(default=0.0, init=False)

    def __call__(self, progress: Progress) -> None:
        if progress.line:
            self.context.log(self.stage, progress.line)
        now = time.monotonic()
        if progress.step and (progress.step != self._step or now - self._told > _TOLD_SECONDS):
            self._step, self._told = progress.step, now
            payload = {"step": progress.step, "percent": progress.percent}
            self.context.emit(self.stage, "progress", payload)


def _summary(image: Image, chosen: Chosen, platform: Platform) -> str:
    added = _size(image.added)
    name = short(image.digest.removeprefix("sha256:"))
    there = foreign(platform)
    unproven = f"; for {there}, and unproven there so far" if there else ""
    return f"image {name}, {added} above its base, by {chosen.engine.name}{unproven}"


def _size(count: int) -> str:
    return f"{count / 1e3:.0f} kB" if count < 1_000_000 else f"{count / 1e6:.1f} MB"
