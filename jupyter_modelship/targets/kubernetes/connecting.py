"""Which cluster, and as whom: the user's kubeconfig, or the pod that this runs in."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from jupyter_modelship.errors import StageFailed, UsageError

from .api import Api
from .known import IN_POD, kubeconfig, lacking
from .library import library

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Connected:
    """A cluster that can be called."""

    api: Api
    context: str
    """Of the kubeconfig; empty inside a pod."""
    namespace: str
    """What the context, or the pod, says."""


async def connect(context: str = "") -> Connected:
    """The cluster of that context, else of the current one. Raises ModelshipError."""
    if reason := lacking():
        raise UsageError(
            f"nothing can be asked of a cluster: {reason}",
            remedy="install the extra `kubernetes` with this tool, and let KUBECONFIG name the "
            "cluster's file",
        )
    config, api_client, _, configuration = library()
    wanted = type.__call__(configuration)
    files = kubeconfig()
    try:
        if files:
            merged = os.pathsep.join(map(str, files))
            loader = await config.load_kube_config(
                merged, context or None, client_configuration=wanted, persist_config=False
            )
            chosen, namespace = _context(loader)
        else:
            config.load_incluster_config(client_configuration=wanted)
            chosen, namespace = "", _pod_namespace()
    except (config.ConfigException, OSError) as error:
        raise UsageError(
            f"the way to the cluster cannot be read: {error}",
            remedy="check the kubeconfig: kubectl config view --minify",
        ) from error
    _check_safe(wanted)
    wanted.retries = None
    return Connected(Api(api_client(wanted), wanted.host), chosen, namespace)


def _context(loader: Any) -> tuple[str, str]:
    current = loader.current_context
    return str(current["name"]), str(current["context"].get("namespace") or "default")


def _pod_namespace() -> str:
    try:
        return (IN_POD / "namespace").read_text(encoding="utf-8").strip()
    except OSError as error:
        raise StageFailed(f"the pod does not know its namespace: {error}") from error


def _check_safe(wanted: Any) -> None:
    """Whoever sits between could read the token and answer for the cluster."""
    place = urlsplit(wanted.host)
    local = place.hostname in _LOOPBACK
    if not wanted.verify_ssl or (place.scheme != "https" and not local):
        raise UsageError(
            f"the cluster {wanted.host} is reached without checking that it is the one",
            remedy="remove insecure-skip-tls-verify from the kubeconfig and name the cluster's "
            "certificate-authority, and https, there",
        )
