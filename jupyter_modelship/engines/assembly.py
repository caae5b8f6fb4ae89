"""An image put together of blobs, in a job's scratch: what engines without a store of their own do.

scratch/image/     an OCI layout that holds our layers, the configuration and the manifest; the
                   base's layers stay where they are
cache/layers/      packed layers by digest, and by key which digest that is
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.image import layout
from jupyter_modelship.image.config import BaseConfig
from jupyter_modelship.image.manifest import (
    CONFIG,
    LAYER,
    MANIFEST,
    Descriptor,
    Manifest,
    described,
    dump,
    manifest_bytes,
    read,
)
from jupyter_modelship.image.pack import Packed, pack
from jupyter_modelship.image.recipe import Layer, Recipe

from .causes import failed
from .laying import laying
from .port import Image, Job, Progress, Tell
from .whole import write_whole

_ABANDONED_SECONDS = 24 * 3600
_FORM = "2"
"""Of how a layer is packed: what was packed otherwise is another blob."""
_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, slots=True)
class BaseImage:
    """What an image is put on."""

    layers: tuple[Descriptor, ...]
    config: BaseConfig


def image_folder(job: Job) -> Path:
    return job.scratch / "image"


async def assemble(recipe: Recipe, base: BaseImage, job: Job, tell: Tell) -> Image:
    """The recipe's image in the job's scratch; its own layers packed, or taken from the cache.

    Raises StageFailed for what may not be in a layer and for a full disk.
    """
    folder = image_folder(job)
    with room(job.scratch, job.cache):
        layout.begin(folder)
        packed = [await _packed(layer, job, tell) for layer in recipe.upon_base]
        for one in packed:
            layout.add_file(folder, one.digest, one.file)
        return _written(recipe, base, packed, folder)


def _written(recipe: Recipe, base: BaseImage, packed: Sequence[Packed], folder: Path) -> Image:
    diff_ids = tuple(one.diff_id for one in packed)
    config = base.config.extended(recipe, diff_ids)
    ours = tuple(Descriptor(LAYER, one.digest, one.size) for one in packed)
    layers = (*base.layers, *ours)
    manifest = manifest_bytes(Manifest(described(config, CONFIG), layers, recipe.annotations))
    for content in (config, manifest):
        layout.add_bytes(folder, described(content, "").digest, content)
    whole = described(manifest, MANIFEST)
    layout.finish(folder, [whole])
    return Image(
        digest=whole.digest,
        config_digest=described(config, CONFIG).digest,
        diff_ids=(*base.config.diff_ids, *diff_ids),
        size=sum(one.size for one in layers),
        added=sum(one.size for one in ours),
        handle=whole.digest,
    )


def read_image(image: Image, job: Job) -> tuple[bytes, Manifest]:
    """The manifest that `assemble` has written. Raises StageFailed where it is not there."""
    try:
        content = layout.blob_path(image_folder(job), image.handle).read_bytes()
    except OSError as error:
        raise StageFailed(
            "the image is not in this job's scratch any more", remedy="build it again"
        ) from error
    found = read(content, image.handle)
    assert isinstance(found, Manifest), "written above"
    return content, found


async def _packed(layer: Layer, job: Job, tell: Tell) -> Packed:
    """The code changes each time; what lies below it is kept for the next job."""
    if layer.kind == "code":
        return await _pack(layer, job.scratch, tell)
    return await keep_packed(layer, job.cache, tell)


async def keep_packed(layer: Layer, cache: Path, tell: Tell) -> Packed:
    """The layer's blob, kept by its key in `cache` (as in `Job`): nobody packs it twice."""
    folder = cache / "layers"
    folder.mkdir(parents=True, exist_ok=True)
    if (kept := _kept(layer, folder)) is not None:
        said = f"{layer.kind}: {_megabytes(kept.size)}, packed before"
        tell(Progress(said, _step(layer)))
        return kept
    _sweep(folder)
    packed = await _pack(layer, folder, tell)
    await asyncio.to_thread(_keep, layer, packed, folder)
    return packed


async def _pack(layer: Layer, folder: Path, tell: Tell) -> Packed:
    with laying(layer):
        packed = await pack(layer, folder, told=lambda count: tell(Progress(step=_step(layer))))
    tell(Progress(f"{layer.kind}: {_megabytes(packed.size)}", _step(layer)))
    return packed


def _step(layer: Layer) -> str:
    return f"layer {layer.kind}"


def _note(layer: Layer, folder: Path) -> Path:
    """Which blob a layer's key stands for; the place in the image is part of the bytes."""
    name = described(f"{_FORM} {layer.key} {layer.destination}".encode(), "").digest
    return folder / f"{name.removeprefix('sha256:')}.json"


def _kept(layer: Layer, folder: Path) -> Packed | None:
    try:
        facts = json.loads(_note(layer, folder).read_bytes())
        packed = Packed(**{**facts, "file": folder / facts["file"]})
        return packed if packed.file.stat().st_size == packed.size else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _keep(layer: Layer, packed: Packed, folder: Path) -> None:
    """The blob is on the disk before the note that names it is."""
    with packed.file.open("rb") as file:
        os.fsync(file.fileno())
    facts = {**asdict(packed), "file": packed.file.name}
    write_whole(_note(layer, folder), dump(facts))


def _sweep(folder: Path) -> None:
    """What processes that were killed have left half done."""
    for part in folder.glob("*.part"):
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > _ABANDONED_SECONDS:
                part.unlink()


@contextlib.contextmanager
def room(scratch: Path, cache: Path) -> Iterator[None]:
    """Raises StageFailed where what is done inside finds a disk full."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise failed(
            f"the image has no room in {scratch} or {cache}",
            str(error),
            remedy="free space there, then build again; nothing has to be repaired",
        ) from error


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{size / 1e3:.1f} kB"
