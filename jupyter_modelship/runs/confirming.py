"""The stage `confirm`: success is claimed only after a real request from outside."""

from __future__ import annotations

import json
from collections.abc import Mapping

from jupyter_modelship.contract import as_request
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.model import Example
from jupyter_modelship.rehearsal.compare import compare
from jupyter_modelship.targets.port import Observation, Target, Way

from .computing import Computed
from .context import RunContext
from .http import Reply, request
from .review import Reviewed


async def confirm(
    context: RunContext, target: Target, computed: Computed
) -> tuple[Observation, str]:
    """The live service and what it did; raises StageFailed where it does not do it."""
    seen = await target.observe(context.run.service)
    if seen is None or seen.state != "running":
        state = seen.state if seen else "gone"
        raise StageFailed(
            f"{context.run.service} is {state} after it was deployed",
            remedy=f"see: jupyter modelship logs {context.run.service}",
            detail=seen.reason if seen else "",
        )
    async with target.reach(seen) as way:
        return seen, await _answers(seen, way, computed)


async def _answers(seen: Observation, way: Way, computed: Computed) -> str:
    """What it answers, as in the rehearsal. Raises StageFailed where it does not."""
    examples = computed.rehearsed.examples
    if not examples:
        reply = await _ask(seen, way, "GET", "/readyz", None)
        _check(reply.status == 200, seen, f"/readyz answers {reply.status}")
        return "ready; unproven, since there is no example"
    example = examples[0]
    reply = await _send(seen, way, example, computed)
    _check(reply.status == 200, seen, f"{example.function} answers {reply.status}")
    difference = compare(example.result, json.loads(reply.body), example.compare)
    told = f"expected {difference.expected}, got {difference.got}" if difference else ""
    _check(difference is None, seen, f"{example.function}: {told}")
    return f"{example.function} answered in {reply.seconds * 1000:.0f} ms"


def result(seen: Observation, reviewed: Reviewed, computed: Computed) -> Mapping[str, object]:
    """The payload of the run's `result` event."""
    examples = computed.rehearsed.examples
    return {
        "service": seen.service,
        "target": seen.target,
        "url": seen.url,
        "revision": seen.revision,
        "unproven": not examples,
        "call": _call(examples[0], computed) if examples else _first_call(reviewed),
    }


def _call(example: Example, computed: Computed) -> dict[str, object]:
    endpoint = computed.contract.endpoint(example.function)
    return {
        "function": example.function,
        "method": endpoint.method,
        "path": endpoint.path,
        "arguments": dict(example.arguments),
    }


def _first_call(reviewed: Reviewed) -> dict[str, object]:
    endpoint = reviewed.plan.slice.endpoints[0]
    return {
        "function": endpoint.function,
        "method": endpoint.method,
        "path": endpoint.path,
        "arguments": None,
    }


async def _send(seen: Observation, way: Way, example: Example, computed: Computed) -> Reply:
    endpoint = computed.contract.endpoint(example.function)
    path, body = as_request(endpoint.method, endpoint.path, example.arguments)
    return await _ask(seen, way, endpoint.method, path, body)


async def _ask(seen: Observation, way: Way, method: str, path: str, body: bytes | None) -> Reply:
    try:
        return await request(way.url, method, path, body, token=way.token, unix=way.socket)
    except OSError as error:
        raise StageFailed(
            f"{seen.service} does not answer at {seen.url}: {error}",
            remedy=f"see: jupyter modelship logs {seen.service}",
        ) from error


def _check(good: bool, seen: Observation, told: str) -> None:
    if not good:
        raise StageFailed(
            f"{seen.service} was proved, and does not confirm it: {told}",
            remedy=f"see: jupyter modelship logs {seen.service}",
        )
