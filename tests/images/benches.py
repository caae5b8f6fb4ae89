"""An engine on its bench: all that the contract needs to know of one, in one place."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from jupyter_modelship.engines.buildah import Buildah
from jupyter_modelship.engines.fake import FakeEngine
from jupyter_modelship.engines.oci import OciEngine
from jupyter_modelship.engines.podman import Podman
from jupyter_modelship.engines.port import Access, Engine, Image, Job, Progress, Pushed
from jupyter_modelship.image.layers import content_key
from jupyter_modelship.image.manifest import MANIFEST
from jupyter_modelship.image.recipe import (
    ARTIFACTS,
    PACKAGES,
    SERVICE,
    Config,
    Kind,
    Layer,
    Platform,
    Recipe,
)

from .conftest import Base
from .registries import Registry

ENGINES = ("fake", "oci", "buildah", "podman")
NOISE = os.urandom(3 << 20)
"""Bytes that no compression makes smaller: the dependencies are 3 MB wherever they go."""
_number = itertools.count()


@dataclass
class Bench:
    engine: Engine
    access: Access
    host: str
    base: str
    architecture: str
    root: Path
    look: Callable[[str], tuple[dict[str, Any], dict[str, Any]]]
    """The manifest and the configuration of a pushed reference, not read with our client."""
    room: int = 4
    """MiB of disk in which a build fits, and with 2 of them does not."""
    seed: Path | None = None
    """What a new cache starts with: the base's layers, which take a while to unpack."""
    told: list[Progress] = field(default_factory=list)

    def job(self, cache: str = "cache") -> Job:
        """A new job; its cache is shared with those of the same name."""
        scratch = self.root / f"scratch-{next(_number)}"
        scratch.mkdir(mode=0o700)
        folder = self.root / cache
        if not folder.exists():
            folder.mkdir()
            self.sow(folder)
        return Job(f"job-{next(_number)}", scratch, self.root / cache)

    def sow(self, cache: Path) -> None:
        """Put the seed into a cache."""
        if self.seed is not None:
            keep = "--preserve=mode,timestamps,links,xattr"
            subprocess.run(["cp", "--recursive", keep, self.seed, cache], check=True)

    def recipe(self, folder: str = "bundle", *, code: str = "print('hello')\n") -> Recipe:
        """A small image that runs `code`; the same content wherever `folder` is."""
        place = self.root / folder
        files: dict[str, bytes] = {
            "packages/noise/__init__.py": b"",
            "packages/noise/data.bin": NOISE,
            "packages/noise-1.0.dist-info/METADATA": b"Name: noise\n",
            "artifacts/model.npy": b"\x93NUMPY" + bytes(1000),
            "code/service.py": code.encode(),
            "code/modelship_runtime/__init__.py": b"",
        }
        for name, content in files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(content)
        kinds: tuple[tuple[Kind, str, str], ...] = (
            ("dependencies", "packages", PACKAGES),
            ("artifacts", "artifacts", ARTIFACTS),
            ("code", "code", SERVICE),
        )
        return Recipe(
            base=self.base,
            platform=Platform(architecture=self.architecture),
            layers=tuple(
                Layer(kind, place / name, where, content_key(place / name, where))
                for kind, name, where in kinds
            ),
            config=Config(
                entrypoint=("python", "service.py"),
                user="10001",
                env={"PYTHONDONTWRITEBYTECODE": "1"},
                ports=(8000, 9090),
                labels={"org.example.kind": "test"},
            ),
            annotations={"org.opencontainers.image.title": "bench"},
        )

    async def build(self, recipe: Recipe, job: Job | None = None) -> tuple[Image, Job]:
        job = job or self.job()
        return await self.engine.build(recipe, job, self.access, self.told.append), job

    async def push(self, image: Image, job: Job, path: str, *tags: str) -> Pushed:
        return await self.engine.push(
            image, job, f"{self.host}/{path}", self.access, self.told.append, tags=tags
        )


def bench(name: str, base: Base, registry: Registry, root: Path, *, warm: Path) -> Bench:
    """`warm`: a cache in which `buildah` has unpacked the base."""
    config = json.loads(base.layout.manifest)["config"]["digest"].removeprefix("sha256:")
    facts = json.loads((base.layout.folder / "blobs" / config).read_bytes())
    common = (base.reference, facts["architecture"], root)
    if name == "fake":
        store = root / "store"
        return Bench(
            FakeEngine(store),
            Access(),
            "registry.example",
            *common,
            lambda one: _folder(store, one),
        )
    there = (registry.access, registry.host, *common, _registry)
    if name == "oci":
        return Bench(OciEngine(), *there)
    tried = root / "tried"
    tried.mkdir()
    if name == "buildah":
        return Bench(Buildah(tried), *there)
    return Bench(Podman(tried), *there, room=600, seed=warm / "floors")


def _folder(store: Path, reference: str) -> tuple[dict[str, Any], dict[str, Any]]:
    place, _, digest = reference.partition("@sha256:")
    manifest = json.loads((store / place / digest).read_bytes())
    config = manifest["config"]["digest"].removeprefix("sha256:")
    return manifest, json.loads((store / place / config).read_bytes())


def _registry(reference: str) -> tuple[dict[str, Any], dict[str, Any]]:
    place, _, digest = reference.partition("@")
    host, _, name = place.partition("/")
    url = f"http://{host}/v2/{name}"
    manifest = httpx.get(f"{url}/manifests/{digest}", headers={"Accept": MANIFEST}).json()
    return manifest, httpx.get(f"{url}/blobs/{manifest['config']['digest']}").json()
