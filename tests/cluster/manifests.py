"""Objects of the smoke tests: the smallest that Pod Security *restricted* admits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .tiny import PORT

Document = dict[str, Any]
SMALL = {"cpu": "10m", "memory": "32Mi"}
LARGE = {"cpu": "500m", "memory": "128Mi"}


def container(image: str) -> Document:
    return {
        "name": "service",
        "image": image,
        "ports": [{"containerPort": PORT}],
        "readinessProbe": {"httpGet": {"path": "/", "port": PORT}, "periodSeconds": 1},
        "resources": {"requests": SMALL, "limits": LARGE},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
    }


def pod_spec(image: str) -> Document:
    return {
        "automountServiceAccountToken": False,
        "containers": [container(image)],
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "terminationGracePeriodSeconds": 5,
    }


def pod(name: str, namespace: str, spec: Mapping[str, Any]) -> Document:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def deployment(name: str, namespace: str, image: str, *, replicas: int = 1) -> Document:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod_spec(image)},
        },
    }


def service(name: str, namespace: str) -> Document:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": PORT}]},
    }


def quota(namespace: str, **hard: str) -> Document:
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "small", "namespace": namespace},
        "spec": {"hard": hard},
    }


def nothing_comes_in(namespace: str) -> Document:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "nothing-comes-in", "namespace": namespace},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"]},
    }
