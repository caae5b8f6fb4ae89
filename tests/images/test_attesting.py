"""What is said about a pushed image: kept beside it once, and read back for a status."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from jupyter_modelship.cli.services import image_lines
from jupyter_modelship.image import sbom
from jupyter_modelship.image.manifest import (
    INDEX,
    MANIFEST,
    Descriptor,
    Index,
    digest_of,
    index_bytes,
)
from jupyter_modelship.image.provenance import Inputs
from jupyter_modelship.image.recipe import Platform
from jupyter_modelship.image.sbom import Component
from jupyter_modelship.places import Places
from jupyter_modelship.records import FileFact, RunRecord
from jupyter_modelship.runs import attested
from jupyter_modelship.runs.attested import InRegistry, Kept, in_registry
from jupyter_modelship.runs.attesting import attest, documents
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.run import Request
from jupyter_modelship.targets.port import Observation, RevisionRecord

from .benches import Bench, bench
from .conftest import Base
from .registries import Registry

RUN = "00000000-0000-4000-8000-000000000001"
WENT_IN = Inputs(
    plan="1" * 64,
    bundle="2" * 64,
    notebook="3" * 64,
    lock="4" * 64,
    base="registry.example/python@sha256:" + "5" * 64,
    platform=Platform(),
    engine="oci",
)
PARTS = (Component("numpy", "2.0.0", "BSD-3-Clause"),)
NOWHERE = "127.0.0.1:1/team/iris@sha256:" + "6" * 64
SEEN = Observation(
    service="iris",
    target="container",
    state="running",
    notebook="/books/iris.ipynb",
    revision=1,
    plan_digest="p",
    bundle_digest="b",
    url="http://127.0.0.1:20001",
    since="2026-01-01T00:00:00Z",
    revisions=(RevisionRecord(1, "p", "b", RUN, "ada", "2026-01-01T00:00:00Z"),),
)
RECORD = RunRecord(
    run=RUN,
    service="iris",
    target="container",
    revision=1,
    plan_digest="1" * 64,
    bundle_digest="2" * 64,
    notebook=FileFact("iris.ipynb", "3" * 64, 9_000),
    lock_digest="4" * 64,
    python="3.11.7",
    who="ada",
    when=1_800_000_000.0,
)


@pytest.fixture
def oci(base: Base, registry: Registry, tmp_path: Path) -> Bench:
    return bench("oci", base, registry, tmp_path, warm=tmp_path)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    (tmp_path / "state").mkdir()
    return Places(tmp_path / "state", tmp_path / "cache", tmp_path / "run")


def kept(places: Places, image: str) -> None:
    """The run of the live revision has pushed `image`."""
    request = Request(RUN, "iris", "container", "/books/iris.ipynb", "3" * 64, "1" * 64)
    with Journal.open(places) as journal:
        journal.submit(request)
        journal.keep_record(RUN, replace(RECORD, image=image).to_json())


async def pushed(oci: Bench, path: str) -> str:
    image, job = await oci.build(oci.recipe())
    return (await oci.push(image, job, path, "iris")).reference


async def test_both_documents_are_found_by_who_knows_the_image_alone(
    oci: Bench, places: Places
) -> None:
    image = await pushed(oci, "team/attested")
    said = documents(image, "iris", WENT_IN, PARTS)
    await attest(image, said, oci.access)

    # docker-registry 2.8 has no referrers API: the list is under the digest's own tag, and what
    # it lists is found by digest. Read without our client.
    digest = image.partition("@")[2]
    url = f"http://{oci.host}/v2/team/attested"
    tag = digest.replace(":", "-")
    listed = httpx.get(f"{url}/manifests/{tag}", headers={"Accept": INDEX}).json()["manifests"]
    found = {}
    for entry in listed:
        manifest = httpx.get(f"{url}/manifests/{entry['digest']}", headers={"Accept": MANIFEST})
        assert manifest.json()["subject"]["digest"] == digest
        (layer,) = manifest.json()["layers"]
        found[entry["artifactType"]] = httpx.get(f"{url}/blobs/{layer['digest']}").json()
    bill, statement = (found.pop(one.artifact_type) for one in said)
    assert not found
    assert bill["components"][2]["purl"] == "pkg:pypi/numpy@2.0.0"
    subject = {"name": f"{oci.host}/team/attested", "digest": {"sha256": digest[7:]}}
    assert statement["subject"] == [subject]
    tags = httpx.get(f"{url}/tags/list").json()["tags"]
    assert sorted(tags) == ["iris", tag], "documents have no tags of their own"

    kept(places, image)
    assert await in_registry(SEEN, places) == InRegistry(
        image,
        (
            Kept("sbom", digest_of(said[0].content)),
            Kept("provenance", digest_of(said[1].content)),
        ),
    )


async def test_the_same_again_adds_nothing(oci: Bench, registry: Registry) -> None:
    image = await pushed(oci, "team/again")
    await attest(image, documents(image, "iris", WENT_IN, PARTS), oci.access)
    before = registry.stored
    await attest(image, documents(image, "iris", WENT_IN, PARTS), oci.access)
    assert registry.stored == before
    other = replace(WENT_IN, plan="7" * 64)
    await attest(image, documents(image, "iris", other, PARTS), oci.access)
    assert len(registry.stored - before) == 3, "another statement, its manifest and the list"


async def test_a_revision_that_was_brought_back_has_its_image_back(
    oci: Bench, places: Places
) -> None:
    image = await pushed(oci, "team/back")
    kept(places, image)
    back = RevisionRecord(3, "p", "b", "of no run", "ada", SEEN.since, origin=1)
    seen = replace(SEEN, revision=3, revisions=(*SEEN.revisions, back))
    assert await in_registry(seen, places) == InRegistry(image, ())


async def test_without_a_push_there_is_nothing_to_say(places: Places) -> None:
    assert await in_registry(SEEN, places) is None, "no run is known"
    kept(places, "")
    assert await in_registry(SEEN, places) is None
    assert await in_registry(replace(SEEN, revisions=()), places) is None


async def test_a_registry_that_is_gone_leaves_the_reference(places: Places) -> None:
    kept(places, NOWHERE)
    assert await in_registry(SEEN, places) == InRegistry(NOWHERE, None)


async def test_nobody_waits_for_a_registry_that_says_nothing(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attested, "PATIENCE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        image = NOWHERE.replace(":1/", f":{silent.getsockname()[1]}/")
        kept(places, image)
        seen = await asyncio.wait_for(in_registry(SEEN, places), 60)
        assert seen == InRegistry(image, None)


async def test_a_list_that_somebody_else_wrote_fails_no_status(oci: Bench, places: Places) -> None:
    image = await pushed(oci, "team/listed")
    kept(places, image)
    place, _, digest = image.partition("@")
    forged = Index((Descriptor(MANIFEST, digest, 1, artifact_type=sbom.MEDIA_TYPE),))
    url = f"http://{place.replace('/', '/v2/', 1)}/manifests/{digest.replace(':', '-')}"
    put = httpx.put(url, content=index_bytes(forged), headers={"Content-Type": INDEX})
    put.raise_for_status()
    assert await in_registry(SEEN, places) == InRegistry(image, None)


def test_a_person_reads_what_is_there() -> None:
    sbom_of, about = Kept("sbom", "sha256:1"), Kept("provenance", "sha256:2")
    assert image_lines(InRegistry("r/i@sha256:0", (sbom_of, about))) == [
        "  image      r/i@sha256:0",
        "  documents  sbom sha256:1, provenance sha256:2",
    ]
    assert image_lines(InRegistry("r/i@sha256:0", None)) == ["  image      r/i@sha256:0"]
    there = InRegistry("r/i@sha256:0", None, "linux/arm64", 2)
    assert image_lines(there)[1:] == ["  proof      2 examples, on linux/arm64"]
    assert image_lines(replace(there, examples=0))[1:] == [
        "  proof      unproven on linux/arm64: there was no example"
    ]
    assert image_lines(None) == []
