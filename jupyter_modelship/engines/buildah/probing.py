"""Whether buildah works here: every part is tried, the tiny image at the end with all of them."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from jupyter_modelship import process
from jupyter_modelship.aside import remove
from jupyter_modelship.engines.causes import failed
from jupyter_modelship.engines.port import Probe
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.storage import Storage, choose

from .container import CONTAINER
from .tool import APART, Tool

PROGRAM = "buildah"
SAFE = (1, 43, 2)
"""The first version with the fixes of all build escapes up to CVE-2026-44517."""
_INSTALL = "install the package `buildah`, or use the engine `oci`, which needs no program"
_OLD = (
    "older than 1.43.2, whose fixes matter for builds that run commands or take foreign bases; "
    "here nothing runs, and bases are allow-listed by digest"
)


def find() -> str:
    """Path of buildah; ModelshipError where there is none."""
    found = shutil.which(PROGRAM)
    if found is None:
        raise ModelshipError("buildah is not installed", remedy=_INSTALL)
    return found


async def probe(folder: Path) -> Probe:
    """What works in `folder`, where the images would be; nothing stays there."""
    facts: dict[str, str] = {}
    try:
        program = find()
        facts["version"] = number = await version(program)
        await namespaces()
        storage = await choose(folder)
        facts["storage"] = str(storage)
        facts["isolation"] = "chroot (no layer runs a command)"
        facts["namespace"] = "one user id, no subordinate ids needed"
        await _tiny(folder, program, storage)
    except ModelshipError as error:
        return Probe(False, "", error.message, error.remedy, facts)
    if _numbers(number) < SAFE:
        facts["warning"] = f"buildah {number} is {_OLD}"
    return Probe(True, f"buildah {number}, {storage}", facts=facts)


async def version(program: str) -> str:
    """What `PROGRAM --version` says; ModelshipError where it says none."""
    done = await process.run((program, "--version"), timeout=20.0)
    found = re.search(r"version (\S+)", done.output)
    if done.code != 0 or found is None:
        raise ModelshipError(
            f"{program} does not tell its version", remedy=_INSTALL, detail=done.errors
        )
    return found[1]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(word) for word in re.findall(r"\d+", version)[:3])


async def namespaces() -> None:
    """Raises ModelshipError where this user gets no namespaces, with the cause."""
    try:
        done = await process.run((*APART, "true"), timeout=20.0)
    except ModelshipError as error:
        raise ModelshipError(
            error.message, remedy="install the package `util-linux`, or use the engine `oci`"
        ) from error
    if done.code != 0:
        raise failed("no namespaces", done.errors, remedy="use the engine `oci`: it needs none")


async def _tiny(folder: Path, program: str, storage: Storage) -> None:
    """An image of one file, committed."""
    place = Path(tempfile.mkdtemp(prefix=".probe-", dir=folder))
    try:
        tool = Tool(program, storage, place)
        tool.begin()
        file = place / "tmp" / "file"
        file.write_text("tried\n", "utf-8")
        await tool.call("from", "--quiet", "--name", CONTAINER, "scratch")
        await tool.call("add", "--quiet", CONTAINER, file, "/")
        await tool.call(
            "commit", "--quiet", "--timestamp", "0", CONTAINER, f"oci:{place / 'image'}"
        )
    finally:
        remove(place)
