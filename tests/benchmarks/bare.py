"""What a container takes by itself: a bare pod, from its creation to its first answer."""

from __future__ import annotations

import http.client
import json
import secrets
import time
from typing import Any

from jupyter_modelship.bundle.emit_containerfile import PORT
from tests.cluster.api import apply, client
from tests.cluster.place import Place
from tests.cluster.target.dock import Dock

SECONDS = 120.0
_KEPT = ("name", "image", "args", "env", "resources", "securityContext", "volumeMounts")


def until_it_answers(dock: Dock, service: str = "iris") -> float:
    """Seconds until a pod with the container of the service, and nothing else of ours, is ready
    by its own word. It is asked at its address again and again: no probe's period is in it."""
    place = dock.images.cluster.place
    assert place is not None, "pods of other clusters have no address here"
    name = f"bare-{secrets.token_hex(3)}"
    pod = _pod(dock, service, name)
    began = time.perf_counter()
    with client(place) as ask:
        apply(ask, f"/api/v1/namespaces/{dock.namespace}/pods/{name}", pod)
    _await(place, dock.namespace, name)
    took = time.perf_counter() - began
    dock.kubectl("delete", "pod", name, "--grace-period=0", "--force", "--wait=true")
    return took


def _pod(dock: Dock, service: str, name: str) -> dict[str, Any]:
    deployment = json.loads(dock.kubectl("get", "deployment", service, "-o", "json"))
    spec = deployment["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    kept = {key: container[key] for key in _KEPT if key in container}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": dock.namespace},
        "spec": {
            "automountServiceAccountToken": False,
            "securityContext": spec["securityContext"],
            "containers": [kept],
            "volumes": spec["volumes"],
            "terminationGracePeriodSeconds": 0,
        },
    }


def _await(place: Place, namespace: str, name: str) -> None:
    deadline = time.monotonic() + SECONDS
    address = ""
    with client(place) as ask:
        while time.monotonic() < deadline:
            if not address:
                found = ask.get(f"/api/v1/namespaces/{namespace}/pods/{name}").json()
                address = found["status"].get("podIP", "")
            elif _ready(address):
                return
            time.sleep(0.02)
    raise RuntimeError(f"pod {name} does not answer within {SECONDS:.0f} s")


def _ready(address: str) -> bool:
    connection = http.client.HTTPConnection(address, PORT, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
