"""One function that is served: everything about it that can be prepared is prepared once."""

from __future__ import annotations

import contextlib
import inspect
import math
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, Literal
from urllib.parse import parse_qsl

import msgspec

from . import strict
from .encode import encoder
from .metrics import Tally
from .problems import INVALID, MALFORMED, URI_TOO_LONG, Flaw, Refused
from .wire import Wire, mirror_of, wire

Execution = Literal["auto", "inline", "thread"]
BODY_METHODS = ("POST", "PUT", "PATCH")
METHODS = (*BODY_METHODS, "GET", "DELETE")
QUERY_LIMIT = 8_192
QUERY_FIELDS = 128
_IMMUTABLE = (bool, int, float, str, type(None))


class Endpoint:
    """Arguments in, JSON out. `inline`: a function that is not async is called on the loop."""

    def __init__(
        self,
        function: Callable[..., Any],
        method: str,
        path: str,
        takes: Mapping[str, Any],
        returns: Any,
        *,
        depth_limit: int,
        result_limit: int,
        execution: Execution,
    ) -> None:
        self.function = function
        self.method = method
        self.path = path
        self.name = f"{method} {path}"
        self.is_async = inspect.iscoroutinefunction(function)
        self.execution = execution
        self.inline = execution == "inline" and not self.is_async
        self.has_body = method in BODY_METHODS
        self.slow_calls = 0
        self.tally = Tally(self.name)
        self.encode = encoder(returns, result_limit)
        self._depth_limit = depth_limit
        self._prepare(takes)

    def _prepare(self, takes: Mapping[str, Any]) -> None:
        parameters = _served(self.function, takes)
        wires = {name: wire(takes[name]) for name in parameters}
        defaults = {name: _default(one, wires[name]) for name, one in parameters.items()}
        self.arguments = mirror_of(
            "Arguments", [(name, wires[name].type, defaults[name]) for name in parameters]
        )
        self.call = _caller(self.function, parameters, wires, defaults)
        self._decode = msgspec.json.Decoder(self.arguments).decode
        self._open = any(one.open for one in wires.values())
        self._keys = _counter(wires, defaults)
        self.nothing_required = msgspec.NODEFAULT not in defaults.values()

    def read(self, body: bytes) -> Any:
        """The arguments in a JSON body. Raises Refused."""
        if not body and self.nothing_required:
            return self.arguments()
        try:
            arguments = self._decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            arguments = self._read_whole(body, error)
        if self._open and strict.too_deep(body, self._depth_limit):
            flaw = Flaw("", f"arrays and objects nest deeper than {self._depth_limit}")
            raise Refused(MALFORMED, (flaw,))
        if body.count(b":") > self._keys(arguments):
            strict.refuse_duplicates(body)
        return arguments

    def _read_whole(self, body: bytes, error: Exception) -> Any:
        """The arguments of a body that was refused for whole numbers with a point in them."""
        with contextlib.suppress(msgspec.DecodeError, RecursionError):
            if (meant := strict.whole(body, error)) is not None:
                return self._decode(meant)
        raise strict.refusal(body, error, self._depth_limit) from None

    def read_query(self, query: str) -> Any:
        """The arguments in a query string. Raises Refused."""
        if len(query) > QUERY_LIMIT:
            raise Refused(URI_TOO_LONG)
        given = _pairs(query)
        try:
            arguments = msgspec.convert(given, self.arguments, strict=False)
        except msgspec.ValidationError as error:
            raise Refused(INVALID, (strict.flaw_of(str(error)),)) from None
        for value, field in zip(
            msgspec.structs.astuple(arguments), msgspec.structs.fields(arguments), strict=True
        ):
            if isinstance(value, float) and not math.isfinite(value):
                raise Refused(INVALID, (Flaw(strict.escape(field.encode_name), "not a number"),))
        return arguments

    def work(self, arguments: Any) -> bytes:
        """Call the function and encode what it returns (blocking)."""
        return self.encode(self.call(arguments))


