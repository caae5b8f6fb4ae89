"""The engine `oci`: an image is a few blobs and two documents, so nothing has to be run for it."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Coroutine, Iterable
from pathlib import Path
from typing import Any

from jupyter_modelship.engines.assembly import assemble, image_folder, keep_packed, read_image
from jupyter_modelship.engines.port import Access, Image, Job, Probe, Progress, Pushed, Tell
from jupyter_modelship.engines.reach import connect
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.image import layout
from jupyter_modelship.image.manifest import MANIFEST, Descriptor, Manifest, dump
from jupyter_modelship.image.recipe import Recipe
from jupyter_modelship.registry.blobs import Remote, Source, Stored, download, upload
from jupyter_modelship.registry.manifests import Document, put_manifest, read_manifest
from jupyter_modelship.registry.reference import Reference, parse
from jupyter_modelship.registry.repository import Repository

from .base import base_reference, read_base

_BASE = "base.json"
"""In the job's scratch: where the base's layers are, and how its registry is reached."""


class OciEngine:
    """Packs our layers and appends them to the base in the registry."""

    name = "oci"

    async def probe(self) -> Probe:
        """It needs nothing of the machine but a folder."""
        return Probe(
            works=True,
            how="oci (appends layers in the registry: no user namespace, no root, no daemon)",
            facts={"storage": "none", "isolation": "none needed: nothing is run"},
        )

    async def lay(self, recipe: Recipe, cache: Path, access: Access, tell: Tell) -> None:
        for layer in recipe.upon_base:
            await keep_packed(layer, cache, tell)

    async def build(self, recipe: Recipe, job: Job, access: Access, tell: Tell) -> Image:
        reference = base_reference(recipe.base)
        tell(Progress(f"base {reference}", "base"))
        async with connect(reference.host, access) as connection:
            repository = Repository(connection, reference.repository)
            base = await read_base(repository, reference, recipe.platform, job.cache)
        image = await assemble(recipe, base, job, tell)
        (job.scratch / _BASE).write_bytes(dump({"base": recipe.base, **_paths(access)}))
        tell(Progress(f"image {image.digest}", "manifest", 100.0))
        return image

    async def push(
        self,
        image: Image,
        job: Job,
        repository: str,
        access: Access,
        tell: Tell,
        *,
        tags: tuple[str, ...] = (),
    ) -> Pushed:
        content, manifest = read_image(image, job)
        target, base = parse(repository), self._base(job)[0]
        document = Document(content, MANIFEST)
        async with connect(target.host, access) as there, connect(base.host, access) as origin:
            push = _Push(Repository(there, target.repository), Repository(origin, base.repository))
            await push.blobs(image_folder(job), manifest, tell)
            await put_manifest(push.target, document)
            await read_manifest(push.target, image.digest, [MANIFEST])
            for tag in tags:
                await put_manifest(push.target, document, tag)
            tell(Progress(f"pushed {push.target}@{image.digest}", "manifest", 100.0))
            return Pushed(f"{push.target}@{image.digest}", there.sent, tags)

    async def export(self, image: Image, job: Job, folder: Path) -> Path:
        """The base's layers are fetched as `build` reached them."""
        _, manifest = read_image(image, job)
        base, access = self._base(job)
        part = folder.with_name(f".{folder.name}.part")
        if folder.exists():
            raise FileExistsError(folder)
        try:
            shutil.copytree(image_folder(job), part)
            async with connect(base.host, access) as origin:
                repository = Repository(origin, base.repository)
                for layer in manifest.layers:
                    await _fetch(repository, layer, layout.blob_path(part, layer.digest))
            part.rename(folder)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        return folder

    def _base(self, job: Job) -> tuple[Reference, Access]:
        try:
            facts = json.loads((job.scratch / _BASE).read_bytes())
        except OSError as error:
            raise StageFailed(
                "the image is not in this job's scratch any more", remedy="build it again"
            ) from error
        files = {name: Path(facts[name]) for name in ("auth_file", "ca_file") if facts[name]}
        return parse(facts["base"]), Access(**files, insecure=facts["insecure"])


def _paths(access: Access) -> dict[str, object]:
    """How to reach a registry, for the job's own notes: names of files, no credentials."""
    return {
        "auth_file": str(access.auth_file or ""),
        "ca_file": str(access.ca_file or ""),
        "insecure": access.insecure,
    }


async def _fetch(repository: Repository, layer: Descriptor, path: Path) -> None:
    if path.exists():
        return
    with path.open("wb") as file:
        async for piece in download(repository, layer.digest, layer.size):
            file.write(piece)


class _Push:
    """Blobs on their way: ours from the scratch, the base's from where it is."""

    def __init__(self, target: Repository, base: Repository) -> None:
        self.target = target
        self._base = base
        self._same = target.connection.host == base.connection.host

    async def blobs(self, folder: Path, manifest: Manifest, tell: Tell) -> None:
        wanted = {one.digest: one for one in (*manifest.layers, manifest.config)}
        await _all(self._blob(folder, one, tell) for one in wanted.values())

    async def _blob(self, folder: Path, one: Descriptor, tell: Tell) -> None:
        file = layout.blob_path(folder, one.digest)
        ours = file.exists()
        source: Source = (
            Stored(file, one.digest, one.size) if ours else Remote(self._base, one.digest, one.size)
        )
        step = f"blob {one.digest[7:19]}"

        def told(count: int) -> None:
            tell(Progress(step=step, percent=100.0 * count / max(1, one.size)))

        mount = "" if ours or not self._same else self._base.name
        sent = await upload(self.target, source, mount_from=mount, told=told)
        words = f"{one.size} bytes sent" if sent else "is there already"
        tell(Progress(f"{one.digest[7:19]} {words}", step))


async def _all(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Side by side; the first failure, or a cancellation, ends all of them."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
