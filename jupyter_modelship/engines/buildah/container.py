"""Images and layers as buildah tells of them, and where it puts what it commits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_modelship.image.layout import blob_path

from .tool import Tool

CONTAINER = "modelship"


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
