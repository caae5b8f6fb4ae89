"""Each cause, brought about for real: what is done to the cluster, and a release to meet it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship.bundle.release.objects import objects
from jupyter_modelship.targets.kubernetes import target as seam
from jupyter_modelship.targets.port import Release

from . import foreign
from .dock import Dock
from .guarded import guarded

TAINT = "modelship-tests/kept"
Change = Callable[[list[dict[str, Any]]], Sequence[dict[str, Any]]]


@dataclass(frozen=True)
class Scene:
    """Where a cause is brought about; what was done is undone when `after` is closed."""

    dock: Dock
    folder: Path
    patch: pytest.MonkeyPatch
    after: ExitStack

    def apply(self, kind: str, spec: Mapping[str, Any]) -> None:
        metadata = {"name": "small", "namespace": self.dock.namespace}
        document = {"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": spec}
        self.dock.images.cluster.apply(document)

    def make_wrong(self, change: Change) -> None:
        """The next release's objects are others than the target means them to be."""
        self.patch.setattr(seam, "objects", lambda wanted: tuple(change(list(objects(wanted)))))


def no_image(scene: Scene) -> Release:
    there = scene.dock.images.cluster.registry
    return _of_image(scene, f"{there}/tests/stub@sha256:{'0' * 64}")


def no_login(scene: Scene) -> Release:
    place = scene.dock.images.cluster.place
    if place is None:
        pytest.skip("nothing can be started within the network of that cluster's node")
    host = scene.after.enter_context(guarded(place, scene.folder))
    return _of_image(scene, f"{host}/tests/stub@sha256:{'0' * 64}")


def other_words(scene: Scene) -> Release:
    return _of_image(scene, foreign.by_its_words(scene.dock.images.cluster, scene.folder / "f"))


def other_program(scene: Scene) -> Release:
    return _of_image(scene, foreign.by_its_program(scene.dock.images.cluster, scene.folder / "f"))


def crash(scene: Scene) -> Release:
    return scene.dock.release("bad", wishes={"fail": "crash"})


def out_of_memory(scene: Scene) -> Release:
    return scene.dock.release("bad", wishes={"fail": "memory"}, memory=32 << 20)


def never_ready(scene: Scene) -> Release:
    return scene.dock.release("bad", wishes={"fail": "unready"})


def slow_start(scene: Scene) -> Release:
    return scene.dock.release("bad", wishes={"delay": 600})


def no_secret(scene: Scene) -> Release:
    return scene.dock.release("bad", secrets=["KEY"])


def no_token(scene: Scene) -> Release:
    """A volume's Secret: the kubelet tells of it by an event alone."""
    scene.make_wrong(_without_secret)
    return scene.dock.release("bad")


def no_map(scene: Scene) -> Release:
    scene.make_wrong(_without_map)
    return scene.dock.release("bad")


def pod_security(scene: Scene) -> Release:
    scene.make_wrong(_privileged)
    return scene.dock.release("bad")


def quota(scene: Scene) -> Release:
    scene.apply("ResourceQuota", {"hard": {"pods": "1"}})
    scene.dock.kubectl(
        *("wait", "resourcequota/small", "--for=jsonpath={.status.used.pods}=1", "--timeout=30s")
    )
    return scene.dock.release("bad")


def limit_range(scene: Scene) -> Release:
    scene.apply("LimitRange", {"limits": [{"type": "Container", "max": {"memory": "64Mi"}}]})
    return scene.dock.release("bad")


def no_cpu(scene: Scene) -> Release:
    return scene.dock.release("bad", cpu=2000.0)


def no_memory(scene: Scene) -> Release:
    return scene.dock.release("bad", memory=64 << 40)


def tainted(scene: Scene) -> Release:
    cluster = scene.dock.images.cluster
    cluster.kubectl("taint", "nodes", "--all", f"{TAINT}=others:NoSchedule", "--overwrite")
    scene.after.callback(cluster.tried, "taint", "nodes", "--all", f"{TAINT}-")
    return scene.dock.release("bad")


BROUGHT: Mapping[str, tuple[str, Callable[[Scene], Release]]] = {
    "image not there": ("image-missing", no_image),
    "pull without the password": ("pull-forbidden", no_login),
    "image of another platform": ("wrong-platform", other_words),
    "program of another platform": ("wrong-platform", other_program),
    "crash": ("crash", crash),
    "memory": ("out-of-memory", out_of_memory),
    "never ready": ("never-ready", never_ready),
    "slow start": ("slow-start", slow_start),
    "no secret": ("secret-missing", no_secret),
    "no secret of a volume": ("secret-missing", no_token),
    "no map": ("map-missing", no_map),
    "pod security": ("pod-security", pod_security),
    "quota": ("quota", quota),
    "limit range": ("limit-range", limit_range),
    "too little processor time": ("no-cpu", no_cpu),
    "too little memory": ("no-memory", no_memory),
    "taint": ("tainted", tainted),
}
"""Case -> the code of its cause, and what brings it about."""


def _of_image(scene: Scene, image: str) -> Release:
    return replace(scene.dock.release("bad"), image=image)


def _pod(made: Sequence[dict[str, Any]]) -> dict[str, Any]:
    (found,) = (each for each in made if each["kind"] == "Deployment")
    spec: dict[str, Any] = found["spec"]["template"]["spec"]
    return spec


def _privileged(made: list[dict[str, Any]]) -> list[dict[str, Any]]:
    (container,) = _pod(made)["containers"]
    container["securityContext"]["allowPrivilegeEscalation"] = True
    return made


def _without_map(made: list[dict[str, Any]]) -> list[dict[str, Any]]:
    (container,) = _pod(made)["containers"]
    source = {"configMapKeyRef": {"name": "iris.nowhere", "key": "REGION"}}
    container["env"].append({"name": "REGION", "valueFrom": source})
    return made


def _without_secret(made: list[dict[str, Any]]) -> list[dict[str, Any]]:
    (container,) = _pod(made)["containers"]
    container["volumeMounts"].append({"name": "nowhere", "mountPath": "/run/nowhere"})
    _pod(made)["volumes"].append({"name": "nowhere", "secret": {"secretName": "iris.nowhere"}})
    return made
