"""Causes in words: what is wrong, what to do, and whether waiting could help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_SHOWN = 400


@dataclass(frozen=True, slots=True)
class Code:
    what: str
    remedy: str
    sure: bool = True


CODES: Mapping[str, Code] = MappingProxyType(
    {
        "pod-security": Code(
            "the namespace's Pod Security level does not allow the pods",
            "please report it: pods of services keep to the level restricted",
        ),
        "quota": Code(
            "the namespace's quota has no room for another pod",
            "delete a service that is not needed, lower `--memory`, `--cpu` or `--replicas`, or "
            "ask who administers the cluster for more",
        ),
        "limit-range": Code(
            "the namespace's limit range does not allow so much, or so little",
            "choose `--memory` and `--cpu` within the range that the evidence names",
        ),
        "not-made": Code(
            "the cluster does not make the pods",
            "the evidence is the cluster's own word: show it to who administers the cluster",
        ),
        "secret-missing": Code(
            "a Secret is missing, or a key in it",
            "make it: kubectl create secret generic SERVICE.secrets --from-literal=NAME=VALUE",
        ),
        "map-missing": Code(
            "a ConfigMap is missing, or a key in it",
            "deploy the notebook again: that makes it",
        ),
        "wrong-platform": Code(
            "the image is made for another kind of processor than the node's",
            "deploy with `--platform` of the cluster's nodes: kubectl get nodes -o wide",
        ),
        "image-missing": Code(
            "the registry does not have the image",
            "deploy the notebook again: that pushes it anew",
        ),
        "pull-forbidden": Code(
            "the cluster may not pull the image",
            "ask who administers the cluster to give the namespace a pull secret for the registry",
        ),
        "out-of-memory": Code(
            "the process took more memory than it may",
            "deploy with more `--memory`",
        ),
        "crash": Code(
            "the process ends by itself",
            "put right what the evidence names and deploy again",
        ),
        "not-started": Code(
            "the node does not start the container",
            "the evidence is the node's own word: show it to who administers the cluster",
        ),
        "restarts": Code(
            "the process is restarted again and again",
            "read its log: jupyter modelship logs SERVICE",
        ),
        "evicted": Code(
            "the node took the pod away",
            "it is made anew elsewhere; where that happens again, deploy with more `--memory`",
            sure=False,
        ),
        "no-cpu": Code(
            "no node has the processor time",
            "lower `--cpu` or `--replicas`, or wait for another service to make room",
            sure=False,
        ),
        "no-memory": Code(
            "no node has the memory",
            "lower `--memory` or `--replicas`, or wait for another service to make room",
            sure=False,
        ),
        "tainted": Code(
            "the nodes are kept for others",
            "ask who administers the cluster which nodes services may run on",
            sure=False,
        ),
        "no-such-node": Code(
            "no node has the kind of processor that the image is made for",
            "deploy with `--platform` of the cluster's nodes: kubectl get nodes -L "
            "kubernetes.io/arch",
            sure=False,
        ),
        "unschedulable": Code(
            "no node takes the pod",
            "the evidence is the scheduler's own word: show it to who administers the cluster",
            sure=False,
        ),
        "registry-silent": Code(
            "the node does not reach the registry",
            "ask who administers the cluster whether its nodes may reach that registry",
            sure=False,
        ),
        "image-not-pulled": Code(
            "the node cannot pull the image",
            "the evidence is the node's own word: show it to who administers the cluster",
            sure=False,
        ),
        "never-ready": Code(
            "the process runs and does not become ready",
            "read its log: jupyter modelship logs SERVICE",
            sure=False,
        ),
        "slow-start": Code(
            "the process takes long to import its libraries and load its artifacts",
            "wait; more `--cpu` makes it faster",
            sure=False,
        ),
    }
)
"""Code -> its words, the gravest first."""


def line_of(text: str) -> str:
    """One line of printable text, bounded: what a cluster says may hold anything. The middle of a
    long one is left out: a registry's answer stands at the end, behind names by digest."""
    words = " ".join(text.split())
    shown = "".join(char if char.isprintable() else "?" for char in words)
    half = _SHOWN // 2
    return shown if len(shown) <= _SHOWN else f"{shown[:half]}…{shown[1 - half :]}"
