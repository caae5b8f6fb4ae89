"""Default values as their source says them: JSON of literals, and the type of a JSON value."""

from __future__ import annotations

import ast
import base64
import math
from collections.abc import Mapping

from .join import join
from .types import (
    UNSET,
    DictOf,
    ListOf,
    LiteralOf,
    Null,
    Record,
    RecordField,
    Scalar,
    TupleOf,
    Type,
    UnionOf,
    union,
)


def literal(source: str | ast.expr) -> object:
    """The JSON value of a literal; UNSET where the source is no literal or has no JSON form."""
    try:
        value = ast.literal_eval(source)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return UNSET
    return _json(value)


def _json(value: object) -> object:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else UNSET
    if isinstance(value, list | tuple):
        items = [_json(item) for item in value]
        return UNSET if UNSET in items else items
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        fields = {key: _json(item) for key, item in value.items()}
        return UNSET if UNSET in fields.values() else fields
    return UNSET


def narrow(value: object) -> Type:
    """The narrowest type of a JSON value: text and integers as literals, a list item by item."""
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return LiteralOf((value,))
    if isinstance(value, list):
        return TupleOf(tuple(narrow(item) for item in value))
    if isinstance(value, Mapping):
        fields = tuple(RecordField(str(key), narrow(item)) for key, item in value.items())
        return Record("", "typeddict", fields, declared=False) if fields else DictOf(union(()))
    return _wide_scalar(value)


def _wide_scalar(value: object) -> Type:
    if value is None:
        return Null()
    if isinstance(value, bool):
        return Scalar("bool")
    if isinstance(value, float):
        return Scalar("float")
    raise TypeError(f"{type(value).__name__} is no JSON value")


def widen(type_: Type) -> Type:
    """A narrow type as one would declare it: scalars, and lists of what holds all items."""
    match type_:
        case LiteralOf(values):
            return union(Scalar("str" if isinstance(value, str) else "int") for value in values)
        case TupleOf(items):
            return ListOf(join(map(widen, items)))
        case Record(name, kind, fields, declared):
            wide = tuple(RecordField(field.name, widen(field.type)) for field in fields)
            return Record(name, kind, wide, declared)
        case UnionOf(members):
            return union(map(widen, members))
    return type_
