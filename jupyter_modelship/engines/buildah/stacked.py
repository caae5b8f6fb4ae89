"""A layer as buildah takes it: an archive in a layout, upon what its stores have."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from jupyter_modelship.image import layout
from jupyter_modelship.image.layers import archive
from jupyter_modelship.image.manifest import (
    CONFIG,
    MANIFEST,
    Descriptor,
    Manifest,
    described,
    dump,
    manifest_bytes,
)
from jupyter_modelship.image.recipe import Layer

_TAR = "application/vnd.oci.image.layer.v1.tar"


def _write_archive(path: Path, layer: Layer) -> str:
    """Write the layer's archive into a new file: its `sha256:…`."""
    digest = hashlib.sha256()
    with path.open("xb") as file:
        for piece in archive(layer):
            digest.update(piece)
            file.write(piece)
    return f"sha256:{digest.hexdigest()}"


def write_layout(folder: Path, layer: Layer, below: Sequence[str]) -> str:
    """An OCI layout in `folder`, which is made, of an image whose top layer alone is written out.

    `below` are the archives' digests of what it stands on: a store that has a layer with that
    digest asks for nothing else. Returns the top one's `sha256:…`.
    """
    layout.begin(folder)
    part = folder / "layer.tar"
    digest = _write_archive(part, layer)
    size = part.stat().st_size
    part.rename(layout.blob_path(folder, digest))
    config = dump(document(below=[*below, digest]))
    layers = (*(Descriptor(_TAR, one, 0) for one in below), Descriptor(_TAR, digest, size))
    manifest = manifest_bytes(Manifest(described(config, CONFIG), layers))
    for content in (config, manifest):
        layout.add_bytes(folder, described(content, "").digest, content)
    layout.finish(folder, [described(manifest, MANIFEST)])
    return digest


def document(*, below: Sequence[str]) -> dict[str, object]:
    """A configuration that names its layers and no more: what a container is started with is not
    buildah's to know, nor is the processor, since nothing is started: so images for others can be
    made here."""
    return {
        "architecture": "",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": list(below)},
        "history": [{"created_by": "modelship"} for _ in below],  # podman counts them
    }
