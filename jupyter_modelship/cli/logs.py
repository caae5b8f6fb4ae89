"""`logs`: what a service says, or what the run said that made it."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from argparse import Namespace
from collections.abc import AsyncIterator

from jupyter_modelship.cli.ink import plain
from jupyter_modelship.cli.readable import readable
from jupyter_modelship.cli.report import print_json
from jupyter_modelship.desk.transcript import event_lines
from jupyter_modelship.errors import NothingThere
from jupyter_modelship.places import places
from jupyter_modelship.runs import services


def logs(arguments: Namespace) -> int:
    """Lines as they are, in a terminal put for people; with --json a list of them (not together
    with --follow)."""
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
    people = sys.stdout.isatty() and not arguments.json
    async for line in target.logs(arguments.service, follow=arguments.follow):
        for each in readable(line) if people else [line]:
            yield each


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
