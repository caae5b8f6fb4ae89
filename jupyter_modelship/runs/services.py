"""Services across targets: the one place that knows which targets there are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from jupyter_modelship.errors import ModelshipError, NothingThere, StageFailed, UsageError
from jupyter_modelship.places import Places
from jupyter_modelship.targets.audit import AuditLine, Deed
from jupyter_modelship.targets.kubernetes.known import in_use
from jupyter_modelship.targets.port import Observation, Target

from . import audited
from .honours import NOT_YET
from .journal import Journal
from .run import Run, RunActive


def open_targets(places: Places) -> dict[str, Target]:
    """Every target of this installation, by name."""
    from jupyter_modelship.targets.container import ContainerTarget
    from jupyter_modelship.targets.local import LocalTarget

    targets: dict[str, Target] = {
        "local": LocalTarget(places),
        "container": ContainerTarget(places),
    }
    if "kubernetes" not in NOT_YET and in_use(places):
        targets["kubernetes"] = _cluster(places)
    return targets


def _cluster(places: Places) -> Target:
    from jupyter_modelship.targets.kubernetes.target import KubernetesTarget  # a second of imports

    return KubernetesTarget(places)


async def cluster_place(places: Places) -> tuple[str, str] | None:
    """The kubeconfig's context ("" inside a pod) and the namespace that services are made in, of a
    cluster that answers; None where none is used. Raises ModelshipError."""
    if not in_use(places):
        return None
    from jupyter_modelship.targets.kubernetes.ground import ground
    from jupyter_modelship.targets.kubernetes.kinds import DEPLOYMENT

    async with ground() as here:
        await here.api.list(DEPLOYMENT, here.home)
        return here.context, here.home


async def network_policies() -> tuple[str, str]:
    """A namespace, and whether its cluster enforces network policies there: tried with two pods.
    Raises ModelshipError."""
    from jupyter_modelship.targets.kubernetes.enforcing import tried
    from jupyter_modelship.targets.kubernetes.ground import ground

    async with ground() as here:
        return here.home, await tried(here.api, here.home)


def open_target(name: str, places: Places) -> Target:
    """The target called `name`; UsageError where this version has none."""
    if name == "kubernetes" and name not in NOT_YET:
        return _cluster(places)
    targets = open_targets(places)
    if name not in targets:
        reason = NOT_YET.get(name, "no target has that name")
        raise UsageError(
            f"nothing can be deployed to {name}: {reason}",
            remedy=f"targets: {', '.join(targets)}",
        )
    return targets[name]


async def list_services(places: Places) -> tuple[Observation, ...]:
    """All services of all targets that answer, by name."""
    return (await gathered(places))[0]


async def gathered(
    places: Places,
) -> tuple[tuple[Observation, ...], tuple[ModelshipError, ...]]:
    """All services by name, and why some targets do not tell theirs: a cluster that is out of
    reach hides nothing of this machine's."""
    found, silent = await gathered_of(open_targets(places))
    seen = (each for services in found.values() for each in services)
    ordered = tuple(sorted(seen, key=lambda each: (each.service, each.target)))
    return ordered, tuple(silent.values())


async def gathered_of(
    targets: Mapping[str, Target], *, patience: float | None = None
) -> tuple[dict[str, tuple[Observation, ...]], dict[str, ModelshipError]]:
    """As `gathered`, of targets that are open: each is in one of both, by its name there. One that
    takes longer than `patience` seconds does not tell."""
    told = await asyncio.gather(*(_listed(target, patience) for target in targets.values()))
    named = dict(zip(targets, told, strict=True))
    return (
        {name: each for name, each in named.items() if not isinstance(each, ModelshipError)},
        {name: each for name, each in named.items() if isinstance(each, ModelshipError)},
    )


