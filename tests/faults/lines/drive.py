"""A person at the command line, in miniature: `drive.py VERB REQUEST-AS-JSON [--until-ended]`.

deploy     ask for the run and follow it until it has ended or is interrupted
cancel     the same, and cancel it as soon as it waits; or at once, if it was there before
reboot     the same, and end the worker as a machine that goes down does, as soon as it waits
flood      as deploy
resume     leave this run behind half-done, without a worker, then deploy
supersede  leave another run of the service behind in that way, then deploy
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import psutil

from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.places import places
from jupyter_modelship.runs import client
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.run import Request, Run, new_id


async def deploy(request: Request, *, when_waiting: str = "") -> None:
    """Ask for the run and follow it until it has ended or is interrupted."""
    client.submit_and_start(request, places())
    async for event in client.follow(request.id, places()):
        if "waiting" in _lines(event.payload):
            _interfere(when_waiting, client.get(request.id, places()))


def _lines(payload: Mapping[str, object]) -> list[str]:
    lines = payload.get("lines", [])
    return lines if isinstance(lines, list) else []


def _interfere(verb: str, run: Run) -> None:
    if verb == "cancel":
        client.cancel(run.id, places())
    if verb == "reboot" and run.state == "running" and run.attempts == 1:
        for worker in filter(lambda one: run.id in _words(one), psutil.process_iter()):
            worker.terminate()


def _words(one: psutil.Process) -> list[str]:
    try:
        words: list[str] = one.cmdline()
    except psutil.Error:  # gone while we looked, or not ours to look at
        return []
    return words if "jupyter_modelship.runs.worker" in words else []


def leave_behind(request: Request) -> None:
    """Its run, as if the worker had died while it staged. Nothing where there are runs already."""
    with Journal.open(places()) as journal:
        if journal.list(service=request.service):
            return
        run = journal.submit(request)
        journal.transition(run.id, "queued", "running")
        folder = Path(str(request.body["world"])) / f"staging-{run.id}"
        journal.intend(run.id, "stage", {"folder": folder.name}, attempt=1)
        folder.mkdir()


def main() -> int:
    verb, request = sys.argv[1], Request(**json.loads(sys.argv[2]))
    if verb == "supersede":
        leave_behind(replace(request, id=new_id()))
    if verb == "resume":
        leave_behind(request)
    try:
        for turn in range(5 if sys.argv[3:] == ["--until-ended"] else 1):
            asyncio.run(deploy(request, when_waiting="" if turn else verb))
            if not client.get(request.id, places()).active:
                break
    except ModelshipError as error:
        print(error.message, file=sys.stderr)
        return error.exit_code
    print(client.get(request.id, places()).state)
    return 0


if __name__ == "__main__":
    sys.exit(main())
