"""The layers of a base image as files: fetched once, shared by every engine and every question."""

from __future__ import annotations

from pathlib import Path

from jupyter_modelship.image.manifest import Descriptor
from jupyter_modelship.image.recipe import Platform
from jupyter_modelship.registry.blobs import download
from jupyter_modelship.registry.repository import Repository

from .oci.base import base_reference, read_base
from .port import Access
from .reach import connect


async def fetch_layers(
    base: str, platform: Platform, access: Access, cache: Path, folder: Path
) -> tuple[Path, ...]:
    """The base's compressed layers in `folder`, the lowest first; every digest is checked.

    Raises StageFailed where the registry does not give them.
    """
    reference = base_reference(base)
    async with connect(reference.host, access) as connection:
        repository = Repository(connection, reference.repository)
        found = await read_base(repository, reference, platform, cache)
        return tuple([await _fetched(repository, one, folder) for one in found.layers])


async def _fetched(repository: Repository, layer: Descriptor, folder: Path) -> Path:
    path = folder / layer.digest.removeprefix("sha256:")
    with path.open("wb") as file:
        async for piece in download(repository, layer.digest, layer.size):
            file.write(piece)
    return path


async def base_size(base: str, platform: Platform, access: Access, cache: Path) -> int:
    """Bytes of the base's compressed layers. Its registry is asked for what is not kept.

    Raises StageFailed where it does not give its manifest.
    """
    reference = base_reference(base)
    async with connect(reference.host, access) as connection:
        repository = Repository(connection, reference.repository)
        found = await read_base(repository, reference, platform, cache)
    return sum(layer.size for layer in found.layers)
