"""Where services of a cluster are looked for and made: the cluster, and the namespaces in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from jupyter_modelship.bundle.release.wanted import Size
from jupyter_modelship.plan.cluster import Cluster

from .api import Api
from .connecting import connect
from .known import most, told


@dataclass(frozen=True, slots=True)
class Ground:
    """A cluster, and what the administrator says about it."""

    api: Api
    home: str
    """The namespace of services for which none was chosen."""
    cluster: Cluster
    most: Size
    """What the administrator lets a replica have."""
    context: str = ""
    """Of the kubeconfig; empty inside a pod."""

    def namespace(self, options: Mapping[str, object]) -> str:
        """Where a release with these options goes."""
        return str(options.get("namespace") or self.home)


@asynccontextmanager
async def ground(patience: float = 0.0) -> AsyncIterator[Ground]:
    """The cluster of the policy's context, else of the current one. Where it is silent or busy, it
    is asked again for `patience` seconds. Raises ModelshipError."""
    cluster = told()
    connected = await connect(cluster.context)
    try:
        api = connected.api.patient(patience)
        home = cluster.namespace or connected.namespace
        yield Ground(api, home, cluster, most(), connected.context)
    finally:
        await connected.api.close()
