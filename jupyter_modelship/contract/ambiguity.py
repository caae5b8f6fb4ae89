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
_LITERAL = "literal"


def ambiguous(type_: Type) -> UnionOf | None:
    """The first union in `type_` of which two members look the same in JSON; None for none."""
    unions = (part for part in walk(type_) if isinstance(part, UnionOf))
    return next((part for part in unions if _is_ambiguous(part)), None)


def _is_ambiguous(type_: UnionOf) -> bool:
    looks = [look for member in type_.members for look in _looks(member)]
    texts = [of for shape, of in looks if shape == "text"]
    integers = [of for shape, of in looks if shape == "integer"]
    others = [shape for shape, _ in looks if shape not in ("text", "integer")]
    # A number that is no choice: the decoder would look for it among the choices only.
    half_open = integers and "int" not in integers and {"float", "decimal"} & {*others, *texts}
    return (
        _clash(texts, "str")
        or _clash(integers, "int")
        or len(set(others)) != len(others)
        or bool(half_open)
        or _are_two_structs(type_)
    )


def _are_two_structs(type_: UnionOf) -> bool:
    """A tuple is decoded as a record beside a bounded number: then beside no other record."""
    bounded = any(
        isinstance(one, Array) and one.shape == () and dtypes.element(one.dtype) == Scalar("int")
        for one in type_.members
    )
    tuples = any(isinstance(one, TupleOf) for one in type_.members)
    return bounded and tuples and any(isinstance(one, Record | Ref) for one in type_.members)


def _clash(kinds: list[str], widest: str) -> bool:
    """Choices may stand beside each other and beside the type that holds them all."""
    plain = [kind for kind in kinds if kind != _LITERAL]
    return len(plain) > 1 or (_LITERAL in kinds and plain not in ([], [widest]))


def _looks(type_: Type) -> Iterator[tuple[str, str]]:
    """(shape in JSON, what tells it apart from others of that shape)."""
    match type_:
        case Scalar("int"):
            yield "integer", "int"
        case Scalar(kind):
            yield (kind, "") if kind in _NUMBERS else ("text", kind)
        case LiteralOf(values):
            for shape in sorted({"text" if isinstance(v, str) else "integer" for v in values}):
                yield shape, _LITERAL
        case EnumOf(name, values):
            yield "text" if isinstance(values[0], str) else "integer", f"class {name}"
        case Array(dtype, ()):
            yield from _looks(dtypes.element(dtype) or type_)
        case ListOf() | SetOf() | TupleOf() | Array() | Series() | Frame():
            yield "list", ""
        case Hole(kind) if kind in ("tuple", "array", "frame", "series"):
            yield "list", ""
        case Record() | Ref() | DictOf() | Hole("dict"):
            yield "object", ""
