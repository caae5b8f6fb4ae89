"""Images of a stub in the cluster's registry, and a kubernetes target with places of its own."""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from jupyter_modelship.bundle.runtime_files import read_runtime
from jupyter_modelship.engines.port import Access
from jupyter_modelship.places import Places
from jupyter_modelship.runs.http import request
from jupyter_modelship.targets.kubernetes.target import KubernetesTarget
from jupyter_modelship.targets.port import Observation, Release, Staged
from tests.cluster.given import Cluster
from tests.images.bases import MANIFEST, base_layout
from tests.images.registries import Registry, upload
from tests.images.services import service_layout

STUB = Path(__file__).with_name("stub_service.py")
SERVICE = """
import asyncio

from modelship_runtime import App

app = App("iris")


def predict(row: list[float]) -> str:
    return "setosa"


async def wait(seconds: float) -> float:
    await asyncio.sleep(seconds)
    return seconds


app.serve(predict, "POST /predict", takes={"row": list[float]}, returns=str)
app.serve(wait, "POST /wait", takes={"seconds": float}, returns=float)
"""
PACKAGES = ("granian", "msgspec", "prometheus_client", "uvloop")
"""All that the runtime needs; of this Python, which is the base image's."""


@dataclass
class Images:
    """What the cluster's registry was given, by answer and wishes."""

    cluster: Cluster
    folder: Path
    made: dict[str, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)

    def image(self, answer: str, **wishes: object) -> str:
        """`registry/repository@sha256:…` of a stub that does what it is wished."""
        told = json.dumps({"answer": answer, **wishes}, sort_keys=True)
        if told not in self.made:
            self.made[told] = self._push(told, f"{next(self._numbers)}")
        return self.made[told]

    def base(self) -> None:
        """Put the base image itself into the registry."""
        base = base_layout()
        there = Registry(self.cluster.registry, self.folder, Access(insecure=True))
        upload(there, "tests/stub:base", base.manifest, MANIFEST, *base.blobs)

    def real(self) -> str:
        """The real runtime, with two endpoints that need no library."""
        if "real" not in self.made:
            service = self.folder / "services" / "real"
            for path, content in read_runtime().items():
                (service / path).parent.mkdir(parents=True, exist_ok=True)
                (service / path).write_bytes(content)
            for name in PACKAGES:
                (folder,) = importlib.import_module(name).__path__
                shutil.copytree(folder, service / name)
            (service / "service.py").write_text(SERVICE)
            self.made["real"] = self._pushed(service, "real")
        return self.made["real"]

    def lose(self, image: str) -> None:
        """The image is gone from the registry, and from the node that has pulled it."""
        assert self.cluster.place is not None, "this needs the containerd of `make cluster`"
        host, _, rest = image.partition("/")
        repository, _, digest = rest.partition("@")
        asking = urllib.request.Request(
            f"http://{host}/v2/{repository}/manifests/{digest}", method="DELETE"
        )
        urllib.request.urlopen(asking, timeout=60).close()
        ctr = ("ctr", "--address", self.cluster.place.containerd_socket, "--namespace", "k8s.io")
        listed = subprocess.check_output([*ctr, "images", "ls"], text=True, timeout=60)
        names = [line.split()[0] for line in listed.splitlines() if digest in line]
        subprocess.check_call([*ctr, "images", "rm", "--sync", *names], timeout=60)
        self.made = {told: made for told, made in self.made.items() if made != image}

    def _push(self, told: str, name: str) -> str:
        service = self.folder / "services" / name
        (service / "modelship_runtime").mkdir(parents=True)
        shutil.copy(STUB, service / "modelship_runtime" / "__main__.py")
        (service / "stub.json").write_text(told)
        return self._pushed(service, name)

    def _pushed(self, service: Path, name: str) -> str:
        layout = service_layout(base_layout(), service, self.folder / "layouts" / name)
        (described,) = json.loads((layout / "index.json").read_bytes())["manifests"]
        blobs = layout / "blobs" / "sha256"
        manifest = blobs / described["digest"].removeprefix("sha256:")
        there = Registry(self.cluster.registry, self.folder, Access(insecure=True))
        others = [path for path in blobs.iterdir() if path != manifest]
        upload(there, f"tests/stub:{name}", manifest.read_bytes(), MANIFEST, *others)
        return f"{self.cluster.registry}/tests/stub@{described['digest']}"


