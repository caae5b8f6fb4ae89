"""Where a service of the cluster goes: what the administrator decides, and what is left open."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from jupyter_modelship.model import Finding

from .catalogue import finding
from .cluster import Cluster
from .options import Options
from .policy import Policy

_TARGET = "kubernetes"


def cluster_of(policies: Sequence[Policy]) -> Cluster:
    """What is said about the cluster: by the first policy that says anything, whole."""
    return next((each.cluster for each in policies if each.cluster is not None), Cluster())


def placed(options: Options, service: str, policies: Sequence[Policy]) -> Options:
    """The options with namespace, host and repository as the policy has them where nobody chose.

    Options for other targets stay as they are.
    """
    if options.target != _TARGET:
        return options
    cluster = cluster_of(policies)
    return dataclasses.replace(
        options,
        namespace=options.namespace or cluster.namespace,
        host=options.host or cluster.host_of(service),
        repository=options.repository or cluster.repository_of(service),
    )


def placing_findings(options: Options, policies: Sequence[Policy]) -> tuple[Finding, ...]:
    """What was chosen that is not ours to choose, or cannot be; `options` as merged."""
    if options.target != _TARGET:
        return ()
    told = (*_chosen(options, policies), *_contradictory(options))
    return tuple(finding("cluster-undecided", each) for each in told)


def _chosen(options: Options, policies: Sequence[Policy]) -> Iterator[str]:
    """A policy that has patterns bounds a choice; without any there is none to be made."""
    cluster = cluster_of(policies)
    if options.namespace and all(each.namespaces is None for each in policies):
        yield f"no policy says which namespaces may be chosen, and {options.namespace} was"
    if options.host and all(each.allowed_hosts is None for each in policies):
        yield f"no policy says which host names may be chosen, and {options.host} was"
    if options.host and not (cluster.route.ingress_class or cluster.route.gateway):
        yield f"no policy says how requests for {options.host} come in (cluster.route)"
    for name in options.egress:
        if name not in cluster.egress:
            known = ", ".join(sorted(cluster.egress)) or "none"
            yield f"the policy names no address {name} for option egress; it names: {known}"


def _contradictory(options: Options) -> Iterator[str]:
    if options.max_replicas and options.max_replicas < options.replicas:
        yield (
            f"option max_replicas is {options.max_replicas}, "
            f"which is less than the {options.replicas} of option replicas"
        )
