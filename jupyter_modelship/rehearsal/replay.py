"""Calls a service with the recorded examples and insists on the recorded answers."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import socket
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship.contract import as_request
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.model import Endpoint, Example, Notebook

from .compare import Difference, compare, short
from .failure import place

Call = Callable[[Example], Awaitable[tuple[int, object]]]
"""Sends one example; answers the HTTP status and the decoded body (text where it is no JSON)."""
_SHOWN = 5
"""Differences told in the message; all are in the detail."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one example. `seconds` is the time of the whole request."""

    example: Example
    status: int
    seconds: float
    difference: Difference | None


async def replay(
    examples: Iterable[Example], call: Call, *, notebook: Notebook | None = None
) -> tuple[Answer, ...]:
    """Send the examples one after the other; raises StageFailed showing all that differ.

    `notebook` lets the message name cells as people count them.
    """
    answers = []
    for example in examples:
        started = time.perf_counter()
        status, body = await call(example)
        seconds = time.perf_counter() - started
        answers.append(Answer(example, status, seconds, _difference(example, status, body)))
    wrong = [answer for answer in answers if answer.difference is not None]
    if wrong:
        raise _failure(wrong, len(answers), notebook)
    return tuple(answers)


def _difference(example: Example, status: int, body: object) -> Difference | None:
    if not 200 <= status < 300:
        said = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        return Difference("", short(example.result), f"status {status}: {said}")
    return compare(example.result, body, example.compare)


def _failure(wrong: Sequence[Answer], total: int, notebook: Notebook | None) -> StageFailed:
    told = [_sentence(answer, notebook) for answer in wrong]
    more = f"\n  and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    return StageFailed(
        f"{len(wrong)} of {total} {_differ(total)} than in the notebook\n"
        + "\n".join(f"  {sentence}" for sentence in told[:_SHOWN])
        + more,
        remedy=_remedy(wrong[0].example.compare),
        detail="\n".join(told),
        cell=wrong[0].example.cell,
    )


def _remedy(compare: str) -> str:
    """Seeds, or a looser way to compare. Where any answer would do the service gave none."""
    modes = ("exact", "tolerance", "shape", "off")
    looser = [f"`{mode}`" for mode in modes[modes.index(compare) + 1 :]]
    if not looser:
        return "see its log, which names cell and line"
    told = f"{', '.join(looser[:-1])} or {looser[-1]}" if len(looser) > 1 else looser[0]
    return (
        "fix the seeds that the cells use (`random_state`, `seed`), take what the function finds "
        f"on this machine as an argument, or set the option `compare` to {told}"
    )


def _differ(total: int) -> str:
    return "example answers differently" if total == 1 else "examples answer differently"


def _sentence(answer: Answer, notebook: Notebook | None) -> str:
    example, difference = answer.example, answer.difference
    assert difference is not None, "only answers that differ are told"
    where = f"cell {example.cell}"
    if notebook is not None:
        where = place(notebook.cell(example.cell))
    at = f" at {difference.path}" if difference.path else ""
    return (
        f"{example.function} in {where}{at}: "
        f"the notebook gave {difference.expected}, the service {difference.got}"
    )


def uds_call(
    path: Path, token: str | None, endpoints: Sequence[Endpoint], *, seconds: float = 60.0
) -> Call:
    """A `call` by HTTP over a Unix socket; GET endpoints take their arguments as the query."""
    known = {endpoint.function: endpoint for endpoint in endpoints}

    async def call(example: Example) -> tuple[int, object]:
        endpoint = known[example.function]
        connection = _UnixConnection(path, seconds)
        try:
            return await asyncio.to_thread(_send, connection, endpoint, example, token)
        except (OSError, http.client.HTTPException) as error:
            cause = str(error) or type(error).__name__
            raise StageFailed(
                f"the service gave no answer to {endpoint.method} {endpoint.path}: {cause}",
                remedy="look at the service's log",
                cell=example.cell,
            ) from error
        finally:
            connection.abandon()

    return call


class _UnixConnection(http.client.HTTPConnection):
    auto_open = 0  # else what was abandoned is opened again to send the rest

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = path
        self._abandoned = False

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        if self._abandoned:
            self.close()
            raise http.client.NotConnected
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))

    def abandon(self) -> None:
        """Close; a thread that waits for an answer (we were cancelled) stops waiting."""
        self._abandoned = True
        if self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)
        self.close()


def _send(
    connection: http.client.HTTPConnection, endpoint: Endpoint, example: Example, token: str | None
) -> tuple[int, object]:
    headers = {"accept": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    target, body = as_request(endpoint.method, endpoint.path, example.arguments)
    if body is not None:
        headers["content-type"] = "application/json"
    connection.connect()
    connection.request(endpoint.method, target, body, headers)
    response = connection.getresponse()
    return response.status, _decoded(response.read())


def _decoded(data: bytes) -> object:
    try:
        return json.loads(data)
    except ValueError:
        return data.decode("utf-8", "replace")
