"""`debug`: a shell where a run's stage does its work, with that stage's interpreter."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from pathlib import Path

from jupyter_modelship import process
from jupyter_modelship.cli.report import print_json
from jupyter_modelship.cli.runs import find_run
from jupyter_modelship.errors import NothingThere, UsageError
from jupyter_modelship.places import places
from jupyter_modelship.runs import workplace
from jupyter_modelship.runs.run import Run
from jupyter_modelship.runs.workplace import Workplace


def debug(arguments: Namespace) -> int:
    """Say what failed, then give the terminal to a shell; no secret is in its environment."""
    here = places()
    run = find_run(arguments.run, here)
    place = workplace.find(here, run.id)
    if place is None or not Path(place.folder).is_dir():
        raise NothingThere(
            f"run {run.id[:8]} of {run.service} left nothing to look into",
            remedy="its stages before the rehearsal have no place of their own; see: "
            f"jupyter modelship logs {run.service} --build",
        )
    if arguments.json:
        print_json({"run": run.id, "state": run.state, "error": run.error, **_data(place)})
        return 0
    print("\n".join(_lines(run, place)))
    if not sys.stdin.isatty():
        raise UsageError("there is no terminal for a shell", remedy="run it in one, or use --json")
    return process.take_over(_shell(), cwd=Path(place.folder), env=_environment(place))


def _lines(run: Run, place: Workplace) -> list[str]:
    lines = [f"run {run.id[:8]} of {run.service}: {run.state}, stage {place.stage}"]
    if run.error is not None:
        lines.append(str(run.error.get("detail") or run.error.get("message")))
    lines.append(f"folder  {place.folder}")
    lines.append(f"python  {place.python}")
    if place.stage == "prove":
        lines.append("serve:  python -m modelship_runtime --port 8000")
    lines.append("Leave the shell to come back.")
    return lines


def _data(place: Workplace) -> dict[str, object]:
    return {"stage": place.stage, "folder": place.folder, "python": place.python}


def _shell() -> list[str]:
    return [os.environ.get("SHELL") or "/bin/sh"]


def _environment(place: Workplace) -> dict[str, str]:
    path = os.environ.get("PATH", os.defpath)
    return process.environment({"PATH": f"{Path(place.python).parent}{os.pathsep}{path}"})
