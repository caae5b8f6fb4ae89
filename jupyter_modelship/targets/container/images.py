"""The images that revisions need, in the target's own store, named by the digest of their manifest.

<state>/containers/store      containers-storage(5), podman's
                   images/    one empty file for each image that was put there, by its digest
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection
from pathlib import Path

from jupyter_modelship.errors import ModelshipError, StageFailed
from jupyter_modelship.image.layout import manifest_of
from jupyter_modelship.places import private

from .podman import Podman

REPOSITORY = "localhost/modelship"
PULL_SECONDS = 1800.0
YOUNG_SECONDS = 3600.0
"""An image that no revision needs may be one that a run is about to release."""
Tell = Callable[[str], None]


def name_of(digest: str) -> str:
    """What podman calls the image with that manifest in our store."""
    return f"{REPOSITORY}@{digest}"


def digest_of(name: str) -> str:
    """`sha256:…` of the manifest in an image's name."""
    return name.rpartition("@")[2]


def tag_of(name: str) -> str:
    """The same image by a tag: what it is tagged with keeps an image from being nobody's."""
    return f"{REPOSITORY}:{digest_of(name).partition(':')[2]}"


async def take(podman: Podman, layout: Path) -> str:
    """Put the image of an OCI layout into the store; its name there.

    Layers that are there already are not copied again. Raises ModelshipError.
    """
    name = name_of(manifest_of(layout))
    if not await has(podman, name):
        await _pull(podman, layout, tag_of(name))
        if not await has(podman, name):
            raise StageFailed(f"podman did not keep the digest of {layout}: {name} is not there")
    _note(podman, name)
    return name


async def _pull(podman: Podman, layout: Path, tag: str) -> None:
    """podman calls what it pulls by the path of the layout, and not every path is a name: so it
    is shown one of ours."""
    link = podman.root.parent / f"incoming-{secrets.token_hex(6)}"
    link.symlink_to(layout.absolute())
    try:
        words = ("pull", "--quiet", f"oci:{link.name}")
        image = (await podman.ask(*words, cwd=link.parent, timeout=PULL_SECONDS)).strip()
        await podman.ask("tag", image, tag)
        await podman.ask("untag", image, f"localhost/{link.name}")
    finally:
        link.unlink()


async def has(podman: Podman, name: str) -> bool:
    """Whether the image is in the store."""
    try:
        await podman.ask("image", "exists", name)
    except ModelshipError:
        return False
    return True


def unneeded(podman: Podman, needed: Collection[str]) -> frozenset[str]:
    """Images that are in nobody's way any more: needed by no revision, and not just put there."""
    now = time.time()
    return frozenset(
        name_of(path.name)
        for path in _notes(podman).glob("sha256:*")
        if name_of(path.name) not in needed and now - path.stat().st_mtime > YOUNG_SECONDS
    )


def forget(podman: Podman, name: str) -> None:
    """The image has been removed."""
    (_notes(podman) / digest_of(name)).unlink(missing_ok=True)


def removal(name: str) -> tuple[str, ...]:
    """podman's words that remove an image and the layers that no other has."""
    return ("rmi", "--ignore", tag_of(name))


def _note(podman: Podman, name: str) -> None:
    private(_notes(podman))
    (_notes(podman) / digest_of(name)).touch()


def _notes(podman: Podman) -> Path:
    return podman.root.parent / "images"
