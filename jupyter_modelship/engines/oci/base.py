"""The base image as the registry has it: its manifest and configuration, by digest, kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from jupyter_modelship.engines.assembly import BaseImage
from jupyter_modelship.engines.whole import write_whole
from jupyter_modelship.errors import StageFailed, UsageError
from jupyter_modelship.image.config import BaseConfig
from jupyter_modelship.image.manifest import (
    READABLE,
    Index,
    Manifest,
    digest_of,
    for_platform,
    layers_of,
    read,
)
from jupyter_modelship.image.recipe import Platform
from jupyter_modelship.registry.blobs import read_blob
from jupyter_modelship.registry.manifests import read_manifest
from jupyter_modelship.registry.reference import Reference, parse
from jupyter_modelship.registry.repository import Repository

_CONFIG_LIMIT = 4 << 20


def base_reference(text: str) -> Reference:
    """The recipe's base; UsageError where it has no digest."""
    reference = parse(text)
    if not reference.digest:
        raise UsageError(
            f"the base {reference} has no digest",
            remedy="name the base by digest: what a tag means changes",
        )
    return reference


async def read_base(
    repository: Repository, reference: Reference, platform: Platform, cache: Path
) -> BaseImage:
    """The image of the platform. What was read once is read from `cache`, and checked again."""
    kept = _Kept(cache)
    what = f"the base {reference}"
    found = read(await kept.manifest(repository, reference.digest), what)
    if isinstance(found, Index):
        chosen = for_platform(found, platform, what)
        found = read(await kept.manifest(repository, chosen.digest), what)
    if not isinstance(found, Manifest):
        raise StageFailed(
            f"{what} is an index of indexes", remedy="name the index of the platform you need"
        )
    config = BaseConfig(await kept.blob(repository, found.config.digest, found.config.size), what)
    _check(config, found, platform, what)
    return BaseImage(tuple(layers_of(found, what)), config)


def _check(config: BaseConfig, manifest: Manifest, platform: Platform, what: str) -> None:
    there, wanted = config.platform, platform
    if "" in (there.variant, wanted.variant):
        there, wanted = replace(there, variant=""), replace(wanted, variant="")
    if there != wanted:
        raise StageFailed(
            f"{what} is for {config.platform}, not for {platform}",
            remedy="choose a base for that platform, or a target that runs this one",
        )
    if len(config.diff_ids) != len(manifest.layers):
        raise StageFailed(
            f"{what} has {len(manifest.layers)} layers, its configuration {len(config.diff_ids)}",
            remedy="choose another base: this one was put together wrongly",
        )


class _Kept:
    """Small documents by digest."""

    def __init__(self, cache: Path) -> None:
        self._folder = cache / "documents"

    async def manifest(self, repository: Repository, digest: str) -> bytes:
        known = self._find(digest)
        if known is not None:
            return known
        return self._keep((await read_manifest(repository, digest, READABLE)).content)

    async def blob(self, repository: Repository, digest: str, size: int) -> bytes:
        known = self._find(digest)
        if known is not None:
            return known
        return self._keep(await read_blob(repository, digest, size, limit=_CONFIG_LIMIT))

    def _path(self, digest: str) -> Path:
        return self._folder / digest.removeprefix("sha256:")

    def _find(self, digest: str) -> bytes | None:
        try:
            content = self._path(digest).read_bytes()
        except OSError:
            return None
        return content if digest_of(content) == digest else None

    def _keep(self, content: bytes) -> bytes:
        path = self._path(digest_of(content))
        self._folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
        return content
