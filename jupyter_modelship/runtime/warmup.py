"""Call the examples once before the first client does, and see who is quick."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec

from .core import Core
from .endpoint import Endpoint

QUICK_SECONDS = 0.002


class Example(msgspec.Struct):
    """What warm-up reads of an entry in examples.json."""

    method: str
    path: str
    arguments: dict[str, Any]


async def warm_up(core: Core, examples: Sequence[Example]) -> None:
    """Call each example; functions whose examples are quick the second time run on the loop.

    The second call is the one that counts: the first pays for what is loaded late. An example
    that fails is logged and nothing more.
    """
    quick: dict[str, bool] = {}
    for example in examples:
        endpoint = core.app.endpoints.get((example.method, example.path))
        if endpoint is None:
            continue
        try:
            seconds = await _call(core, endpoint, example)
            if QUICK_SECONDS < seconds < 1.0:
                seconds = await _call(core, endpoint, example)
        except Exception as error:
            core.log.failure("example", error, endpoint=endpoint.name)
            seconds = QUICK_SECONDS
        quick[endpoint.name] = quick.get(endpoint.name, True) and seconds < QUICK_SECONDS
    for endpoint in core.app.endpoints.values():
        if endpoint.execution == "auto" and not endpoint.is_async:
            endpoint.inline = quick.get(endpoint.name, False)


async def _call(core: Core, endpoint: Endpoint, example: Example) -> float:
    if endpoint.has_body:
        arguments = endpoint.read(msgspec.json.encode(example.arguments))
    else:
        arguments = endpoint.read_query(urlencode(example.arguments))
    if endpoint.is_async:
        started = time.perf_counter()
        endpoint.encode(await core.calls.within(endpoint.call(arguments)))
        return time.perf_counter() - started
    seconds: float = await core.calls.on_thread(_timed, endpoint, arguments)
    return seconds


def _timed(endpoint: Endpoint, arguments: Any) -> float:
    started = time.perf_counter()
    endpoint.work(arguments)
    return time.perf_counter() - started
