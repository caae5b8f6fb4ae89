"""What works here: podman is found, its storage tried, and a container really run.

No image is needed for the trial: its root is an empty folder with this machine's programs in it.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from jupyter_modelship import process, storage
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.places import Places, private

from . import podman as store
from .podman import Podman

LEAST = (4, 0)
"""The first podman with `--log-driver passthrough` for containers in the foreground."""
TRIAL_SECONDS = 60.0
RUNTIMES = ("crun", "runc")
NETWORKS = ("pasta", "slirp4netns", "host")
"""In the order of preference: with one of its own, a container sees no service of this machine."""
_FOLDERS = ("bin", "dev", "etc", "lib", "lib64", "proc", "run", "sbin", "sys", "tmp", "usr")
_MOUNTED = ("/usr", "/bin", "/lib", "/lib64")
_NEEDS = "install podman and uidmap, or choose another target"


class Unavailable(ModelshipError):
    """Containers cannot be run here."""


def looked() -> str:
    """The reason why containers cannot be run here that shows without trying; "" for none."""
    if sys.platform != "linux":
        return "podman keeps its containers in another machine here: the target needs Linux"
    if shutil.which("podman") is None:
        return "podman is not installed"
    return ""


async def probe(places: Places) -> Podman:
    """How containers are run here. Tried once, and again after an update of podman or kernel.

    Raises Unavailable with the reason and a remedy.
    """
    reason = looked()
    if reason:
        raise Unavailable(reason, remedy=_NEEDS)
    program = shutil.which("podman")
    assert program is not None, "looked() has found it"
    version = await _version(program)
    key = f"{version} {platform.release()} {os.getuid()}"
    known = store.load(places)
    if known is not None:
        store.after_a_boot(known[0])
        if known[1] == key:
            return known[0]
    root = private(private(store.folder(places)) / "store")
    kept = known[0].storage if known else None  # what is in the store was put there by that driver
    found = await _tried(
        Podman(
            program=program,
            version=version,
            root=root,
            run=store.run_folder(places),
            storage=kept or await storage.choose(root, inside=(program, "unshare")),
            runtime="",
            network="",
        )
    )
    store.save(found, key=key, places=places)
    return found


async def _version(program: str) -> str:
    done = await process.run([program, "--version"], env=store.environment(), timeout=20)
    version = done.output.split()[-1] if done.output.split() else "?"
    numbers = version.split(".")
    if not all(part.isdigit() for part in numbers[:2]):
        raise Unavailable(f"podman does not tell its version: {version}", remedy=_NEEDS)
    if tuple(int(part) for part in numbers[:2]) < LEAST:
        least = ".".join(map(str, LEAST))
        raise Unavailable(f"podman is {version}, the target needs {least}", remedy=_NEEDS)
    return version


async def _tried(podman: Podman) -> Podman:
    """With the first runtime and network that a container really starts with."""
    refused: list[str] = []
    with _root_of_trial(podman.root) as trial:
        for runtime in filter(shutil.which, RUNTIMES):
            for network in _networks(refused):
                one = replace(podman, runtime=runtime, network=network)
                why = await _try(one, trial)
                if not why:
                    return replace(one, why=_told(one, refused))
                refused.append(f"{runtime} with network {network}: {why}")
    raise Unavailable(
        "podman starts no container here",
        remedy=_remedy(),
        detail="\n".join(refused) or "neither crun nor runc is installed",
    )


def _networks(refused: list[str]) -> Sequence[str]:
    found = [name for name in NETWORKS if name == "host" or shutil.which(name)]
    if found == ["host"] and not refused:
        refused.append("neither pasta nor slirp4netns is installed")
    return found


async def _try(podman: Podman, trial: Path) -> str:
    """Why no container starts this way; "" where one does."""
    mounts = [place for place in _MOUNTED if Path(place).is_dir()]
    words = [
        *("run", "--rm", "--network", podman.network, "--read-only", "--cap-drop", "all"),
        *("--security-opt", "no-new-privileges", "--log-driver", "passthrough"),
        *("--user", "10001", *(f"--volume={place}:{place}:ro" for place in mounts)),
        *("--rootfs", str(trial), shutil.which("true") or "/bin/true"),
    ]
    try:
        await podman.ask(*words, timeout=TRIAL_SECONDS)
    except ModelshipError as error:
        return error.message
    return ""


@contextmanager
def _root_of_trial(beside: Path) -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix=".trial-", dir=beside.parent))
    try:
        place.chmod(0o755)
        for name in _FOLDERS:
            (place / name).mkdir()
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _told(podman: Podman, refused: list[str]) -> str:
    seen = {"host": "it sees this machine's network"}.get(podman.network, "a network of its own")
    first = f"{podman.runtime}, network {podman.network} ({seen})"
    return "; ".join([first, *(f"not {reason}" for reason in refused)])


def _remedy() -> str:
    if os.getuid() == 0:
        return "run it as an ordinary user, who needs no rights of root for it"
    return "`podman run` must work for this user: see subuid(5), and install runc, crun, uidmap"
