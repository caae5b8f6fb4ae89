"""`App`: what a service consists of. The generated `service.py` makes one and fills it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

from .endpoint import METHODS, Endpoint, Execution

HARD_BODY_LIMIT = 64 * 1024 * 1024
RESERVED = ("/livez", "/readyz", "/openapi.json")


class RegistrationError(Exception):
    """The module registers something that cannot be served; the message says what."""


class App:
    """A named set of endpoints and the limits that hold for each of their requests.

    `body_limit` in bytes, `time_limit` in seconds, `depth_limit` of nested arrays and objects,
    `in_flight` requests answered at a time, `result_limit` in bytes. `execution`: where functions
    that are not `async` are called; "auto" takes the event loop for those whose examples take
    less than 2 ms, else the one thread.
    """

    def __init__(
        self,
        name: str,
        *,
        body_limit: int = 1_048_576,
        time_limit: float = 60.0,
        depth_limit: int = 64,
        execution: Execution = "auto",
        in_flight: int = 256,
        result_limit: int = HARD_BODY_LIMIT,
    ) -> None:
        if not 0 < body_limit <= HARD_BODY_LIMIT:
            raise RegistrationError(f"body_limit must be between 1 and {HARD_BODY_LIMIT} bytes")
        if execution not in get_args(Execution):
            raise RegistrationError(f"execution is one of {', '.join(get_args(Execution))}")
        self.name = name
        self.body_limit = body_limit
        self.time_limit = time_limit
        self.depth_limit = depth_limit
        self.execution: Execution = execution
        self.in_flight = in_flight
        self.result_limit = result_limit
        self.endpoints: dict[tuple[str, str], Endpoint] = {}

    def serve(
        self,
        function: Callable[..., Any],
        route: str,
        *,
        takes: Mapping[str, Any],
        returns: Any = Any,
    ) -> None:
        """Answer `route` ("POST /predict") with what `function` returns.

        `takes` maps its parameters to types; defaults are the function's own. Raises
        RegistrationError.
        """
        method, _, path = route.partition(" ")
        if method not in METHODS or not path.startswith("/"):
            raise RegistrationError(f"{route!r} is no route; write it as 'POST /path'")
        if path in RESERVED or (method, path) in self.endpoints:
            raise RegistrationError(f"{route} is taken")
        try:
            self.endpoints[method, path] = Endpoint(
                function,
                method,
                path,
                takes,
                returns,
                depth_limit=self.depth_limit,
                result_limit=self.result_limit,
                execution=self.execution,
            )
        except (TypeError, NameError, ValueError) as error:
            raise RegistrationError(f"{route}: {error}") from error

    def methods(self, path: str) -> tuple[str, ...]:
        """The methods that endpoints take at a path."""
        return tuple(method for method, at in self.endpoints if at == path)
