"""Whether the cluster enforces network policies: tried with two pods, and only when asked to."""

from __future__ import annotations

from jupyter_modelship.doctor import Answer
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.places import Places
from jupyter_modelship.runs.services import network_policies

_NAME = "network policies"
_OPEN = (
    "services are open to the whole cluster: keep the token on, and ask who administers the "
    "cluster for a network plugin that enforces policies"
)


async def network(_: Places) -> list[Answer]:
    """What became of a policy that lets nobody in."""
    try:
        namespace, verdict = await network_policies()
    except ModelshipError as error:
        return [Answer(_NAME, "warn", f"not tried: {error.message}", error.remedy)]
    where = f"in namespace {namespace}"
    if verdict == "enforced":
        return [Answer(_NAME, "ok", f"enforced {where}: one kept a pod from another")]
    if verdict == "not enforced":
        said = f"not enforced {where}: one that lets nobody in let a pod in"
        return [Answer(_NAME, "warn", said, _OPEN)]
    said = f"cannot be told {where}: pods do not reach each other there, policy or not"
    return [Answer(_NAME, "warn", said, "try in a namespace without other policies")]
