"""`logs`: what a service says, or what the run said that made it."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from argparse import Namespace
from collections.abc import AsyncIterator, Mapping

from jupyter_modelship.cli.ink import plain
from jupyter_modelship.cli.report import print_json
from jupyter_modelship.errors import NothingThere
from jupyter_modelship.places import places
from jupyter_modelship.runs import services
from jupyter_modelship.runs.events import RunEvent


def logs(arguments: Namespace) -> int:
    """Lines as they are; with --json a list of them (not together with --follow)."""
    lines = _build_lines(arguments) if arguments.build else _service_lines(arguments)
    if arguments.json and not arguments.follow:
        print_json(asyncio.run(_all(lines)))
        return 0
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_show(lines))
    return 0


async def _all(lines: AsyncIterator[str]) -> list[str]:
    return [line async for line in lines]


async def _show(lines: AsyncIterator[str]) -> None:
    async for line in lines:
        sys.stdout.write(plain(line) + "\n")
        sys.stdout.flush()


async def _service_lines(arguments: Namespace) -> AsyncIterator[str]:
    target, _ = await services.find(arguments.service, places())
    async for line in target.logs(arguments.service, follow=arguments.follow):
        yield line


async def _build_lines(arguments: Namespace) -> AsyncIterator[str]:
    from jupyter_modelship.runs import client

    run = client.latest(arguments.service, places())
    if run is None:
        raise NothingThere(
            f"no run has been made for {arguments.service!r}", remedy="see: jupyter modelship audit"
        )
    async for event in client.follow(run.id, places(), wait=arguments.follow):
        for line in event_lines(event):
            yield line


def event_lines(event: RunEvent) -> list[str]:
    """An event as text, with the stage in front."""
    payload = event.payload
    head = f"[{event.stage or 'run'}]"
    if event.kind == "log":
        lines = payload["lines"]
        return [f"{head} {line}" for line in lines] if isinstance(lines, list) else []
    if event.kind == "cell":
        seconds = f" in {payload['seconds']} s" if "seconds" in payload else ""
        where = f"cell {payload['number']} (`{payload['first']}`)"
        return [f"{head} {where} {payload['state']}{seconds}"]
    if event.kind == "stage":
        return [f"{head} {payload['state']} {payload.get('summary') or ''}".rstrip()]
    if event.kind == "finding":
        return [f"{head} {payload['severity']}: {payload['message']}"]
    if event.kind == "run":
        said = f"{head} {payload['state']} {payload.get('reason') or ''}".rstrip()
        return [said, *_cause(head, payload.get("error"))]
    return []


def _cause(head: str, error: object) -> list[str]:
    """Why a run failed: the sentence, then the traceback or what else stands behind it."""
    if not isinstance(error, Mapping):
        return []
    message = str(error.get("message") or "").splitlines()
    detail = str(error.get("detail") or "").splitlines()
    said = {line.strip() for line in message}
    more = [] if said.issuperset(line.strip() for line in detail) else detail
    return [f"{head} {line}".rstrip() for line in (*message, *more)]