@dataclass
class Dock:
    """A user's places, whose kubeconfig names the namespace."""

    images: Images
    namespace: str
    home: Path

    def __post_init__(self) -> None:
        self.places = Places(self.home / "state", self.home / "cache", self.home / "run")
        for folder in (self.places.state, self.places.cache, self.places.runtime):
            folder.mkdir(parents=True, exist_ok=True)
        document = yaml.safe_load(self.images.cluster.kubeconfig.read_text())
        for context in document["contexts"]:
            context["context"]["namespace"] = self.namespace
        self.kubeconfig = self.home / "kubeconfig"
        self.kubeconfig.write_text(yaml.safe_dump(document))
        self.target = KubernetesTarget(self.places)

    def release(
        self,
        answer: str,
        *,
        run: str = "",
        service: str = "iris",
        wishes: Any = None,
        image: str = "",
        **options: Any,
    ) -> Release:
        return Release(
            service=service,
            plan_digest=f"plan-{answer}",
            bundle_digest=answer,
            bundle_folder=self.home,
            python=Path("/of/no/matter"),
            notebook="/books/iris.ipynb",
            run=run or f"run-{answer}",
            who="ada",
            options={"token": False, "memory": 128 << 20, "cpu": 0.1, **options},
            image=image or self.images.image(answer, **(wishes or {})),
        )

    async def ship(self, release: Release) -> Observation:
        """Bring it live, or leave no trace of it."""
        staged: Staged = await self.target.stage(release)
        try:
            await self.target.open(staged)
            return await self.target.apply(release, staged)
        finally:
            await self.target.discard(staged)

    async def ask(self, seen: Observation, path: str = "/answer") -> Any:
        async with self.target.reach(seen) as way:
            reply = await request(way.url, "GET", path, token=way.token, unix=way.socket)
        return json.loads(reply.body)

    def kubectl(self, *words: str) -> str:
        return self.images.cluster.kubectl("-n", self.namespace, *words)

    def limits(self) -> dict[str, str]:
        """Of each pod of iris."""
        deployment = json.loads(self.kubectl("get", "deployment", "iris", "-o", "json"))
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        limits: dict[str, str] = container["resources"]["limits"]
        return limits

    def state(self) -> dict[str, str]:
        """What was asked for in the namespace, by name: changes when somebody asks for another."""
        told = self.kubectl(
            "get", "deployments,services,controllerrevisions,secrets,networkpolicies", "-o", "json"
        )
        return {
            f"{each['kind']} {each['metadata']['name']}": json.dumps(
                [each["metadata"]["uid"], each["metadata"].get("generation"), each.get("spec")]
            )
            for each in json.loads(told)["items"]
        }

    def runs(self, kinds: str) -> set[str]:
        """The runs that gave the cluster objects of these kinds last."""
        told = self.kubectl("get", kinds, "-l", "modelship/service", "-o", "json")
        items = json.loads(told)["items"]
        return {each["metadata"]["annotations"]["modelship/run"] for each in items}

    def names(self) -> set[str]:
        """All that there is of ours in the namespace, by `kind/name`."""
        kinds = (
            "deployments,services,serviceaccounts,configmaps,secrets,networkpolicies,"
            "poddisruptionbudgets,horizontalpodautoscalers,controllerrevisions,ingresses"
        )
        mine = "app.kubernetes.io/managed-by=jupyter-modelship"
        told = self.kubectl("get", kinds, "-l", mine, "-o", "name")
        return {
            line.replace(".apps", "").replace(".networking.k8s.io", "") for line in told.split()
        }