async def _listed(
    target: Target, patience: float | None
) -> tuple[Observation, ...] | ModelshipError:
    try:
        return await asyncio.wait_for(target.list(), patience)
    except ModelshipError as error:
        return error
    except TimeoutError:
        return StageFailed(
            f"the target {target.name} has not answered for {patience:.0f} s",
            remedy="see whether this machine reaches it: jupyter modelship doctor",
        )


async def audits(
    places: Places, service: str = ""
) -> tuple[tuple[AuditLine, ...], tuple[ModelshipError, ...]]:
    """What targets keep of what anybody did, oldest first, and why some do not tell."""
    found: list[AuditLine] = []
    silent: list[ModelshipError] = []
    for target in open_targets(places).values():
        try:
            found += await target.audit(service)
        except ModelshipError as error:
            silent.append(error)
    return tuple(sorted(found, key=lambda line: line.when)), tuple(silent)


async def find(service: str, places: Places) -> tuple[Target, Observation]:
    """The service of that name and the target it runs on; NothingThere where there is none."""
    return await find_on(open_targets(places), service, places)


async def find_on(
    targets: Mapping[str, Target], service: str, places: Places
) -> tuple[Target, Observation]:
    """As `find`, on targets that are open."""
    silent: ModelshipError | None = None
    for target in targets.values():
        try:
            seen = await target.observe(service)
        except ModelshipError as error:
            silent = error
            continue
        if seen is not None:
            return target, seen
    if silent is not None:
        raise silent
    raise NothingThere(f"there is no service {service!r}", remedy=await _instead(service, places))


async def check_place(service: str, target: str, places: Places) -> None:
    """Raises UsageError where the service is on another target: a name lives in one place."""
    for name, other in open_targets(places).items():
        if name != target and await _is_there(other, service):
            raise UsageError(
                f"service {service} is on the target {name}: a name lives in one place",
                remedy=f"choose another name with --name, or: jupyter modelship delete {service}",
            )


async def _is_there(target: Target, service: str) -> bool:
    """False also where the target does not answer: a cluster that is out of reach does not keep
    anybody from this machine."""
    try:
        return await target.observe(service) is not None
    except ModelshipError:
        return False


Act = Callable[[Target, str], Awaitable[Observation]]
"""Is given the target, and what it calls who does it."""


async def delete(service: str, places: Places, *, who: str, vouched: bool = False) -> None:
    """Remove a service. Raises RunActive while a run works on it, which would bring it back.

    `who` and `vouched`: see `Target.identity`.
    """
    target, seen = await find(service, places)
    await asyncio.to_thread(_check_idle, service, places)
    who = await target.identity(who, vouched=vouched)
    await target.delete(seen.service, who=who)
    await asyncio.to_thread(audited.write, places, "delete", seen, who)


async def change(
    service: str,
    places: Places,
    deed: Deed,
    act: Act,
    *,
    who: str,
    vouched: bool = False,
) -> Observation:
    """What somebody does to a service that runs: done, then written down. As in `delete`."""
    target, _ = await find(service, places)
    who = await target.identity(who, vouched=vouched)
    seen = await act(target, who)
    await asyncio.to_thread(audited.write, places, deed, seen, who)
    return seen


def _check_idle(service: str, places: Places) -> None:
    with Journal.open(places) as journal:
        for run in journal.list(service=service, active=True, limit=1):
            raise RunActive(service, run.id)


def _last_run(service: str, places: Places) -> Run | None:
    with Journal.open(places) as journal:
        return next(iter(journal.list(service=service, limit=1)), None)


async def _instead(service: str, places: Places) -> str:
    """What to do where a service is not: its run says more than the names of others."""
    run = await asyncio.to_thread(_last_run, service, places)
    if run is not None and run.active:
        return f"run {run.id[:8]} is making it: jupyter modelship logs {service} --build -f"
    if run is not None and run.state == "failed":
        return f"its last run failed, see why: jupyter modelship logs {service} --build"
    known = ", ".join(seen.service for seen in await list_services(places))
    return f"services: {known}" if known else "deploy one: jupyter modelship deploy NOTEBOOK"
