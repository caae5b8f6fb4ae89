"""A release between two revisions: held back beside the live one, then let through.

One Deployment holds both: no pod of the live revision ends before the new one is taken over. While
the new one is held, the Service keeps to the pods of the live run, and the Deployment counts no
new pod as available, so that none of the old ones is in its way (`maxUnavailable: 0`).
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from . import naming

HELD_SECONDS = 86_400
"""A pod that is held counts as available after a day: nobody proves for so long."""
STAGED = "staged"
_AUTOSCALER = "HorizontalPodAutoscaler"
Objects = Sequence[dict[str, Any]]


def held(objects: Objects) -> tuple[dict[str, Any], ...]:
    """What starts the pods of a revision beside those of the live one, and sends them nothing.

    The network policy beside the live one's is the new pods' alone.
    """
    found = {each["kind"]: copy.deepcopy(each) for each in objects}
    maps = [copy.deepcopy(each) for each in objects if each["kind"] == "ConfigMap"]
    deployment = found["Deployment"]
    deployment["spec"]["minReadySeconds"] = HELD_SECONDS
    deployment["spec"]["progressDeadlineSeconds"] += HELD_SECONDS
    policy = found["NetworkPolicy"]
    policy["metadata"]["name"] = staged_policy(policy["metadata"]["name"])
    policy["spec"]["podSelector"]["matchLabels"][naming.RUN] = pods_run(objects)
    return (found["ServiceAccount"], *maps, policy, deployment)


def staged_policy(service: str) -> str:
    """The name of the network policy that new pods have until they are let through."""
    return f"{service}.{STAGED}"


def pinned(objects: Objects) -> dict[str, Any]:
    """The Service of these objects, kept to the pods of their run."""
    (service,) = (copy.deepcopy(each) for each in objects if each["kind"] == "Service")
    service["spec"]["selector"][naming.RUN] = pods_run(objects)
    return service


def pods_run(objects: Objects) -> str:
    """The label of the run that the pods come of."""
    (deployment,) = (each for each in objects if each["kind"] == "Deployment")
    return str(deployment["spec"]["template"]["metadata"]["labels"][naming.RUN])


def address(objects: Objects) -> str:
    """How it is called: from outside where it has a route, else from within the cluster."""
    for each in objects:
        if each["kind"] == "HTTPRoute":
            return f"https://{each['spec']['hostnames'][0]}"
        if each["kind"] == "Ingress":
            scheme = "https" if each["spec"].get("tls") else "http"
            return f"{scheme}://{each['spec']['rules'][0]['host']}"
    (service,) = (each["metadata"] for each in objects if each["kind"] == "Service")
    return f"http://{service['name']}.{service['namespace']}.svc"


def rerun(objects: Objects, run: str) -> tuple[dict[str, Any], ...]:
    """The same objects as those of another run: what a rollback brings back is new."""
    again = copy.deepcopy(tuple(objects))
    for each in again:
        each["metadata"]["annotations"][naming.RUN] = run
        if each["kind"] == "Deployment":
            each["spec"]["template"]["metadata"]["labels"][naming.RUN] = naming.run_label(run)
    return again


def scaled(objects: Objects, replicas: int) -> dict[str, Any]:
    """The Deployment with another number of replicas."""
    (deployment,) = (copy.deepcopy(each) for each in objects if each["kind"] == "Deployment")
    deployment["spec"]["replicas"] = replicas
    return deployment


def asks_for_token(objects: Objects) -> bool:
    """Whether the release's pods have the service's token among their volumes."""
    (deployment,) = (each for each in objects if each["kind"] == "Deployment")
    volumes = deployment["spec"]["template"]["spec"]["volumes"]
    return any(volume["name"] == "token" for volume in volumes)


def sized(objects: Objects, replicas: int) -> tuple[dict[str, Any], ...]:
    """The objects with so many replicas; with 0, as many as they begin with: an autoscaler leaves
    a Deployment alone that has none."""
    number = replicas or _begins_with(objects)
    return tuple(
        scaled(objects, number) if each["kind"] == "Deployment" else each for each in objects
    )


def scales(objects: Objects) -> bool:
    """Whether an autoscaler says how many replicas there are."""
    return any(each["kind"] == _AUTOSCALER for each in objects)


def _begins_with(objects: Objects) -> int:
    for each in objects:
        if each["kind"] == _AUTOSCALER:
            return int(each["spec"]["minReplicas"])
    (deployment,) = (each for each in objects if each["kind"] == "Deployment")
    return int(deployment["spec"]["replicas"])


def env_names(objects: Objects) -> tuple[str, ...]:
    """The variables whose values come of the release's own map."""
    return tuple(name for name, _ in _env(objects))


def env_maps(objects: Objects) -> set[str]:
    """The names of the maps that they come of: one, or none."""
    return {source for _, source in _env(objects)}


def _env(objects: Objects) -> list[tuple[str, str]]:
    (deployment,) = (each for each in objects if each["kind"] == "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    sources = [(each["name"], each.get("valueFrom", {})) for each in container["env"]]
    return [
        (name, source["configMapKeyRef"]["name"])
        for name, source in sources
        if "configMapKeyRef" in source
    ]
