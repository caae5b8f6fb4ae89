"""The pod of a service: Pod Security *restricted*, and more.

Pod Security Standards: https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from __future__ import annotations

from typing import Any

from jupyter_modelship.bundle.emit_containerfile import METRICS_PORT, PORT, USER
from jupyter_modelship.plan.options import KEEP_ALIVE

from . import naming
from .size import resources
from .wanted import Wanted

ROUTED_AWAY = 5
"""Seconds before a pod that ends is told so: by then nothing routes to it any more."""
SAYING_SO = 5
"""Seconds in which it answers still, each reply with `Connection: close`: who keeps a connection
learns that it ends."""
_SPARE = 5
START_SECONDS = 600
"""For a process to import its libraries and load its artifacts."""
_TOKEN = "/run/modelship/token"  # noqa: S105 - where the token is, not what it is
_LINES = "/run/modelship/lines"
_NOBODY = int(USER)


def pod(wanted: Wanted) -> dict[str, Any]:
    """The pod template of the Deployment."""
    spread = [_spread(wanted, key) for key in ("kubernetes.io/hostname", _ZONE)]
    spec: dict[str, Any] = {
        "serviceAccountName": wanted.service,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _NOBODY,
            "runAsGroup": _NOBODY,
            "fsGroup": _NOBODY,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "terminationGracePeriodSeconds": grace(wanted),
        "topologySpreadConstraints": spread,
        "containers": [_container(wanted)],
        "volumes": _volumes(wanted),
    }
    if wanted.platform:
        system, architecture = wanted.platform.split("/")
        spec["nodeSelector"] = {"kubernetes.io/arch": architecture, "kubernetes.io/os": system}
    if wanted.user_namespace:
        spec["hostUsers"] = False
    labels = naming.pod_labels(wanted.service, wanted.run)
    return {"metadata": {"labels": labels}, "spec": spec}


def grace(wanted: Wanted) -> int:
    """Seconds that a pod may take to end."""
    return ROUTED_AWAY + SAYING_SO + round(wanted.finish + 0.5) + _SPARE


_ZONE = "topology.kubernetes.io/zone"


def _spread(wanted: Wanted, key: str) -> dict[str, Any]:
    return {
        "maxSkew": 1,
        "topologyKey": key,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": naming.selector(wanted.service)},
        "matchLabelKeys": ["pod-template-hash"],
    }


def _container(wanted: Wanted) -> dict[str, Any]:
    return {
        "name": "service",
        "image": wanted.image,
        "imagePullPolicy": "IfNotPresent",
        "args": _arguments(wanted),
        "env": _environment(wanted),
        "ports": [
            {"name": "http", "containerPort": PORT, "protocol": "TCP"},
            {"name": "metrics", "containerPort": METRICS_PORT, "protocol": "TCP"},
        ],
        "resources": resources(wanted.size, wanted.measured, wanted.most),
        "startupProbe": _probe("/readyz", period=1, failures=START_SECONDS),
        "readinessProbe": _probe("/readyz", period=2, failures=2),
        "livenessProbe": _probe("/livez", period=10, failures=6, timeout=5),
        "lifecycle": {"preStop": {"sleep": {"seconds": ROUTED_AWAY}}},
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "privileged": False,
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": _mounts(wanted),
    }


def _arguments(wanted: Wanted) -> list[str]:
    """The runtime's flags, after those that the image's entrypoint has: the last one counts."""
    words = ["--drain", str(SAYING_SO), "--finish", f"{wanted.finish:g}"]
    if wanted.keep_alive != KEEP_ALIVE:
        words += ["--idle-timeout", f"{wanted.keep_alive:g}"]
    if wanted.token:
        words += ["--token-file", f"{_TOKEN}/token"]
    if wanted.source_map:
        words += ["--source-map", f"{_LINES}/lines.json"]
    return words


def _environment(wanted: Wanted) -> list[dict[str, Any]]:
    """No value stands here, so none is expanded (`$(NAME)`) and none is shown with the object."""
    kept = naming.env_map(wanted.service, wanted.env)
    hidden = naming.values_secret(wanted.service)
    return [
        {"name": "PYTHONUNBUFFERED", "value": "1"},
        {"name": "PYTHONFAULTHANDLER", "value": "1"},
        *(_from("configMapKeyRef", kept, name) for name in sorted(wanted.env)),
        *(_from("secretKeyRef", hidden, name) for name in sorted(wanted.secrets)),
    ]


def _from(kind: str, name: str, key: str) -> dict[str, Any]:
    return {"name": key, "valueFrom": {kind: {"name": name, "key": key}}}


def _probe(path: str, *, period: int, failures: int, timeout: int = 2) -> dict[str, Any]:
    return {
        "httpGet": {"path": path, "port": "http", "scheme": "HTTP"},
        "periodSeconds": period,
        "failureThreshold": failures,
        "successThreshold": 1,
        "timeoutSeconds": timeout,
    }


def _volumes(wanted: Wanted) -> list[dict[str, Any]]:
    volumes: list[dict[str, Any]] = [{"name": "tmp", "emptyDir": {"sizeLimit": "256Mi"}}]
    if wanted.token:
        secret = {"secretName": naming.token_secret(wanted.service), "defaultMode": 0o440}
        volumes.append({"name": "token", "secret": secret})
    if wanted.source_map:
        lines = naming.lines_map(wanted.service, wanted.source_map)
        volumes.append({"name": "lines", "configMap": {"name": lines, "defaultMode": 0o440}})
    return volumes


def _mounts(wanted: Wanted) -> list[dict[str, Any]]:
    mounts: list[dict[str, Any]] = [{"name": "tmp", "mountPath": "/tmp"}]  # noqa: S108 - the pod's
    if wanted.token:
        mounts.append({"name": "token", "mountPath": _TOKEN, "readOnly": True})
    if wanted.source_map:
        mounts.append({"name": "lines", "mountPath": _LINES, "readOnly": True})
    return mounts
