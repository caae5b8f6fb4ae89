"""The kinds of objects that a service is made of, and where the API has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

JSON = "application/json"
Object = Mapping[str, Any]
"""An object of the API, as its JSON."""


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    version: str
    """`v1`, or group/version."""
    plural: str
    part: str = ""
    """What the API is asked to leave of the objects; empty for all of each."""

    def accept(self, suffix: str = "") -> str:
        """The media type to ask for, of one object or (`List`) of many."""
        return f"{JSON};as={self.part}{suffix};g=meta.k8s.io;v=v1" if self.part else JSON

    @property
    def group(self) -> str:
        """Empty for the core group."""
        group, slash, _ = self.version.rpartition("/")
        return group if slash else ""

    def path(self, namespace: str, name: str = "", *, sub: str = "") -> str:
        """Of the collection in a namespace, of an object in it, or of a part of one. Kinds that
        are in no namespace are asked for with an empty one."""
        root = "apis" if self.group else "api"
        space = ["namespaces", namespace] if namespace else []
        parts = [root, *self.version.split("/"), *space, self.plural, name, sub]
        return "/" + "/".join(quote(part, safe="") for part in parts if part)


ACCOUNT = Kind("ServiceAccount", "v1", "serviceaccounts")
CONFIG_MAP = Kind("ConfigMap", "v1", "configmaps")
SECRET = Kind("Secret", "v1", "secrets")
POLICY = Kind("NetworkPolicy", "networking.k8s.io/v1", "networkpolicies")
DEPLOYMENT = Kind("Deployment", "apps/v1", "deployments")
REPLICA_SET = Kind("ReplicaSet", "apps/v1", "replicasets")
REVISION = Kind("ControllerRevision", "apps/v1", "controllerrevisions")
REVISION_BRIEF = replace(REVISION, part="PartialObjectMetadata")
"""Without its data, which holds all objects of the revision."""
AUTOSCALER = Kind("HorizontalPodAutoscaler", "autoscaling/v2", "horizontalpodautoscalers")
BUDGET = Kind("PodDisruptionBudget", "policy/v1", "poddisruptionbudgets")
SERVICE = Kind("Service", "v1", "services")
INGRESS = Kind("Ingress", "networking.k8s.io/v1", "ingresses")
HTTP_ROUTE = Kind("HTTPRoute", "gateway.networking.k8s.io/v1", "httproutes")
POD = Kind("Pod", "v1", "pods")
SLICE = Kind("EndpointSlice", "discovery.k8s.io/v1", "endpointslices")
EVENT = Kind("Event", "v1", "events")
QUOTA = Kind("ResourceQuota", "v1", "resourcequotas")
LIMITS = Kind("LimitRange", "v1", "limitranges")
JOB = Kind("Job", "batch/v1", "jobs")
NODE = Kind("Node", "v1", "nodes")

OWN = (
    *(HTTP_ROUTE, INGRESS, SERVICE, AUTOSCALER, BUDGET, DEPLOYMENT, POLICY),
    *(CONFIG_MAP, ACCOUNT, REVISION),
)
"""What a service is made of, in the order in which it goes; its Secret is known by name."""
OPTIONAL = frozenset({HTTP_ROUTE, INGRESS})
"""Kinds that a cluster may not have, or that we may have no right to: then none is ours."""
OWNERS = frozenset({DEPLOYMENT, SERVICE, JOB})
"""Kinds that the cluster makes others of. One is gone once those are, which its collector of
garbage sees to; all others go at once, also while that is away."""
_BY_NAME: Mapping[str, Kind] = MappingProxyType(
    {kind.name: kind for kind in (*OWN, SECRET, POD, EVENT, JOB)}
)


def kind_of(each: Object) -> Kind:
    """The kind of an object that we make."""
    return _BY_NAME[str(each["kind"])]


def name_of(each: Object) -> str:
    return str(each["metadata"]["name"])


def told(each: Object) -> str:
    """How people are told of an object: `deployment iris`."""
    return f"{str(each['kind']).lower()} {name_of(each)}"
