"""The Python kernels of this machine, asked with their own interpreters."""

from __future__ import annotations

import asyncio
from pathlib import Path

from jupyter_modelship.doctor import Answer
from jupyter_modelship.environment.kernelspec import kernel_names, resolve_kernel
from jupyter_modelship.environment.probe import probe
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.places import Places


async def kernels(places: Places) -> list[Answer]:
    """Each kernel's Python, and whether a rehearsal can start it."""
    names = kernel_names()
    if not names:
        return [
            Answer(
                "kernels",
                "warn",
                "no kernel was found",
                "in the notebook's environment: python -m pip install ipykernel, then "
                "python -m ipykernel install --user",
            )
        ]
    return list(await asyncio.gather(*(_kernel(name, places) for name in names)))


async def _kernel(name: str, places: Places) -> Answer:
    title = f"kernel {name}"
    try:
        facts = await probe(resolve_kernel(name, folder=Path.cwd()), places)
    except ModelshipError as error:
        return Answer(title, "warn", error.message, error.remedy)
    said = f"Python {facts.version}, {len(facts.distributions)} packages, {facts.python}"
    if "ipykernel" in facts.distributions:
        return Answer(title, "ok", said)
    remedy = f"{facts.python} -m pip install ipykernel"
    return Answer(title, "warn", f"{said}: ipykernel is missing", remedy)
