"""Contracts as JSON and back, without loss: for the plan, the cache, and to compare revisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, cast

from . import types
from .types import UNSET, Contract, EndpointContract, EnumOf, Field, Record, RecordField, Type

_KINDS: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        types.Scalar, types.Null, types.AnyJson, types.Hole, types.LiteralOf, types.EnumOf,
        types.ListOf, types.SetOf, types.TupleOf, types.DictOf, types.UnionOf, types.Record,
        types.Ref, types.Array, types.Series, types.Frame,
    )
}  # fmt: skip


def to_json(contract: Contract) -> dict[str, object]:
    """The contract as JSON values; keys in a fixed order."""
    return {
        "endpoints": [_endpoint(endpoint) for endpoint in contract.endpoints],
        "classes": [type_to_json(one) for one in contract.classes],
    }


def from_json(document: Mapping[str, Any]) -> Contract:
    """The contract that `to_json` wrote; raises KeyError or TypeError on anything else."""
    return Contract(
        tuple(_read_endpoint(one) for one in document["endpoints"]),
        tuple(cast("Record | EnumOf", type_from_json(one)) for one in document["classes"]),
    )


def _endpoint(endpoint: EndpointContract) -> dict[str, object]:
    return {
        "function": endpoint.function,
        "method": endpoint.method,
        "path": endpoint.path,
        "takes": [_field(one) for one in endpoint.takes],
        "returns": type_to_json(endpoint.returns),
        "is_async": endpoint.is_async,
        "batch": endpoint.batch,
        "doc": endpoint.doc,
    }


def _read_endpoint(document: Mapping[str, Any]) -> EndpointContract:
    return EndpointContract(
        **{
            **document,
            "takes": tuple(_read_field(one) for one in document["takes"]),
            "returns": type_from_json(document["returns"]),
        }
    )


def _field(field: Field | RecordField) -> dict[str, object]:
    """A field; `default` is there where there is one, since it may be null."""
    found: dict[str, object] = {
        "name": field.name,
        "type": type_to_json(field.type),
        "required": field.required,
    }
    if field.default is not UNSET:
        found["default"] = field.default
    if isinstance(field, Field):
        found["keyword_only"] = field.keyword_only
    return found


def _read_field(document: Mapping[str, Any]) -> Field:
    return Field(**{**document, "type": type_from_json(document["type"])})


def type_to_json(type_: Type) -> dict[str, object]:
    """A type as JSON: its class's name under `is`, its parts beside it."""
    found: dict[str, object] = {"is": type(type_).__name__}
    for part in fields(type_):
        found[part.name] = _part_to_json(getattr(type_, part.name))
    return found


def _part_to_json(value: object) -> object:
    if isinstance(value, tuple):
        return [_part_to_json(item) for item in value]
    if isinstance(value, RecordField):
        return _field(value)
    return type_to_json(value) if type(value).__name__ in _KINDS else value  # type: ignore[arg-type]  # the name says that it is a Type


def type_from_json(document: Mapping[str, Any]) -> Type:
    """The type that `type_to_json` wrote."""
    parts = {name: _part_from_json(value) for name, value in document.items() if name != "is"}
    return cast("Type", _KINDS[document["is"]](**parts))


def _part_from_json(value: object) -> object:
    if isinstance(value, Mapping):
        if "is" in value:
            return type_from_json(value)
        return RecordField(**{**value, "type": type_from_json(value["type"])})
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(_part_from_json(item) for item in value)
    return value
