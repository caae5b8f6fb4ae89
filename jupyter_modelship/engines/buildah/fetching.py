"""The layers of a base as an OCI layout on this machine: buildah itself needs no network."""

from __future__ import annotations

from pathlib import Path

from jupyter_modelship.engines.assembly import BaseImage
from jupyter_modelship.engines.oci.base import base_reference, read_base
from jupyter_modelship.engines.port import Access, Progress, Tell
from jupyter_modelship.engines.reach import connect
from jupyter_modelship.image import layout
from jupyter_modelship.image.manifest import (
    CONFIG,
    MANIFEST,
    Manifest,
    described,
    dump,
    manifest_bytes,
)
from jupyter_modelship.image.recipe import Recipe
from jupyter_modelship.registry.blobs import download
from jupyter_modelship.registry.repository import Repository

from .stacked import document


async def fetch(recipe: Recipe, cache: Path, access: Access, folder: Path, tell: Tell) -> None:
    """Write the layout into `folder`, which is made. Raises StageFailed."""
    reference = base_reference(recipe.base)
    layout.begin(folder)
    async with connect(reference.host, access) as connection:
        repository = Repository(connection, reference.repository)
        base = await read_base(repository, reference, recipe.platform, cache)
        whole = sum(one.size for one in base.layers)
        done = 0
        for one in base.layers:
            with layout.blob_path(folder, one.digest).open("wb") as file:
                async for piece in download(repository, one.digest, one.size):
                    file.write(piece)
                    done += len(piece)
            tell(Progress(f"base: {done >> 20} of {whole >> 20} MiB are here", "base"))
    _finish(folder, base)


def _finish(folder: Path, base: BaseImage) -> None:
    """Name the layers."""
    config = dump(document(below=base.config.diff_ids))
    manifest = manifest_bytes(Manifest(described(config, CONFIG), base.layers))
    for content in (config, manifest):
        layout.add_bytes(folder, described(content, "").digest, content)
    layout.finish(folder, [described(manifest, MANIFEST)])
