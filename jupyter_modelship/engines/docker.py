"""The engine `docker`: the same build by a docker daemon, where there is one.

The daemon keeps the base, the image and its build cache; that is its own to prune. What it built is
saved and held against the recipe; what leaves this machine are the blobs and documents that every
engine makes of it, so the daemon needs no login and pushes nothing.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship import process
from jupyter_modelship.aside import part
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.image.recipe import Recipe

from .by_tool import ByTool, without_percent
from .causes import explain, failed
from .context import CONTAINERFILE, stage
from .port import Access, Image, Job, Probe, Progress, Tell
from .saved import check_saved

PROGRAM = "docker"
CALL_SECONDS = 1800.0
_INHERITED = ("DOCKER_CERT_PATH", "DOCKER_CONTEXT", "DOCKER_HOST", "DOCKER_TLS_VERIFY")
"""Which daemon."""


@dataclass(frozen=True, slots=True)
class Docker(ByTool):
    @property
    def name(self) -> str:
        return PROGRAM

    async def probe(self) -> Probe:
        """Whether the daemon answers: the program alone builds nothing."""
        try:
            argv = (_find(), "version", "--format", "{{.Server.Version}}")
            done = await process.run(argv, env=_environment(None), timeout=20.0)
        except ModelshipError as error:
            return Probe(False, "", error.message, error.remedy)
        number = done.output.strip()
        if done.code == 0 and re.match(r"\d", number):
            return Probe(True, f"{PROGRAM} {number} (its daemon builds)", facts={"version": number})
        told = explain(done.errors)
        if told is None:
            return Probe(False, "", f"the docker daemon gave no version: {done.errors.strip()}")
        return Probe(False, "", f"{told.cause} ({told.evidence})", told.remedy)

    async def _build(self, recipe: Recipe, job: Job, access: Access, tell: Tell) -> Image:
        with part(job.scratch / PROGRAM) as place:
            place.mkdir(mode=0o700)
            _login(access, place)
            context = await asyncio.to_thread(stage, recipe, recipe.base, place / "context")
            tell(Progress("", "build", 10.0))
            named, saved = place / "image", place / "saved.tar"
            words = (
                *("build", "--network", "none", "--platform", str(recipe.platform)),
                *("--build-arg", "SOURCE_DATE_EPOCH=0", "--iidfile", str(named)),
                *("--file", str(context / CONTAINERFILE), str(context)),
            )
            await _call(words, place, lambda line: tell(Progress(line, "build")))
            image = named.read_text("utf-8").strip()
            tell(Progress("", "check", 60.0))
            try:
                await _call(("save", "--output", str(saved), image), place)
                await asyncio.to_thread(check_saved, saved, recipe)
            finally:
                await _call(("image", "rm", "--force", image), place)
        made = await self.parts.build(recipe, job, access, without_percent(tell))
        tell(Progress(f"image {made.digest}", "build", 100.0))
        return made


def _find() -> str:
    found = shutil.which(PROGRAM)
    if found is None:
        raise ModelshipError(
            "docker is not installed",
            remedy="install it, or use the engine `buildah` or `oci`, which need no daemon",
        )
    return found


def _login(access: Access, place: Path) -> None:
    """containers-auth.json(5) is a docker configuration with logins alone."""
    target = place / "config.json"
    if access.auth_file is None:
        target.write_text("{}", "utf-8")
    else:
        shutil.copyfile(access.auth_file, target)
    target.chmod(0o600)


async def _call(
    words: tuple[str, ...], place: Path, on_line: Callable[[str], None] | None = None
) -> None:
    done = await process.run(
        (_find(), *words), cwd=place, env=_environment(place), timeout=CALL_SECONDS, on_line=on_line
    )
    if done.code != 0:
        raise failed(f"docker {words[0]} did not work", done.errors)


def _environment(place: Path | None) -> dict[str, str]:
    """Where programs and the daemon are, and no more."""
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    home = {"HOME": str(place), "DOCKER_CONFIG": str(place)} if place else {}
    return {**kept, **home, "LANG": "C.UTF-8", "PATH": os.environ.get("PATH", os.defpath)}
