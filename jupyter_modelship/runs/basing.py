"""The base image of a service, decided in the review: the plan names it by its digest."""

from __future__ import annotations

from dataclasses import replace

from jupyter_modelship.image.bases import choose_base, known_bases
from jupyter_modelship.model import Finding
from jupyter_modelship.places import Places
from jupyter_modelship.plan.options import Options
from jupyter_modelship.plan.policy import read_policies, system_folders

from .honours import TARGETS


def needs_image(options: Options) -> bool:
    """Whether the target is one that images are made for."""
    return TARGETS.get(options.target, {}).get("base") == ""


def with_base(options: Options, python: str, places: Places) -> tuple[Options, tuple[Finding, ...]]:
    """The options with a base for that minor Python where one is needed, or why there is none."""
    if not needs_image(options):
        return options, ()
    policies, _ = read_policies(system_folders())
    chosen = choose_base(options.base, python, known_bases(places), policies)
    if isinstance(chosen, Finding):
        return options, (chosen,)
    return replace(options, base=chosen), ()
