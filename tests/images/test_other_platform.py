"""An image for another platform than this machine's: nothing of it is run, all of it is right."""

from __future__ import annotations

import gzip
import io
import json
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from jupyter_modelship.engines.buildah import Buildah
from jupyter_modelship.engines.oci import OciEngine
from jupyter_modelship.engines.port import Image, Job, Progress
from jupyter_modelship.environment import LockRequest, Tree, lock, probe, tree
from jupyter_modelship.environment.kernelspec import Kernelspec
from jupyter_modelship.image.assemble import packages_layer
from jupyter_modelship.image.elf import MAGIC, read_elf
from jupyter_modelship.image.manifest import MANIFEST as MANIFEST_TYPE
from jupyter_modelship.image.needed import compiled_files, library_findings
from jupyter_modelship.image.platforms import this_platform
from jupyter_modelship.image.recipe import Config, Platform, Recipe
from jupyter_modelship.places import Places, private
from jupyter_modelship.plan.options import Options
from jupyter_modelship.runs.ground import Ground, ground

from .bases import MANIFEST, foreign_layout
from .registries import Registry, upload

pytestmark = pytest.mark.campaign
OTHER = "arm64" if this_platform().architecture == "amd64" else "amd64"
THERE = Platform(architecture=OTHER)
VARIANT = {"arm64": "v8"}.get(OTHER)


@pytest.fixture(scope="module")
def base(registry: Registry) -> str:
    """A base for that platform, of Debian's packages, in a registry."""
    layout = foreign_layout(OTHER)
    place = f"bases/{OTHER}:{layout.python}"
    upload(registry, place, layout.manifest, MANIFEST, *layout.blobs)
    return f"{registry.host}/bases/{OTHER}@{layout.digest}"


async def stands_on(base: str, places: Places) -> tuple[Ground, Tree]:
    """The base as it is read, and the tree of a lock that was made for it."""
    facts = await probe(Kernelspec("there", sys.executable, "there"), places)
    folder = private(places.state / "work")
    request = LockRequest(facts, folder, ("numpy",), places, platform=THERE)
    made, findings = await lock(request)
    assert made is not None, findings
    options = Options(target="kubernetes", base=base, platform=str(THERE))
    where = await ground(options, made.python, places, print)
    assert where.facts.glibc is not None
    packages = await tree(made, facts, places, platform=where.platform, glibc=where.facts.glibc)
    return where, packages


def machines(layer: bytes) -> set[str]:
    """Of all compiled files in a layer's blob."""
    found = set()
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(layer))) as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isreg() else None
            data = content.read() if content is not None else b""
            if data.startswith(MAGIC) and (elf := read_elf(data)) is not None:
                found.add(elf.machine)
    return found


async def test_every_part_is_for_that_platform(
    base: str, registry: Registry, tmp_path: Path
) -> None:
    root = private(tmp_path / "home")
    places = Places(*(private(root / name) for name in ("state", "cache", "run")))
    where, packages = await stands_on(base, places)
    compiled = compiled_files(packages.folder)
    assert {one.elf.machine for one in compiled} == {OTHER}
    assert library_findings(compiled, where.facts) == ()
    recipe = Recipe(
        base,
        where.platform,
        (packages_layer(packages.folder, packages.key),),
        Config(("python", "-m", "modelship_runtime"), "10001"),
    )
    images: list[Image] = []
    for engine in (OciEngine(), Buildah(where.cache)):
        scratch = private(tmp_path / engine.name)
        job = Job(engine.name, scratch, where.cache)
        image = await engine.build(recipe, job, where.access, _unheard)
        await engine.push(image, job, f"{registry.host}/team/{OTHER}", where.access, _unheard)
        images.append(replace(image, handle=""))
    assert images[0] == images[1]
    manifest = _read(registry, f"manifests/{images[0].digest}")
    config = _read(registry, f"blobs/{manifest['config']['digest']}")
    assert (config["os"], config["architecture"]) == ("linux", OTHER)
    assert config.get("variant") == VARIANT
    layers = [_blob(registry, one["digest"]) for one in manifest["layers"]]
    assert set.union(*map(machines, layers)) == {OTHER}


def _unheard(progress: Progress) -> None:
    """Nobody watches."""


def _read(registry: Registry, path: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(_get(registry, path))
    return found


def _blob(registry: Registry, digest: str) -> bytes:
    return _get(registry, f"blobs/{digest}")


def _get(registry: Registry, path: str) -> bytes:
    url = f"http://{registry.host}/v2/team/{OTHER}/{path}"
    return httpx.get(url, headers={"Accept": MANIFEST_TYPE}).raise_for_status().content
