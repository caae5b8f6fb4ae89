"""How images get into a cluster: a repository that somebody named; else, on one's own machine, the
registry beside the cluster, or an archive by the cluster's own tool. Anything else is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.image.layout import manifest_of
from jupyter_modelship.plan.policy import read_policies, system_folders
from jupyter_modelship.targets.port import Supply

from . import loading
from .failures import ApiRefused
from .ground import Ground
from .kinds import CONFIG_MAP, NODE, SERVICE
from .laptop import (
    ADDON,
    ADDON_NAMESPACE,
    HOSTING,
    HOSTING_NAMESPACE,
    Hosting,
    Laptop,
    addon,
    hosting,
    recognised,
)


async def supply(here: Ground, service: str, options: Mapping[str, object]) -> Supply:
    """How the image of that service gets there. Raises StageFailed where it does not."""
    if repository := str(options.get("repository") or ""):
        return Supply("pushed", repository)
    if bound := _bound():
        raise _unnamed(f"the policy allows those in {bound}")
    laptop = await which(here)
    registry = await _registry(here, laptop)
    if registry is not None:
        told = f"by the registry {registry.host} of {laptop or 'this machine'}"
        return Supply("pushed", f"{registry.host}/{service}", registry.nodes, told)
    if laptop is None:
        raise _unnamed("and the cluster is none that is known to run on this machine")
    if program := loading.lacking(laptop):
        raise _unnamed(f"and {program}, which would load one into {laptop}, is not in the PATH")
    return Supply("layouts", told=f"as an archive, loaded into {laptop}")


async def take(here: Ground, layout: Path) -> str:
    """Load the image of an OCI image layout: what pods call it. Raises StageFailed."""
    laptop = await which(here)
    if laptop is None:
        raise StageFailed(
            "a cluster takes images from a repository", remedy="name one with --repository"
        )
    return await loading.load(laptop, layout, manifest_of(layout))


async def which(here: Ground) -> Laptop | None:
    """The cluster of one's own machine; None for any other, and where nodes may not be seen."""
    try:
        nodes, _ = await here.api.list(NODE, "")
    except ApiRefused as error:
        if error.refusal.code == 403:
            return None
        raise
    return recognised(here.context, nodes)


async def _registry(here: Ground, laptop: Laptop | None) -> Hosting | None:
    try:
        told = await here.api.get(CONFIG_MAP, HOSTING_NAMESPACE, HOSTING)
        if told is not None:
            return hosting(told)
        if laptop is not None and laptop.brand == "microk8s":
            found = await here.api.get(SERVICE, ADDON_NAMESPACE, ADDON)
            return addon(found) if found is not None else None
    except ApiRefused as error:
        if error.refusal.code != 403:
            raise
    return None


def _bound() -> str:
    """The registry that a policy of this machine keeps images to; empty where none does."""
    policies, _ = read_policies(system_folders())
    return next((policy.registry for policy in policies if policy.registry), "")


def _unnamed(why: str) -> StageFailed:
    return StageFailed(
        f"a cluster pulls images from a repository, and none is named: {why}",
        remedy="name one with --repository, as in registry.example/team/iris",
    )
