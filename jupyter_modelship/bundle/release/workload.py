"""Deployment, PodDisruptionBudget and HorizontalPodAutoscaler of a service."""

from __future__ import annotations

from typing import Any

from . import naming
from .document import document
from .pod import START_SECONDS, pod
from .wanted import Wanted

_BUSY_PERCENT = 70
"""Of the requested processor time, above which there shall be more replicas."""


def deployment(wanted: Wanted) -> dict[str, Any]:
    """The Deployment; where replicas follow the load, their number is not ours to say."""
    spec: dict[str, Any] = {
        "selector": {"matchLabels": naming.selector(wanted.service)},
        "strategy": {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
        },
        "minReadySeconds": 0,
        "progressDeadlineSeconds": START_SECONDS + 60,
        "revisionHistoryLimit": 2,
        "template": pod(wanted),
    }
    if not scales(wanted):
        spec = {"replicas": wanted.replicas, **spec}
    return document("apps/v1", "Deployment", wanted, wanted.service, spec=spec)


def scales(wanted: Wanted) -> bool:
    return wanted.max_replicas > wanted.replicas


def budget(wanted: Wanted) -> dict[str, Any]:
    """One replica at a time may be taken away, and those that do not answer at any time."""
    spec = {
        "maxUnavailable": 1,
        "selector": {"matchLabels": naming.selector(wanted.service)},
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
    }
    return document("policy/v1", "PodDisruptionBudget", wanted, wanted.service, spec=spec)


def autoscaler(wanted: Wanted) -> dict[str, Any]:
    """From `replicas` to `max_replicas`, by processor time."""
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": wanted.service},
        "minReplicas": wanted.replicas,
        "maxReplicas": wanted.max_replicas,
        "metrics": [
            {
                "type": "Resource",
                "resource": {
                    "name": "cpu",
                    "target": {"type": "Utilization", "averageUtilization": _BUSY_PERCENT},
                },
            }
        ],
    }
    return document("autoscaling/v2", "HorizontalPodAutoscaler", wanted, wanted.service, spec=spec)
