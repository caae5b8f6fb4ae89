"""The targets of this installation and what each says of the options, asked of nobody."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from jupyter_modelship.targets.container.honours import HONOURS as CONTAINER
from jupyter_modelship.targets.kubernetes.honours import HONOURS as KUBERNETES
from jupyter_modelship.targets.local.honours import HONOURS as LOCAL

NOT_YET: Mapping[str, str] = MappingProxyType({})
"""Targets that the options know and this version cannot serve, with the reason."""

_ALL = {"local": LOCAL, "container": CONTAINER, "kubernetes": KUBERNETES}
TARGETS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {name: honours for name, honours in _ALL.items() if name not in NOT_YET}
)
"""Target -> option -> "" where it is honoured, else the reason why it is refused."""


def unavailable() -> Mapping[str, str]:
    """Targets that nothing can be deployed to here and now, with the reason; nothing is tried."""
    from jupyter_modelship.targets.container.probe import looked
    from jupyter_modelship.targets.kubernetes.known import lacking

    reasons = {"container": looked(), "kubernetes": lacking()}
    return {**{name: reason for name, reason in reasons.items() if reason}, **NOT_YET}
