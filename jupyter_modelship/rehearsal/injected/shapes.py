"""JSON descriptions of the types of values that were seen: the contract's second witness."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import json
import uuid
from collections.abc import Iterable
from typing import Any

from .wire import is_numpy, is_pandas

ITEMS = 16
"""Distinct item descriptions kept of one list, set or dictionary."""
FIELDS = 64
"""A dictionary with more keys is described by its values alone."""
DEPTH = 12

_EXACT = {bool: "bool", int: "int", float: "float", str: "str", bytes: "bytes"}
_KINDS = (
    (datetime.datetime, "datetime"),
    (datetime.date, "date"),
    (datetime.time, "time"),
    (datetime.timedelta, "timedelta"),
    (decimal.Decimal, "decimal"),
    (uuid.UUID, "uuid"),
)


def describe(value: Any, depth: int = 0) -> dict[str, Any]:
    """The type of `value` as JSON data: `{"kind": …}`, see the package's architecture page."""
    if value is None:
        return {"kind": "null"}
    if type(value) in _EXACT:
        return {"kind": _EXACT[type(value)]}
    if is_numpy(value, "generic"):
        return {"kind": "numpy", "dtype": str(value.dtype)}
    if is_numpy(value, "ndarray"):
        return {"kind": "array", "dtype": str(value.dtype), "shape": list(value.shape)}
    if is_pandas(value, "DataFrame"):
        columns = [[str(name), str(kind)] for name, kind in value.dtypes.items()]
        return {"kind": "frame", "columns": columns}
    if is_pandas(value, "Series"):
        name = None if value.name is None else str(value.name)
        return {"kind": "series", "dtype": str(value.dtype), "name": name}
    if isinstance(value, enum.Enum) or depth > DEPTH:
        return _other(value)
    return _container(value, depth + 1) or _scalar(value)


def _container(value: Any, depth: int) -> dict[str, Any]:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return _record(value, "dataclass", names, depth)
    if isinstance(value, tuple):
        if hasattr(value, "_fields"):
            return _record(value, "namedtuple", list(value._fields), depth)
        return {"kind": "tuple", "items": [describe(item, depth) for item in value]}
    if isinstance(value, list):
        return {"kind": "list", "items": _distinct(value, depth)}
    if isinstance(value, (set, frozenset)):
        return {"kind": "set", "items": _distinct(value, depth)}
    if isinstance(value, dict):
        return _mapping(value, depth)
    return {}


def _record(value: Any, style: str, names: list[str], depth: int) -> dict[str, Any]:
    fields = {name: describe(getattr(value, name), depth) for name in names}
    return {"kind": "record", "name": type(value).__name__, "style": style, "fields": fields}


def _mapping(value: dict[Any, Any], depth: int) -> dict[str, Any]:
    if len(value) <= FIELDS and all(isinstance(key, str) for key in value):
        fields = {str(key): describe(item, depth) for key, item in value.items()}
        return {"kind": "dict", "fields": fields}
    return {"kind": "dict", "values": _distinct(value.values(), depth)}


def _distinct(values: Iterable[Any], depth: int) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    plain: set[type] = set()
    for value in values:
        if type(value) in plain:
            continue
        if type(value) in _EXACT:
            plain.add(type(value))
        description = describe(value, depth)
        found.setdefault(json.dumps(description, sort_keys=True), description)
        if len(found) == ITEMS:
            break
    return list(found.values())


def _scalar(value: Any) -> dict[str, Any]:
    for kind, name in _KINDS:
        if isinstance(value, kind):
            return {"kind": name}
    for builtin, name in _EXACT.items():
        if isinstance(value, builtin):
            return {"kind": name}
    return _other(value)


def _other(value: Any) -> dict[str, Any]:
    kind = type(value)
    return {"kind": "other", "type": f"{kind.__module__}.{kind.__qualname__}"}
