"""What pods and endpoints of a namespace do, line by line with the time it was seen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from .dock import Dock
from .load import clock

WATCHED = ("pods", "endpointslices", "services")


@asynccontextmanager
async def happenings(dock: Dock) -> AsyncIterator[list[str]]:
    """A list that grows while the block runs."""
    lines: list[str] = []
    cluster = dock.images.cluster
    watches = [
        await asyncio.create_subprocess_exec(
            *cluster.command("-n", dock.namespace, "get", kind, "--watch", "-o", "json"),
            "--output-watch-events",
            env=cluster.environment(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        for kind in WATCHED
    ]
    readers = [asyncio.create_task(_read(watch, lines)) for watch in watches]
    try:
        yield lines
    finally:
        for watch in watches:
            watch.kill()
        await asyncio.gather(*readers, *(watch.wait() for watch in watches))


async def _read(watch: asyncio.subprocess.Process, lines: list[str]) -> None:
    assert watch.stdout is not None
    decoder, text, told = json.JSONDecoder(), "", ""
    while chunk := await watch.stdout.read(65_536):
        text += chunk.decode()
        while text := text.lstrip():
            try:
                event, end = decoder.raw_decode(text)
            except ValueError:
                break
            text = text[end:]
            line = f"{_words(event['type'], event['object'])}"
            if line != told:
                lines.append(f"{clock()} {line}")
            told = line


def _words(kind: str, of: Any) -> str:
    name = of["metadata"]["name"]
    if of["kind"] == "Pod":
        return f"{kind} pod {name}: {_pod(of)}"
    if of["kind"] == "Service":
        return f"{kind} service {name}: {of['spec'].get('selector')}"
    ends = [
        f"{each['addresses'][0]} {' '.join(sorted(k for k, v in each['conditions'].items() if v))}"
        for each in of.get("endpoints") or ()
    ]
    return f"{kind} endpoints {name}: {'; '.join(ends) or 'none'}"


def _pod(pod: Any) -> str:
    status = pod["status"]
    ready = [each["status"] for each in status.get("conditions", ()) if each["type"] == "Ready"]
    words = [status.get("podIP", "no address"), status["phase"], f"ready {(ready or ['?'])[0]}"]
    if "deletionTimestamp" in pod["metadata"]:
        words.append(f"to end by {pod['metadata']['deletionTimestamp']}")
    for each in status.get("containerStatuses", ()):
        if each["restartCount"]:
            words.append(f"{each['restartCount']} restarts, last {each.get('lastState')}")
        words.append(next(iter(each["state"]), ""))
    return " ".join(words)
