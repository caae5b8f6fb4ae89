"""What deploying needs to be allowed to do, and the Role that allows it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .kinds import (
    ACCOUNT,
    AUTOSCALER,
    BUDGET,
    CONFIG_MAP,
    DEPLOYMENT,
    EVENT,
    HTTP_ROUTE,
    INGRESS,
    POD,
    POLICY,
    REVISION,
    SECRET,
    SERVICE,
    SLICE,
    Kind,
)

_OWN = ("create", "delete", "get", "list", "patch")
ROLE = "modelship-deployer"


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """A verb on a kind of objects, or on a part of them, in a namespace."""

    group: str
    resource: str
    """`pods`, or `pods/log`."""
    verb: str

    def __str__(self) -> str:
        return f"{self.verb} {self.resource}"


def needed(*, token: bool = True, routed: Kind | None = None) -> tuple[Right, ...]:
    """All that is ever asked of the cluster for services of that sort."""
    own = [ACCOUNT, CONFIG_MAP, SERVICE, DEPLOYMENT, POLICY, BUDGET, AUTOSCALER, REVISION]
    rights = [
        *_rights(own, _OWN),
        *_rights([POD], ("list",)),
        *_rights([POD, DEPLOYMENT, REVISION], ("watch",)),
        *_rights([EVENT], ("create",)),
        *_rights([EVENT, SLICE], ("list",)),
        *_parts(DEPLOYMENT, "scale", ("patch",)),
        *_parts(POD, "log", ("get",)),
        *_parts(POD, "portforward", ("create", "get")),
    ]
    if token:
        rights += _rights([SECRET], ("create", "delete", "get"))
    if routed is not None:
        rights += _rights([routed], _OWN)
    return tuple(sorted(rights))


def routed_by(gateway: str, host: str) -> Kind | None:
    """The kind of a service's way in; None where it has none."""
    if not host:
        return None
    return HTTP_ROUTE if gateway else INGRESS


def role(rights: Iterable[Right], namespace: str) -> dict[str, Any]:
    """The smallest Role that allows `rights`: one rule for what goes by the same verbs."""
    verbs: dict[tuple[str, str], list[str]] = {}
    for right in sorted(rights):
        verbs.setdefault((right.group, right.resource), []).append(right.verb)
    rules: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (group, resource), allowed in verbs.items():
        rules.setdefault((group, tuple(allowed)), []).append(resource)
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": ROLE, "namespace": namespace},
        "rules": [
            {"apiGroups": [group], "resources": resources, "verbs": list(allowed)}
            for (group, allowed), resources in rules.items()
        ],
    }


def review(right: Right, namespace: str) -> dict[str, Any]:
    """The question whether we may."""
    resource, _, part = right.resource.partition("/")
    attributes = {
        "namespace": namespace,
        "group": right.group,
        "resource": resource,
        "verb": right.verb,
        **({"subresource": part} if part else {}),
    }
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }


def _rights(kinds: Iterable[Kind], verbs: Iterable[str]) -> Iterator[Right]:
    allowed = tuple(verbs)
    return (Right(kind.group, kind.plural, verb) for kind in kinds for verb in allowed)


def _parts(kind: Kind, part: str, verbs: Iterable[str]) -> Iterator[Right]:
    return (Right(kind.group, f"{kind.plural}/{part}", verb) for verb in verbs)
