"""A variable has two sources, or belongs to the service's own process."""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_modelship.model import Finding
from jupyter_modelship.plan.catalogue import finding
from jupyter_modelship.plan.options import Options

_RESERVED = ("MODELSHIP_", "PYTHON", "LD_", "DYLD_")


def configuration_names(options: Options, given: Mapping[str, str]) -> tuple[Finding, ...]:
    found = [
        finding("configuration-names", f"{name} is declared in env and in secrets")
        for name in options.env
        if name in options.secrets
    ]
    for option in ("env", "secrets"):
        found += [
            finding(
                "configuration-names",
                f"{name} in option {option} ({given.get(option, 'default')}) is reserved",
            )
            for name in getattr(options, option)
            if name.upper().startswith(_RESERVED)
        ]
    return tuple(found)
