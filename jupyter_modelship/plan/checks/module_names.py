"""A module beside the notebook would take the place of a generated file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from jupyter_modelship.model import Finding
from jupyter_modelship.plan.catalogue import finding

TAKEN = frozenset({"service", "modelship_runtime", "artifacts", "packages", "wheels"})


def module_names(paths: Iterable[str]) -> tuple[Finding, ...]:
    """`paths` of the local modules that ship, relative to the notebook's folder, POSIX."""
    tops = {PurePosixPath(path).parts[0].removesuffix(".py") for path in paths}
    return tuple(
        finding("module-name-taken", f"the module {name} beside the notebook cannot ship")
        for name in sorted(tops & TAKEN)
    )
