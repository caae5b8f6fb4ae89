"""What a build stands on, tried before any work: engine, registries, logins, target, disks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from jupyter_modelship import environment
from jupyter_modelship.engines.bases import base_size
from jupyter_modelship.engines.choosing import COPYING, Chosen, choose, engines
from jupyter_modelship.engines.port import Access
from jupyter_modelship.engines.reach import connect
from jupyter_modelship.engines.room import UNKNOWN_PACKAGE, Parts, cache_need, state_need
from jupyter_modelship.engines.room import insist as insist_on_room
from jupyter_modelship.errors import ModelshipError, StageFailed
from jupyter_modelship.image.libraries import BaseFacts
from jupyter_modelship.image.platforms import platform_named
from jupyter_modelship.image.recipe import Platform, Recipe
from jupyter_modelship.image.weighing import size_findings, table, told, weigh
from jupyter_modelship.places import Places, private
from jupyter_modelship.plan.options import Options, as_json
from jupyter_modelship.plan.plan import Plan
from jupyter_modelship.registry.reference import parse
from jupyter_modelship.registry.repository import check
from jupyter_modelship.targets.port import Supply, Target

from .context import RunContext
from .events import finding_payload
from .ground import CACHE, access_for, known_facts
from .review import Reviewed

_ENGINE, _BASE = 0, 1
"""Of the answers, the engine's and the base's."""
SECONDS = 20.0
"""For a registry to answer in, all tries together."""
T = TypeVar("T")


async def insist(
    context: RunContext, target: Target, reviewed: Reviewed, supply: Supply
) -> Chosen | None:
    """Try all that an image of this plan needs, and tell it: the engine that will make it. Nothing
    for targets that run bundles.

    Raises StageFailed with the first trouble; the others are in its detail.
    """
    if supply.runs == "bundles":
        return None
    places, options = context.places, reviewed.plan.options
    platform = platform_named(options.platform)
    known = known_facts(options.base, platform, places)
    access = access_for(options.base, supply.repository)
    kept_here = context.run.request.until == "prove" and supply.runs != "pushed"
    pushed = "" if kept_here else supply.repository
    answers = await asyncio.gather(
        _engine(options, places),
        _base(options.base, platform, access, places, known=known is not None),
        repository_answers(pushed, access) if pushed else _nothing(),
        _permitted(target, reviewed.plan, supply),
        return_exceptions=True,
    )
    lines, failures = _sorted(answers)
    lines += [f"the image is brought {supply.told}"] if supply.told else []
    if isinstance(answers[_BASE], str):  # what it weighs is known
        size = await base_size(options.base, platform, access, places.cache / CACHE)
        try:
            lines += _room(reviewed, platform, places, size, known)
        except ModelshipError as error:
            failures.append(error)
    context.log("rehearse", *lines)
    if failures:
        raise _all(failures)
    chosen = answers[_ENGINE]
    assert isinstance(chosen, Chosen), "it is no failure"
    return chosen


async def tell_context(context: RunContext, recipe: Recipe) -> None:
    """A line a layer and the biggest files; a warning where there is much of our own."""
    weighed = await asyncio.to_thread(weigh, recipe.layers)
    context.log("build", *table(weighed))
    for finding in size_findings(weighed):
        context.emit("build", "finding", finding_payload(finding))


async def repository_answers(repository: str, access: Access) -> str:
    """That its registry answers and takes the login, in words. Raises StageFailed."""
    named = parse(repository)
    await within(SECONDS, named.host, _greeted(named.host, access, named.repository))
    login = "takes the login" if access.auth_file else "answers"
    return f"repository {repository}: its registry {login}"


async def within(seconds: float, host: str, work: Awaitable[T]) -> T:
    """Its result; StageFailed where the registry takes longer than that."""
    try:
        return await asyncio.wait_for(work, seconds)
    except asyncio.TimeoutError:
        raise StageFailed(
            f"the registry {host} does not answer in {seconds:.0f} s",
            remedy="check the network between here and the registry, then try again",
        ) from None


async def _greeted(host: str, access: Access, repository: str = "") -> None:
    async with connect(host, access) as connection:
        await check(connection, repository)


async def _nothing() -> str:
    return "no repository is named: nothing is pushed"


async def _engine(options: Options, places: Places) -> Chosen:
    found = engines(private(places.cache / CACHE))
    return await choose(options.engine, found, packages=options.apt)


def _named(chosen: Chosen) -> str:
    passed = "".join(f"; not {reason}" for reason in chosen.passed)
    return f"engine {chosen.engine.name}: {chosen.probe.how}{passed}"


async def _permitted(target: Target, plan: Plan, supply: Supply) -> str:
    """Nothing is asked of the repository where nodes call it by another name than this machine."""
    repository = "" if supply.pulled_from else supply.repository
    wanted = {**as_json(plan.options), "name": plan.service, "repository": repository}
    told = await target.permitted(wanted)
    return "\n".join(told) or f"target {target.name}: nothing has to be tried"


async def _base(
    base: str, platform: Platform, access: Access, places: Places, *, known: bool
) -> str:
    """A base that was read before may do without its registry: then its silence is told only."""
    host = parse(base).host
    try:
        await within(SECONDS, host, _greeted(host, access))
    except StageFailed as error:
        if not known:
            raise
        return f"base {base}: kept here from before; now {error.message}"
    size = await within(SECONDS, host, base_size(base, platform, access, places.cache / CACHE))
    return f"base {base}: {told(size)}, its registry answers"


def _room(
    reviewed: Reviewed, platform: Platform, places: Places, base: int, known: BaseFacts | None
) -> tuple[str, ...]:
    parts = Parts(
        base=base,
        packages=_packages(reviewed, places),
        own=sum(map(len, reviewed.modules.values())),
        base_runs=bool(reviewed.plan.options.apt or reviewed.lock.sources),
        copied=reviewed.plan.options.engine in COPYING,
        base_kept=known is not None,
        packages_kept=known is not None and _tree_kept(reviewed, platform, places, known),
    )
    return insist_on_room({places.cache: cache_need(parts), places.state: state_need(parts)})


def _packages(reviewed: Reviewed, places: Places) -> int:
    size = environment.installed_size(reviewed.lock, reviewed.facts, places)
    return size if size is not None else len(reviewed.lock.packages) * UNKNOWN_PACKAGE


def _tree_kept(reviewed: Reviewed, platform: Platform, places: Places, known: BaseFacts) -> bool:
    if known.glibc is None:
        return False
    tree = environment.known_tree(
        reviewed.lock, reviewed.facts, places, platform=platform, glibc=known.glibc
    )
    return tree is not None


def _sorted(
    answers: Sequence[str | Chosen | BaseException],
) -> tuple[list[str], list[ModelshipError]]:
    """Lines and failures; what is no failure of ours is raised."""
    lines: list[str] = []
    failures: list[ModelshipError] = []
    for answer in answers:
        if isinstance(answer, str):
            lines += answer.splitlines()
        elif isinstance(answer, Chosen):
            lines.append(_named(answer))
        elif isinstance(answer, ModelshipError):
            failures.append(answer)
        else:
            raise answer
    return lines, failures


def _all(failures: list[ModelshipError]) -> ModelshipError:
    first, *others = failures
    if not others:
        return first
    told_too = [f"{each.message}\n  {each.remedy}" for each in others]
    return StageFailed(
        f"{first.message} (and {len(others)} more)",
        remedy=first.remedy,
        detail="\n".join(filter(None, [first.detail, *told_too])),
    )
