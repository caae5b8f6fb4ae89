"""A tiny image, built for real: base, engine and disk together, as a deploy would use them."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from jupyter_modelship.doctor import Answer
from jupyter_modelship.engines.choosing import Chosen, choose
from jupyter_modelship.engines.choosing import engines as all_engines
from jupyter_modelship.engines.port import Image, Job
from jupyter_modelship.engines.scratch import scratch
from jupyter_modelship.engines.space import guarded
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.image.bases import choose_base, known_bases
from jupyter_modelship.image.layers import content_key
from jupyter_modelship.image.platforms import this_platform
from jupyter_modelship.image.recipe import SERVICE, Config, Layer, Recipe
from jupyter_modelship.model import Finding
from jupyter_modelship.places import Places, private
from jupyter_modelship.plan.options import Options
from jupyter_modelship.plan.policy import read_policies, system_folders
from jupyter_modelship.runs.ground import CACHE, access_for
from jupyter_modelship.runs.imaging import jobs

_NAME = "image"


async def images(places: Places) -> list[Answer]:
    """One file upon the base for this Python. A base is read from its registry: where that cannot
    be reached, and nothing is kept of it, no image can be made, and that is the answer."""
    policies, _ = read_policies(system_folders())
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    base = choose_base("", python, known_bases(places), policies)
    if isinstance(base, Finding):
        return [Answer(_NAME, "fail", base.message, base.remedy)]
    try:
        chosen = await choose(Options().engine, all_engines(private(places.cache / CACHE)))
        started = time.monotonic()
        image = await _built(chosen, base, places)
    except ModelshipError as error:
        return [Answer(_NAME, "fail", f"upon {base}: {error.message}", error.remedy)]
    seconds = time.monotonic() - started
    said = f"{chosen.engine.name} built one of {image.added} bytes upon {base} in {seconds:.1f} s"
    return [Answer(_NAME, "ok", said)]


async def _built(chosen: Chosen, base: str, places: Places) -> Image:
    cache = private(places.cache / CACHE)
    with scratch(jobs(places), "doctor") as folder:
        job = Job("doctor", folder / "engine", cache)
        job.scratch.mkdir(mode=0o700)
        recipe = _recipe(base, folder / "code")
        work = chosen.engine.build(recipe, job, access_for(base), lambda _: None)
        return await guarded(work, (folder, cache))


def _recipe(base: str, folder: Path) -> Recipe:
    folder.mkdir()
    (folder / "service.py").write_text("answer = 42\n", encoding="utf-8")
    layer = Layer("code", folder, SERVICE, content_key(folder, SERVICE))
    return Recipe(base, this_platform(), (layer,), Config(("python",), "10001"))
