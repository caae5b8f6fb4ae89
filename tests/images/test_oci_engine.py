"""What the engine `oci` does beyond the contract: indexes, other registries, documents beside."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from jupyter_modelship.engines.referrers import Said, attach, attached
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.image.manifest import (
    INDEX,
    MANIFEST,
    Descriptor,
    Index,
    digest_of,
    dump,
    index_bytes,
)
from jupyter_modelship.image.recipe import Platform

from .benches import Bench, bench
from .conftest import Base
from .registries import Registry, upload

SBOM = "application/vnd.cyclonedx+json"


@pytest.fixture
def oci(base: Base, registry: Registry, tmp_path: Path) -> Bench:
    return bench("oci", base, registry, tmp_path, warm=tmp_path)


@pytest.fixture
def many(base: Base, registry: Registry, tmp_path: Path) -> str:
    """The base as an index: for this platform, and for one that it is not for."""
    manifest = base.layout.manifest
    digest, size = digest_of(manifest), len(manifest)
    other = json.loads(manifest) | {"annotations": {"other": "platform"}}
    content = dump(other)
    upload(registry, "bases/python:other", content, MANIFEST)
    index = index_bytes(
        Index(
            (
                Descriptor(MANIFEST, digest_of(content), len(content), platform=Platform("plan9")),
                Descriptor(MANIFEST, digest, size, platform=Platform()),
            )
        )
    )
    upload(registry, "bases/python:many", index, INDEX)
    return f"{registry.host}/bases/python@{digest_of(index)}"


async def test_of_an_index_the_image_of_the_platform_is_taken(oci: Bench, many: str) -> None:
    one, _ = await oci.build(replace(oci.recipe(), platform=Platform()))
    recipe = replace(oci.recipe(), base=many, platform=Platform())
    assert replace((await oci.build(recipe))[0], handle="") == replace(one, handle="")
    with pytest.raises(StageFailed, match="has no image for linux/riscv64"):
        await oci.build(replace(recipe, platform=Platform(architecture="riscv64")))
    with pytest.raises(StageFailed, match="is for linux/amd64, not for plan9/amd64"):
        await oci.build(replace(recipe, platform=Platform("plan9")))


async def test_a_base_that_was_read_once_needs_no_registry(oci: Bench) -> None:
    one, _ = await oci.build(oci.recipe())
    gone = replace(oci.recipe(), base=oci.base.replace(oci.host, "127.0.0.1:1"))
    assert (await oci.build(gone))[0].digest == one.digest


async def test_what_was_kept_of_a_base_is_checked_again(oci: Bench) -> None:
    one, job = await oci.build(oci.recipe())
    kept = sorted((job.cache / "documents").iterdir())
    assert len(kept) == 2
    for path in kept:
        path.write_bytes(b"{}")
    assert (await oci.build(oci.recipe()))[0].digest == one.digest


async def test_layers_of_the_base_go_to_another_registry_once(
    oci: Bench, locked_registry: Registry
) -> None:
    image, job = await oci.build(oci.recipe())
    there = replace(oci, host=locked_registry.host, access=locked_registry.access)
    assert (await there.push(image, job, "team/far")).sent > image.size
    assert (await there.push(image, job, "team/far")).sent < 5000
    assert (await there.push(image, job, "team/further")).sent <= image.size + 5000


async def test_documents_about_an_image_are_kept_beside_it(oci: Bench) -> None:
    image, job = await oci.build(oci.recipe())
    pushed = await oci.push(image, job, "team/documented")
    said = Said(SBOM, b'{"bomFormat": "CycloneDX"}', {"org.example.tool": "ours"})
    other = Said("application/vnd.in-toto+json", b"{}")
    for one in (said, said, other):
        assert (await attach(pushed.reference, one, oci.access)).startswith(f"{oci.host}/team/")
    assert await attached(pushed.reference, SBOM, oci.access) == [said]
    assert await attached(pushed.reference, other.artifact_type, oci.access) == [other]
    assert await attached(pushed.reference, "", oci.access) == [said, other]


async def test_a_list_that_somebody_else_wrote_is_not_believed(oci: Bench) -> None:
    image, job = await oci.build(oci.recipe())
    pushed = await oci.push(image, job, "team/forged")
    forged = index_bytes(Index((Descriptor(MANIFEST, image.digest, 1, artifact_type=SBOM),)))
    tag = image.digest.replace(":", "-")
    url = f"http://{oci.host}/v2/team/forged/manifests/{tag}"
    httpx.put(url, content=forged, headers={"Content-Type": INDEX}).raise_for_status()
    with pytest.raises(StageFailed, match="is no document about it"):
        await attached(pushed.reference, SBOM, oci.access)
