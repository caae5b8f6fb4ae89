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
"""Tools that say that they have loaded what they have not (minikube #11276). It lists the images of
all nodes together: that one of several lacks it is a pod's word only."""
_FAILURES: Mapping[Brand, tuple[str, ...]] = MappingProxyType(
    {
        "k3d": ("failed to copy image tar", "failed to import images in node"),
        "microk8s": ("Failed to import images on", "Failed to reach", "Could not query for nodes"),
    }
)
"""What tools say of a node that they could not load it into, and then end as if they had:
https://github.com/k3d-io/k3d/blob/main/pkg/client/tools.go,
https://github.com/canonical/microk8s/blob/master/scripts/wrappers/distributed_op.py"""
_KIND_RUNTIME = "KIND_EXPERIMENTAL_PROVIDER"
"""Without it kind asks the first of docker, nerdctl and podman that there is, where no such cluster
may be: https://github.com/kubernetes-sigs/kind/blob/main/pkg/cluster/provider.go"""


def name_of(digest: str) -> str:
    """What the image with that manifest is called: by its content, so that no name ever means
    another image and nothing that was loaded before is taken for it."""
    return f"{REPOSITORY}:{digest.partition(':')[2]}"


def loader(laptop: Laptop, file: Path) -> Argv:
    """What loads an archive into that cluster: into all nodes of it."""
    if laptop.brand == "microk8s" and laptop.nodes > 1:
        return ("microk8s", "images", "import", str(file))
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
    done = await process.run(argv, env=_environment(laptop), timeout=LOAD_SECONDS)
    told = f"{done.output}{done.errors}".strip()
    lost = [line for line in told.splitlines() if _is_failure(laptop, line)]
    if done.code or lost:
        why = lost[0].strip() if lost else _last(done.errors) or f"exit code {done.code}"
        raise StageFailed(
            f"{' '.join(argv[:3])} does not bring the image into {laptop}: {why}",
            remedy="the detail is the tool's own word; it has to reach the cluster from here",
            detail=told,
        )
    return done.output


def _environment(laptop: Laptop) -> Mapping[str, str]:
    """What its tool gets: where that is kind, what the cluster's nodes run in. Several programs
    answer to `nerdctl`; which of them, the user's own setting says."""
    given = process.entrusted_environment()
    if not laptop.runtime or (laptop.runtime == "nerdctl" and _KIND_RUNTIME in given):
        return given
    return {**given, _KIND_RUNTIME: laptop.runtime}


def _is_failure(laptop: Laptop, line: str) -> bool:
    return any(word in line for word in _FAILURES.get(laptop.brand, ()))


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""
