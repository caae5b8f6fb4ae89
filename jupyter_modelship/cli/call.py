"""`call`: one request to an endpoint, as any client would send it."""

from __future__ import annotations

import asyncio
import json
import sys
from argparse import Namespace
from collections.abc import Mapping

from jupyter_modelship.cli.ink import plain
from jupyter_modelship.cli.report import print_json
from jupyter_modelship.contract import as_request
from jupyter_modelship.errors import ModelshipError, NothingThere, UsageError
from jupyter_modelship.places import places
from jupyter_modelship.runs import services
from jupyter_modelship.runs.http import Reply, request
from jupyter_modelship.targets.port import Observation, Way


def call(arguments: Namespace) -> int:
    """Print the reply; exit code 1 where the service refused or failed."""
    body = _body(arguments.body)
    seen, reply = asyncio.run(_answered(arguments, body))
    return _tell(seen.service, reply, as_json=arguments.json)


async def _answered(arguments: Namespace, body: Mapping[str, object]) -> tuple[Observation, Reply]:
    target, seen = await services.find(arguments.service, places())
    if seen.state not in ("running", "starting"):
        raise ModelshipError(
            f"{seen.service} is {seen.state}",
            remedy=seen.remedy or f"start it: jupyter modelship start {seen.service}",
        )
    async with target.reach(seen) as way:
        method, path = await _route(seen, way, arguments.endpoint)
        place, data = as_request(method, path, body)
        return seen, await _send(seen, way, method, place, data, arguments.timeout)


def _body(text: str) -> Mapping[str, object]:
    if text == "-":
        text = sys.stdin.read()
    try:
        body = json.loads(text)
    except ValueError as error:
        raise UsageError(
            f"the arguments are not JSON: {error}",
            remedy="""write them like this, in single quotes: '{"x": 1.5}'""",
        ) from None
    if not isinstance(body, dict):
        raise UsageError(
            "the arguments are not a JSON object",
            remedy="""name each parameter: '{"x": 1.5}'""",
        )
    return body


async def _route(seen: Observation, way: Way, endpoint: str) -> tuple[str, str]:
    """Method and path of an endpoint, from the service's own description."""
    reply = await _send(seen, way, "GET", "/openapi.json", None, 10.0)
    if reply.status != 200:
        raise ModelshipError(f"{seen.service} does not describe itself: status {reply.status}")
    names = []
    for path, item in json.loads(reply.body)["paths"].items():
        for method, operation in item.items():
            names.append(operation.get("operationId", ""))
            if endpoint in (operation.get("operationId"), path):
                return method.upper(), path
    raise NothingThere(
        f"{seen.service} has no endpoint {endpoint!r}", remedy=f"it has: {', '.join(names)}"
    )


async def _send(
    seen: Observation, way: Way, method: str, path: str, body: bytes | None, timeout: float
) -> Reply:
    try:
        return await request(
            way.url, method, path, body, token=way.token, timeout=timeout, unix=way.socket
        )
    except OSError as error:
        raise ModelshipError(
            f"{seen.service} does not answer at {seen.url}: {error.strerror or error}",
            remedy=f"see how it is: jupyter modelship status {seen.service}",
        ) from error


def _tell(service: str, reply: Reply, *, as_json: bool) -> int:
    try:
        document = json.loads(reply.body)
    except ValueError:
        document = reply.body.decode("utf-8", "replace")
    good = reply.status < 400
    if as_json:
        print_json({"status": reply.status, "seconds": reply.seconds, "reply": document})
    elif good:
        sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    else:
        sys.stderr.write("\n".join(_problem_lines(service, reply.status, document)) + "\n")
    return 0 if good else 1


def _problem_lines(service: str, status: int, document: object) -> list[str]:
    """RFC 9457 as a person reads it: the title, each place that is wrong, where to look next."""
    if not isinstance(document, dict):
        return [f"✗ status {status}"]
    errors = document.get("errors") or ()
    lines = [f"✗ {status} {plain(str(document.get('title', ''))).removesuffix('.')}"]
    if document.get("detail") and not errors:
        lines[0] += f": {plain(str(document['detail']))}"
    for error in errors:
        pointer = plain(str(error.get("pointer", ""))) or "the body"
        lines.append(f"  {pointer}: {plain(str(error.get('message', '')))}")
    if document.get("request_id"):
        lines.append(f"  request {plain(str(document['request_id']))}")
    if status >= 500:
        lines.append(f"  → see why: jupyter modelship logs {service}")
    return lines
