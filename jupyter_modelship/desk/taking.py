"""Taking over a service that belongs to another notebook: who may ask for it."""

from __future__ import annotations

from jupyter_modelship.errors import UsageError
from jupyter_modelship.runs.review import Looked, owner_findings, owner_of
from jupyter_modelship.targets.port import Observation

TARGET = "kubernetes"


def insist_shared(looked: Looked) -> None:
    """Raises UsageError where the service would be on a target that nobody else uses."""
    if looked.merged.options.target != TARGET:
        raise UsageError(
            "only services of a cluster are taken over: those of this machine are all yours",
            remedy="delete the service, then deploy",
        )


def owner(looked: Looked, live: Observation | None, *, who: str) -> str:
    """Whose the service is that `who` can take over, as it is told; "" where there is nothing."""
    if live is None or looked.merged.options.target != TARGET:
        return ""
    return str(owner_of(live)) if owner_findings(live, looked.path, who=who) else ""