def _served(function: Callable[..., Any], takes: Mapping[str, Any]) -> dict[str, inspect.Parameter]:
    """The parameters that `takes` names, in the function's order."""
    parameters = inspect.signature(function).parameters
    name = getattr(function, "__name__", "function")
    unknown = [one for one in takes if one not in parameters]
    if unknown:
        raise TypeError(f"{name} has no parameter {unknown[0]}")
    for one in parameters.values():
        optional = one.default is not one.empty or one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
        if one.name not in takes and not optional:
            raise TypeError(f"{name} requires {one.name}, which `takes` does not name")
    return {key: one for key, one in parameters.items() if key in takes}


def _default(parameter: inspect.Parameter, travels: Wire) -> Any:
    """What a missing field decodes to: UNSET means "leave it to the function"."""
    if parameter.default is parameter.empty:
        return msgspec.NODEFAULT
    if travels.revive is None and isinstance(parameter.default, _IMMUTABLE):
        return parameter.default
    return msgspec.UNSET


def _counter(wires: Mapping[str, Wire], defaults: Mapping[str, Any]) -> Callable[[Any], int]:
    """How many keys the document of given arguments has at least."""
    required = sum(default is msgspec.NODEFAULT for default in defaults.values())
    inner = [
        (attrgetter(f"f{index}"), one.keys)
        for index, one in enumerate(wires.values())
        if one.keys is not None
    ]
    if not inner:
        return lambda _: required

    def count(arguments: Any) -> int:
        values = [(get(arguments), keys) for get, keys in inner]
        return required + sum(keys(value) for value, keys in values if value is not msgspec.UNSET)

    return count


def _caller(
    function: Callable[..., Any],
    parameters: Mapping[str, inspect.Parameter],
    wires: Mapping[str, Wire],
    defaults: Mapping[str, Any],
) -> Callable[[Any], Any]:
    """From decoded arguments to the call, by the shortest way there is."""
    in_order = list(inspect.signature(function).parameters)[: len(parameters)] == list(parameters)
    simple = in_order and all(
        wires[name].revive is None
        and defaults[name] is not msgspec.UNSET
        and one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)
        for name, one in parameters.items()
    )
    if simple and len(parameters) == 1:
        first = attrgetter("f0")
        return lambda arguments: function(first(arguments))
    if simple:
        values = msgspec.structs.astuple
        return lambda arguments: function(*values(arguments))
    return _careful_caller(function, parameters, wires)


def _careful_caller(
    function: Callable[..., Any],
    parameters: Mapping[str, inspect.Parameter],
    wires: Mapping[str, Wire],
) -> Callable[[Any], Any]:
    steps = [
        (name, f"f{index}", wires[name].revive, one.kind is one.POSITIONAL_ONLY)
        for index, (name, one) in enumerate(parameters.items())
    ]

    def call(arguments: Any) -> Any:
        positional: list[Any] = []
        named: dict[str, Any] = {}
        for name, attribute, revive, by_position in steps:
            value = getattr(arguments, attribute)
            if value is msgspec.UNSET:
                continue
            if revive is not None:
                value = _revived(name, revive, value)
            if by_position:
                positional.append(value)
            else:
                named[name] = value
        return function(*positional, **named)

    return call


def _revived(name: str, revive: Callable[[Any], Any], value: Any) -> Any:
    """A value that its own class refuses (a dataclass' checks, say) is the client's to mend."""
    at = strict.escape(name)
    try:
        return revive(value)
    except Refused as refused:
        flaws = [Flaw(at + flaw.pointer, flaw.message) for flaw in refused.flaws]
        raise Refused(refused.kind, flaws) from refused.__cause__
    except (ValueError, TypeError) as error:
        raise Refused(INVALID, (Flaw(at, "the value is not accepted"),)) from error


def _pairs(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, errors="strict", max_num_fields=QUERY_FIELDS
        )
    except ValueError:
        raise Refused(MALFORMED, (Flaw("", "the query cannot be read"),)) from None
    given: dict[str, str] = {}
    for key, value in pairs:
        if key in given:
            raise Refused(MALFORMED, (Flaw(strict.escape(key), "the key appears twice"),))
        given[key] = value
    return given
