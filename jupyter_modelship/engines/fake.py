"""An engine for demos, documentation and tests: real layers and digests, no registry, no network.

The base is taken for an empty image, whatever it is; what is pushed goes into a folder.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from jupyter_modelship.errors import UsageError
from jupyter_modelship.image import layout
from jupyter_modelship.image.config import BaseConfig
from jupyter_modelship.image.manifest import dump
from jupyter_modelship.image.recipe import Recipe

from .assembly import BaseImage, assemble, image_folder, keep_packed, read_image
from .port import Access, Image, Job, Probe, Progress, Pushed, Tell


class FakeEngine:
    """`registry` is the folder that stands for all registries; it is made where it is missing."""

    name = "fake"

    def __init__(self, registry: Path) -> None:
        self._registry = registry

    async def probe(self) -> Probe:
        return Probe(works=True, how="fake (images without a base, in a folder)")

    async def lay(self, recipe: Recipe, cache: Path, access: Access, tell: Tell) -> None:
        for layer in recipe.upon_base:
            await keep_packed(layer, cache, tell)

    async def build(self, recipe: Recipe, job: Job, access: Access, tell: Tell) -> Image:
        if "@sha256:" not in recipe.base:
            raise UsageError(
                f"the base {recipe.base} has no digest",
                remedy="name the base by digest: what a tag means changes",
            )
        tell(Progress(f"base {recipe.base}", "base"))
        image = await assemble(recipe, _empty(recipe), job, tell)
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
        place = self._registry / repository
        place.mkdir(parents=True, exist_ok=True)
        sent = 0
        for one in (*manifest.layers, manifest.config):
            target = place / one.digest.removeprefix("sha256:")
            if not target.exists():
                shutil.copyfile(layout.blob_path(image_folder(job), one.digest), target)
                sent += one.size
        (place / image.digest.removeprefix("sha256:")).write_bytes(content)
        for tag in tags:
            (place / f"{tag}.tag").write_text(image.digest, encoding="ascii")
        tell(Progress(f"pushed {repository}@{image.digest}", "manifest", 100.0))
        return Pushed(f"{repository}@{image.digest}", sent + len(content), tags)

    async def export(self, image: Image, job: Job, folder: Path) -> Path:
        read_image(image, job)
        return Path(shutil.copytree(image_folder(job), folder))


def _empty(recipe: Recipe) -> BaseImage:
    platform = recipe.platform
    document = {
        "os": platform.os,
        "architecture": platform.architecture,
        "rootfs": {"type": "layers", "diff_ids": []},
        **({"variant": platform.variant} if platform.variant else {}),
    }
    return BaseImage((), BaseConfig(dump(document), "the fake base"))
