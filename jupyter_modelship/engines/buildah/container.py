"""A layer put into a working container, and what buildah then committed, held against the layer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_modelship.image.layout import blob_path
from jupyter_modelship.image.recipe import Layer

from .stacked import write_archive
from .tool import Tool

CONTAINER = "modelship"


async def add(tool: Tool, layer: Layer, *, on_line: Callable[[str], None]) -> str:
    """Put the layer into the working container: its archive, which sets modes, owner and times.

    Returns the archive's `sha256:…`.
    """
    tar = tool.place / "tmp" / "layer.tar"
    digest = await asyncio.to_thread(write_archive, tar, layer)
    await tool.call("add", "--quiet", CONTAINER, tar, "/", on_line=on_line)
    tar.unlink()
    return digest


async def diff_ids(tool: Tool, image: str) -> tuple[str, ...]:
    """`sha256:…` of the archives of an image's layers, from the bottom, as the store has them."""
    told = json.loads(await tool.call("inspect", "--type", "image", image))
    found = told[0]["RootFS"]["Layers"] if isinstance(told, list) else _rootfs(told)  # podman's
    return tuple(found)


def _rootfs(told: Mapping[str, Any]) -> Sequence[str]:
    found: Sequence[str] = told["OCIv1"]["rootfs"]["diff_ids"]
    return found


def expect(layout: Path, below: Iterable[str]) -> None:
    """A place for an image in which the layers `below` are not written out: a blob that is there
    is taken as it is, and of these nobody reads more than the name."""
    for digest in below:
        path = blob_path(layout, digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def top_blob(layout: Path) -> Path:
    """The file of the top layer of the one image in a layout."""
    named = json.loads((layout / "index.json").read_text("utf-8"))["manifests"][0]["digest"]
    manifest = json.loads(blob_path(layout, named).read_text("utf-8"))
    return blob_path(layout, manifest["layers"][-1]["digest"])
