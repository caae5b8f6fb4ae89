"""JSON Schema 2020-12 of what the runtime accepts and returns."""

from __future__ import annotations

import hashlib
import re

from . import dtypes
from .types import (
    UNSET,
    AnyJson,
    Array,
    DictOf,
    EnumOf,
    Frame,
    Hole,
    ListOf,
    LiteralOf,
    Null,
    Record,
    Ref,
    Scalar,
    ScalarKind,
    Series,
    SetOf,
    TupleOf,
    Type,
    UnionOf,
)

Schema = dict[str, object]
_KEY = re.compile(r"[A-Za-z0-9._-]+")
_BASE64 = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
_DECIMAL = r"^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$"
_DURATION = (
    r"^[-+]?P(?=[0-9T])(?:[0-9]+D)?"
    r"(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?)?$"
)
_INTEGER = "^(?:0|-?[1-9][0-9]*)$"
_SCALARS: dict[ScalarKind, Schema] = {
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "str": {"type": "string"},
    "bool": {"type": "boolean"},
    "bytes": {"type": "string", "contentEncoding": "base64", "pattern": _BASE64},
    "datetime": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "time"},
    "timedelta": {"type": "string", "pattern": _DURATION},
    "decimal": {"type": ["string", "number"], "pattern": _DECIMAL},
    "uuid": {"type": "string", "format": "uuid"},
}


def schema(type_: Type, definitions: Schema, *, prefix: str = "#/$defs/") -> Schema:
    """The schema of `type_`. Classes go to `definitions` under their name and are referred to.

    Keys stand in a fixed order, so that the same type always gives the same bytes.
    """
    match type_:
        case Scalar(kind):
            return dict(_SCALARS[kind])
        case Null():
            return {"type": "null"}
        case Hole(dtype=dtype) if dtype:
            return _columns(Array(dtype))
        case AnyJson() | Hole():
            return {}
        case LiteralOf(values) | EnumOf(values=values):
            return _choice(values)
        case UnionOf(parts):
            return _union([schema(part, definitions, prefix=prefix) for part in parts])
        case Array() | Series() | Frame():
            return _columns(type_)
        case Record() | Ref():
            return _named(type_, definitions, prefix)
    return _container(type_, definitions, prefix)


def _choice(values: tuple[str | int, ...]) -> Schema:
    kinds = sorted({"string" if isinstance(value, str) else "integer" for value in values})
    return {"type": kinds[0] if len(kinds) == 1 else list(kinds), "enum": list(values)}


def _union(parts: list[Schema]) -> Schema:
    """Plain types side by side are one `type` list; anything else is `anyOf`."""
    if not parts:
        return {"not": {}}
    if all(part.keys() == {"type"} and isinstance(part["type"], str) for part in parts):
        return {"type": [part["type"] for part in parts]}
    return {"anyOf": parts}


def _container(type_: Type, definitions: Schema, prefix: str) -> Schema:
    match type_:
        case ListOf(item) | SetOf(item):
            return {"type": "array", "items": schema(item, definitions, prefix=prefix)}
        case TupleOf(rest=rest) if rest is not None:
            return {"type": "array", "items": schema(rest, definitions, prefix=prefix)}
        case TupleOf(items):
            return _positional([schema(one, definitions, prefix=prefix) for one in items])
        case DictOf(value, key):
            found: Schema = {"type": "object"}
            if key == Scalar("int"):
                found["propertyNames"] = {"pattern": _INTEGER}
            elif key != Scalar("str"):
                found["propertyNames"] = schema(key, definitions, prefix=prefix)
            return found | {"additionalProperties": schema(value, definitions, prefix=prefix)}
    raise TypeError(f"{type_} has no schema")


def _positional(parts: list[Schema]) -> Schema:
    head: Schema = {"type": "array"}
    if parts:
        head["prefixItems"] = parts
    return head | {"items": False, "minItems": len(parts), "maxItems": len(parts)}


def _named(type_: Record | Ref, definitions: Schema, prefix: str) -> Schema:
    """A class by reference, defined where it is met first; other records where they stand."""
    if isinstance(type_, Record) and not type_.declared:
        return _record(type_, definitions, prefix)
    key = key_of(type_.name)
    if isinstance(type_, Record) and key not in definitions:
        definitions[key] = {}  # holds the place, so that recursion ends
        definitions[key] = _record(type_, definitions, prefix)
    return {"$ref": prefix + key}


def key_of(name: str) -> str:
    """The name of a class as a definition's key, which is ASCII (OpenAPI 3.1, section 4.8.7)."""
    if _KEY.fullmatch(name):
        return name
    return f"class-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def _record(record: Record, definitions: Schema, prefix: str) -> Schema:
    parts = {one.name: schema(one.type, definitions, prefix=prefix) for one in record.fields}
    for one in record.fields:
        if one.default is not UNSET:
            parts[one.name] = parts[one.name] | {"default": one.default}
    required = [one.name for one in record.fields if one.required]
    return record_schema(record.name, parts, required)


def record_schema(title: str, properties: dict[str, Schema], required: list[str]) -> Schema:
    """The schema of an object that refuses unknown keys."""
    found: Schema = {"title": title, "type": "object", "properties": properties}
    if required:
        found["required"] = required
    return found | {"additionalProperties": False}


def _columns(type_: Array | Series | Frame) -> Schema:
    match type_:
        case Series(dtype):
            return {"type": "array", "items": _element(dtype)}
        case Frame(columns):
            properties = {name: _cell(dtype) for name, dtype in columns}
            row = record_schema("Row", properties, list(properties))
            del row["title"]
            return {"type": "array", "items": row}
    assert isinstance(type_, Array)
    found = _element(type_.dtype)
    if type_.shape is None:
        return {"type": "array"}
    for length in reversed(type_.shape):
        found = {"type": "array", "items": found}
        if length is not None:
            found |= {"minItems": length, "maxItems": length}
    return found


def _element(dtype: str) -> Schema:
    """One element of an array; integers within the range of their dtype."""
    kind = dtypes.element(dtype)
    if kind is None:
        raise TypeError(f"{dtype} has no JSON form")
    found = schema(kind, {})
    limits = dtypes.bounds(dtype)
    return found | {"minimum": limits[0], "maximum": limits[1]} if limits else found


def _cell(dtype: str) -> Schema:
    """One cell of a frame; a column of objects holds scalars."""
    if dtypes.element(dtype) == AnyJson():
        return {"type": ["string", "number", "boolean", "null"]}
    return _element(dtype)
