"""Unions that JSON alone cannot tell apart. The rules are those of msgspec's decoder."""

from __future__ import annotations

from collections.abc import Iterator

from . import dtypes
from .types import (
    Array,
    DictOf,
    EnumOf,
    Frame,
    Hole,
    ListOf,
    LiteralOf,
    Record,
    Ref,
    Scalar,
    Series,
    SetOf,
    TupleOf,
    Type,
    UnionOf,
    walk,
)

_NUMBERS = ("int", "float", "bool")


def ambiguous(type_: Type) -> UnionOf | None:
    """The first union in `type_` of which two members look the same in JSON; None for none."""
    for part in walk(type_):
        if isinstance(part, UnionOf):
            looks = [look for member in part.members for look in set(_looks(member))]
            if len(set(looks)) != len(looks):
                return part
    return None


def _looks(type_: Type) -> Iterator[str]:
    """Text and its literals are told apart by value, so are integers and theirs."""
    match type_:
        case Scalar(kind):
            yield kind if kind in _NUMBERS else "text"
        case LiteralOf(values):
            yield from ("choice of " + type(value).__name__ for value in values)
        case EnumOf(values=values):
            yield "text" if isinstance(values[0], str) else "int"
        case Array(dtype, ()):
            yield from _looks(dtypes.element(dtype) or type_)
        case ListOf() | SetOf() | TupleOf() | Array() | Series() | Frame():
            yield "list"
        case Hole(kind) if kind in ("tuple", "array", "frame", "series"):
            yield "list"
        case Record() | Ref() | DictOf() | Hole("dict"):
            yield "object"
