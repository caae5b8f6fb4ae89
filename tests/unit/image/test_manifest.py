"""Manifests, configurations and indexes: read from whoever wrote them, written in one way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.image import layout
from jupyter_modelship.image.config import BaseConfig
from jupyter_modelship.image.manifest import (
    CONFIG,
    INDEX,
    LAYER,
    MANIFEST,
    Descriptor,
    Index,
    Manifest,
    described,
    dump,
    for_platform,
    index_bytes,
    layers_of,
    manifest_bytes,
    read,
)
from jupyter_modelship.image.recipe import Config, Layer, Platform, Recipe

DIGESTS = st.binary(min_size=32, max_size=32).map(lambda raw: f"sha256:{raw.hex()}")
TEXTS = st.dictionaries(st.text(min_size=1, max_size=9), st.text(max_size=9), max_size=3)
PLATFORMS = st.builds(Platform, variant=st.sampled_from(["", "v8"]))
DESCRIPTORS = st.builds(
    Descriptor,
    media_type=st.sampled_from([LAYER, CONFIG, MANIFEST]),
    digest=DIGESTS,
    size=st.integers(0, 1 << 40),
    annotations=TEXTS,
    artifact_type=st.sampled_from(["", "a/b"]),
    platform=st.none() | PLATFORMS,
)
MANIFESTS = st.builds(
    Manifest,
    config=DESCRIPTORS,
    layers=st.lists(DESCRIPTORS, max_size=3).map(tuple),
    annotations=TEXTS,
    subject=st.none() | DESCRIPTORS,
    artifact_type=st.sampled_from(["", "a/b"]),
)
INDEXES = st.builds(Index, st.lists(DESCRIPTORS, max_size=3).map(tuple), TEXTS)


@given(MANIFESTS, INDEXES)
def test_what_is_written_is_read_back(manifest: Manifest, index: Index) -> None:
    assert read(manifest_bytes(manifest), "it") == manifest
    assert read(index_bytes(index), "it") == index


def test_a_manifest_is_these_bytes() -> None:
    config = described(b"{}", CONFIG)
    written = manifest_bytes(Manifest(config, (), {"b": "ü", "a": "1"}))
    assert written.decode() == (
        '{"annotations":{"a":"1","b":"ü"},"config":{"digest":"' + config.digest + '",'
        f'"mediaType":"{CONFIG}","size":2' + "},"
        f'"layers":[],"mediaType":"{MANIFEST}","schemaVersion":2' + "}"
    )


def test_dockers_manifest_becomes_ocis() -> None:
    docker = "application/vnd.docker"
    one = {"digest": f"sha256:{'0' * 64}", "size": 1}
    document = {
        "schemaVersion": 2,
        "mediaType": f"{docker}.distribution.manifest.v2+json",
        "config": {**one, "mediaType": f"{docker}.container.image.v1+json"},
        "layers": [{**one, "mediaType": f"{docker}.image.rootfs.diff.tar.gzip"}],
    }
    found = read(dump(document), "it")
    assert isinstance(found, Manifest)
    assert (found.config.media_type, found.layers[0].media_type) == (CONFIG, LAYER)
    listed = {
        "schemaVersion": 2,
        "mediaType": f"{docker}.distribution.manifest.list.v2+json",
        "manifests": [{**one, "mediaType": document["mediaType"]}],
    }
    index = read(dump(listed), "it")
    assert isinstance(index, Index)
    assert index.manifests[0].media_type == MANIFEST


@pytest.mark.parametrize(
    "document",
    [
        *("", [], {}, 7, {"schemaVersion": 1}, {"schemaVersion": 2, "mediaType": "text/html"}),
        {"schemaVersion": 2, "mediaType": MANIFEST},
        {"schemaVersion": 2, "mediaType": INDEX, "manifests": [{}]},
        {"schemaVersion": 2, "mediaType": INDEX, "manifests": 3},
        *(
            {
                "schemaVersion": 2,
                "config": {"mediaType": CONFIG, "digest": digest, "size": size},
                "layers": [],
            }
            for digest, size in (
                (f"sha256:{'0' * 63}", 1),
                (f"sha256:{'0' * 63}/", 1),
                (f"sha512:{'0' * 64}", 1),
                ("../../etc/passwd", 1),
                (f"sha256:{'0' * 64}", -1),
                (f"sha256:{'0' * 64}", "many"),
            )
        ),
    ],
)
def test_what_is_no_manifest_is_said(document: object) -> None:
    with pytest.raises(StageFailed, match="the base is no image manifest") as caught:
        read(dump(document), "the base")
    assert caught.value.remedy


@given(st.binary(max_size=100) | st.just(b"[" * 200_000))
def test_no_bytes_break_it(content: bytes) -> None:
    with pytest.raises(StageFailed):
        read(content, "it")


def entry(platform: Platform | None) -> Descriptor:
    return Descriptor(MANIFEST, described(str(platform).encode(), "").digest, 1, platform=platform)


ARM, ARM8, AMD = Platform("linux", "arm64"), Platform("linux", "arm64", "v8"), Platform()
V6, V7 = Platform("linux", "arm", "v6"), Platform("linux", "arm", "v7")


@pytest.mark.parametrize(
    ("there", "asked", "chosen"),
    [
        ((AMD, ARM8), ARM, ARM8),
        ((AMD, ARM), ARM8, ARM),
        ((ARM8, ARM), ARM, ARM),
        ((V6, V7), V7, V7),
        ((None, AMD), AMD, AMD),
    ],
)
def test_the_platforms_image_is_chosen(
    there: tuple[Platform | None, ...], asked: Platform, chosen: Platform
) -> None:
    assert for_platform(Index(tuple(map(entry, there))), asked, "it") == entry(chosen)


@pytest.mark.parametrize("asked", [ARM, Platform("windows", "amd64"), V7])
def test_a_platform_that_is_not_there_is_said_with_those_that_are(asked: Platform) -> None:
    index = Index(tuple(map(entry, (AMD, V6))))
    with pytest.raises(StageFailed, match=f"has no image for {asked}") as caught:
        for_platform(index, asked, "it")
    assert "linux/amd64, linux/arm/v6" in caught.value.remedy


def test_a_layer_that_lies_elsewhere_is_refused() -> None:
    foreign = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    one = Descriptor(foreign, f"sha256:{'0' * 64}", 1)
    with pytest.raises(StageFailed, match="cannot be copied"):
        layers_of(Manifest(one, (one,)), "it")


BASE: dict[str, Any] = {
    "architecture": "amd64",
    "os": "linux",
    "author": "somebody",
    "created": "2026-01-01T00:00:00Z",
    "container": "docker's own",
    "config": {
        "Cmd": ["python3"],
        "Env": ["PATH=/usr/bin", "LANG=C.UTF-8", "EQUALS=a=b"],
        "Labels": {"base": "yes", "both": "base"},
        "ExposedPorts": {"80/tcp": {}},
        "User": "root",
        "Volumes": {"/data": {}},
    },
    "rootfs": {"type": "layers", "diff_ids": [f"sha256:{'1' * 64}"]},
    "history": [{"created_by": "somebody"}],
}


def recipe(**config: Any) -> Recipe:
    layer = Layer("code", Path("/nowhere"), "/service", "key")
    return Recipe(
        base=f"registry.example/python@sha256:{'0' * 64}",
        platform=AMD,
        layers=(layer,),
        config=Config(entrypoint=("python", "-m", "x"), user="10001", **config),
    )


def test_a_configuration_is_the_bases_with_ours_upon_it() -> None:
    ours = recipe(
        env={"Z": "1", "LANG": "C", "A": "2"}, ports=(8000,), labels={"both": "ours", "own": "yes"}
    )
    made = BaseConfig(dump(BASE), "the base").extended(ours, [f"sha256:{'2' * 64}"])
    created = "1970-01-01T00:00:00Z"
    assert json.loads(made) == {
        "architecture": "amd64",
        "os": "linux",
        "author": "somebody",
        "created": created,
        "config": {
            "Entrypoint": ["python", "-m", "x"],
            "Env": ["PATH=/usr/bin", "LANG=C", "EQUALS=a=b", "A=2", "Z=1"],
            "Labels": {"base": "yes", "both": "ours", "own": "yes"},
            "ExposedPorts": {"80/tcp": {}, "8000/tcp": {}},
            "StopSignal": "SIGTERM",
            "User": "10001",
            "Volumes": {"/data": {}},
            "WorkingDir": "/service",
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"]},
        "history": [
            {"created_by": "somebody"},
            {"created": created, "created_by": "jupyter_modelship: code in /service"},
        ],
    }


@pytest.mark.parametrize(
    "document",
    [
        *("", [], {}, {**BASE, "rootfs": None}, {**BASE, "config": 3}),
        {**BASE, "rootfs": {"diff_ids": ["sha256:short"]}},
        {name: value for name, value in BASE.items() if name != "os"},
    ],
)
def test_a_configuration_that_cannot_be_read_is_said(document: object) -> None:
    with pytest.raises(StageFailed, match="configuration of the base cannot be read"):
        BaseConfig(dump(document), "the base")


def test_a_layout_is_a_folder_of_blobs_by_digest(tmp_path: Path) -> None:
    folder, blob = tmp_path / "layout", tmp_path / "blob"
    blob.write_bytes(b"layer")
    layer, config = described(b"layer", LAYER), described(b"{}", CONFIG)
    layout.begin(folder)
    layout.add_file(folder, layer.digest, blob)
    layout.add_file(folder, layer.digest, blob)
    layout.add_bytes(folder, config.digest, b"{}")
    layout.finish(folder, [layer])
    assert {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    } == {
        "index.json",
        "oci-layout",
        *(f"blobs/sha256/{one.digest.removeprefix('sha256:')}" for one in (layer, config)),
    }
    assert json.loads((folder / "oci-layout").read_bytes()) == {"imageLayoutVersion": "1.0.0"}
    assert read((folder / "index.json").read_bytes(), "it") == Index((layer,))
    with pytest.raises(FileExistsError):
        layout.begin(folder)
