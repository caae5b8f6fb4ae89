"""What an interpreter says of itself and its environment, asked once and kept."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_modelship import process
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.model import Distribution, KernelFacts
from jupyter_modelship.places import Places, private
from jupyter_modelship.stored import read_json, write_json

from .kernelspec import Kernelspec

SECONDS = 60.0


async def probe(kernelspec: Kernelspec, places: Places) -> KernelFacts:
    """The facts of the kernelspec's interpreter.

    Kept under `places.cache`, and asked again when the interpreter or one of the folders on its
    path has changed. Raises ModelshipError when the interpreter does not answer.
    """
    kept = private(places.cache / "kernels") / f"{_key(kernelspec.python)}.json"
    answer = read_json(kept)
    if answer is None or answer.get("seen") != _seen(kernelspec.python, answer):
        answer = await _ask(kernelspec)
        answer["seen"] = _seen(kernelspec.python, answer)
        write_json(kept, answer)
    return _facts(kernelspec, answer)


@functools.cache
def source() -> str:
    """The program that runs inside the kernel's interpreter."""
    return Path(__file__).with_name("inside.py").read_text("utf-8")


def _key(python: str) -> str:
    told = f"{python}\0{os.environ.get('PYTHONNOUSERSITE', '')}\0{source()}"
    return hashlib.sha256(os.fsencode(told)).hexdigest()[:32]


def _seen(python: str, answer: Mapping[str, Any]) -> dict[str, int]:
    """Modification times (ns; 0: not there) of all that an answer depends on."""
    watched = answer.get("watched")
    paths = [python, *(watched if isinstance(watched, list) else [])]
    paths.append(os.path.join(str(answer.get("prefix")), "pyvenv.cfg"))  # noqa: PTH118 - text keys
    return {str(path): _modified(str(path)) for path in paths}


def _modified(path: str) -> int:
    try:
        return Path(path).stat().st_mtime_ns
    except OSError:
        return 0


async def _ask(kernelspec: Kernelspec) -> dict[str, Any]:
    done = await process.run([kernelspec.python, "-I", "-c", source()], timeout=SECONDS)
    for line in reversed(done.output.splitlines()):  # a .pth file may have printed before us
        if done.code == 0 and line.startswith("{"):
            answer = json.loads(line)
            if isinstance(answer, dict):
                return answer
    raise ModelshipError(
        f"the interpreter of kernel {kernelspec.name!r}, {kernelspec.python}, does not answer",
        remedy=f"try `{kernelspec.python} -c 'import importlib.metadata'`; Python 3.10 or newer "
        "is needed",
        detail=done.errors or done.output,
    )


def _facts(kernelspec: Kernelspec, answer: Mapping[str, Any]) -> KernelFacts:
    distributions = {
        d["name"]: Distribution(**{**d, "requires": tuple(d["requires"])})
        for d in answer["distributions"]
    }
    return KernelFacts(
        kernel=kernelspec.name,
        python=kernelspec.python,
        version=answer["version"],
        base=answer["base"],
        distributions=distributions,
        owners={module: tuple(names) for module, names in answer["owners"].items()},
        standard=frozenset(answer["standard"]),
    )
