"""One module a check: values in, findings out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jupyter_modelship.model import Finding
from jupyter_modelship.plan.options import Options
from jupyter_modelship.plan.policy import Policy, violations

from .configuration_names import configuration_names
from .module_names import module_names
from .name_reserved import name_reserved
from .refused import refused
from .target_missing import target_missing

__all__ = ["merged_findings", "module_names", "refused", "target_missing"]


def merged_findings(
    options: Options, given: Mapping[str, str], policies: Sequence[Policy]
) -> tuple[Finding, ...]:
    """What is wrong with options that are each valid by themselves."""
    return (
        *name_reserved(options),
        *configuration_names(options, given),
        *violations(options, policies),
    )
