"""`cancel`: end a run that is under way."""

from __future__ import annotations

import asyncio
from argparse import Namespace

from jupyter_modelship.cli.report import print_json
from jupyter_modelship.errors import NothingThere
from jupyter_modelship.places import Places, places
from jupyter_modelship.runs import client
from jupyter_modelship.runs.run import Run


def cancel(arguments: Namespace) -> int:
    """Ask for the end, and wait until it has come."""
    here = places()
    run = find_run(arguments.run, here)
    if not run.active:
        _tell(run, arguments, ended="has ended already, it ")
        return 0
    client.cancel(run.id, here)
    _tell(asyncio.run(client.wait(run.id, here)), arguments)
    return 0


def find_run(text: str, here: Places) -> Run:
    """The run with that id, the only one whose id begins so, or the newest of that service."""
    runs = client.runs(here, limit=1000)
    found = [run for run in runs if run.id == text] or [run for run in runs if run.service == text]
    if not found:
        found = [run for run in runs if run.id.startswith(text)]
        if len(found) > 1:
            ids = ", ".join(run.id[:13] for run in found)
            raise NothingThere(f"{text!r} could be several runs", remedy=f"one of: {ids}")
    if not found:
        raise NothingThere(f"there is no run {text!r}", remedy="see: jupyter modelship audit")
    return found[0]


def _tell(run: Run, arguments: Namespace, *, ended: str = "") -> None:
    if arguments.json:
        print_json({"run": run.id, "service": run.service, "state": run.state})
    else:
        word = run.state if run.state in ("succeeded", "failed") else f"is {run.state}"
        print(f"run {run.id[:8]} of {run.service} {ended}{word}")
