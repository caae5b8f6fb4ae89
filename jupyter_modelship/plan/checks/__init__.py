"""One module a check: values in, findings out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from jupyter_modelship.model import Finding, Slice
from jupyter_modelship.plan.options import Options
from jupyter_modelship.plan.placing import placing_findings
from jupyter_modelship.plan.policy import Policy, violations

from .apt_installed import apt_installed
from .batch_missing import batch_missing
from .configuration_names import configuration_names
from .module_names import module_names
from .name_reserved import name_reserved
from .parameter_unknown import parameter_unknown
from .refused import refused
from .target_missing import target_missing

__all__ = ["merged_findings", "module_names", "plan_findings", "refused", "target_missing"]


def merged_findings(
    options: Options, given: Mapping[str, str], policies: Sequence[Policy]
) -> tuple[Finding, ...]:
    """What is wrong with options that are each valid by themselves."""
    return (
        *name_reserved(options),
        *configuration_names(options, given),
        *violations(options, policies),
        *placing_findings(options, policies),
    )


def plan_findings(
    slice_: Slice,
    options: Options,
    given: Mapping[str, str],
    *,
    targets: Mapping[str, Mapping[str, str]],
    modules: Iterable[str] = (),
) -> tuple[Finding, ...]:
    """What is wrong with shipping this slice with these options.

    `targets`: name of every target of this installation -> what it honours (see `refused`).
    `modules`: paths of the local modules that ship.
    """
    honours = targets.get(options.target)
    return (
        *target_missing(options, tuple(targets)),
        *(refused(options, given, honours) if honours is not None else ()),
        *apt_installed(options, honours or {}),
        *parameter_unknown(options, slice_),
        *batch_missing(slice_),
        *module_names(modules),
    )
