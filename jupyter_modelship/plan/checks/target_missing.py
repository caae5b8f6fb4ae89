"""The chosen target is not there."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_modelship.model import Finding
from jupyter_modelship.plan.catalogue import finding
from jupyter_modelship.plan.options import Options


def target_missing(options: Options, targets: Sequence[str]) -> tuple[Finding, ...]:
    """`targets` are those of this installation."""
    if options.target in targets:
        return ()
    there = ", ".join(targets)
    return (
        finding(
            "target-missing",
            f"this installation has no target {options.target}",
            remedy=f"use one that is there: {there}",
        ),
    )
