"""A service without any server: a function in, whole replies out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jupyter_modelship.runtime.app import App
from jupyter_modelship.runtime.core import Core, Reply
from jupyter_modelship.runtime.log import Log

CoreOf = Callable[[App], Core]
Logged = tuple[Log, Callable[[], list[dict[str, Any]]]]


PROBLEM = "application/problem+json"


def double(x: float) -> float:
    return 2 * x


def served(function: Callable[..., Any], takes: dict[str, Any], **options: Any) -> App:
    app = App("test", **options)
    app.serve(function, "POST /it", takes=takes, returns=object)
    return app


async def ask(core: Core, body: bytes, query: str = "") -> Reply | bytes:
    (endpoint,) = core.app.endpoints.values()
    return await core.answer(endpoint, body, query, "r1")
