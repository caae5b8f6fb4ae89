"""Records the calls of endpoints that example cells make at their top level."""

from __future__ import annotations

import functools
import inspect
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from .shapes import describe
from .wire import NotOnWire, encode

CALLS = 100
"""Examples kept of one endpoint."""
SIZE = 1 << 20
"""Bytes of JSON in one example."""
_NEW_LOCALS = 0x2
"""`co_flags` of functions; code at the top level of a cell has it not (inspect.CO_NEWLOCALS)."""
_INLINE = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>", "<lambda>"})


class Calls:
    """What was called: one JSON line a call in `path`. `cell` is the example cell that runs."""

    def __init__(self, path: str, namespace: dict[str, Any]) -> None:
        self.cell: str | None = None
        self._path = path
        self._namespace = namespace
        self._counts: dict[str, int] = {}

    def watch(self, names: list[str]) -> None:
        """Replace the endpoints that exist by functions that record their calls."""
        for name in names:
            function = self._namespace.get(name)
            if callable(function) and not hasattr(function, "__modelship__"):
                self._namespace[name] = self._recording(name, function)

    def unwatch(self, names: list[str]) -> None:
        """Put the notebook's own functions back."""
        for name in names:
            original = getattr(self._namespace.get(name), "__modelship__", None)
            if original is not None:
                self._namespace[name] = original

    def _recording(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def recording(*args: Any, **kwargs: Any) -> Any:
            if self.cell is None or not self._is_top_level(inspect.currentframe()):
                return function(*args, **kwargs)
            call = _Call(self, name, self.cell)
            call.take(signature, args, kwargs)
            result = function(*args, **kwargs)
            if inspect.isawaitable(result):
                return call.awaited(result)
            call.give(result)
            return result

        if inspect.iscoroutinefunction(function) and sys.version_info >= (3, 12):
            inspect.markcoroutinefunction(recording)
        recording.__modelship__ = function  # type: ignore[attr-defined]  # how unwatch knows it
        return recording

    def _is_top_level(self, ours: Any) -> bool:
        """Whether code at the top level of a cell called the function whose frame is `ours`."""
        frame = ours.f_back
        while frame is not None and frame.f_globals is self._namespace:
            if not frame.f_code.co_flags & _NEW_LOCALS:
                return True
            if frame.f_code.co_name not in _INLINE:
                return False
            frame = frame.f_back
        return False

    def write(self, name: str, line: dict[str, Any]) -> None:
        """Add one call; beyond the limits only its types, or nothing, are kept."""
        self._counts[name] = self._counts.get(name, 0) + 1
        if self._counts[name] > CALLS:
            if self._counts[name] > CALLS + 1:
                return
            line = {"function": name, "cell": line["cell"], "left_out": "more than 100 calls"}
        text = json.dumps(line, allow_nan=False)
        if len(text) > SIZE:
            line = {**line, "left_out": "more than 1 MiB of JSON"}
            line.pop("arguments", None)
            line.pop("result", None)
            text = json.dumps(line)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, text.encode("ascii") + b"\n")
        finally:
            os.close(descriptor)


class _Call:
    """One call while it is under way: arguments are written down before the function sees them."""

    def __init__(self, calls: Calls, name: str, cell: str) -> None:
        self._calls = calls
        self._name = name
        self._line: dict[str, Any] = {"function": name, "cell": cell}
        self._started = 0.0

    def take(self, signature: inspect.Signature, args: Any, kwargs: Any) -> None:
        try:
            bound = signature.bind(*args, **kwargs).arguments
        except TypeError:  # the call itself will say so
            return
        given: dict[str, Any] = {}
        for key, value in bound.items():
            if signature.parameters[key].kind is inspect.Parameter.VAR_KEYWORD:
                given.update(value)
            else:
                given[key] = value
        self._line["takes"] = {key: describe(value) for key, value in given.items()}
        self._encoded("arguments", given)
        self._started = time.perf_counter()

    def give(self, result: Any) -> None:
        self._line["seconds"] = time.perf_counter() - self._started
        self._line["returns"] = describe(result)
        self._encoded("result", result)
        self._calls.write(self._name, self._line)

    async def awaited(self, result: Any) -> Any:
        self._started = time.perf_counter()
        value = await result
        self.give(value)
        return value

    def _encoded(self, key: str, value: Any) -> None:
        try:
            self._line[key] = encode(value)
        except NotOnWire as error:
            what = "its result" if key == "result" else "an argument"
            self._line.setdefault("left_out", f"{what} cannot be sent as JSON: {error}")
