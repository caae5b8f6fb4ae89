"""`debug`: a shell where a run's stage does its work, with that stage's interpreter."""

from __future__ import annotations

import asyncio
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_modelship import process
from jupyter_modelship.cli.report import print_json
from jupyter_modelship.cli.runs import find_run
from jupyter_modelship.places import Places, places
from jupyter_modelship.runs import kept
from jupyter_modelship.runs.kept import Kept
from jupyter_modelship.runs.left import Left, look_for
from jupyter_modelship.runs.run import Run
from jupyter_modelship.runs.workplace import Workplace

if TYPE_CHECKING:  # it knows of engines and targets, which few calls ask
    from jupyter_modelship.runs.debugging import Shell


def debug(arguments: Namespace) -> int:
    """Say what failed, then give the terminal, or what is piped in, to a shell; no secret is in
    its environment."""
    here = places()
    run = find_run(arguments.run, here)
    left = look_for(here, run)
    if arguments.json:
        print_json({"run": run.id, "state": run.state, "error": run.error, **_data(left)})
        return 0
    if left.image is not None:
        return asyncio.run(_in_image(run, here, left.image))
    place = left.place
    assert place is not None, "one of both is there"
    _say(_why(run, place.stage))
    _say(_workplace(place))
    return process.take_over(_shell(), cwd=Path(place.folder), env=_environment(place))


async def _in_image(run: Run, here: Places, left: Kept) -> int:
    """A shell in a container of what the image had become."""
    from jupyter_modelship.runs.debugging import shell

    _say(_why(run, left.stage))
    async with shell(here, run.id, left, terminal=sys.stdin.isatty()) as found:
        _say([f"shell   {found.where}", *_step(left, found)])
        return process.take_over(found.argv, cwd=found.folder, env=found.env)


def _why(run: Run, stage: str) -> list[str]:
    lines = [f"run {run.id[:8]} of {run.service}: {run.state}, stage {stage}"]
    if run.error is not None:
        lines.append(str(run.error.get("detail") or run.error.get("message")))
    return lines


def _step(left: Kept, found: Shell) -> list[str]:
    if not found.again:
        return ["Leave the shell to come back."]
    lines = [f"step    {left.step.what}", f"again   {kept.PROGRAM}"]
    if left.step.names:
        lines.append(f"Values are withheld: export {', '.join(left.step.names)} by hand.")
    stays = "Nothing you change stays." if found.contained else "No run sees what you change."
    return [*lines, f"Secrets are withheld. {stays} Leave the shell to come back."]


def _workplace(place: Workplace) -> list[str]:
    lines = [f"folder  {place.folder}", f"python  {place.python}"]
    if place.stage == "prove":
        lines.append("serve:  python -m modelship_runtime --port 8000")
    return [*lines, "Leave the shell to come back."]


def _say(lines: Sequence[str]) -> None:
    print("\n".join(lines), flush=True)


def _data(left: Left) -> dict[str, object]:
    data: dict[str, object] = {}
    if (place := left.place) is not None:
        data |= {"stage": place.stage, "folder": place.folder, "python": place.python}
    if (image := left.image) is not None:
        layers = [layer.kind for layer in image.recipe.layers] if image.recipe else []
        data |= {"stage": image.stage, "step": asdict(image.step), "layers": layers}
    return data


def _shell() -> list[str]:
    return [os.environ.get("SHELL") or "/bin/sh"]


def _environment(place: Workplace) -> dict[str, str]:
    path = os.environ.get("PATH", os.defpath)
    return process.environment({"PATH": f"{Path(place.python).parent}{os.pathsep}{path}"})
