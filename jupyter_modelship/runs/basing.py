"""The base image of a service, decided in the review: the plan names it by its digest."""

from __future__ import annotations

from dataclasses import replace

from jupyter_modelship.image.bases import choose_base, known_bases
from jupyter_modelship.image.catalogue import finding
from jupyter_modelship.image.platforms import foreign, platform_named, this_platform
from jupyter_modelship.image.recipe import Platform
from jupyter_modelship.model import Finding
from jupyter_modelship.places import Places
from jupyter_modelship.plan.options import Options
from jupyter_modelship.plan.policy import read_policies, system_folders

from .honours import TARGETS


def needs_image(options: Options) -> bool:
    """Whether the target is one that images are made for."""
    return TARGETS.get(options.target, {}).get("base") == ""


def with_base(options: Options, python: str, places: Places) -> tuple[Options, tuple[Finding, ...]]:
    """The options with platform and a base for that minor Python where an image is needed, or why
    there is none."""
    if not needs_image(options):
        return options, ()
    options = replace(options, platform=str(platform_named(options.platform)))
    policies, _ = read_policies(system_folders())
    chosen = choose_base(options.base, python, known_bases(places), policies)
    if isinstance(chosen, Finding):
        return options, (chosen,)
    return replace(options, base=chosen), _elsewhere(platform_named(options.platform))


def _elsewhere(platform: Platform) -> tuple[Finding, ...]:
    if foreign(platform) is None:
        return ()
    message = (
        f"the image is for {platform}, this machine is {this_platform()}: unproven on {platform} "
        "until the cluster has replayed the examples there"
    )
    return (finding("platform-elsewhere", message),)


def lock_platform(options: Options) -> Platform | None:
    """What a lock is made for, where that is another platform than this machine's."""
    return foreign(platform_named(options.platform)) if needs_image(options) else None
