"""An image brought into a cluster of this machine without a registry, by the cluster's own tool."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from jupyter_modelship import process
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.image.archive import write_archive

from .laptop import Brand, Laptop

REPOSITORY = "localhost/modelship"
LOAD_SECONDS = 1800.0
Argv = tuple[str, ...]

_LOADERS: Mapping[Brand, Callable[[str, str], Argv]] = MappingProxyType(
    {
        "kind": lambda name, file: ("kind", "load", "image-archive", file, f"--name={name}"),
        "minikube": lambda name, file: ("minikube", "image", "load", file, f"--profile={name}"),
        "microk8s": lambda _, file: ("microk8s", "ctr", "image", "import", file),
        "k3d": lambda name, file: ("k3d", "image", "import", file, f"--cluster={name}"),
        "docker-desktop": lambda _, file: ("docker", "load", f"--input={file}"),
    }
)
_LISTERS: Mapping[Brand, Callable[[str], Argv]] = MappingProxyType(
    {"minikube": lambda name: ("minikube", "image", "ls", f"--profile={name}")}
)
"""Tools that say that they have loaded what they have not (minikube #11276)."""


def name_of(digest: str) -> str:
    """What the image with that manifest is called: by its content, so that no name ever means
    another image and nothing that was loaded before is taken for it."""
    return f"{REPOSITORY}:{digest.partition(':')[2]}"


def loader(laptop: Laptop, file: Path) -> Argv:
    """What loads an archive into that cluster."""
    return _LOADERS[laptop.brand](laptop.name, str(file))


def lacking(laptop: Laptop) -> str:
    """The program that is missing here; empty where none is."""
    program = loader(laptop, Path("archive.tar"))[0]
    return "" if shutil.which(program) else program


async def load(laptop: Laptop, layout: Path, digest: str) -> str:
    """Bring the image of an OCI image layout into the cluster: what pods call it there.

    Raises StageFailed where its tool does not.
    """
    name = name_of(digest)
    with tempfile.TemporaryDirectory(dir=layout.parent) as folder:
        archive = Path(folder, "image.tar")  # minikube knows an archive by this ending
        await asyncio.to_thread(write_archive, layout, name, archive)
        await _asked(laptop, loader(laptop, archive))
    await _there(laptop, name)
    return name


async def _there(laptop: Laptop, name: str) -> None:
    if laptop.brand not in _LISTERS:
        return
    told = await _asked(laptop, _LISTERS[laptop.brand](laptop.name))
    if name not in told.split():
        raise StageFailed(
            f"{laptop} does not have the image that was loaded into it",
            remedy=f"give it room (minikube ssh -p {laptop.name} -- df -h), then deploy again",
            detail=told,
        )


async def _asked(laptop: Laptop, argv: Argv) -> str:
    done = await process.run(argv, env=process.entrusted_environment(), timeout=LOAD_SECONDS)
    if done.code:
        raise StageFailed(
            f"{' '.join(argv[:3])} does not bring the image into {laptop}: "
            f"{_last(done.errors) or f'exit code {done.code}'}",
            remedy="the detail is the tool's own word; it has to reach the cluster from here",
            detail=f"{done.output}{done.errors}".strip(),
        )
    return done.output


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""
