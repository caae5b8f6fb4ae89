"""Whether pods get a user namespace of their own (`hostUsers: false`), and why. Pure but for `ask`.

A root that a pod might become is then nobody on its node. Needed: Kubernetes 1.33, which has it
switched on, a container runtime that says it can (containerd 2, CRI-O 1.25), and Linux 6.3.
https://kubernetes.io/docs/concepts/workloads/pods/user-namespaces/
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from typing import Any

from .api import Api
from .failures import ApiRefused
from .kinds import Object

SERVER = (1, 33)
LINUX = (6, 3)
_NUMBERS = re.compile(r"(\d+)\.(\d+)")


async def ask(api: Api, wish: bool | None) -> tuple[bool, str]:
    """Whether, and why, in words; `wish` is the administrator's, None where nobody said."""
    if wish is False:
        return decided(wish, (0, 0), None)
    version, nodes = await asyncio.gather(_version(api), _nodes(api))
    return decided(wish, version, nodes)


def decided(
    wish: bool | None, version: tuple[int, int], nodes: Sequence[Object] | None
) -> tuple[bool, str]:
    """`nodes` is None where they may not be looked at: then the administrator's word counts."""
    if wish is False:
        return _no("the policy says so (cluster.user_namespaces)")
    if version < SERVER:
        return _no(
            f"Kubernetes {_dotted(version)} has them switched off; {_dotted(SERVER)} has not"
        )
    if nodes is None and wish is None:
        return _no("the nodes may not be looked at; the policy can say cluster.user_namespaces")
    for reason in _unable(nodes or ()):
        return _no(reason)
    why = "the policy says so" if nodes is None else "every node can"
    return True, f"user namespaces: each pod has its own (hostUsers: false), {why}"


def _no(why: str) -> tuple[bool, str]:
    return False, f"user namespaces: pods get none of their own, for {why}"


def _unable(nodes: Sequence[Object]) -> Iterator[str]:
    """Why a node cannot, for those that cannot."""
    for node in nodes:
        name, status = node["metadata"]["name"], node.get("status") or {}
        info = status.get("nodeInfo") or {}
        linux = numbers(info.get("kernelVersion"))
        if not any(map(_can, status.get("runtimeHandlers") or ())):
            runtime = info.get("containerRuntimeVersion") or "its container runtime"
            yield f"node {name} does not say that it can ({runtime})"
        elif linux < LINUX:
            yield f"node {name} has Linux {_dotted(linux)}; {_dotted(LINUX)} is needed"


def _can(handler: Any) -> bool:
    """Pods of ours name no runtime class: the handler without a name runs them."""
    return not handler.get("name") and bool((handler.get("features") or {}).get("userNamespaces"))


def numbers(text: object) -> tuple[int, int]:
    """Major and minor of `v1.34.4`, or of `6.1.0-18-amd64`; zeros for what has none."""
    match = _NUMBERS.search(str(text))
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


async def _version(api: Api) -> tuple[int, int]:
    return numbers((await api.call("GET", "/version", "read its version")).get("gitVersion"))


async def _nodes(api: Api) -> Sequence[Object] | None:
    """None where we may not look, as most people may not."""
    try:
        reply = await api.call("GET", "/api/v1/nodes", "list nodes", query={"limit": "500"})
    except ApiRefused as error:
        if error.refusal.code == 403:
            return None
        raise
    found: Sequence[Object] = reply.get("items") or ()
    return found
