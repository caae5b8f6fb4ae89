"""The Pod Security level of a namespace: what it enforces, and what to do where that is nothing.

https://kubernetes.io/docs/concepts/security/pod-security-admission/
"""

from __future__ import annotations

from jupyter_modelship.errors import StageFailed

from .api import Api
from .failures import ApiRefused
from .kinds import Object

_ENFORCE = "pod-security.kubernetes.io/enforce"
LEVEL = "restricted"
"""What our pods keep to, and so what every namespace of services may enforce."""


async def level(api: Api, namespace: str) -> str:
    """The level, in words. Raises StageFailed where there is no such namespace."""
    try:
        found: Object = await api.call(
            "GET", f"/api/v1/namespaces/{namespace}", f"read namespace {namespace}"
        )
    except ApiRefused as error:
        if error.refusal.code == 403:
            return f"namespace {namespace}: its Pod Security level may not be read"
        if error.refusal.code != 404:
            raise
        raise StageFailed(
            f"there is no namespace {namespace}",
            remedy="give what is in the detail to who administers the cluster, or choose another",
            detail="\n".join(made(namespace)),
        ) from error
    return in_words(namespace, found["metadata"].get("labels") or {})


def in_words(namespace: str, labels: Object) -> str:
    """What the namespace's labels say."""
    enforced = labels.get(_ENFORCE)
    if enforced == LEVEL:
        return f"namespace {namespace} enforces Pod Security {LEVEL}, to which the pods keep"
    there = f"only {enforced}" if enforced else "nothing"
    return (
        f"namespace {namespace} enforces {there} of Pod Security; the pods keep to {LEVEL}, so who "
        f"administers the cluster may say: {labelled(namespace)}"
    )


def made(namespace: str) -> tuple[str, str]:
    """What makes a namespace for services."""
    return f"kubectl create namespace {namespace}", labelled(namespace)


def labelled(namespace: str) -> str:
    return f"kubectl label --overwrite namespace {namespace} {_ENFORCE}={LEVEL}"
